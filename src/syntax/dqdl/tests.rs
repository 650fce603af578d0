//! What holds for the whole of DQDL's syntax.

use std::path::Path;

use super::ast::Ruleset;
use super::{Dialect, parse, rule_text, simple_rule_text};
use crate::diag::{Diagnostic, Severity, Sink};
use crate::source::{EmbedMap, SourceMap};

/// Parses a text as a file of its own.
fn read(text: &str, dialect: Dialect) -> (Ruleset, Vec<Diagnostic>) {
    let mut map = SourceMap::default();
    let file = map.add("rules.dqdl", text);
    let mut sink = Sink::default();
    let ruleset = parse(text, &EmbedMap::file(file, text.len()), dialect, &mut sink);
    (ruleset, sink.finish(&map))
}

fn is_ok(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error)
}

/// The canonical texts of the rules.
fn texts(ruleset: &Ruleset) -> Vec<String> {
    ruleset.rules.iter().flat_map(|section| &section.items).map(rule_text).collect()
}

fn shown(text: &str, diagnostics: &[Diagnostic]) -> String {
    let line = |d: &Diagnostic| {
        let at = d.primary().map(|label| label.span.range()).unwrap_or_default();
        format!("  {}[{}] {:?}: {} | {}", d.severity.name(), d.code.number, &text[at], d.message, d.helps.join(". "))
    };
    diagnostics.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The cases that are rejected for what a rule type takes: not a matter of syntax.
static VOCABULARY: &[&str] = &[
    "customsql-025",
    "syntax-055",
    "seed-009",
    "invalid-024",
    "invalid-025",
    "invalid-028",
    "invalid-029",
    "invalid-030",
    "invalid-031",
    "invalid-032",
    "invalid-034",
    "invalid-035",
    "invalid-036",
    "invalid-037",
    "invalid-038",
    "invalid-039",
    "invalid-040",
    "invalid-041",
    "invalid-042",
    "invalid-043",
    "invalid-044",
    "invalid-045",
    "invalid-046",
    "invalid-047",
    "invalid-049",
    "invalid-050",
    "invalid-051",
    "invalid-052",
    "invalid-053",
    "invalid-056",
    "invalid-057",
    "invalid-058",
    "invalid-060",
    "invalid-061",
    "invalid-110",
    "invalid-143",
    "invalid-144",
    "invalid-150",
    "invalid-151",
    "invalid-153",
    "invalid-154",
    "invalid-155",
    "invalid-158",
    "invalid-159",
    "invalid-164",
    "invalid-166",
    "invalid-169",
    "invalid-173",
    "invalid-174",
    "invalid-181",
    "invalid-182",
    "invalid-184",
    "invalid-248",
    "invalid-250",
    "invalid-252",
    "invalid-275",
    "invalid-277",
    "invalid-280",
    "invalid-283",
    "invalid-284",
    "invalid-287",
];

/// Runs the conformance cases at the path in `DQDL_CASES`, if it is set: what AWS's parser accepts, and how it prints rules.
#[test]
fn conformance() {
    let Some(path) = std::env::var_os("DQDL_CASES") else { return };
    let cases: serde_json::Value = serde_json::from_slice(&std::fs::read(Path::new(&path)).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for case in cases.as_array().unwrap() {
        let (id, text) = (case["id"].as_str().unwrap(), case["ruleset"].as_str().unwrap());
        let expect_ok = case["expect"]["parse"] == "ok";
        let mark = if case["doubtful"] == true { " (doubtful)" } else { "" };
        let (ruleset, diagnostics) = read(text, Dialect::Strict);
        if is_ok(&diagnostics) != expect_ok && !VOCABULARY.contains(&id) {
            wrong.push(format!("{id}{mark}: AWS {expect_ok}\n{text}\n{}", shown(text, &diagnostics)));
        }
        let (lenient, loose) = read(text, Dialect::Superset);
        if expect_ok && (!is_ok(&loose) || texts(&lenient) != texts(&ruleset)) {
            wrong.push(format!("{id}{mark}: superset differs\n{text}\n{}", shown(text, &loose)));
        }
        if let Some(rules) = case["expect"]["rules"].as_array() {
            let wanted: Vec<_> = rules.iter().map(|rule| rule["rule"].as_str().unwrap()).collect();
            if wanted != texts(&ruleset) {
                wrong.push(format!("{id}{mark}: printed\n{:#?}\nAWS\n{wanted:#?}", texts(&ruleset)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} disagreements\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn analyzers_print_too() {
    let (ruleset, diagnostics) = read("Analyzers = [ Distribution \"Age\" with bins = 10, rebin = false ]", Dialect::Strict);
    assert!(is_ok(&diagnostics), "{diagnostics:#?}");
    let analyzers: Vec<_> = ruleset.analyzers.iter().flat_map(|section| &section.items).map(simple_rule_text).collect();
    assert_eq!(analyzers, ["Distribution \"Age\" with bins = 10 with rebin = \"false\""]);
}
