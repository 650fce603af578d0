//! The standard library: a word is a file, a page and a line in its folder's `ALL`.

use std::path::Path;
use std::sync::LazyLock;

use glue_compile::spec::param::{Param, ParamType, Presence};
use glue_compile::stdlib::{rule, transform};
use regex::Regex;

use super::House;

static DECLARATION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"static (\w+): (RuleDef|TransformDef|ConnectorDef|FunctionDef)\b").expect("the pattern is right")
});

/// Every declared word is in the `ALL` of its folder, and its file has a page beside it.
pub fn declarations(house: &House) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, text) in house.sources.iter().filter(|(path, _)| path.starts_with("stdlib")) {
        for captures in DECLARATION.captures_iter(text) {
            let listed = lists(house, path).any(|list| list.contains(&captures[1]));
            if !listed {
                faults.push(format!("src/{}: `{}` is in no ALL", path.display(), &captures[1]));
            }
            if !has_page(house, path) {
                faults.push(format!("src/{}: `{}` has no page beside it", path.display(), &captures[1]));
            }
        }
    }
    faults
}

/// The `ALL` lists of the folders above a file.
fn lists<'a>(house: &'a House, path: &Path) -> impl Iterator<Item = &'a str> {
    let folders: Vec<_> = path.ancestors().skip(1).map(|folder| folder.join("mod.rs")).collect();
    house.sources.iter().filter(move |(other, _)| folders.contains(other)).filter_map(|(_, text)| {
        text.split_once("static ALL").map(|(_, rest)| rest.split_once("];").map_or(rest, |(list, _)| list))
    })
}

/// `completeness.md` for `completeness.rs`; for `csv/mod.rs` also `csv.md` or a page in the folder.
fn has_page(house: &House, path: &Path) -> bool {
    let source = house.root.join("src").join(path);
    let folder = source.parent().unwrap_or(&source);
    source.with_extension("md").is_file()
        || (source.ends_with("mod.rs")
            && (folder.with_extension("md").is_file() || !crate::support::files(folder, "md").is_empty()))
}

/// Each setting of a transform is a row of the table on its page, with its default; each output is named.
pub fn transform_pages(_: &House) -> Vec<String> {
    let mut faults = Vec::new();
    for def in transform::ALL {
        let mut rows = Vec::new();
        settings("", def.params, &mut rows);
        for (name, presence) in &rows {
            let row = def.page.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
            let default = row.and_then(|row| row.split(" | ").nth(2)).unwrap_or("");
            let is_right = match presence {
                Presence::Required => default.starts_with("required"),
                Presence::Optional => !default.is_empty() && default != "required",
                Presence::Default(value) => default.contains(&format!("`{value}`")),
            };
            if !is_right {
                faults.push(format!("{}.md: no row for `{name}` that says {presence:?}", def.name));
            }
        }
        for line in def.page.lines().filter(|line| line.starts_with("| `") && line.matches(" | ").count() == 3) {
            let name = line.trim_start_matches("| `").split('`').next().unwrap_or("");
            if rows.iter().all(|(row, _)| row != name) {
                faults.push(format!("{}.md: there is no setting `{name}`", def.name));
            }
        }
        for port in def.ports.iter().filter(|port| !def.page.contains(&format!("| `{}` |", port.name))) {
            faults.push(format!("{}.md: no row for the output `{}`", def.name, port.name));
        }
    }
    faults
}

/// The page of a rule type says in one form what it measures, whom it blames, what nulls and nothing mean and which
/// clauses it takes; it shows two rules of the type and how AWS differs.
pub fn rule_pages(_: &House) -> Vec<String> {
    let mut faults = Vec::new();
    for def in rule::all() {
        let mut fault = |what: String| faults.push(format!("the page of {}: {what}", def.name));
        if def.page.lines().next() != Some(&format!("# {}", def.name)) {
            fault(format!("does not begin with `# {}`", def.name));
        }
        for name in ["metric", "rows", "null", "empty", "clauses"] {
            if !def.page.lines().any(|line| line.starts_with(&format!("| {name} | "))) {
                fault(format!("no row `{name}` in its table"));
            }
        }
        let row = |name: &str| def.page.lines().find(|line| line.starts_with(&format!("| {name} | "))).unwrap_or("");
        for (clause, takes) in [("`where`", def.filter), ("`with threshold`", def.threshold)] {
            if row("clauses").contains(clause) != takes {
                fault(format!("the row `clauses` and the declaration do not agree on {clause}"));
            }
        }
        let blames = ["data set", "row", "group"].map(|level| row("rows").contains(&format!("{level}:")));
        if !blames.contains(&true) && !row("rows").contains("with a condition") {
            fault("the row `rows` names no level".to_owned());
        }
        if !["## Example", "## Examples"].iter().any(|heading| def.page.lines().any(|line| line == *heading)) {
            fault("no section `## Example`".to_owned());
        }
        let shown = blocks(def.page, "dqdl").flat_map(str::lines).filter(|line| names(line, def.name)).count();
        if shown < 2 {
            fault(format!("{shown} rules of the type in its examples, not two"));
        }
        if !def.page.lines().any(|line| line == "## On AWS") {
            fault("no section `## On AWS`".to_owned());
        }
    }
    faults
}

/// Whether a rule of the type stands in the line.
fn names(line: &str, rule_type: &str) -> bool {
    let rule = line.split('#').next().unwrap_or("");
    rule.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == rule_type)
}

/// The texts of a page's blocks in a language.
fn blocks<'a>(page: &'a str, language: &'a str) -> impl Iterator<Item = &'a str> {
    let parts = page.split("```").skip(1).step_by(2);
    parts
        .filter_map(move |part| part.split_once('\n'))
        .filter_map(move |(info, text)| (info.split_whitespace().next() == Some(language)).then_some(text))
}

/// Settings with those inside them: `keys`, `keys.left`.
fn settings(prefix: &str, params: &'static [Param], rows: &mut Vec<(String, Presence)>) {
    for param in params {
        let name = format!("{prefix}{}", param.name);
        rows.push((name.clone(), param.presence));
        settings(&format!("{name}."), inner(&param.ty), rows);
    }
}

fn inner(ty: &'static ParamType) -> &'static [Param] {
    match ty {
        ParamType::Record(params) => params,
        ParamType::List(item) | ParamType::OneOrMany(item) | ParamType::Map(item) => inner(item),
        ParamType::Either(_, map) => inner(map),
        _ => &[],
    }
}
