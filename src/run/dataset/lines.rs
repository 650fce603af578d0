//! The line of a JSON file that is no object: the engine reads record by record and calls each line the first.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use datafusion::arrow::error::ArrowError;
use datafusion::common::DataFusionError;
use serde_json::Value;

use crate::diag::{Diagnostic, codes};
use crate::run::os_world::OsWorld;
use crate::stdlib::connector::FileEntry;
use crate::stdlib::connector::file::words;

/// What is wrong with the JSON files of a data set that made the engine fail; `None` if that was something else.
pub(super) fn fault(path: &Path, error: &DataFusionError) -> Option<Diagnostic> {
    let DataFusionError::ArrowError(root, _) = error.find_root() else { return None };
    if !matches!(root.as_ref(), ArrowError::JsonError(_)) {
        return None;
    }
    super::files(&OsWorld, path).ok()?.iter().find_map(of_file)
}

/// The first line that is no object. Compressed files are not looked into.
fn of_file(file: &FileEntry) -> Option<Diagnostic> {
    let lines = BufReader::new(File::open(&file.path).ok()?).split(b'\n');
    for (at, line) in lines.enumerate() {
        let line = line.ok()?;
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        let what = match serde_json::from_slice::<Value>(text) {
            Ok(Value::Object(_)) => continue,
            Ok(_) => "it is no object".to_owned(),
            Err(error) => format!("{} at column {}", words(&error), error.column()),
        };
        let message = format!("line {} of `{}` is no JSON object", at + 1, file.shown);
        let help = match text[0] {
            b'[' => "the file is one list; write each of its objects on a line of its own: `jq -c '.[]' FILE` does",
            b'{' if text.len() == 1 => "an object must stand on one line: `jq -c . FILE` writes them so",
            _ => "mend or remove the line; each line holds one object: `{\"name\": value, …}`",
        };
        return Some(Diagnostic::bare(&codes::run::MALFORMED_RECORD, message).note(what).help(help));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_named() {
        let check = |text: &str, expected: &str| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("x.json");
            std::fs::write(&path, text).unwrap();
            let entry = super::super::files(&OsWorld, &path).unwrap().remove(0);
            let found = of_file(&entry)
                .map(|found| format!("{}: {}", found.message.split(" of ").next().unwrap_or_default(), found.notes.join(" ")));
            assert_eq!(found.as_deref(), Some(expected), "{text}");
        };
        check("{\"a\":1}\n\n{\"a\":3,}\n", "line 3: trailing comma at column 8");
        check("[\n{\"a\":1}\n]\n", "line 1: EOF while parsing a list at column 1");
        check("{\"a\":1}\n7\n", "line 2: it is no object");
    }
}
