//! What `explain` knows: diagnostics, transforms, connectors with their settings, and rules, read from their declarations.

use crate::diag::codes;
use crate::spec::load::{CATALOG, JOB};
use crate::spec::param::{Param, ParamType, Presence};
use crate::stdlib::{connector, rule, transform};

/// Something with a page.
pub(super) struct Topic {
    /// What it is: `diagnostic`, `transform`, …
    pub(super) kind: &'static str,
    /// The words that find it, the first is its name.
    pub(super) names: Vec<&'static str>,
    /// What it says, in one line.
    pub(super) summary: &'static str,
    /// Its page, with its settings.
    pub(super) page: String,
    /// Whether AWS knows it; nothing else than rule types claims to be AWS's.
    pub(super) portable: bool,
    /// Its settings, by the sides they belong to.
    pub(super) settings: Vec<(&'static str, &'static [Param])>,
}

/// Every topic, by kind.
pub(super) fn all() -> Vec<Topic> {
    let transforms = transform::ALL.iter().map(|def| {
        // The page has its settings and outputs: a rule of the house compares them with the declaration.
        topic("transform", vec![def.name], def.summary, def.page, vec![("", def.params)])
    });
    let connectors = connector::ALL.iter().map(|def| {
        let names = std::iter::once(def.name).chain(def.aliases.iter().copied()).collect();
        let source = def.source.as_ref().map(|source| ("source", source.params));
        let sink = def.sink.as_ref().map(|sink| ("sink", sink.params));
        topic("connector", names, def.summary, def.page, source.into_iter().chain(sink).collect())
    });
    let diagnostics =
        codes::all().map(|code| topic("diagnostic", vec![code.number, code.name], code.summary, code.page, Vec::new()));
    let rules = rule::all()
        .map(|def| Topic { portable: def.portable, ..topic("rule type", vec![def.name], def.summary, def.page, Vec::new()) });
    let sections = [
        topic("section", vec!["job"], "what a job says beside its sources, transforms and sinks", JOB_PAGE, vec![("", JOB)]),
        topic(
            "section",
            vec!["catalog"],
            "tables as contracts between those who write and those who read",
            CATALOG_PAGE,
            vec![("", CATALOG)],
        ),
    ];
    transforms.chain(connectors).chain(sections).chain(rules).chain(diagnostics).collect()
}

/// The page of the settings of a job.
const JOB_PAGE: &str = include_str!("topics/job.md");
/// The page of `catalog:`.
const CATALOG_PAGE: &str = include_str!("topics/catalog.md");

/// The settings of that name, wherever they stand in a table, with the settings that they stand in.
pub(super) fn named(params: &'static [Param], word: &str) -> Vec<(Vec<&'static str>, &'static Param)> {
    let mut found = Vec::new();
    for param in params {
        if param.name.eq_ignore_ascii_case(word) {
            found.push((Vec::new(), param));
        }
        for (mut path, inner) in named(inner_params(&param.ty), word) {
            path.insert(0, param.name);
            found.push((path, inner));
        }
    }
    found
}

/// The names of all settings of a table, those of inner ones too.
pub(super) fn names(params: &'static [Param]) -> Vec<&'static str> {
    params.iter().flat_map(|param| std::iter::once(param.name).chain(names(inner_params(&param.ty)))).collect()
}

fn topic(
    kind: &'static str,
    names: Vec<&'static str>,
    summary: &'static str,
    page: &'static str,
    settings: Vec<(&'static str, &'static [Param])>,
) -> Topic {
    let mut text = page.trim_end().to_owned() + "\n";
    // A page that has a table of its own has it complete: see the test below.
    let listed = page.contains("\n## Settings\n");
    for (side, params) in settings.iter().filter(|(_, params)| !listed && !params.is_empty()) {
        text.push_str(&if side.is_empty() { "\n## Settings\n\n".to_owned() } else { format!("\n## Settings of a {side}\n\n") });
        text.extend(params.iter().map(setting_line));
    }
    Topic { kind, names, summary, page: text, portable: true, settings }
}

/// A setting as a line of a list: name, type, presence, summary.
pub(super) fn setting_line(param: &Param) -> String {
    let presence = match param.presence {
        Presence::Required => ", required".to_owned(),
        Presence::Optional => String::new(),
        Presence::Default(value) => format!(", `{value}` if left out"),
    };
    let mut line = format!("- `{}` ({}{presence}): {}\n", param.name, type_words(&param.ty), param.summary);
    for inner in inner_params(&param.ty) {
        line.push_str(&format!("  {}", setting_line(inner).replace("\n  ", "\n    ")));
    }
    line
}

/// The keys of a record, wherever in the type it is.
fn inner_params(ty: &ParamType) -> &'static [Param] {
    match ty {
        ParamType::Record(params) => params,
        ParamType::List(item) | ParamType::OneOrMany(item) | ParamType::Map(item) => inner_params(item),
        ParamType::Either(_, map) => inner_params(map),
        _ => &[],
    }
}

fn type_words(ty: &ParamType) -> String {
    match ty {
        ParamType::Text => "text".to_owned(),
        ParamType::Bool => "`true` or `false`".to_owned(),
        ParamType::Int { min, max: i64::MAX } => format!("a whole number from {min}"),
        ParamType::Int { min, max } => format!("a whole number from {min} to {max}"),
        ParamType::Float { min, max } if *min > f64::MIN && *max < f64::MAX => format!("a number from {min} to {max}"),
        ParamType::Float { .. } => "a number".to_owned(),
        ParamType::Duration => "a duration such as `30m`".to_owned(),
        ParamType::Size => "a size such as `128MiB`".to_owned(),
        ParamType::OneOf(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or "),
        ParamType::Column => "a column".to_owned(),
        ParamType::DataType => "a data type".to_owned(),
        ParamType::Expression => "a SQL expression".to_owned(),
        ParamType::Query => "a SQL query".to_owned(),
        ParamType::Ruleset => "a ruleset: its name, a `.dqdl` file or DQDL text".to_owned(),
        ParamType::Path => "a path".to_owned(),
        ParamType::Node => "a node or `node.port`".to_owned(),
        ParamType::List(item) => format!("a list: {}", type_words(item)),
        ParamType::OneOrMany(item) => format!("{}, or a list of it", type_words(item)),
        ParamType::Map(item) => format!("a map from names: {}", type_words(item)),
        ParamType::Record(_) => "a map".to_owned(),
        ParamType::Either(scalar, map) => format!("{}, or {}", type_words(scalar), type_words(map)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_name_every_setting() {
        for topic in all() {
            for param in topic.settings.iter().flat_map(|(_, params)| *params) {
                let name = format!("`{}`", param.name);
                assert!(topic.page.contains(&name), "the page of {} does not speak of {name}", topic.names[0]);
            }
        }
    }
}
