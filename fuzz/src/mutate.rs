//! Texts near DQDL and near YAML: pieces of rulesets and specs cut, doubled, swapped and mixed with what people write by mistake.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::choices::Random;

/// What is strewn into YAML.
static YAML: &[&str] = &[
    " ",
    "\n",
    "\n  ",
    "\r\n",
    "\t",
    "\u{feff}",
    "\u{a0}",
    "\u{2028}",
    ":",
    ": ",
    "- ",
    "? ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "\"",
    "'",
    "\\",
    "#",
    " # note",
    "# glue-compile: allow GC0402 -- why",
    "|",
    "|2-\n",
    ">\n",
    "&a ",
    "*a",
    "<<: *a",
    "!!str ",
    "!x ",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "@",
    "`",
    "~",
    "null",
    "no",
    "1e400",
    "0x1F",
    "99999999999999999999",
    "2024-13-45",
    "${var.x}",
    "${env.HOME}",
    "${",
    "$$",
    "version: 1",
    "jobs:",
    "sources:",
    "transforms:",
    "sinks:",
    "inputs: [raw]",
    "type: filter",
    "type: sql",
    "query: select 1",
    "condition: a >",
    "path: \"s3://\"",
    "path: ../../..",
    "path: \"{a,b\"",
    "columns: []",
    "columns: [{ name: a, type: \"struct<a:struct<b:int>>\" }]",
    "type: \"decimal(99,99)\"",
    "use: t",
    "tests:",
    "expect: {}",
    "given: { raw: { rows: [{ a: 1 }] } }",
    "Größe",
    "💥",
    "\0",
];

/// What is strewn into DQDL.
static DQDL: &[&str] = &[
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

/// What texts are made from.
#[derive(Debug)]
pub struct Material {
    seeds: Vec<String>,
    scraps: &'static [&'static str],
}

impl Material {
    /// Rulesets, below the repository's root.
    pub fn dqdl(root: &Path) -> Self {
        Self { seeds: rulesets(root), scraps: DQDL }
    }

    /// Specs, tests and pinned columns, below the repository's root.
    pub fn yaml(root: &Path) -> Self {
        Self { seeds: documents(root), scraps: YAML }
    }

    /// The texts themselves.
    pub fn seeds(&self) -> &[String] {
        &self.seeds
    }

    /// A text made from some of it.
    pub fn text(&self, random: &mut Random) -> String {
        text(&self.seeds, self.scraps, random)
    }
}

fn text(seeds: &[String], scraps: &[&str], random: &mut Random) -> String {
    let mut text = seeds.get(random.below(seeds.len().max(1))).cloned().unwrap_or_default();
    for _ in 0..=random.below(6) {
        let (start, end) = range(&text, random);
        match random.below(7) {
            0 => text.replace_range(start..end, ""),
            1 => {
                let piece = text[start..end].to_owned();
                text.insert_str(start, &piece);
            }
            2 => text.insert_str(start, scraps[random.below(scraps.len())]),
            3 => text.replace_range(start..end, scraps[random.below(scraps.len())]),
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

/// Rulesets of the recorded cases and of the golden pages.
fn rulesets(root: &Path) -> Vec<String> {
    let recorded = fs::read(root.join("tests/conformance/cases.json")).unwrap_or_default();
    let cases: Vec<Value> = serde_json::from_slice(&recorded).unwrap_or_default();
    let mut seeds: Vec<String> = cases.iter().filter_map(|case| Some(case["ruleset"].as_str()?.to_owned())).collect();
    for folder in ["tests/golden/dqdl", "tests/golden/quality", "src/stdlib/rule"] {
        let pages = texts(&root.join(folder));
        let blocks = pages.iter().flat_map(|page| page.split("```").skip(1).step_by(2));
        seeds.extend(blocks.filter_map(|block| block.find("Rules =").map(|at| block[at..].to_owned())));
    }
    seeds
}

/// The YAML of the golden pages and of the shipped pipelines.
fn documents(root: &Path) -> Vec<String> {
    let mut seeds = Vec::new();
    for folder in ["tests/golden/spec", "tests/golden/check", "tests/golden/cli", "tests/golden/lsp", "src/diag/explain"] {
        let pages = texts(&root.join(folder));
        let blocks = pages.iter().flat_map(|page| page.split("```").skip(1).step_by(2));
        let yaml = blocks.filter(|block| block.starts_with("yaml "));
        seeds.extend(yaml.filter_map(|block| block.split_once('\n').map(|(_, text)| text.replace('‸', ""))));
    }
    for folder in ["pipelines/orders", "pipelines/flights", "tests/lsp"] {
        seeds.extend(texts(&root.join(folder)).into_iter().filter(|text| text.contains("jobs:") || text.contains("tests:")));
    }
    seeds
}

/// The texts of a folder's own files, sorted.
fn texts(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut texts: Vec<String> = files.filter_map(|file| fs::read_to_string(file.path()).ok()).collect();
    texts.sort();
    texts
}
