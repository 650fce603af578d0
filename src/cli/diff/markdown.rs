//! Differences for the comment of a pull request. The first line lets a program find its own comment again.

use super::Compared;
use crate::diff::Change;

/// The comment.
pub(super) fn comment(compared: &Compared<'_>) -> String {
    let mut out = "<!-- glue-compile diff -->\n".to_owned();
    let breaking = compared.breaking();
    let title = match (compared.changes.len(), breaking) {
        (0, _) => format!("### Nothing changed in the pipelines since `{}`", compared.against),
        (_, 0) => format!("### No breaking changes since `{}`", compared.against),
        (_, 1) => format!("### 1 breaking change since `{}`", compared.against),
        (_, count) => format!("### {count} breaking changes since `{}`", compared.against),
    };
    out.push_str(&format!("{title}\n"));
    let (breaking, compatible): (Vec<_>, Vec<_>) = compared.changes.iter().partition(|change| change.breaking);
    if !breaking.is_empty() {
        out.push_str(&table(compared, &breaking));
    }
    if !compatible.is_empty() {
        out.push_str(&format!("\n<details><summary>Compatible changes: {}</summary>\n", compatible.len()));
        out.push_str(&table(compared, &compatible));
        out.push_str("\n</details>\n");
    }
    out
}

fn table(compared: &Compared<'_>, changes: &[&Change]) -> String {
    let mut out = "\n| job or table | change | touches | where |\n|---|---|---|---|\n".to_owned();
    for change in changes {
        let place = compared.place(change).map(|(file, line, is_old)| {
            let at = if is_old { format!(" at `{}`", compared.against) } else { String::new() };
            format!("{file}:{line}{at}")
        });
        let touches = change.touches.iter().map(|text| cell(text)).collect::<Vec<_>>().join("<br>");
        out.push_str(&format!(
            "| {} | {} | {touches} | {} |\n",
            cell(change.table.as_ref().unwrap_or(&change.job)),
            cell(&change.message),
            place.unwrap_or_default()
        ));
    }
    out
}

/// A text that stays in its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ").replace('<', "&lt;")
}
