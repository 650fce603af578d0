//! What can be done about diagnostics: their fixes one by one, and all safe ones of a file at once.

use super::Analysis;
use crate::diag::{Diagnostic, Edit, Fix, Safety, Severity};
use crate::source::{FileId, Span};

/// A change that an editor offers.
#[derive(Debug, Clone)]
pub struct Action<'a> {
    /// What it does.
    pub title: String,
    /// Its edits.
    pub edits: Vec<Edit>,
    /// The diagnostic that it mends.
    pub diagnostic: &'a Diagnostic,
    /// Whether it is what one most likely wants.
    pub preferred: bool,
}

/// The changes that mend what is said about a part of a file.
pub fn actions(analysis: &Analysis, part: Span) -> Vec<Action<'_>> {
    let touches = |span: Span| span.file == part.file && span.start <= part.end && part.start <= span.end;
    let here = analysis.diagnostics.iter().filter(|diagnostic| diagnostic.primary().is_some_and(|label| touches(label.span)));
    let mut found = Vec::new();
    for diagnostic in here {
        if let Some(Fix { title, edits, safety }) = &diagnostic.fix {
            let preferred = *safety != Safety::Shown;
            found.push(Action { title: sentence(title), edits: edits.clone(), diagnostic, preferred });
        }
        if diagnostic.code.severity != Severity::Error {
            found.extend(suppression(analysis, diagnostic));
        }
    }
    found
}

/// A comment that allows a diagnostic, on the line above.
fn suppression<'a>(analysis: &Analysis, diagnostic: &'a Diagnostic) -> Option<Action<'a>> {
    let place = diagnostic.primary()?.span;
    let text = &analysis.map.file(place.file).text;
    let start = text.get(..place.start as usize)?.rfind('\n').map_or(0, |at| at + 1);
    let indent: String = text[start..].chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
    let comment = format!("{indent}# glue-compile: allow {} -- reason\n", diagnostic.code.number);
    let at = Span::new(place.file, start, start);
    // In the midst of a text over several lines that is not DQDL a comment would be a part of the text.
    let is_comment_there = analysis.tree(place.file).is_none_or(|tree| !super::tokens::in_sql_block(tree, place));
    is_comment_there.then(|| Action {
        title: format!("Allow {} here, with a reason", diagnostic.code.number),
        edits: vec![Edit { span: at, text: comment }],
        diagnostic,
        preferred: false,
    })
}

/// The edits of all safe fixes that concern a file; of fixes that overlap the first counts.
pub fn fix_all(analysis: &Analysis, file: FileId) -> Vec<Edit> {
    let mut taken: Vec<Edit> = Vec::new();
    for fix in analysis.diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_ref()) {
        if fix.safety != Safety::Safe || !fix.edits.iter().all(|edit| edit.span.file == file) {
            continue;
        }
        let clashes =
            |edit: &Edit| taken.iter().any(|other| edit.span.start <= other.span.end && other.span.start <= edit.span.end);
        if !fix.edits.iter().any(clashes) {
            taken.extend(fix.edits.iter().cloned());
        }
    }
    taken.sort_by_key(|edit| edit.span);
    taken
}

fn sentence(title: &str) -> String {
    let mut chars = title.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
