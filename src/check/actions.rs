//! The setting `actions` of quality nodes: its labels are pairs, and some rule carries them.

use crate::diag::{Diagnostic, Sink, codes, suggest};
use crate::ir::Node;
use crate::stdlib::rule::{BoundRuleset, carries, label_of};

/// Checks every label that `actions` names.
pub(super) fn check(node: &Node, rules: &BoundRuleset, sink: &mut Sink) {
    let Some(args) = &node.args else { return };
    let mut labels: Vec<String> = Vec::new();
    for (key, value) in rules.rules.iter().flat_map(|rule| &rule.labels) {
        let label = format!("{key}={value}");
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    for (name, _) in args.map("actions") {
        let Some((key, value)) = label_of(name.as_str()) else {
            let wrong =
                Diagnostic::new(&codes::quality::ACTION_LABEL, name.span(), format!("`{name}` is no label with its value"));
            sink.push(wrong.here("expected `label=value`").help("write the label and its value, such as `severity=warn`"));
            continue;
        };
        if rules.rules.iter().any(|rule| carries(&rule.labels, &key, &value)) {
            continue;
        }
        let unknown = format!("no rule of `{}` carries the label `{key}={value}`", node.name);
        let unknown = Diagnostic::new(&codes::quality::UNUSED_ACTION, name.span(), unknown).here("says nothing of any rule");
        let names = || labels.iter().map(String::as_str);
        let known = match labels.is_empty() {
            true => "no rule carries any label".to_owned(),
            false => format!("labels of the rules: {}", suggest::list(names(), 12)),
        };
        let unknown = unknown.note(known);
        let near = suggest::nearest(name.as_str(), names()).is_some();
        sink.push(if near {
            unknown.suggest(name.span(), name.as_str(), names())
        } else {
            unknown.help("remove it, or give the label to a rule: `labels=[\"…\"=\"…\"]`")
        });
    }
}
