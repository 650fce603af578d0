//! The first record of a CSV file: whether it names the columns, and which field each column is.

use super::scan::split::{Found, Splitter};
use super::scan::value;
use super::settings::{Dialect, Header as Setting};

/// The mark that some programs write before UTF-8.
pub(super) const BOM: &[u8] = &[0xef, 0xbb, 0xbf];

/// How many records are looked at to tell a header from data.
const LOOKED_AT: usize = 100;

/// What a file begins with.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// The columns' names, if there is a header.
    pub(super) names: Option<Vec<String>>,
    /// Where the data begins.
    pub(super) end: usize,
}

/// Reads the header off the start of a file; `None` if the text ends before it is whole. `last`: the text is the whole file.
/// `declared`: the columns that are looked for, if they are known.
pub(super) fn read(text: &[u8], last: bool, dialect: &Dialect, declared: &[&str]) -> Option<Header> {
    if dialect.header == Setting::Absent {
        return Some(Header::default());
    }
    let count = if dialect.header == Setting::Auto { LOOKED_AT } else { 1 };
    let (mut records, end) = records(text, last, dialect, count);
    if records.is_empty() {
        return last.then(Header::default);
    }
    let first = records.remove(0);
    let names: Vec<String> = first.iter().map(|field| field.trim().to_owned()).collect();
    let is_header = dialect.header == Setting::Present || looks_like_one(&names, &records, declared);
    Some(if is_header { Header { names: Some(names), end } } else { Header::default() })
}

/// The first records of a text as strings, and where the first one ends. Records that cannot be split are left out.
pub(super) fn records(text: &[u8], last: bool, dialect: &Dialect, count: usize) -> (Vec<Vec<String>>, usize) {
    let splitter = Splitter::new(dialect, None);
    let mut out: Vec<Vec<String>> = Vec::new();
    let mut first_end = 0;
    let mut at = 0;
    let mut fields = Vec::new();
    let mut buffer = Vec::new();
    while at < text.len() && out.len() < count {
        fields.clear();
        let (found, next) = splitter.next(text, at, last, &mut fields);
        match found {
            Found::Record => {
                let value = |field: &super::scan::split::Field| {
                    let bytes = &text[field.range()];
                    if field.is_escaped() {
                        splitter.unescape(bytes, &mut buffer);
                        return String::from_utf8_lossy(&buffer).into_owned();
                    }
                    String::from_utf8_lossy(bytes).into_owned()
                };
                out.push(fields.iter().map(value).collect());
                if out.len() == 1 {
                    first_end = next;
                }
            }
            Found::Bad(_) | Found::Skip => {}
            Found::Incomplete => break,
        }
        at = next;
    }
    (out, first_end)
}

/// `header: auto`. With declared columns: the first record holds all their names. Else, as AWS's classifier has it: every field
/// of it is a name (no number, no date, none empty, none twice), and some column below it is no text, or the names look
/// like identifiers.
fn looks_like_one(first: &[String], rest: &[Vec<String>], declared: &[&str]) -> bool {
    if !declared.is_empty() {
        return positions(declared, first).is_ok();
    }
    let typed = |text: &str| {
        let text = text.trim().as_bytes();
        value::double(text).is_some() || value::timestamp(text).is_some() || value::boolean(text).is_some()
    };
    let is_name = |name: &String| !name.is_empty() && !typed(name);
    let distinct = first.iter().enumerate().all(|(at, name)| !first[..at].contains(name));
    if !first.iter().all(is_name) || !distinct {
        return false;
    }
    let identifier = |name: &String| name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' '));
    rest.iter().flatten().any(|field| typed(field)) || (!rest.is_empty() && first.iter().all(identifier) && first.len() > 1)
}

/// The field of each column by name: as written, else in any case. The columns that are not there, if some are not.
pub(super) fn positions<'a>(columns: &[&'a str], header: &[String]) -> Result<Vec<usize>, Vec<&'a str>> {
    let found = some_positions(columns, header);
    let missing: Vec<_> = columns.iter().zip(&found).filter(|(_, at)| at.is_none()).map(|(column, _)| *column).collect();
    if missing.is_empty() { Ok(found.into_iter().flatten().collect()) } else { Err(missing) }
}

/// The field of each column that is there. A nameless field has its number for a name, as inference has it.
pub(super) fn some_positions(columns: &[&str], header: &[String]) -> Vec<Option<usize>> {
    let find = |column: &&str| {
        let exact = header.iter().position(|name| name == column);
        let any_case = || header.iter().position(|name| name.to_lowercase() == column.to_lowercase());
        let nameless = || header.iter().enumerate().position(|(at, name)| name.is_empty() && *column == format!("col{at}"));
        exact.or_else(any_case).or_else(nameless)
    };
    columns.iter().map(find).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        let auto = Dialect { header: Setting::Auto, ..Dialect::default() };
        let names = |names: &str| Some(names.split('|').map(ToOwned::to_owned).collect::<Vec<_>>());
        for (dialect, text, declared, expected, end) in [
            (&Dialect::default(), "a, b \n1,2\n", &[][..], names("a|b"), 6),
            (&Dialect::default(), "\n\"a\nb\",c\n1,2\n", &[], names("a\nb|c"), 9),
            (&Dialect::default(), "", &[], None, 0),
            (&auto, "id,name\n1,x\n", &[], names("id|name"), 8),
            (&auto, "id,name\nx,y\n", &[], names("id|name"), 8),
            (&auto, "1,x\n2,y\n", &[], None, 0),
            (&auto, "id,name\n", &["name"], names("id|name"), 8),
            (&auto, "x,y\n", &["id", "name"], None, 0),
            (&auto, "what is it?,x!\nb,c\n", &[], None, 0),
            (&auto, "2024-01-01,x\n", &[], None, 0),
        ] {
            assert_eq!(read(text.as_bytes(), true, dialect, declared), Some(Header { names: expected, end }), "{text:?}");
        }
        assert_eq!(read(b"a,b", false, &Dialect::default(), &[]), None);
    }

    #[test]
    fn columns_are_found_by_name() {
        let header = ["ID", "id", "Name"].map(ToOwned::to_owned);
        assert_eq!(positions(&["id", "name", "ID"], &header), Ok(vec![1, 2, 0]));
        assert_eq!(positions(&["id", "amount", "x"], &header), Err(vec!["amount", "x"]));
    }
}
