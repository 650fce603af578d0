//! The parser: any bytes give a tree and diagnostics whose places lie in the text, and what prints reads the same.

use glue_compile::diag::{Diagnostic, Severity, Sink};
use glue_compile::source::{EmbedMap, SourceMap, Span};
use glue_compile::stdlib::rule;
use glue_compile::syntax::dqdl::ast::Ruleset;
use glue_compile::syntax::dqdl::{self, Dialect, rule_text};

/// Stands around the ruleset, which is read from inside a larger file.
const FRAME: &str = "###";

/// Text behind the ruleset: AWS ignores it, and everywhere but in strict rulesets it is an error.
const TRAILING: &str = "GC0109";

/// Holds for all bytes.
pub fn holds(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let strict = read(&text, Dialect::Strict);
    let superset = read(&text, Dialect::Superset);
    let whole = strict.1.iter().all(|diagnostic| diagnostic.code.number != TRAILING);
    if is_accepted(&strict.1) && whole {
        assert!(is_accepted(&superset.1), "strict accepts what the superset refuses: {}", shown(&superset.1));
        assert_eq!(texts(&strict.0), texts(&superset.0), "the dialects print differently");
    }
    if is_accepted(&superset.1) {
        let dialect = if is_accepted(&strict.1) { Dialect::Strict } else { Dialect::Superset };
        prints_the_same(&text, &superset.0, dialect);
    }
    formats_the_same(&text, &superset.0);
}

/// The ruleset, and what is said of it and of the shape of its rules.
fn read(text: &str, dialect: Dialect) -> (Ruleset, Vec<Diagnostic>) {
    let mut map = SourceMap::default();
    let file = map.add("rules.dqdl", format!("{FRAME}{text}{FRAME}"));
    let whole = Span::new(file, FRAME.len(), FRAME.len() + text.len());
    let mut sink = Sink::default();
    let ruleset = dqdl::parse(text, &EmbedMap::shifted(whole), dialect, &mut sink);
    rule::accept_all(&ruleset, dialect, &mut sink);
    let diagnostics = sink.finish(&map);
    for diagnostic in &diagnostics {
        let edits = diagnostic.fix.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span);
        for span in diagnostic.labels.iter().map(|label| label.span).chain(edits) {
            let inside = whole.start <= span.start && span.start <= span.end && span.end <= whole.end;
            let file = &map.file(file).text;
            let whole_characters = [span.start, span.end].iter().all(|at| file.is_char_boundary(*at as usize));
            assert!(
                inside && whole_characters,
                "{span:?} of {} {} is no place in the text",
                diagnostic.code.number,
                diagnostic.message
            );
        }
    }
    (ruleset, diagnostics)
}

fn is_accepted(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error)
}

fn shown(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|d| format!("{} {}", d.code.number, d.message)).collect::<Vec<_>>().join("; ")
}

fn texts(ruleset: &Ruleset) -> Vec<String> {
    ruleset.rules.iter().flat_map(|section| &section.items).map(rule_text).collect()
}

/// The canonical texts are a ruleset with the same canonical texts.
fn prints_the_same(text: &str, ruleset: &Ruleset, dialect: Dialect) {
    // Constants are printed by name, and AWS prints the strings of `in […]` without their backslashes.
    let texts = texts(ruleset);
    if text.contains(['$', '\\']) || texts.is_empty() {
        return;
    }
    let printed = format!("Rules = [\n    {}\n]\n", texts.join(",\n    "));
    let (again, diagnostics) = read(&printed, dialect);
    assert!(is_accepted(&diagnostics), "what prints is refused:\n{printed}\n{}", shown(&diagnostics));
    assert_eq!(self::texts(&again), texts, "what prints reads otherwise:\n{printed}");
}

/// A formatted ruleset means the same, and formatting it once more changes nothing.
fn formats_the_same(text: &str, ruleset: &Ruleset) {
    let Some(formatted) = dqdl::format(text) else { return };
    let (again, diagnostics) = read(&formatted, Dialect::Superset);
    assert_eq!(texts(&again), texts(ruleset), "formatted, it means something else:\n{formatted}\n{}", shown(&diagnostics));
    assert_eq!(dqdl::format(&formatted).as_deref(), Some(formatted.as_str()), "formatted twice, it changes:\n{formatted}");
}
