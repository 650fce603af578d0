//! The one test binary beside the unit tests: golden cases, pages that run, and the rules of the house.
//!
//! `cargo test --test golden` runs all of it; a word after `--` filters by name (`-- GC0402`, `-- house`).
//! `UPDATE_GOLDEN=1` rewrites the recorded texts first, of what the filter picks; it is refused where `CI` is set.

#![allow(unreachable_pub, reason = "in a binary `pub(crate)` would say nothing that `pub` does not")]

mod anomalies;
mod bench;
mod conformance;
mod formats;
mod fuzz;
mod house;
mod layout;
mod lineage;
mod lsp;
mod openlineage;
mod packaging;
mod pipelines;
mod planted;
mod schema;
mod support;
mod tree_sitter;
mod wide;

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

#[expect(clippy::print_stderr, reason = "a test binary speaks to its terminal")]
fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = support::pages(root);
    if support::environment("UPDATE_GOLDEN").is_some_and(|value| value != "0") {
        if support::environment("CI").is_some() {
            eprintln!("UPDATE_GOLDEN is set and so is CI: recorded texts are not rewritten where nobody looks at them");
            return ExitCode::FAILURE;
        }
        let picked = |name: &str| arguments.filter.as_ref().is_none_or(|filter| name.contains(filter.as_str()));
        support::update(&pages, &picked);
        support::console::update(root, &picked);
        support::folder::update(root, &picked);
        support::facts::update(root, &picked);
        support::table::update(root, &picked);
        planted::update(root, &picked);
        schema::update(root, &picked);
        lsp::update(root, &picked);
        tree_sitter::update_corpus(root, &picked);
        return run(&arguments, support::pages(root), root);
    }
    run(&arguments, pages, root)
}

fn run(arguments: &Arguments, pages: Vec<support::page::Page>, root: &Path) -> ExitCode {
    let mut trials: Vec<Trial> = house::trials(root);
    trials.extend(support::trials(pages, root));
    trials.extend(support::console::trials(root));
    trials.extend(pipelines::trials(root));
    trials.extend(planted::trials(root));
    trials.extend(bench::trials(root));
    trials.extend(anomalies::trials(root));
    trials.extend(support::facts::trials(root));
    trials.extend(support::table::trials(root));
    trials.extend(conformance::trials(root));
    trials.extend(layout::trials(root));
    trials.extend(formats::trials(root));
    trials.extend(schema::trials(root));
    trials.extend(packaging::trials(root));
    trials.extend(fuzz::trials(root));
    trials.extend(lineage::trials(root));
    trials.extend(openlineage::trials(root));
    trials.extend(lsp::trials(root));
    trials.extend(tree_sitter::trials(root));
    trials.extend(wide::trials());
    libtest_mimic::run(arguments, trials).exit_code()
}
