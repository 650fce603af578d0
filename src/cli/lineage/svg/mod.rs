//! Lineage as a picture that stands alone: an SVG with a card for each node, its columns in lines, and a curve from each column
//! to those that are made of it. Rows flow from left to right.
//!
//! In: the chosen sinks with their lineage. Out: a document that needs neither scripts nor fonts of its own and is readable on
//! light and on dark ground. The same project is the same document, byte for byte.

mod layout;

use std::fmt::Write as _;

use self::layout::{Card, Link, Place, Way};
use super::view::Chosen;
use crate::diag::render::junit::escape;

/// A line of text, and the room around it.
const LINE: u32 = 18;
/// The head of a card: the node's name, below it what it is.
const HEAD: u32 = 40;
/// How wide a letter is at most.
const LETTER: u32 = 8;
/// Longer names are cut; the whole one is shown where the pointer rests.
const LONGEST: usize = 36;
/// Between columns of cards: room for the curves.
const GAP: u32 = 90;
/// Between cards of one column, and around the whole.
const SPACE: u32 = 24;

/// Colours of both grounds: classes, because not every program that draws SVG knows variables. Those that do not know the
/// media query draw the light one.
const STYLE: &str = "\
.ground{fill:#ffffff}.card{fill:#f6f8fa;stroke:#8c959f}.head{fill:#eaeef2}.source .head{fill:#dafbe1}.sink .head{fill:#ddf4ff}
text{font:13px ui-monospace,Menlo,Consolas,monospace;fill:#1f2328}.name{font-weight:600}.dim{fill:#59636e;font-size:11px}.type{fill:#59636e;font-size:11px;text-anchor:end}
path{fill:none}.rows{stroke:#d1d9e0;stroke-width:6}.refers{stroke:#d1d9e0;stroke-width:3;stroke-dasharray:2 4}.same{stroke:#59636e}.made{stroke:#0969da;stroke-width:1.5}.decides{stroke:#9a6700;stroke-dasharray:4 3}
@media(prefers-color-scheme:dark){.ground{fill:#0d1117}.card{fill:#151b23;stroke:#656c76}.head{fill:#262c36}.source .head{fill:#12361f}.sink .head{fill:#0c2d4d}text{fill:#f0f6fc}.dim,.type{fill:#9198a1}.rows,.refers{stroke:#2f3742}.same{stroke:#9198a1}.made{stroke:#58a6ff}.decides{stroke:#d29922}}";

/// One document for all jobs, one below the other.
pub(super) fn picture(jobs: &[Chosen<'_>]) -> String {
    let mut body = String::new();
    let mut width = 0;
    let mut top = SPACE;
    for chosen in jobs {
        let name = chosen.job.name.as_str();
        let _ = writeln!(body, "<text class=\"name\" x=\"{SPACE}\" y=\"{}\">job {}</text>", top + 13, escaped(name));
        top += LINE + SPACE / 2;
        let (cards, links) = layout::of(chosen);
        let places = layout::places(&cards, &links, top);
        width = width.max(places.iter().map(|place| place.x + place.width).max().unwrap_or(0));
        for link in &links {
            draw_link(link, &cards, &places, &mut body);
        }
        for (card, place) in cards.iter().zip(&places) {
            draw_card(card, *place, &mut body);
            top = top.max(place.y + place.height);
        }
        top += 2 * SPACE;
    }
    let width = (width + SPACE).max(LEGEND_WIDTH);
    let height = legend(top, &mut body);
    let names: Vec<_> = jobs.iter().map(|chosen| escaped(chosen.job.name.as_str())).collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>Lineage of {}</title>\n<style>\n{STYLE}\n</style>\n<rect class=\"ground\" width=\"{width}\" height=\"{height}\"/>\n{body}</svg>\n",
        names.join(", ")
    )
}

/// What the lines mean, and how much room that takes.
const LEGEND: [(&str, &str, u32); 4] =
    [("same", "taken over", 120), ("made", "computed", 110), ("decides", "decides over it", 150), ("rows", "rows", 80)];
const LEGEND_WIDTH: u32 = 2 * SPACE + 120 + 110 + 150 + 80;

/// Draws the legend; the height of the whole.
fn legend(top: u32, out: &mut String) -> u32 {
    let mut x = SPACE;
    for (class, words, width) in LEGEND {
        let _ = writeln!(out, "<path class=\"{class}\" d=\"M{x} {top}h24\"/>");
        let _ = writeln!(out, "<text class=\"dim\" x=\"{}\" y=\"{}\">{words}</text>", x + 30, top + 4);
        x += width;
    }
    top + SPACE
}

fn draw_card(card: &Card, place: Place, out: &mut String) {
    let Place { x, y, width, height } = place;
    let _ = writeln!(out, "<g class=\"{}\">", card.role);
    let _ = writeln!(out, "<rect class=\"card\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>");
    let _ = writeln!(
        out,
        "<rect class=\"head\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"5\"/>",
        x + 1,
        y + 1,
        width - 2,
        HEAD - 2
    );
    text(out, "name", x + 10, y + 17, &card.name, &card.name);
    text(out, "dim", x + 10, y + 32, &card.kind, &card.kind);
    for (at, line) in card.lines.iter().enumerate() {
        let base = y + HEAD + LINE * u32::try_from(at).unwrap_or(u32::MAX) + 13;
        if line.data_type.is_empty() {
            text(out, "dim", x + 10, base, &line.name, &line.name);
        } else {
            let whole = format!("{}: {}", line.name, line.data_type);
            text(out, "column", x + 10, base, &line.name, &whole);
            text(out, "type", x + width - 10, base, &line.data_type, &whole);
        }
    }
    out.push_str("</g>\n");
}

/// A text, cut if it is long, with the whole of it for the pointer.
fn text(out: &mut String, class: &str, x: u32, y: u32, shown: &str, whole: &str) {
    let cut = cut(shown);
    let title = if cut == whole { String::new() } else { format!("<title>{}</title>", escaped(whole)) };
    let _ = writeln!(out, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}{title}</text>", escaped(&cut));
}

/// A curve from the right side of a card to the left side of another.
fn draw_link(link: &Link, cards: &[Card], places: &[Place], out: &mut String) {
    let middle = |card: usize, line: Option<usize>| match line {
        Some(line) => places[card].y + HEAD + LINE * u32::try_from(line).unwrap_or(u32::MAX) + LINE / 2,
        None => places[card].y + HEAD / 2,
    };
    let (from, to) = (places[link.from.0], places[link.to.0]);
    let (x1, y1) = (from.x + from.width, middle(link.from.0, link.from.1));
    let (x2, y2) = (to.x, middle(link.to.0, link.to.1));
    let bend = GAP / 2;
    let class = match link.way {
        Way::Rows => "rows",
        Way::Refers => "refers",
        Way::Same => "same",
        Way::Made(_) => "made",
        Way::Decides(_) => "decides",
    };
    let _ = write!(out, "<path class=\"{class}\" d=\"M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}\"", x1 + bend, x2.saturating_sub(bend));
    let name = |(card, line): (usize, Option<usize>)| {
        let column = line.map(|line| format!(".{}", cards[card].lines[line].name));
        escaped(&format!("{}{}", cards[card].name, column.unwrap_or_default()))
    };
    match link.way {
        Way::Rows | Way::Refers => out.push_str("/>\n"),
        Way::Same => {
            let _ = writeln!(out, "><title>{} is {}</title></path>", name(link.to), name(link.from));
        }
        Way::Made(how) | Way::Decides(how) => {
            let _ = writeln!(out, "><title>{} by {how} of {}</title></path>", name(link.to), name(link.from));
        }
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST { text.to_owned() } else { text.chars().take(LONGEST - 1).chain(['…']).collect() }
}

/// A text between tags, on one line.
fn escaped(text: &str) -> String {
    escape(&text.replace(['\t', '\n', '\r'], " "))
}

/// How much room a text takes: letters of East Asian scripts take two places.
fn width_of(text: &str) -> u32 {
    let places = |c: char| if ('\u{1100}'..='\u{11ff}').contains(&c) || c >= '\u{2e80}' { 2 } else { 1 };
    cut(text).chars().map(places).sum::<u32>() * LETTER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_text_and_never_tags() {
        assert_eq!(escaped("a<b>&\"c\"\n\u{1}"), "a&lt;b&gt;&amp;&quot;c&quot; \u{fffd}");
    }

    #[test]
    fn long_names_are_cut_at_a_letter() {
        let long = "ä".repeat(50);
        assert_eq!(cut(&long).chars().count(), LONGEST);
        assert_eq!([width_of("äb"), width_of("李x")], [2 * LETTER, 3 * LETTER]);
    }
}
