//! The phases of the compiler, timed one by one: `cargo bench`, or `cargo bench -- parse` for some of them.
//!
//! Whole workloads against other programs are in `bench/`.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use glue_compile::diag::Sink;
use glue_compile::ir::Program;
use glue_compile::plan::quality::{Known, RowOptions};
use glue_compile::plan::{self, Unconnected};
use glue_compile::run::eval::{EvalRequest, evaluate};
use glue_compile::run::execute::{self, RunIdentity, Watch};
use glue_compile::run::os_world::OsWorld;
use glue_compile::run::report::Status;
use glue_compile::source::{EmbedMap, FileId, SourceMap};
use glue_compile::spec::load::{self, LoadOptions};
use glue_compile::stdlib::connector::ScanProgress;
use glue_compile::stdlib::expr::engine::{self, EngineOptions};
use glue_compile::stdlib::rule::Actions;
use glue_compile::syntax::{dqdl, yaml};
use glue_compile::world::{MemoryWorld, World};
use glue_compile::{CheckOptions, check};
use serde_json::json;

#[expect(dead_code, reason = "an example has a `main` of its own")]
#[path = "../examples/bench_data/main.rs"]
mod bench_data;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// A ruleset of AWS's greatest size.
const RULES: usize = 2000;
/// Lines of a big pipeline.
const LINES: usize = 1500;
/// Orders that rules are judged on: enough that the beginning and the end of an evaluation do not count.
const ROWS: usize = 500_000;

#[divan::bench]
fn parse_dqdl(bencher: Bencher) {
    let text = ruleset(RULES);
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| {
        let mut sink = Sink::default();
        let place = EmbedMap::file(FileId(0), text.len());
        dqdl::parse(black_box(&text), &place, dqdl::Dialect::Superset, &mut sink)
    });
}

#[divan::bench]
fn parse_yaml(bencher: Bencher) {
    let text = pipeline(LINES);
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| yaml::parse(FileId(0), black_box(&text), &mut Sink::default()));
}

#[divan::bench]
fn load_project(bencher: Bencher) {
    let world = world(&[("big/big.glue.yaml", &pipeline(LINES))]);
    bencher.bench_local(|| {
        let (mut map, mut sink) = (SourceMap::default(), Sink::default());
        let path = Path::new("big/big.glue.yaml");
        load::load(&world, path, &LoadOptions::default(), &check::vocabulary(), &mut map, &mut sink)
    });
}

/// Reading, parsing and loading included: what `check` does.
#[divan::bench]
fn check_orders(bencher: Bencher) {
    let world = orders();
    bencher.bench_local(|| check(&world, Path::new("orders"), &CheckOptions::default()));
}

#[divan::bench]
fn check_big(bencher: Bencher) {
    let world = world(&[("big/big.glue.yaml", &pipeline(LINES))]);
    bencher.bench_local(|| check(&world, Path::new("big/big.glue.yaml"), &CheckOptions::default()));
}

