//! Differences as a document for programs: a versioned view. Fields are added, never renamed or removed.

use serde::Serialize;

use super::Compared;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    against: &'a str,
    commit: &'a str,
    breaking: usize,
    changes: Vec<ChangeView<'a>>,
}

#[derive(Serialize)]
struct ChangeView<'a> {
    kind: &'static str,
    verdict: &'static str,
    job: &'a str,
    node: Option<&'a str>,
    table: Option<&'a str>,
    message: &'a str,
    touches: &'a [String],
    place: Option<PlaceView>,
}

#[derive(Serialize)]
struct PlaceView {
    version: &'static str,
    file: String,
    line: usize,
}

/// The whole document.
pub(super) fn document(compared: &Compared<'_>) -> String {
    let change = |change: &'_ crate::diff::Change| -> (&'static str, Option<PlaceView>) {
        let place = compared.place(change).map(|(file, line, is_old)| PlaceView {
            version: if is_old { "old" } else { "new" },
            file,
            line,
        });
        (if change.breaking { "breaking" } else { "compatible" }, place)
    };
    let changes = compared.changes.iter().map(|one| {
        let (verdict, place) = change(one);
        ChangeView {
            kind: one.kind.name(),
            verdict,
            job: &one.job,
            node: one.node.as_deref(),
            table: one.table.as_deref(),
            message: &one.message,
            touches: &one.touches,
            place,
        }
    });
    let document = Document {
        version: 1,
        against: compared.against,
        commit: compared.commit,
        breaking: compared.breaking(),
        changes: changes.collect(),
    };
    // A view of texts and lists always serializes.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}
