//! Writes `src/` anew, as `tree-sitter generate` does, and beside it the sums of what was read and written: with them a test sees
//! that nothing has been changed since, and needs neither node nor this program.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tree_sitter_generate::{OptLevel, generate_parser_in_directory};

/// The form of the tables: the newest that older editors read too. What a newer one could tell them, this grammar does not use.
const ABI: usize = 14;

/// What belongs together.
static FILES: &[&str] = &[
    "grammar.js",
    "tree-sitter.json",
    "src/grammar.json",
    "src/node-types.json",
    "src/parser.c",
    "src/tree_sitter/alloc.h",
    "src/tree_sitter/array.h",
    "src/tree_sitter/parser.h",
];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the grammar is in the folder above")?;
    generate_parser_in_directory::<_, PathBuf, PathBuf>(folder, None, None, ABI, None, Some("node"), true, OptLevel::default())?;
    let mut sums = String::new();
    for file in FILES {
        let sum = Sha256::digest(fs::read(folder.join(file))?);
        sums.extend(sum.iter().map(|byte| format!("{byte:02x}")));
        sums.push_str(&format!("  {file}\n"));
    }
    fs::write(folder.join("src/generated.sha256"), sums)?;
    Ok(())
}
