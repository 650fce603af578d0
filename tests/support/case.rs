//! Runs one case of a page: checks its project and compares what was said with what is asserted.

use std::path::Path;

use glue_compile::diag::codes;
use glue_compile::diag::levels::Selector;
use glue_compile::diag::render::terminal;
use glue_compile::diag::{Diagnostic, Severity};
use glue_compile::source::SourceMap;
use glue_compile::world::MemoryWorld;
use glue_compile::{CheckOptions, Checked};

use super::assertion::Assertion;
use super::diff;
use super::page::Case;

/// Whether the compiler says about the case's project exactly what the case asserts.
pub fn run(case: &Case) -> Result<(), String> {
    let checked = check(case);
    let mut faults = compare(case, &checked);
    if let Some(recorded) = &case.recorded {
        let actual = render(&checked);
        if recorded.text != actual {
            faults
                .push(format!("the rendering differs (UPDATE_GOLDEN=1 rewrites it):\n{}", diff::lines(&recorded.text, &actual)));
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    if case.recorded.is_none() {
        let said = render(&checked);
        faults.push(if said.trim().is_empty() {
            "the compiler says nothing".to_owned()
        } else {
            format!("what the compiler says:\n\n{said}")
        });
    }
    Err(format!("{}: {}\n{}", case.place, case.name, faults.join("\n")))
}

/// What the `diagnostics` block of the case should hold.
pub fn rendering(case: &Case) -> String {
    render(&check(case))
}

fn render(checked: &Checked) -> String {
    let text = terminal::render(&checked.diagnostics, &checked.map, terminal::Style::default());
    // One line break at the end, whatever stands last.
    format!("{}\n", text.trim_end())
}

/// A project with a project file or several specs is checked as a folder, anything else file by file.
pub fn check(case: &Case) -> Checked {
    let mut world = MemoryWorld::default();
    for file in &case.files {
        world = world.with_file(&file.name, file.text.clone());
    }
    let named =
        |end: &str| case.files.iter().map(|file| file.name.as_str()).filter(|name| name.ends_with(end)).collect::<Vec<_>>();
    let (specs, rulesets) = (named(".yaml"), named(".dqdl"));
    let path = match (specs.as_slice(), rulesets.as_slice()) {
        (["glue-compile.yaml"], _) => ".",
        ([spec], _) => spec,
        ([], [ruleset]) => ruleset,
        _ => ".",
    };
    let mut options = CheckOptions { every_target: true, ..CheckOptions::default() };
    options.levels.warn = asked_for(case);
    glue_compile::check(&world, Path::new(path), &options)
}

/// Codes that are said on request only and that the case, or the page it stands on, is about.
fn asked_for(case: &Case) -> Vec<Selector> {
    let is_about = |number: &str| {
        let mut assertions = case.files.iter().flat_map(|file| &file.assertions);
        case.place.contains(number) || assertions.any(|assertion| assertion.code == number)
    };
    codes::all().filter(|code| code.on_request && is_about(code.number)).map(Selector::Code).collect()
}

/// What is said and not asserted, and what is asserted and not said.
fn compare(case: &Case, checked: &Checked) -> Vec<String> {
    let mut open: Vec<(&str, &Assertion)> =
        case.files.iter().flat_map(|file| file.assertions.iter().map(|a| (file.name.as_str(), a))).collect();
    let mut faults = Vec::new();
    for diagnostic in &checked.diagnostics {
        let said = Said::of(diagnostic, &checked.map);
        if diagnostic.severity != Severity::Hint && !has_next_step(diagnostic) {
            faults.push(format!("  no next step: {}", said.show(&diagnostic.message)));
        }
        match open.iter().position(|(file, assertion)| said.is_asserted_by(file, assertion)) {
            Some(at) => {
                open.remove(at);
            }
            None if diagnostic.severity == Severity::Hint => {}
            None => faults.push(format!("  not asserted: {}", said.show(&diagnostic.message))),
        }
    }
    let page = case.place.rsplit_once(':').map_or(case.place.as_str(), |(page, _)| page);
    faults.extend(open.iter().map(|(_, assertion)| {
        format!("  not said: {page}:{}: {}[{}]: {}", assertion.written, assertion.severity, assertion.code, assertion.text)
    }));
    faults
}

/// Whether a reader learns what to do: from a help, a fix, a note with what there is, or a label with what was expected.
fn has_next_step(diagnostic: &Diagnostic) -> bool {
    let expects = diagnostic.primary().is_some_and(|label| label.text.starts_with("expected"));
    expects || diagnostic.fix.is_some() || !diagnostic.helps.is_empty() || !diagnostic.notes.is_empty()
}

/// A diagnostic as an assertion would put it.
struct Said {
    file: String,
    line: usize,
    severity: &'static str,
    code: &'static str,
    text: String,
}

impl Said {
    fn of(diagnostic: &Diagnostic, map: &SourceMap) -> Self {
        let (severity, code) = (diagnostic.severity.name(), diagnostic.code.number);
        let Some(label) = diagnostic.primary() else {
            return Self { file: String::new(), line: 0, severity, code, text: String::new() };
        };
        let text = map.text(label.span).trim();
        Self {
            file: map.file(label.span.file).path.to_string_lossy().trim_start_matches("./").to_owned(),
            line: map.start(label.span).line,
            severity,
            code,
            text: if text.contains('\n') { String::new() } else { text.to_owned() },
        }
    }

    fn is_asserted_by(&self, file: &str, assertion: &Assertion) -> bool {
        let same_place = self.line == assertion.line && (self.line == 0 || self.file == file);
        same_place && self.severity == assertion.severity && self.code == assertion.code && self.text == assertion.text
    }

    fn show(&self, message: &str) -> String {
        format!("{}:{}: {}[{}]: {}  ({message})", self.file, self.line, self.severity, self.code, self.text)
    }
}
