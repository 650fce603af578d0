//! Neovim as a client, set up as `docs/editors.md` says, where it is installed.

use std::fs;
use std::process::{Command, Stdio};

const SPEC: &str = "\
jobs:
  a:
    sources:
      raw:
        type: file
        path: raw.csv
        format: csv
        schema: { columns: [{ name: id, type: bigint }, { name: amount, type: double }] }
    transforms:
      large:
        type: filter
        inputs: [raw]
        condition: amout > 10
    sinks:
      out: { type: file, inputs: [large.matched], path: out, format: csv }
";

const EXPECTED: &str = "\
opened: 13:20 GC0402
fix: Replace with `amount`
mended: condition: amount > 10
hover: column `amount`: **double**, may be NULL
defined in line 8
completions: id amount
lenses: run on sample, dry run, plan, graph
";

/// Whether there is a Neovim.
pub fn is_there() -> bool {
    let version = Command::new("nvim").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// Opens a spec, applies a fix, asks about a column and about code lenses.
pub fn session() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let root = folder.path().canonicalize().map_err(|error| error.to_string())?;
    let (file, out) = (root.join("a.glue.yaml"), root.join("out.txt"));
    fs::write(&file, SPEC).map_err(|error| error.to_string())?;
    // What a code lens runs reads it.
    fs::write(root.join("raw.csv"), "id,amount\n1,20\n").map_err(|error| error.to_string())?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lsp/neovim.lua");
    let done = Command::new("nvim")
        .args(["--headless", "--clean", "-n", "-c"])
        .arg(format!("luafile {script}"))
        .env("SERVER", env!("CARGO_BIN_EXE_glue-compile"))
        .env("FILE", &file)
        .env("OUT", &out)
        .env("XDG_STATE_HOME", &root)
        .env("XDG_CACHE_HOME", &root)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    let said = fs::read_to_string(&out).unwrap_or_default();
    if said == EXPECTED {
        return Ok(());
    }
    let messages = String::from_utf8_lossy(&done.stderr);
    Err(format!("{}\n{messages}", crate::support::diff::lines(EXPECTED, &said)))
}
