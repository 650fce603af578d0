//! `--format`: the formats, and diagnostics in each of them.

use clap::ValueEnum;

use crate::diag::Diagnostic;
use crate::diag::render::{github, gitlab, json, junit, oneline, sarif, terminal};
use crate::source::SourceMap;

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// for people
    Text,
    /// `file:line:col: severity[code]: message`
    Oneline,
    /// one versioned document
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// annotations of GitHub Actions
    Github,
    /// `JUnit` XML
    Junit,
    /// code quality report of GitLab
    Gitlab,
    /// for the comment of a pull request: `diff`
    Markdown,
    /// events of `OpenLineage`: `lineage`
    Openlineage,
    /// a picture for Markdown: `lineage`
    Mermaid,
    /// a picture for browsers and documents: `lineage`
    Svg,
}

impl Format {
    /// Whether it holds results of one command only, and no diagnostics.
    pub(crate) fn is_of_one_command(self) -> bool {
        matches!(self, Self::Markdown | Self::Openlineage | Self::Mermaid | Self::Svg)
    }
}

/// Renders diagnostics in a format.
pub(crate) fn render(format: Format, diagnostics: &[Diagnostic], map: &SourceMap, style: terminal::Style) -> String {
    match format {
        Format::Text | Format::Markdown | Format::Openlineage | Format::Mermaid | Format::Svg => {
            terminal::render(diagnostics, map, style)
        }
        Format::Oneline => oneline::render(diagnostics, map),
        Format::Json => json::render(diagnostics, map),
        Format::Sarif => sarif::render(diagnostics, map),
        Format::Github => github::render(diagnostics, map),
        Format::Junit => junit::render(diagnostics, map),
        Format::Gitlab => gitlab::render(diagnostics, map),
    }
}
