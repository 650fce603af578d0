//! Carries out the fixes of diagnostics on the texts that they are about.

use std::collections::BTreeMap;

use super::{Diagnostic, Edit, Safety};
use crate::source::{FileId, SourceMap};

/// Texts with fixes carried out.
#[derive(Debug, Default)]
pub struct Fixed {
    /// The new texts of the files that have changed.
    pub texts: BTreeMap<FileId, String>,
    /// The diagnostics whose fixes were carried out, by their place in the list.
    pub mended: Vec<usize>,
}

/// Carries out the fixes that are at most as risky as `most`. Of fixes whose edits meet the first one is taken: the others
/// may still be wanted when the texts are looked at again.
pub fn apply(diagnostics: &[Diagnostic], map: &SourceMap, most: Safety) -> Fixed {
    let mut taken: Vec<&Edit> = Vec::new();
    let mut mended = Vec::new();
    for (at, diagnostic) in diagnostics.iter().enumerate() {
        let Some(fix) = diagnostic.fix.as_ref().filter(|fix| fix.safety <= most) else { continue };
        // The same edit twice is a fault that was met on two ways, a template used by two jobs say.
        if fix.edits.iter().any(|edit| taken.iter().any(|other| *other != edit && meet(edit, other))) {
            continue;
        }
        mended.push(at);
        let new: Vec<&Edit> = fix.edits.iter().filter(|edit| !taken.contains(edit)).collect();
        taken.extend(new);
    }
    // From the end of a file to its beginning, so that the places of the others stay right.
    taken.sort_by_key(|edit| std::cmp::Reverse((edit.span.file, edit.span.start, edit.span.end)));
    let mut texts: BTreeMap<FileId, String> = BTreeMap::new();
    for edit in taken {
        let text = texts.entry(edit.span.file).or_insert_with(|| map.file(edit.span.file).text.to_string());
        text.replace_range(edit.span.range(), &edit.text);
    }
    Fixed { texts, mended }
}

/// Whether two edits touch the same text. Two insertions at one place do: nobody knows which comes first.
fn meet(a: &Edit, b: &Edit) -> bool {
    let (a, b) = (a.span, b.span);
    a.file == b.file && (a.start < b.end && b.start < a.end || a.start == b.start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::codes;
    use crate::source::Span;

    fn fault(file: FileId, edits: &[(usize, usize, &str)], safety: Safety) -> Diagnostic {
        let mut diagnostic = Diagnostic::new(&codes::names::UNKNOWN_NODE, Span::new(file, 0, 0), "wrong");
        let edit =
            |(start, end, text): &(usize, usize, &str)| Edit { span: Span::new(file, *start, *end), text: (*text).to_owned() };
        let edits = edits.iter().map(edit).collect();
        diagnostic.fix = Some(super::super::Fix { title: "mend it".to_owned(), edits, safety });
        diagnostic
    }

    #[test]
    fn edits_of_several_fixes_are_carried_out_together() {
        let mut map = SourceMap::default();
        let file = map.add("a", "one two three");
        let faults = [
            fault(file, &[(0, 3, "eins"), (8, 13, "drei")], Safety::Safe),
            fault(file, &[(4, 7, "zwei")], Safety::Safe),
            fault(file, &[(4, 7, "zwei")], Safety::Safe),
            // Meets the first one, so it waits.
            fault(file, &[(2, 5, "-")], Safety::Safe),
            fault(file, &[(13, 13, "!")], Safety::Unsafe),
        ];
        let safe = apply(&faults, &map, Safety::Safe);
        assert_eq!(safe.texts[&file], "eins zwei drei");
        assert_eq!(safe.mended, [0, 1, 2]);
        assert_eq!(apply(&faults, &map, Safety::Unsafe).texts[&file], "eins zwei drei!");
    }
}
