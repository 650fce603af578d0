//! The registry of all codes: a file a range, a `static` a code, each with its page in `../explain/`.
//!
//! Numbers are never reused. To add one: the `static`, its line in that file's `ALL`, its page, a golden case.

pub mod connector;
pub mod dqdl;
pub mod expression;
pub mod internal;
pub mod lint;
pub mod names;
pub mod project;
pub mod quality;
pub mod run;
pub mod sink;
pub mod spec;
pub mod test;
pub mod workflow;

use super::Severity;

/// One message of the compiler, declared once.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// `GC0402`.
    pub number: &'static str,
    /// `unknown-column`.
    pub name: &'static str,
    /// What it says, in one line for lists.
    pub summary: &'static str,
    /// How grave it is unless told otherwise.
    pub severity: Severity,
    /// Whether it is said only where `--warn` or `--deny` ask for it: what is right for one project and noise for another.
    pub on_request: bool,
    /// The page that `explain` shows; its examples run as tests.
    pub page: &'static str,
}

/// Every code, by range and number.
pub fn all() -> impl Iterator<Item = &'static Code> {
    [
        project::ALL,
        dqdl::ALL,
        spec::ALL,
        names::ALL,
        expression::ALL,
        quality::ALL,
        connector::ALL,
        workflow::ALL,
        lint::ALL,
        sink::ALL,
        run::ALL,
        test::ALL,
        internal::ALL,
    ]
    .into_iter()
    .flat_map(|range| range.iter().copied())
}

/// The code of that number or name, in any case.
pub fn find(word: &str) -> Option<&'static Code> {
    all().find(|code| code.number.eq_ignore_ascii_case(word) || code.name.eq_ignore_ascii_case(word))
}

/// Declares a code of the given severity with its page; `on_request` before the severity for one that has to be asked for.
macro_rules! code {
    ($severity:ident, $number:literal, $name:literal, $summary:literal) => {
        $crate::diag::codes::code!(@ $severity, false, $number, $name, $summary)
    };
    (on_request $severity:ident, $number:literal, $name:literal, $summary:literal) => {
        $crate::diag::codes::code!(@ $severity, true, $number, $name, $summary)
    };
    (@ $severity:ident, $on_request:literal, $number:literal, $name:literal, $summary:literal) => {
        crate::diag::codes::Code {
            number: $number,
            name: $name,
            summary: $summary,
            severity: crate::diag::Severity::$severity,
            on_request: $on_request,
            page: include_str!(concat!("../explain/", $number, ".md")),
        }
    };
}
pub(crate) use code;
