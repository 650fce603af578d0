//! Where everything of the picture stands: cards in columns by how far they are from the sources, few crossings, no overlap.

use std::collections::BTreeSet;

use super::super::view::Chosen;
use super::{GAP, HEAD, LINE, SPACE, width_of};
use crate::ir::{Kind, NodeId};
use crate::lineage::{ColumnLineage, Direct, How, Origin};
use crate::spec::job::Role;
use crate::stdlib::types::type_name;

/// How many columns of an output a card lists; the last line tells how many more there are.
const MOST_COLUMNS: usize = 60;
/// How often cards are put in the order of their neighbours.
const SWEEPS: usize = 8;

/// A node of the picture.
pub(super) struct Card {
    id: NodeId,
    pub(super) name: String,
    /// `source`, `transform` or `sink`.
    pub(super) role: &'static str,
    /// `type:`
    pub(super) kind: String,
    pub(super) lines: Vec<Line>,
}

/// A line of a card: a column, or a heading without a type.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) data_type: String,
    port: usize,
}

/// A curve: the card and the line it begins at, and those it ends at; no line is the head of a card.
pub(super) struct Link {
    pub(super) from: (usize, Option<usize>),
    pub(super) to: (usize, Option<usize>),
    pub(super) way: Way,
}

/// What a curve means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Rows go this way.
    Rows,
    /// Rules refer to it.
    Refers,
    /// The value is taken over.
    Same,
    /// The value is computed from it.
    Made(&'static str),
    /// It decides over the value.
    Decides(&'static str),
}

/// Where a card stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// The cards of what the chosen sinks are made of, and the curves between them: those of rows first, so that others lie on them.
pub(super) fn of(chosen: &Chosen<'_>) -> (Vec<Card>, Vec<Link>) {
    let job = chosen.job;
    let mut shown: BTreeSet<NodeId> = BTreeSet::new();
    let mut open: Vec<NodeId> = chosen.sinks.iter().map(|(id, _)| *id).collect();
    while let Some(id) = open.pop() {
        if shown.insert(id) {
            open.extend(job.node(id).edges().map(|edge| edge.node));
        }
    }
    let cards: Vec<Card> = job.order.iter().filter(|id| shown.contains(id)).map(|id| card(chosen, *id, &shown)).collect();
    let at = |id: NodeId| cards.iter().position(|card| card.id == id);
    let line = |card: usize, port: usize, name: &str| {
        cards[card].lines.iter().position(|line| line.port == port && line.name == name && !line.data_type.is_empty())
    };
    let mut rows = Vec::new();
    let mut columns = Vec::new();
    for (to, card) in cards.iter().enumerate() {
        let node = job.node(card.id);
        let ways = node.inputs.iter().map(|edge| (edge, Way::Rows));
        for (edge, way) in ways.chain(node.references.iter().map(|(_, edge)| (edge, Way::Refers))) {
            if let Some(from) = at(edge.node) {
                rows.push(Link { from: (from, None), to: (to, None), way });
            }
        }
        if node.role == Role::Sink {
            for (place, column) in card.lines.iter().enumerate().filter(|(_, line)| !line.data_type.is_empty()) {
                let Some(edge) = node.inputs.first() else { continue };
                let from = at(edge.node).and_then(|from| Some((from, Some(line(from, edge.port, &column.name)?))));
                columns.extend(from.map(|from| Link { from, to: (to, Some(place)), way: Way::Same }));
            }
            continue;
        }
        for (place, shown) in card.lines.iter().enumerate() {
            let Some(column) = chosen.lineage.column(card.id, shown.port, &shown.name).filter(|_| !shown.data_type.is_empty())
            else {
                continue;
            };
            for (origin, way) in ways_into(column) {
                let from = at(origin.node).and_then(|from| Some((from, Some(line(from, origin.port, &origin.column)?))));
                columns.extend(from.map(|from| Link { from, to: (to, Some(place)), way }));
            }
        }
    }
    rows.extend(columns);
    (cards, rows)
}

/// The columns that one is made of, each once: computed from it counts more than decided by it.
fn ways_into(column: &ColumnLineage) -> Vec<(&Origin, Way)> {
    let mut found: Vec<(&Origin, How)> = Vec::new();
    for origin in &column.origins {
        let same = |other: &&mut (&Origin, How)| {
            (other.0.node, other.0.port, &other.0.column) == (origin.node, origin.port, &origin.column)
        };
        match found.iter_mut().find(same) {
            Some(known) if known.1.is_direct() && origin.how.is_direct() => known.1 = known.1.max(origin.how),
            Some(known) if !known.1.is_direct() => known.1 = origin.how,
            Some(_) => {}
            None => found.push((origin, origin.how)),
        }
    }
    let way = |origin: &Origin, how: How| match how {
        How::Direct(Direct::Identity) if origin.path.is_empty() => Way::Same,
        How::Direct(Direct::Identity) => Way::Made("a field"),
        How::Direct(_) => Way::Made(how.name()),
        How::Indirect(_) => Way::Decides(how.name()),
    };
    found.into_iter().map(|(origin, how)| (origin, way(origin, how))).collect()
}

fn card(chosen: &Chosen<'_>, id: NodeId, shown: &BTreeSet<NodeId>) -> Card {
    let job = chosen.job;
    let node = job.node(id);
    let kind = match node.kind {
        Some(Kind::Source(def) | Kind::Sink(def)) => def.name,
        Some(Kind::Transform(def)) => def.name,
        None => "unknown type",
    };
    let mut lines = Vec::new();
    let role = match node.role {
        Role::Sink => {
            if let Some(edge) = node.inputs.first() {
                list(chosen.written(*edge), 0, &mut lines);
            }
            "sink"
        }
        Role::Source | Role::Transform => {
            let is_read = |port: usize| {
                let reads = |reader: &NodeId| job.node(*reader).edges().any(|edge| edge.node == id && edge.port == port);
                shown.iter().any(reads)
            };
            for (port, output) in node.outputs.iter().enumerate().filter(|(port, _)| is_read(*port)) {
                if let Some(name) = output.name.filter(|_| node.outputs.len() > 1) {
                    lines.push(Line { name: format!("· {name}"), data_type: String::new(), port });
                }
                match chosen.lineage.output(id, port) {
                    Some(output) => list(&output.columns, port, &mut lines),
                    None => lines.push(Line { name: "columns not known".to_owned(), data_type: String::new(), port }),
                }
            }
            if node.role == Role::Source { "source" } else { "transform" }
        }
    };
    Card { id, name: node.name.value.clone(), role, kind: kind.to_owned(), lines }
}

fn list(columns: &[ColumnLineage], port: usize, lines: &mut Vec<Line>) {
    let line = |column: &ColumnLineage| Line { name: column.name.clone(), data_type: type_name(&column.data_type), port };
    lines.extend(columns.iter().take(MOST_COLUMNS).map(line));
    if columns.len() > MOST_COLUMNS {
        lines.push(Line { name: format!("and {} more", columns.len() - MOST_COLUMNS), data_type: String::new(), port });
    }
}

/// Where each card stands, the first ones at `top`. Cards come after those that they read.
pub(super) fn places(cards: &[Card], links: &[Link], top: u32) -> Vec<Place> {
    let edges: Vec<(usize, usize)> =
        links.iter().filter(|link| matches!(link.way, Way::Rows | Way::Refers)).map(|link| (link.from.0, link.to.0)).collect();
    let layers = ordered(&layered(cards, &edges), &edges);
    let mut places = vec![Place { x: 0, y: 0, width: 0, height: 0 }; cards.len()];
    let height = |card: usize| HEAD + LINE * u32::try_from(cards[card].lines.len()).unwrap_or(u32::MAX / LINE / 2) + 8;
    let tall = |layer: &[usize]| layer.iter().map(|card| height(*card) + SPACE).sum::<u32>();
    let tallest = layers.iter().map(|layer| tall(layer)).max().unwrap_or(0);
    let mut x = SPACE;
    for layer in &layers {
        let width = layer.iter().map(|card| width(&cards[*card])).max().unwrap_or(0);
        // In the middle of the tallest one.
        let mut y = top + (tallest - tall(layer)) / 2;
        for card in layer {
            places[*card] = Place { x, y, width, height: height(*card) };
            y += height(*card) + SPACE;
        }
        x += width + GAP;
    }
    places
}

fn width(card: &Card) -> u32 {
    let line = |line: &Line| width_of(&line.name) + if line.data_type.is_empty() { 0 } else { width_of(&line.data_type) + 20 };
    let lines = card.lines.iter().map(line).max().unwrap_or(0);
    lines.max(width_of(&card.name)).max(width_of(&card.kind)).max(100) + 20
}

/// The cards by layer: each is behind all that it reads, sources directly before those who read them first.
fn layered(cards: &[Card], edges: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut depth = vec![0; cards.len()];
    for card in 0..cards.len() {
        let before = edges.iter().filter(|(_, to)| *to == card).map(|(from, _)| depth[*from] + 1);
        depth[card] = before.max().unwrap_or(0);
    }
    for card in (0..cards.len()).filter(|card| cards[*card].role == "source") {
        let first = edges.iter().filter(|(from, _)| *from == card).map(|(_, to)| depth[*to]).min();
        depth[card] = first.map_or(0, |first: usize| first.saturating_sub(1));
    }
    let mut layers = vec![Vec::new(); depth.iter().max().map_or(0, |deepest| deepest + 1)];
    for (card, depth) in depth.iter().enumerate() {
        layers[*depth].push(card);
    }
    layers
}

/// The layers with their cards in the order of the cards they are linked to, so that few curves cross.
fn ordered(layers: &[Vec<usize>], edges: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut layers = layers.to_vec();
    let place =
        |layers: &[Vec<usize>], card: usize| layers.iter().find_map(|layer| layer.iter().position(|other| *other == card));
    for sweep in 0..SWEEPS {
        let forth = sweep % 2 == 0;
        let count = layers.len();
        for step in 0..count {
            let at = if forth { step } else { count - 1 - step };
            let mut keyed: Vec<((usize, usize), usize)> = Vec::new();
            for (here, card) in layers[at].iter().enumerate() {
                let near = edges.iter().filter_map(|(from, to)| match forth {
                    true if to == card => Some(*from),
                    false if from == card => Some(*to),
                    _ => None,
                });
                let near: Vec<usize> = near.filter_map(|other| place(&layers, other)).collect();
                // In thousandths, so that orders are exact.
                let mean = if near.is_empty() { here * 1000 } else { near.iter().sum::<usize>() * 1000 / near.len() };
                keyed.push(((mean, here), *card));
            }
            keyed.sort_unstable();
            layers[at] = keyed.into_iter().map(|(_, card)| card).collect();
        }
    }
    layers
}
