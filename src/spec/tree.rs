//! Operations on trees before they are decoded: deep merge, and walking by a dotted path.

use crate::syntax::yaml::{Entry, Node, NodeKind};

/// Puts what `base` has and `over` has not under `over`'s own keys; maps that both have are merged likewise.
pub(super) fn merge_under(over: &mut Vec<Entry>, base: &[Entry]) {
    for entry in base {
        match over.iter_mut().find(|own| own.key.value == entry.key.value) {
            None => over.push(entry.clone()),
            Some(own) => {
                if let (NodeKind::Map(own), NodeKind::Map(base)) = (&mut own.value.kind, &entry.value.kind) {
                    merge_under(own, base);
                }
            }
        }
    }
}

/// Puts `over` over what stands there. Maps are merged key by key, unless `over` says what it is by a `type`: then it
/// stands for the whole.
pub(super) fn merge_over(node: &mut Node, over: &Node) {
    let replaces = over.get("type").is_some();
    match (&mut node.kind, &over.kind) {
        (NodeKind::Map(entries), NodeKind::Map(new)) if !replaces => {
            for entry in new {
                match entries.iter_mut().find(|own| own.key.value == entry.key.value) {
                    None => entries.push(entry.clone()),
                    Some(own) => merge_over(&mut own.value, &entry.value),
                }
            }
        }
        _ => *node = over.clone(),
    }
}

/// The entries of a map to change; `None` if it is something else.
pub(super) fn entries_mut(node: &mut Node) -> Option<&mut Vec<Entry>> {
    match &mut node.kind {
        NodeKind::Map(entries) => Some(entries),
        NodeKind::Scalar(_) | NodeKind::List(_) => None,
    }
}
