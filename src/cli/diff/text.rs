//! Differences for people.

use super::Compared;
use crate::cli::report::text::bold;
use crate::diag::render::terminal::Style;

/// A line a change, those that break something first, job by job.
pub(super) fn list(compared: &Compared<'_>, style: Style) -> String {
    let mut out = String::new();
    let mut above = String::new();
    for change in compared.changes {
        let about = change.table.as_ref().map_or_else(|| format!("job {}", change.job), |table| format!("table {table}"));
        if about != above {
            out.push_str(&format!("{}\n", bold(&about, style)));
            above = about;
        }
        let verdict = match (change.breaking, style.color) {
            (true, true) => "\u{1b}[1;31mbreaking\u{1b}[0m  ",
            (true, false) => "breaking  ",
            (false, _) => "compatible",
        };
        out.push_str(&format!("  {verdict}  {}  [{}]\n", change.message, change.kind.name()));
        if let Some((file, line, is_old)) = compared.place(change) {
            let at = if is_old { format!(" at {}", compared.against) } else { String::new() };
            out.push_str(&format!("              {file}:{line}{at}\n"));
        }
        for touched in &change.touches {
            out.push_str(&format!("              touches {touched}\n"));
        }
    }
    let counted = |count: usize, what: &str| format!("{count} {what} change{}", if count == 1 { "" } else { "s" });
    let breaking = compared.breaking();
    let summary = match compared.changes.len() {
        0 => format!("nothing changed since {}", compared.against),
        all => format!("{}, {} since {}", counted(breaking, "breaking"), counted(all - breaking, "compatible"), compared.against),
    };
    out + &summary + "\n"
}