/// A keystroke in one of 1,000 specs, from the message to the diagnostics: what the language server does.
#[divan::bench(sample_count = 50, sample_size = 1)]
fn keystroke_in_1000_specs(bencher: Bencher) {
    let mut world = MemoryWorld::default().with_file("/p/glue-compile.yaml", "name: p\ninclude: ['jobs/**/*.glue.yaml']\n");
    let rules = indented("Rules = [\n    IsComplete \"order_id\",\n    ColumnValues \"quantity\" > 0\n]");
    let spec = |at: usize| judged(&rules).replace("own", &format!("own_{at}")).replace("  judged:", &format!("  judged_{at}:"));
    for at in 0..1000 {
        world = world.with_file(format!("/p/jobs/{at}.glue.yaml"), spec(at));
    }
    let (ours, theirs) = lsp_server::Connection::memory();
    std::thread::spawn(move || glue_compile::lsp::serve(theirs, world));
    let uri = "file:///p/jobs/500.glue.yaml";
    let say = |method: &str, params: serde_json::Value| {
        let note = lsp_server::Notification::new(method.to_owned(), params);
        ours.sender.send(note.into()).expect("the server listens");
    };
    let begin = lsp_server::Request::new(1.into(), "initialize".to_owned(), json!({ "capabilities": {} }));
    ours.sender.send(begin.into()).expect("the server listens");
    ours.receiver.recv().expect("the server speaks");
    say("initialized", json!({}));
    let open = json!({ "uri": uri, "languageId": "yaml", "version": 0, "text": spec(500) });
    say("textDocument/didOpen", json!({ "textDocument": open }));
    let mut version = 0;
    // Every other text has a fault: each time there is something new to publish.
    let mut keystroke = || {
        version += 1;
        let text = if version % 2 == 0 { spec(500) } else { spec(500).replace("dq.passed", "dq.pased") };
        let document = json!({ "uri": uri, "version": version });
        say("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [{ "text": text }] }));
        loop {
            let message = ours.receiver.recv().expect("the server speaks");
            if let lsp_server::Message::Notification(note) = message
                && note.params["uri"] == uri
                && note.params["version"] == version
            {
                break;
            }
        }
    };
    keystroke();
    bencher.bench_local(keystroke);
}

#[divan::bench]
fn lower_orders(bencher: Bencher) {
    let program = program(&orders(), "orders");
    let engine = engine::session(&EngineOptions::CHECK);
    let job = &program.jobs["orders"];
    bencher.bench_local(|| plan::lower(job, &engine, &mut Unconnected { job }).expect("the pipeline we ship is lowered"));
}

/// The spec of the pass that judges 200 rules at once.
#[divan::bench]
fn fuse_200_rules(bencher: Bencher) {
    let rules = include_str!("../bench/w5.dqdl");
    let program = program(&world(&[("w/w.glue.yaml", &judged(&indented(rules)))]), "w/w.glue.yaml");
    let job = &program.jobs["judged"];
    let dq = job.node(job.find("dq").expect("it has a quality node"));
    let input = job.node(dq.inputs[0].node).outputs[0].schema.clone().expect("its columns are declared");
    let bound = &dq.quality.as_ref().expect("it has rules").rules;
    let (known, actions) = (Known::default(), Actions::default());
    bencher.counter(ItemsCount::new(bound.rules.len())).bench_local(|| {
        let options = RowOptions { filtered_passes: true, verdicts: None, warnings: false, told: None, actions: &actions };
        plan::quality::spec(bound, &known, &input, options)
    });
}

/// One rule, the whole evaluation on `ROWS` orders in Parquet: reading the column is a part of it, `RowCount` the floor.
#[divan::bench(args = [
    "RowCount > 0",
    "IsComplete \"email\"",
    "ColumnValues \"total_amount\" between -1 and 100000",
    "ColumnValues \"status\" in [\"PENDING\", \"PROCESSING\", \"SHIPPED\", \"DELIVERED\", \"CANCELLED\"]",
    "ColumnLength \"notes\" <= 200",
    "ColumnValues \"email\" matches \"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}\"",
    "IsUnique \"order_id\"",
], sample_count = 10)]
fn judge(bencher: Bencher, rule: &str) {
    let folder = data();
    let ruleset = folder.path().join("rule.dqdl");
    std::fs::write(&ruleset, format!("Rules = [ {rule} ]")).expect("the folder is writable");
    let request = EvalRequest { ruleset, data: folder.path().join("orders.parquet"), ..EvalRequest::default() };
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        let evaluation = evaluate(&OsWorld, black_box(&request));
        assert!(evaluation.report.is_some(), "{:?}", evaluation.diagnostics);
    });
}

/// A copy of the orders, by region.
#[divan::bench(sample_count = 10)]
fn write_partitions(bencher: Bencher) {
    let folder = data();
    let path = folder.path().join("copy.glue.yaml");
    std::fs::write(&path, copied()).expect("the folder is writable");
    let checked = check(&OsWorld, &path, &CheckOptions::default());
    let program = checked.program.expect("a pipeline");
    let job = &program.jobs["copy"];
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads can be started");
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        let identity = RunIdentity::new(OsWorld.now());
        let report = runtime.block_on(execute::run(job, &program.root, &OsWorld, &identity, &Unwatched));
        assert_eq!(report.status, Status::Succeeded, "{:?}", report.diagnostics);
    });
}

struct Unwatched;

impl Watch for Unwatched {
    fn begin(&self, _: Vec<(String, Arc<ScanProgress>)>) {}

    fn end(&self) {}
}

