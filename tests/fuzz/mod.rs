//! The fuzzers' properties on a few inputs, always the same: they hold, and the fuzzers still build.
//!
//! `cargo run --example fuzz_dqdl` looks harder.

#[expect(dead_code, reason = "what only the example needs")]
#[path = "../../fuzz/src/lib.rs"]
pub mod properties;

use std::path::Path;
use std::time::Duration;

use libtest_mimic::Trial;
use properties::choices::Random;
use properties::mutate::Material;
use properties::{evaluator, parser, project, server};

/// How many texts are parsed.
const TEXTS: usize = 400;
/// How many texts are read as a file of a project, for each kind of file.
const FILES: usize = 150;
/// How many clients talk to the language server.
const CLIENTS: usize = 15;
/// What a text may cost, in time of its own thread: a machine that is busy with other things is no fault.
const MOST: Duration = Duration::from_secs(2);
/// How many rulesets are evaluated, each several times.
const RULESETS: usize = 12;

/// A trial for each property.
pub fn trials(root: &Path) -> Vec<Trial> {
    let mut trials = dqdl(root);
    let files: [(&str, u64, fn(&[u8])); 4] = [
        ("spec: every text is checked", 31, project::spec),
        ("tests: every text is checked", 32, project::tests),
        ("pin: every text is checked", 33, project::pin),
        ("layout: what is laid out stays", 34, project::layout),
    ];
    for (name, seed, property) in files {
        let root = root.to_path_buf();
        trials.push(Trial::test(format!("fuzz {name}"), move || {
            let material = Material::yaml(&root);
            let mut random = Random(seed);
            for _ in 0..FILES {
                let text = material.text(&mut random);
                let before = spent();
                property(text.as_bytes());
                let took = spent().saturating_sub(before);
                if took > MOST {
                    return Err(format!("it took {took:?}:\n{text}").into());
                }
            }
            Ok(())
        }));
    }
    trials.push(Trial::test("fuzz server: every request is answered", || {
        let mut random = Random(35);
        for _ in 0..CLIENTS {
            let length = 20 + random.below(400);
            server::holds(&random.bytes(length));
        }
        Ok(())
    }));
    trials
}

/// The time that this thread has worked, where the system tells; else none.
fn spent() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/stat").unwrap_or_default();
    let after_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum::<u64>();
    // Linux counts hundredths of a second here.
    Duration::from_millis(ticks * 10)
}

fn dqdl(root: &Path) -> Vec<Trial> {
    let root = root.to_path_buf();
    let parser = Trial::test("fuzz parser: every text has a tree", move || {
        let material = Material::dqdl(&root);
        let mut random = Random(20);
        (0..TEXTS).for_each(|_| parser::holds(material.text(&mut random).as_bytes()));
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
