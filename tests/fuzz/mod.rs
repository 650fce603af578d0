//! The fuzzers' properties on a few inputs, always the same: they hold, and the fuzzers still build.
//!
//! `cargo run --example fuzz_dqdl` looks harder.

#[path = "../../fuzz/src/lib.rs"]
mod properties;

use std::path::Path;

use libtest_mimic::Trial;
use properties::choices::Random;
use properties::{evaluator, mutate, parser};

/// How many texts are parsed.
const TEXTS: usize = 400;
/// How many rulesets are evaluated, each several times.
const RULESETS: usize = 12;

/// A trial for each property.
pub fn trials(root: &Path) -> Vec<Trial> {
    let root = root.to_path_buf();
    let parser = Trial::test("fuzz parser: every text has a tree", move || {
        let seeds = mutate::seeds(&root);
        let mut random = Random(20);
        (0..TEXTS).for_each(|_| parser::holds(mutate::text(&seeds, &mut random).as_bytes()));
        Ok(())
    });
    let evaluator = Trial::test("fuzz evaluator: every ruleset has one outcome", || {
        let mut random = Random(26);
        for _ in 0..RULESETS {
            let length = 16 + random.below(200);
            evaluator::holds(&random.bytes(length));
        }
        Ok(())
    });
    vec![parser, evaluator]
}
