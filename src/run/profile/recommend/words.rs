//! Names and values in DQDL's words; `None` for what it has no words for.

use crate::stdlib::expr::is_hidden;

/// A column as a parameter.
///
/// Backticks stand around what DQDL would read differently: a dot (AWS takes the part before it for a struct), a date, a
/// time, a name that has backticks itself.
pub(in crate::run::profile) fn column(name: &str) -> Option<String> {
    if name.trim().is_empty() || is_hidden(name) || name.contains(char::is_control) {
        return None;
    }
    let plain = !name.contains('.') && !is_temporal(name) && !name.starts_with('`');
    Some(if plain { quoted(name) } else { quoted(&format!("`{name}`")) })
}

/// The two parameters of `ReferentialIntegrity`, which parts names at commas and dots.
pub(in crate::run::profile) fn membership(column: &str, alias: &str, key: &str) -> Option<String> {
    let fine = |name: &str| {
        name.trim() == name
            && !name.is_empty()
            && !name.contains([',', '`', '{', '}', '"', '\\'])
            && !name.contains(char::is_control)
    };
    if !fine(column) || !fine(key) || !fine(alias) || is_temporal(column) || is_hidden(column) || is_hidden(key) {
        return None;
    }
    let key = if key.contains('.') { format!("{{{key}}}") } else { key.to_owned() };
    Some(format!("{} {}", quoted(column), quoted(&format!("{alias}.{key}"))))
}

/// ` where "…"` for the rows that have a value.
pub(super) fn not_null(name: &str) -> Option<String> {
    // What SQL and DQDL both would have to escape is not worth a rule.
    if name.contains(['`', '"', '\\']) {
        return None;
    }
    column(name).map(|_| format!(" where \"`{name}` is not null\""))
}

/// A value of a list of texts; `None` if it would not be read as the text that it is.
pub(super) fn value(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some("EMPTY".to_owned());
    }
    (!is_temporal(text) && !text.contains(char::is_control)).then(|| quoted(text))
}

/// A string as it is written: quotes and backslashes with a backslash before them.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A pattern as it is written: backslashes are the pattern's own.
pub(super) fn pattern(regex: &str) -> String {
    format!("\"{regex}\"")
}

/// What may stand in a comment: one line.
pub(super) fn comment(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { '�' } else { c }).collect()
}

/// Whether AWS reads a string as a date or a time: `2024-01-31`, `21:45`, `9:30 AM`.
fn is_temporal(text: &str) -> bool {
    let shape: String = text.chars().take(11).map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    matches!(shape.as_str(), "9999-99-99" | "99:99" | "9:99" | "9:99 AM" | "9:99 PM" | "99:99 AM" | "99:99 PM")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let check = |name: &str, expected: Option<&str>| assert_eq!(column(name).as_deref(), expected, "{name}");
        check("order_id", Some("\"order_id\""));
        check("unit.price", Some("\"`unit.price`\""));
        check("2024-01-31", Some("\"`2024-01-31`\""));
        check("a \"b\" \\c", Some(r#""a \"b\" \\c""#));
        check("`a`", Some("\"``a``\""));
        check("  ", None);
        check("a\nb", None);
        check("__gc_row", None);
    }

    #[test]
    fn memberships() {
        assert_eq!(membership("customer_id", "customers", "id").as_deref(), Some(r#""customer_id" "customers.id""#));
        assert_eq!(membership("c", "db.t", "a.b").as_deref(), Some(r#""c" "db.t.{a.b}""#));
        assert_eq!(membership("a,b", "t", "id"), None);
    }

    #[test]
    fn values() {
        assert_eq!(value(r#"6" \ nail"#).as_deref(), Some(r#""6\" \\ nail""#));
        assert_eq!(value("").as_deref(), Some("EMPTY"));
        assert_eq!(value("9:30 AM"), None);
        assert_eq!(value("a\tb"), None);
    }
}
