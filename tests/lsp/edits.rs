//! After any edits the server says what a cold check of the final texts says.

use std::path::Path;

use glue_compile::CheckOptions;
use glue_compile::world::MemoryWorld;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use super::client::{Client, ROOT, position, uri};

const PROJECT: &str = "version: 1\nname: shop\nvariables: { lake: out }\n";
const SPEC: &str = include_str!("orders.glue.yaml");
const RULES: &str = include_str!("orders.dqdl");

/// The files of the project; the first two are edited.
const NAMES: [&str; 3] = ["orders.glue.yaml", "orders.dqdl", "glue-compile.yaml"];

/// What is typed: parts of words, signs that open or close something, letters of several bytes.
const TYPED: &[&str] = &[
    "a",
    "id",
    " ",
    "\n",
    "\n  ",
    ":",
    ": ",
    "-",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "#",
    ",",
    "|",
    "${var.lake}",
    "$",
    "amount",
    "IsComplete",
    "Rules = [",
    "=",
    ">",
    "0",
    "ä",
    "😀",
    "&x",
    "*x",
    "\t",
    "!",
    "where",
    "and",
    "type: filter",
];

/// One edit: which file, where (parts per thousand), how many characters go, what comes.
type Step = (bool, u16, usize, usize);

struct Texts {
    texts: [String; 3],
    version: i32,
}

impl Texts {
    fn new() -> Self {
        Self { texts: [SPEC.to_owned(), RULES.to_owned(), PROJECT.to_owned()], version: 1 }
    }

    fn files(&self) -> Vec<(String, String)> {
        NAMES.iter().zip(&self.texts).map(|(name, text)| ((*name).to_owned(), text.clone())).collect()
    }

    /// Edits a text here and at the server.
    fn edit(&mut self, client: &mut Client, (rules, place, gone, typed): Step) {
        let which = usize::from(rules);
        let text = &mut self.texts[which];
        let boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let start = (boundaries.len() - 1) * usize::from(place) / 1000;
        let end = (start + gone).min(boundaries.len() - 1);
        let (start, end) = (boundaries[start], boundaries[end]);
        let range = json!({ "start": position(text, start), "end": position(text, end) });
        self.version += 1;
        client.change(&uri(NAMES[which]), self.version, range, TYPED[typed]);
        text.replace_range(start..end, TYPED[typed]);
    }

    /// What a cold check says: file, code, place, headline.
    fn cold(&self) -> Vec<String> {
        let mut world = MemoryWorld::default();
        for (name, text) in self.files() {
            world = world.with_file(format!("{ROOT}/{name}"), text);
        }
        let checked =
            glue_compile::check(&world, Path::new(ROOT), &CheckOptions { every_target: true, ..CheckOptions::default() });
        let mut said: Vec<String> = checked
            .diagnostics
            .iter()
            .map(|diagnostic| {
                let (name, range) = match diagnostic.primary() {
                    Some(label) => {
                        let file = checked.map.file(label.span.file);
                        let range = label.span.range();
                        let range = (position(&file.text, range.start), position(&file.text, range.end));
                        (file.path.strip_prefix(ROOT).unwrap_or(&file.path).display().to_string(), range)
                    }
                    None => ("glue-compile.yaml".to_owned(), (position("", 0), position("", 0))),
                };
                let headline = diagnostic.message.lines().next().unwrap_or_default();
                line(&name, diagnostic.code.number, &json!({ "start": range.0, "end": range.1 }), headline)
            })
            .collect();
        said.sort();
        said
    }
}

fn line(name: &str, code: &str, range: &Value, headline: &str) -> String {
    let at = |end: &str| format!("{}:{}", range[end]["line"], range[end]["character"]);
    format!("{name} {}-{} {code} {headline}", at("start"), at("end"))
}

/// What the server has published, of all files; headlines cut to those of `cold`.
fn warm(client: &Client, cold: &[String]) -> Vec<String> {
    let mut said = Vec::new();
    for (uri, diagnostics) in &client.published {
        let name = uri.rsplit('/').next().unwrap_or_default();
        for diagnostic in diagnostics {
            let code = diagnostic["code"].as_str().unwrap_or_default();
            let message = diagnostic["message"].as_str().unwrap_or_default();
            let full = line(name, code, &diagnostic["range"], message.lines().next().unwrap_or_default());
            // The server puts what is at the place behind the headline.
            let same = cold.iter().find(|cold| full == **cold || full.starts_with(&format!("{cold}: ")));
            said.push(same.cloned().unwrap_or(full));
        }
    }
    said.sort();
    said
}

fn equal(client: &mut Client, texts: &Texts) -> Result<(), String> {
    client.settle(&uri(NAMES[0]));
    let cold = texts.cold();
    let warm = warm(client, &cold);
    if warm == cold {
        return Ok(());
    }
    let only = |a: &[String], b: &[String]| a.iter().filter(|line| !b.contains(line)).cloned().collect::<Vec<_>>().join("\n  ");
    Err(format!(
        "only the server says:\n  {}\nonly a cold check says:\n  {}\nthe spec:\n{}\nthe rules:\n{}",
        only(&warm, &cold),
        only(&cold, &warm),
        texts.texts[0],
        texts.texts[1]
    ))
}

fn open(texts: &Texts) -> Client {
    let mut client = Client::new(&texts.files());
    for (name, text) in NAMES.iter().zip(&texts.texts).take(2) {
        client.open(&uri(name), text);
    }
    client
}

/// Random edits, compared every few steps.
pub fn any_sequence() -> Result<(), String> {
    let step = (any::<bool>(), 0u16..1000, 0usize..12, 0..TYPED.len());
    let steps = proptest::collection::vec(step, 1..24);
    let config = Config { cases: 24, failure_persistence: None, max_shrink_iters: 40, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let run = runner.run(&steps, |steps| {
        let mut texts = Texts::new();
        let mut client = open(&texts);
        let checked = steps.chunks(4).try_for_each(|some| {
            some.iter().for_each(|step| texts.edit(&mut client, *step));
            equal(&mut client, &texts)
        });
        client.shut_down();
        checked.map_err(TestCaseError::fail)
    });
    run.map_err(|error| error.to_string())
}

/// 200 keystrokes without a pause: they are handled in their order, and the last state is right.
pub fn storm() -> Result<(), String> {
    let mut texts = Texts::new();
    let mut client = open(&texts);
    for at in 0..200u16 {
        let step = match at % 4 {
            // Typed and taken back, at ever other places.
            0 => (at % 8 == 0, at * 5 % 1000, 0, 0),
            1 => (at % 8 == 1, (at - 1) * 5 % 1000, 1, 0),
            2 => (false, 500, 0, 15),
            _ => (false, 500, 0, 16),
        };
        texts.edit(&mut client, step);
    }
    let same = equal(&mut client, &texts);
    client.shut_down();
    same
}

/// A file that changes on disk counts as soon as the client says so.
pub fn closing_returns_to_the_disk() -> Result<(), String> {
    let mut texts = Texts::new();
    let mut client = open(&texts);
    let before = texts.texts[0].clone();
    texts.edit(&mut client, (false, 300, 40, 3));
    equal(&mut client, &texts)?;
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri(NAMES[0]) } }));
    texts.texts[0] = before;
    let same = equal(&mut client, &texts);
    client.shut_down();
    same
}
