//! The workloads of `bench/`, on little data: what they find is what the generator planted, which it counts without an engine.

#[expect(dead_code, reason = "an example has a `main` of its own")]
#[path = "../../examples/bench_data/main.rs"]
mod bench_data;

use std::fs;
use std::path::Path;
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use crate::support;
use bench_data::Format;

/// Enough for every fault to be there.
const ROWS: usize = 10_000;

/// A trial for the texts and one for the runs.
pub fn trials(root: &Path) -> Vec<Trial> {
    let tests: [(&str, fn(&Path) -> Result<(), String>); 3] = [
        ("bench pipelines and rulesets check", check),
        ("bench data is always the same", same_data),
        ("bench workloads find what was planted", run),
    ];
    let trial = |(name, test): (&str, fn(&Path) -> Result<(), String>)| {
        let root = root.to_path_buf();
        Trial::test(name, move || test(&root).map_err(Failed::from))
    };
    tests.into_iter().map(trial).collect()
}

fn check(root: &Path) -> Result<(), String> {
    for path in ["bench", "bench/verify", "bench/w5.dqdl"] {
        let (said, _) = glue_compile(root, &["check", path])?;
        if !said.starts_with("no problems") {
            return Err(format!("{path}: {said}"));
        }
    }
    Ok(())
}

/// Figures of one seed, as they were when they were written down: results of different days can be compared.
fn same_data(_: &Path) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let manifest = generated(folder.path())?;
    let pinned = [
        ("/customers", json!(500)),
        ("/w1/good", json!({ "rows": 9782, "cents": 137_430_807, "checksum": 4_965_935_891_u64 })),
        ("/w1/quarantine", json!({ "rows": 218, "cents": 22_447_193, "checksum": 112_294_250 })),
        ("/w2/orders/running_checksum", json!(4_622_371_473_u64)),
        ("/w2/monthly/checksum", json!(2_901_364_739_u64)),
    ];
    let planted = manifest["planted"].as_object().ok_or("the manifest does not say what was planted")?;
    if let Some((fault, _)) = planted.iter().find(|(_, count)| **count == json!(0)) {
        return Err(format!("no row has {fault}"));
    }
    let differs = pinned.into_iter().filter(|(path, wanted)| manifest.pointer(path) != Some(wanted));
    let faults: Vec<_> =
        differs.map(|(path, wanted)| format!("{path} is {:?}, expected {wanted}", manifest.pointer(path))).collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

fn run(root: &Path) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let data = folder.path().join("data");
    let manifest = generated(&data)?;
    let project = folder.path().join("bench");
    support::console::copy(&root.join("bench"), &project).map_err(|e| e.to_string())?;
    let mut faults = Vec::new();
    let mut same = |what: &str, found: &Value, wanted: &Value| {
        if found != wanted {
            faults.push(format!("{what}: {found}, expected {wanted}"));
        }
    };
    for (job, target) in [("w1", "free"), ("w2", "free"), ("w2", "limited")] {
        let out = folder.path().join(format!("{job} {target}"));
        let report = run_job(&project, job, &["--target", target], &data, &out)?;
        let known = &manifest[job];
        if job == "w1" {
            same("rows that break each rule", &failed_rows(&report["quality"]["dq"]), &known["failed"]);
            same("good rows", &report["quality"]["dq"]["rows"]["passed"], &known["good"]["rows"]);
        }
        run_job(&project.join("verify"), job, &[], &out, &out.join("figures"))?;
        let parts = if job == "w1" { ["good", "quarantine"] } else { ["orders", "monthly"] };
        for part in parts {
            let found = figures(&out.join("figures").join(part))?;
            let known = known[part].as_object().ok_or_else(|| format!("the manifest has no {job} {part}"))?;
            for (name, wanted) in known.iter().filter(|(_, wanted)| !wanted.is_f64()) {
                same(&format!("{job} {target}: {name} of {part}"), &found[name.as_str()], wanted);
            }
        }
        if job == "w1" {
            same("reasons", &figures(&out.join("figures/quarantine"))?["reasons"], &known["reasons"]);
        }
    }
    let orders = data.join("orders.parquet");
    let (said, _) = glue_compile(&project, &["quality", "eval", "w5.dqdl", &orders.to_string_lossy(), "--format", "json"])?;
    let judged: Value = serde_json::from_str(&said).map_err(|e| e.to_string())?;
    let counted =
        judged["ruleOutcomes"].as_array().map_or(0, |rules| rules.iter().filter(|rule| rule["failed_rows"].is_u64()).count());
    same("rules of W5 that judge rows", &counted.into(), &200.into());
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

/// Little data, and what is known of it.
fn generated(folder: &Path) -> Result<Value, String> {
    let options =
        bench_data::Options { out: folder.to_path_buf(), rows: ROWS, seed: 42, formats: vec![Format::Parquet, Format::Csv] };
    bench_data::generate(&options).map_err(|e| e.to_string())?;
    let text = fs::read_to_string(folder.join("manifest.json")).map_err(|e| e.to_string())?;
    serde_json::from_str(&text).map_err(|e| e.to_string())
}

/// The report of a job; nothing else is said.
fn run_job(project: &Path, job: &str, more: &[&str], data: &Path, out: &Path) -> Result<Value, String> {
    let variables = [format!("data={}", data.display()), format!("out={}", out.display())];
    let mut arguments =
        vec!["run", ".", "--job", job, "--format", "json", "--quiet", "--var", &variables[0], "--var", &variables[1]];
    arguments.extend(more);
    let (said, messages) = glue_compile(project, &arguments)?;
    if !messages.is_empty() {
        return Err(format!("{job} says: {messages}"));
    }
    serde_json::from_str(&said).map_err(|e| format!("{job}: not one JSON document: {e}\n{said}"))
}

/// What a command prints, and its messages; rules that fail are no failure.
fn glue_compile(folder: &Path, arguments: &[&str]) -> Result<(String, String), String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_glue-compile"));
    let output = command.current_dir(folder).args(arguments).output().map_err(|e| e.to_string())?;
    let (said, messages) =
        (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned());
    match output.status.code() {
        // `check` says on standard error that all is well.
        Some(0) if said.is_empty() => Ok((messages, String::new())),
        Some(0 | 3) => Ok((said, messages)),
        _ => Err(format!("{arguments:?}: {}\n{messages}\n{said}", output.status)),
    }
}

/// The rows that break each rule, under the manifest's names: the rules that judge rows, in order.
fn failed_rows(quality: &Value) -> Value {
    let names = [
        "customer_id_complete",
        "order_id_complete",
        "order_id_unique",
        "amount_between",
        "status_in_set",
        "customer_ref",
        "email_regex",
        "notes_length",
    ];
    let outcomes = quality["ruleOutcomes"].as_array().cloned().unwrap_or_default();
    let counts = outcomes.iter().map(|outcome| outcome["failed_rows"].clone()).filter(|count| !count.is_null());
    Value::Object(names.iter().map(|name| (*name).to_owned()).zip(counts).collect())
}

/// The one row of a folder of JSON lines.
fn figures(folder: &Path) -> Result<Value, String> {
    let files = support::files(folder, "json");
    let lines = files.iter().map(|path| fs::read_to_string(path).unwrap_or_default()).collect::<String>();
    serde_json::from_str(&lines).map_err(|e| format!("{}: {e}", folder.display()))
}
