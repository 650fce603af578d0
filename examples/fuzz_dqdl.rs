//! Looks for inputs that break DQDL, specs, tests, pins, `fmt` or the language server, for a while:
//! `cargo run --example fuzz_dqdl -- --what parser --seconds 60 --seed 1`.
//!
//! The properties are those of the cargo-fuzz targets (`fuzz/`), which need a nightly toolchain; this needs none. With
//! `--corpus FOLDER` it writes the texts of the golden pages there, a folder for each target: what cargo-fuzz begins with.

#![allow(unreachable_pub, reason = "the properties are a library elsewhere")]

#[path = "../fuzz/src/lib.rs"]
mod properties;

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use properties::choices::Random;
use properties::mutate::Material;
use properties::{evaluator, parser, project, server};

/// How many bytes an input of the evaluator has.
const LENGTHS: (usize, usize) = (8, 260);

/// What to look at, for how long, from where.
struct Options {
    what: What,
    seconds: u64,
    seed: u64,
    corpus: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Parser,
    Evaluator,
    Spec,
    Tests,
    Pin,
    Layout,
    Server,
}

impl What {
    /// All by their words, which are those of the cargo-fuzz targets.
    const ALL: [(&'static str, Self); 7] = [
        ("parser", Self::Parser),
        ("evaluator", Self::Evaluator),
        ("spec", Self::Spec),
        ("test_file", Self::Tests),
        ("pin", Self::Pin),
        ("layout", Self::Layout),
        ("server", Self::Server),
    ];

    /// Whether its inputs are texts; else they are choices.
    fn is_text(self) -> bool {
        !matches!(self, Self::Evaluator | Self::Server)
    }
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "an example speaks to its terminal")]
fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some(options) = options(&words) else {
        let words = What::ALL.map(|(word, _)| word).join("|");
        eprintln!("usage: fuzz_dqdl --what {words} [--seconds N] [--seed S], or --corpus FOLDER");
        return ExitCode::from(2);
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if let Some(folder) = &options.corpus {
        return match corpus(root, folder) {
            Ok(count) => {
                println!("{count} files");
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("{}: {error}", folder.display());
                ExitCode::FAILURE
            }
        };
    }
    let material = if options.what == What::Parser { Material::dqdl(root) } else { Material::yaml(root) };
    // Findings are shown once, and smaller.
    panic::set_hook(Box::new(|_| {}));
    let (end, mut random) = (Instant::now() + Duration::from_secs(options.seconds), Random(options.seed));
    let mut findings: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut executions = 0_u64;
    while Instant::now() < end {
        executions += 1;
        let input = if options.what.is_text() {
            material.text(&mut random).into_bytes()
        } else {
            let length = LENGTHS.0 + random.below(LENGTHS.1 - LENGTHS.0);
            random.bytes(length)
        };
        let Some(fault) = fault(options.what, &input) else { continue };
        let kind: String = fault.chars().filter(|character| !character.is_ascii_digit()).take(60).collect();
        if findings.contains_key(&kind) {
            continue;
        }
        let small = smaller(options.what, input);
        println!("finding {}, execution {executions}:\n{fault}\n{}", findings.len() + 1, shown(options.what, &small));
        findings.insert(kind, small);
    }
    println!("{executions} executions, {} findings", findings.len());
    if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn options(words: &[String]) -> Option<Options> {
    let value = |name: &str| words.iter().position(|word| word == name).and_then(|at| words.get(at + 1));
    let number = |name: &str, otherwise: u64| value(name).map_or(Some(otherwise), |word| word.parse().ok());
    let corpus = value("--corpus").map(PathBuf::from);
    let what = match value("--what") {
        Some(word) => What::ALL.iter().find(|(known, _)| known == word)?.1,
        None if corpus.is_some() => What::Parser,
        None => return None,
    };
    Some(Options { what, seconds: number("--seconds", 60)?, seed: number("--seed", 1)?, corpus })
}

/// Writes the texts of the golden pages, a folder for each target that reads texts; how many files.
fn corpus(root: &Path, folder: &Path) -> std::io::Result<usize> {
    let mut count = 0;
    for (word, what) in What::ALL.into_iter().filter(|(_, what)| what.is_text()) {
        let material = if what == What::Parser { Material::dqdl(root) } else { Material::yaml(root) };
        let folder = folder.join(word);
        std::fs::create_dir_all(&folder)?;
        for (at, text) in material.seeds().iter().enumerate() {
            std::fs::write(folder.join(format!("{at:04}")), text)?;
            count += 1;
        }
    }
    Ok(count)
}

/// What is wrong with an input, if anything is.
fn fault(what: What, input: &[u8]) -> Option<String> {
    let property = match what {
        What::Parser => parser::holds,
        What::Evaluator => evaluator::holds,
        What::Spec => project::spec,
        What::Tests => project::tests,
        What::Pin => project::pin,
        What::Layout => project::layout,
        What::Server => server::holds,
    };
    panic::catch_unwind(AssertUnwindSafe(|| property(input))).err().map(|payload| message(payload.as_ref()))
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without words".to_owned())
}

/// A smaller input that is wrong too: pieces are left out, or zeroed where their length matters.
fn smaller(what: What, mut input: Vec<u8>) -> Vec<u8> {
    let mut size = input.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < input.len() {
            let end = (at + size).min(input.len());
            let mut shorter = input.clone();
            if what.is_text() {
                shorter.drain(at..end);
            } else {
                shorter[at..end].fill(0);
            }
            if shorter != input && fault(what, &shorter).is_some() {
                input = shorter;
            } else {
                at = end;
            }
        }
        size /= 2;
    }
    input
}

fn shown(what: What, input: &[u8]) -> String {
    match what {
        What::Parser | What::Spec | What::Tests | What::Pin | What::Layout => format!("{:?}", String::from_utf8_lossy(input)),
        What::Server => format!("{input:?}"),
        What::Evaluator => {
            let made = evaluator::input(input);
            let table = |batch| {
                datafusion::arrow::util::pretty::pretty_format_batches(&[batch]).map_or_else(|e| e.to_string(), |t| t.to_string())
            };
            format!("{}\n{}\n{}", made.rules.join(",\n"), table(made.primary), table(made.reference))
        }
    }
}
