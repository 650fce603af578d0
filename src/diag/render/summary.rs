//! The last line: how many there were of each gravity.

use crate::diag::{Diagnostic, Severity};

/// `2 errors, 1 warning in 3 files`; `no problems in 1 file` if nothing graver than a hint was found.
pub fn summary(diagnostics: &[Diagnostic], files: usize) -> String {
    let count = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let parts: Vec<_> = [Severity::Error, Severity::Warning, Severity::Hint]
        .into_iter()
        .filter(|severity| count(*severity) > 0)
        .map(|severity| plural(count(severity), severity.name()))
        .collect();
    let found = if parts.is_empty() { "no problems".to_owned() } else { parts.join(", ") };
    if files == 0 { found } else { format!("{found} in {}", plural(files, "file")) }
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
