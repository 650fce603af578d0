//! `use: NAME`: a template's map under the own keys of a job or node.

use super::sections::{Sections, is_nothing};
use crate::diag::codes::project::UNKNOWN_TEMPLATE;
use crate::diag::codes::spec::WRONG_TYPE;
use crate::diag::{Diagnostic, Sink};
use crate::spec::param::decode::decode_value;
use crate::spec::param::{Arg, ParamType, Value};
use crate::spec::tree::{entries_mut, merge_under};
use crate::syntax::yaml::{Node, NodeKind};

/// The key that names templates.
const USE: &str = "use";
const NAMES: &ParamType = &ParamType::OneOrMany(&ParamType::Text);

/// Reports templates that are no maps or use templates themselves.
pub(super) fn check(sections: &Sections, sink: &mut Sink) {
    for template in &sections.templates {
        if !matches!(template.value.kind, NodeKind::Map(_)) && !is_nothing(&template.value) {
            let message = format!("template `{}` must be a map, found {}", template.key, template.value.describe());
            sink.push(Diagnostic::new(&WRONG_TYPE, template.value.span, message).here("expected a map of settings"));
        }
        if let Some(entry) = template.value.entries().iter().find(|entry| entry.key.value == USE) {
            let diagnostic = Diagnostic::new(&UNKNOWN_TEMPLATE, entry.key.span(), "a template cannot use another one")
                .here("in a template")
                .help("name both where they are used: `use: [a, b]`");
            sink.push(diagnostic);
        }
    }
}

/// Replaces `use` in a job or node by what it stands for. Of several templates the earlier counts.
/// `false` if a template is missing (reported), so that settings will be missing too.
pub(super) fn apply(node: &mut Node, sections: &Sections, sink: &mut Sink) -> bool {
    let Some(entries) = entries_mut(node) else { return true };
    let Some(at) = entries.iter().position(|entry| entry.key.value == USE) else { return true };
    let entry = entries.remove(at);
    let Some(Arg { value: Value::List(names), .. }) = decode_value(&entry.value, NAMES, "`use`", sink) else { return false };
    let mut all = true;
    for name in names.iter().filter_map(Arg::text) {
        let Some(template) = sections.templates.iter().find(|template| template.key.value == name.value) else {
            let known = sections.templates.iter().map(|template| template.key.as_str());
            let diagnostic = Diagnostic::new(&UNKNOWN_TEMPLATE, name.span(), format!("there is no template `{name}`"))
                .here("unknown template")
                .suggest_or_list(name.span(), name.as_str(), "the project's templates are", known);
            sink.push(diagnostic);
            all = false;
            continue;
        };
        let base: Vec<_> = template.value.entries().iter().filter(|entry| entry.key.value != USE).cloned().collect();
        merge_under(entries, &base);
    }
    all
}
