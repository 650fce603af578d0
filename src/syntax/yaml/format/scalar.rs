//! Scalars of several lines: the white space at the ends of their lines says nothing and is set anew.

/// The lines of a plain or quoted scalar without the white space that YAML folds away.
pub(super) fn lines(raw: &str) -> Vec<&str> {
    let all: Vec<&str> = raw.split('\n').collect();
    let last = all.len() - 1;
    all.iter()
        .enumerate()
        .map(|(number, line)| {
            let line = if number > 0 { line.trim_start_matches([' ', '\t']) } else { line };
            if number < last { trim_end(line, raw.starts_with('"')) } else { line }
        })
        .collect()
}

/// The line without blanks at its end; one that is escaped stays.
fn trim_end(line: &str, has_escapes: bool) -> &str {
    let trimmed = line.trim_end_matches([' ', '\t']);
    let backslashes = trimmed.len() - trimmed.trim_end_matches('\\').len();
    let escaped = has_escapes && backslashes % 2 == 1 && trimmed.len() < line.len();
    if escaped { &line[..=trimmed.len()] } else { trimmed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_folded_is_cut() {
        assert_eq!(lines("a  \n   b\n\n c"), ["a", "b", "", "c"]);
        assert_eq!(lines("\"  a \\ \n  b  \""), ["\"  a \\ ", "b  \""]);
        assert_eq!(lines("\"a \\\\ \n b\""), ["\"a \\\\", "b\""]);
        assert_eq!(lines("'a \\ \n b'"), ["'a \\", "b'"]);
        assert_eq!(lines("\"a\\\n  b\""), ["\"a\\", "b\""]);
    }
}
