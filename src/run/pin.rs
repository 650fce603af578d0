//! Pins: the columns that sources had, written down in files of the project.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use datafusion::arrow::datatypes::{DataType, Field};

use super::os_world::OsWorld;
use crate::diag::{Diagnostic, Sink};
use crate::source::SourceMap;
use crate::spec::job::{NodeSpec, Role};
use crate::spec::load;
use crate::spec::param::Args;
use crate::spec::project::Project;
use crate::stdlib::connector::{self, Change, Declared};
use crate::stdlib::types::type_name;

/// Where the pin of a source goes that names none.
const FOLDER: &str = "schemas";

/// Whether a source names its pin.
pub fn has_pin(node: &NodeSpec) -> bool {
    node.args.as_ref().and_then(|args| args.record("schema")).is_some_and(|schema| schema.get("pin").is_some())
}

/// Sources to pin with the paths of their pins from the project's root, each path once.
pub fn sources<'a>(project: &'a Project, wanted: Option<&str>) -> Vec<(PathBuf, &'a NodeSpec)> {
    let mut paths = BTreeSet::new();
    let nodes = project.jobs.values().flat_map(|job| job.nodes.values()).filter(|node| node.role == Role::Source);
    let path = |node: &NodeSpec| {
        let schema = node.args.as_ref()?.record("schema");
        let named = schema.and_then(|schema| schema.text("pin")).map(|pin| PathBuf::from(pin.as_str()));
        match wanted {
            None => named,
            Some(name) if node.name.value == name => {
                Some(named.unwrap_or_else(|| Path::new(FOLDER).join(format!("{name}.schema.yaml"))))
            }
            Some(_) => None,
        }
    };
    nodes.filter_map(|node| Some((path(node)?, node))).filter(|(path, _)| paths.insert(path.clone())).collect()
}

/// What became of a pin.
#[derive(Debug)]
pub enum Pinned {
    /// It is up to date.
    Same,
    /// What is different now, a line each.
    Changed(String),
}

/// Why a pin cannot be made.
#[derive(Debug)]
pub enum Failed {
    /// The data cannot be read.
    Data(Box<Diagnostic>),
    /// The file cannot be written.
    File(std::io::Error),
}

/// Brings the file of a pin up to the data, unless it is only to be checked. `path` starts at the project's root.
///
/// # Errors
///
/// If the data cannot be read or the file cannot be written.
pub fn pin(project: &Project, path: &Path, node: &NodeSpec, map: &SourceMap, only_check: bool) -> Result<Pinned, Failed> {
    let source = connector::find(node.kind.as_str()).and_then(|def| def.source.as_ref());
    let (Some(source), Some(args)) = (source, &node.args) else { return Ok(Pinned::Same) };
    let changes = (source.changes)(args, &OsWorld, &project.root).map_err(|fault| Failed::Data(Box::new(fault)))?;
    let file = project.root.join(path);
    let known = map.find(&load::shown(&file)).map(|file| map.file(file).text.to_string());
    let text = match known {
        Some(_) if changes.is_empty() => return Ok(Pinned::Same),
        Some(text) => repinned(text, &changes),
        None => pinned(node, args, &changes),
    };
    if !only_check {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(Failed::File)?;
        }
        std::fs::write(&file, text).map_err(Failed::File)?;
    }
    Ok(Pinned::Changed(changes.iter().map(line).collect()))
}

/// A new file: the columns that the source declares, as the data has them, and those that it does not declare.
fn pinned(node: &NodeSpec, args: &Args, changes: &[Change]) -> String {
    let records = args.record("schema").map(|schema| schema.records("columns")).unwrap_or_default();
    // What is wrong with a declaration was said when the project was checked.
    let declared = Declared::read(records, |_, _| None, &mut Sink::default()).unwrap_or_default();
    let kept = declared.iter().filter_map(|column| {
        let field = &column.field;
        let changed = changes.iter().find(|change| match change {
            Change::Gone(other) | Change::Other(other, _) => other.field.name() == field.name(),
            Change::New(_) => false,
        });
        match changed {
            Some(Change::Gone(_)) => None,
            Some(Change::Other(_, now)) => Some(item(&field.clone().with_data_type(now.clone()))),
            _ => Some(item(field)),
        }
    });
    let columns = kept.collect::<String>() + &added(changes);
    format!(
        "# The columns of the source `{}`, as its data showed them. `glue-compile pin` keeps them up to date;\n# what is corrected here by hand stays where the data fits it.\ncolumns:\n{columns}",
        node.name
    )
}

/// The columns that are new.
fn added(changes: &[Change]) -> String {
    changes.iter().filter_map(|change| if let Change::New(field) = change { Some(item(field)) } else { None }).collect()
}

fn item(field: &Field) -> String {
    let name = field.name();
    let is_plain =
        name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && name.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_word =
        matches!(name.to_ascii_lowercase().as_str(), "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n");
    let name = if is_plain && !is_word { name.clone() } else { format!("{name:?}") };
    let null = if field.is_nullable() { "" } else { ", nullable: false" };
    format!("  - {{ name: {name}, type: {}{null} }}\n", quoted(&word(field.data_type())))
}

/// A type as YAML: those with commas or colons need quotes inside of braces.
fn quoted(word: &str) -> String {
    if word.contains([',', ':', '{', '}', '[', ']']) { format!("\"{word}\"") } else { word.to_owned() }
}

/// The word for a type; a column without any value is text until it has one.
fn word(data_type: &DataType) -> String {
    if *data_type == DataType::Null { "string".to_owned() } else { type_name(data_type) }
}

/// The text of a file after changes: everything else stays as it is.
fn repinned(mut text: String, changes: &[Change]) -> String {
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let mut edits: Vec<(std::ops::Range<usize>, String)> = changes
        .iter()
        .filter_map(|change| match change {
            Change::New(_) => None,
            Change::Gone(column) => Some((lines(&text, column.whole.range()), String::new())),
            Change::Other(column, now) => Some((column.data_type.range(), quoted(&word(now)))),
        })
        .collect();
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    for (range, with) in edits {
        text.replace_range(range, &with);
    }
    text + &added(changes)
}

/// The whole lines that an item of a list takes.
fn lines(text: &str, item: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let start = text[..item.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[item.end..].find('\n').map_or(text.len(), |at| item.end + at + 1);
    start..end
}

fn line(change: &Change) -> String {
    match change {
        Change::New(field) => format!("  + {} {}\n", field.name(), word(field.data_type())),
        Change::Gone(column) => format!("  - {} {}\n", column.field.name(), type_name(column.field.data_type())),
        Change::Other(column, now) => {
            format!("  ~ {} {} (was {})\n", column.field.name(), word(now), type_name(column.field.data_type()))
        }
    }
}