/// Rules of all kinds, `count` of them.
fn ruleset(count: usize) -> String {
    let mut text = "Rules = [\n".to_owned();
    for number in 0..count {
        let comma = if number + 1 < count { "," } else { "" };
        let rule = match number % 5 {
            0 => format!("Completeness \"column_{number}\" >= 0.{}", 100 + number % 900),
            1 => format!("ColumnValues \"column_{number}\" between {number} and {} where \"region = 'eu'\"", number + 100),
            2 => format!("ColumnValues \"column_{number}\" in [\"a\", \"b\", \"c{number}\"] with threshold > 0.9"),
            3 => format!("ColumnValues \"column_{number}\" matches \"[a-z]{{1,{}}}\"", 1 + number % 9),
            _ => format!("(ColumnLength \"column_{number}\" <= {number}) or (IsUnique \"column_{number}\")"),
        };
        writeln!(text, "    {rule}{comma}").expect("a string takes everything");
    }
    text + "]\n"
}

/// A pipeline of about `lines` lines: many small steps, one behind the other.
fn pipeline(lines: usize) -> String {
    let mut text = format!("jobs:\n  big:\n    type: batch\n    sources:\n      step_0:\n{SOURCE}    transforms:\n");
    let steps = lines / 5;
    for step in 1..=steps {
        let before = step - 1;
        let node = format!(
            "      # What is too small goes, step {step}.\n      step_{step}:\n        type: filter\n        inputs: [step_{before}]\n        condition: total_amount > {step}\n"
        );
        text.push_str(&node);
    }
    text + &format!("    sinks:\n      out: {{ type: file, inputs: [step_{steps}], path: out/, format: parquet }}\n")
}

/// A job that judges the orders by rules of its own.
fn judged(rules: &str) -> String {
    format!(
        "rulesets:\n  own:\n    dqdl: |\n{rules}\njobs:\n  judged:\n    type: batch\n    sources:\n      orders:\n{SOURCE}    transforms:\n      dq: {{ type: evaluate_data_quality, inputs: [orders], ruleset: own }}\n    sinks:\n      out: {{ type: file, inputs: [dq.passed], path: out/, format: parquet }}\n"
    )
}

/// A job that copies the orders.
fn copied() -> String {
    format!(
        "jobs:\n  copy:\n    type: batch\n    sources:\n      orders:\n{SOURCE}    sinks:\n      out: {{ type: file, inputs: [orders], path: out/, format: parquet, partition_keys: [region], mode: overwrite }}\n"
    )
}

const SOURCE: &str = "        type: file
        path: orders.parquet/
        format: parquet
        schema:
          columns:
            - { name: order_id, type: string }
            - { name: customer_id, type: bigint }
            - { name: order_ts, type: timestamp }
            - { name: total_amount, type: double }
            - { name: quantity, type: int }
            - { name: status, type: string }
            - { name: region, type: string }
            - { name: email, type: string }
            - { name: notes, type: string }
            - { name: year, type: int }
            - { name: month, type: int }
";

fn indented(text: &str) -> String {
    text.lines().fold(String::new(), |text, line| text + "      " + line + "\n")
}

fn world(files: &[(&str, &str)]) -> MemoryWorld {
    files.iter().fold(MemoryWorld::default(), |world, (path, text)| world.with_file(path, *text))
}

/// The pipeline of `pipelines/orders`, without its data.
fn orders() -> MemoryWorld {
    world(&[
        ("orders/glue-compile.yaml", include_str!("../pipelines/orders/glue-compile.yaml")),
        ("orders/orders.glue.yaml", include_str!("../pipelines/orders/orders.glue.yaml")),
        ("orders/orders.dqdl", include_str!("../pipelines/orders/orders.dqdl")),
    ])
}

/// A program without errors.
fn program(world: &MemoryWorld, path: &str) -> Program {
    let checked = check(world, Path::new(path), &CheckOptions::default());
    assert!(!checked.has_errors(), "{:?}", checked.diagnostics);
    checked.program.expect("a project has a program")
}

/// A folder with `ROWS` orders, made once.
fn data() -> &'static tempfile::TempDir {
    static DATA: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
        let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
        let options = bench_data::Options {
            out: PathBuf::from(folder.path()),
            rows: ROWS,
            seed: 42,
            formats: vec![bench_data::Format::Parquet],
        };
        bench_data::generate(&options).expect("the folder is writable");
        folder
    });
    &DATA
}
