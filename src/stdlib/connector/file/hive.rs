//! The Hive layout of folders: `key=value` parts, their escaping, NULL, and which names readers pass over.
//! The sink writes by it and the source reads by it.

/// The value part that stands for NULL (and for an empty string, which Hive cannot tell from it).
pub const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// Whether readers of a folder pass over a file or folder of that name: `.…`, and `_…` unless it is a partition (`_run=1`).
pub fn is_hidden(name: &str) -> bool {
    name.starts_with('.') || (name.starts_with('_') && !name.contains('='))
}

/// The folder of a partition: `key=value`, both escaped.
pub fn folder(key: &str, value: Option<&str>) -> String {
    match value {
        None | Some("") => format!("{}={NULL}", escape(key)),
        Some(value) => format!("{}={}", escape(key), escape(value)),
    }
}

/// The key and value of a partition's folder; `None` as the value is NULL. `None` if it is not such a folder.
pub fn split(folder: &str) -> Option<(String, Option<String>)> {
    let (key, value) = folder.split_once('=')?;
    if key.is_empty() {
        return None;
    }
    Some((unescape(key), (value != NULL).then(|| unescape(value))))
}

/// `%XX` for the characters that Hive and Spark escape in folder names; all others as they are.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\0'..='\x1f' | '\x7f' | '"' | '#' | '%' | '\'' | '*' | '/' | ':' | '=' | '?' | '\\' | '{' | '[' | ']' | '^' => {
                out.push_str(&format!("%{:02X}", u32::from(character)));
            }
            _ => out.push(character),
        }
    }
    out
}

/// Takes `%XX` back; a `%` that no two hexadecimal digits follow stays.
pub fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = text.get(at + 1..at + 3).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        if bytes[at] == b'%'
            && let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok())
        {
            out.push(byte);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_named_as_hive_names_them() {
        let check = |key, value, expected| {
            assert_eq!(folder(key, value), expected);
            let read = value.filter(|value| !value.is_empty()).map(str::to_owned);
            assert_eq!(split(expected), Some((key.to_owned(), read)));
        };
        check("region", Some("eu"), "region=eu");
        check("region", None, "region=__HIVE_DEFAULT_PARTITION__");
        check("region", Some(""), "region=__HIVE_DEFAULT_PARTITION__");
        check("a/b", Some("x/y"), "a%2Fb=x%2Fy");
        check("at", Some("2024-01-02T03:04:05"), "at=2024-01-02T03%3A04%3A05");
        check("share", Some("50 %"), "share=50 %25");
        check("name", Some("a=b\n"), "name=a%3Db%0A");
        check("ort", Some("Zürich"), "ort=Zürich");
    }

    #[test]
    fn odd_escapes_stay() {
        assert_eq!(unescape("100%"), "100%");
        assert_eq!(unescape("%zz%4"), "%zz%4");
        assert_eq!(unescape("%+1"), "%+1");
        assert_eq!(unescape("%FF"), "%FF");
        assert_eq!(unescape("%ü"), "%ü");
        assert_eq!(split("plain"), None);
        assert_eq!(split("=x"), None);
    }

    #[test]
    fn hidden_names() {
        for name in ["_SUCCESS", "_temporary", "_glue_compile", ".part-0.crc"] {
            assert!(is_hidden(name), "{name}");
        }
        for name in ["part-0.parquet", "_dq_run_id=7", "a_b", "region=_x"] {
            assert!(!is_hidden(name), "{name}");
        }
    }
}
