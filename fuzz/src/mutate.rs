//! Texts near DQDL: pieces of rulesets cut, doubled, swapped and mixed with what people write by mistake.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::choices::Random;

/// What is strewn in.
static SCRAPS: &[&str] = &[
    "Rules",
    "Analyzers",
    "DefaultLabels",
    "Metadata",
    "DataSources",
    "=",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    ",",
    ":",
    "\"",
    "'",
    "“",
    "`",
    "\\",
    "#",
    "--",
    "//",
    "/*",
    "*/",
    "\n",
    "\r\n",
    "\t",
    "\u{a0}",
    "\u{feff}",
    "$x",
    "x = \"a\"\n",
    "and",
    "OR",
    "not",
    "between",
    "in",
    "matches",
    "where",
    "with",
    "threshold",
    "labels",
    "of",
    "NULL",
    "EMPTY",
    "WHITESPACES_ONLY",
    "now()",
    "(now() - 3 days)",
    "24 hours",
    "10 MB",
    "last(3)",
    "avg(last(3))",
    "0.5",
    "-1",
    "1e3",
    ".5",
    "5%",
    "99999999999999999999",
    "\"2024-13-45\"",
    "\"12:30\"",
    "!=",
    ">=",
    "<",
    "==",
    "RowCount",
    "IsComplete \"a\"",
    "ColumnValues \"a\"",
    "CustomSql \"select 1\"",
    "Größe",
    "💥",
    "\0",
    "is",
    "like",
];

/// A text made from some of the seeds.
pub fn text(seeds: &[String], random: &mut Random) -> String {
    let mut text = seeds.get(random.below(seeds.len().max(1))).cloned().unwrap_or_default();
    for _ in 0..=random.below(6) {
        let (start, end) = range(&text, random);
        match random.below(7) {
            0 => text.replace_range(start..end, ""),
            1 => {
                let piece = text[start..end].to_owned();
                text.insert_str(start, &piece);
            }
            2 => text.insert_str(start, SCRAPS[random.below(SCRAPS.len())]),
            3 => text.replace_range(start..end, SCRAPS[random.below(SCRAPS.len())]),
            4 => text.insert(start, char::from(u8::try_from(random.below(128)).unwrap_or(b'?'))),
            5 => {
                let other = &seeds[random.below(seeds.len())];
                let (from, to) = range(other, random);
                text.insert_str(start, &other[from..to]);
            }
            _ => text.truncate(start),
        }
    }
    text
}

/// A range of a text, short more often than long, between characters.
fn range(text: &str, random: &mut Random) -> (usize, usize) {
    let longest = 1 << random.below(9);
    let start = boundary(text, random.below(text.len() + 1));
    (start, boundary(text, (start + random.below(longest)).min(text.len())).max(start))
}

fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Rulesets of the recorded cases and of the golden pages: what texts are made from. Below the repository's root.
pub fn seeds(root: &Path) -> Vec<String> {
    let recorded = fs::read(root.join("tests/conformance/cases.json")).unwrap_or_default();
    let cases: Vec<Value> = serde_json::from_slice(&recorded).unwrap_or_default();
    let mut seeds: Vec<String> = cases.iter().filter_map(|case| Some(case["ruleset"].as_str()?.to_owned())).collect();
    for folder in ["tests/golden/dqdl", "tests/golden/quality", "src/stdlib/rule"] {
        let files = fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
        let mut pages: Vec<String> = files.filter_map(|file| fs::read_to_string(file.path()).ok()).collect();
        pages.sort();
        let blocks = pages.iter().flat_map(|page| page.split("```").skip(1).step_by(2));
        seeds.extend(blocks.filter_map(|block| block.find("Rules =").map(|at| block[at..].to_owned())));
    }
    seeds
}
