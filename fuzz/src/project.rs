//! The files of a project: any bytes as a spec, as its tests, as pinned columns give diagnostics whose places lie in their files;
//! what `fmt` writes is read as the same and stays as it is.

use std::path::Path;

use glue_compile::diag::{Diagnostic, Sink};
use glue_compile::source::SourceMap;
use glue_compile::syntax::format::{self, Kind};
use glue_compile::syntax::yaml;
use glue_compile::world::MemoryWorld;
use glue_compile::{CheckOptions, Checked, check, testing};

/// A project that the other files belong to.
const SPEC: &str = "\
version: 1
jobs:
  shop:
    sources:
      orders: { type: file, path: in/, format: csv, schema: { pin: orders.schema.yaml } }
    transforms:
      big: { type: filter, inputs: [orders], condition: amount > 8 }
      dq: { type: evaluate_data_quality, inputs: [big.matched], ruleset: \"Rules = [ IsComplete \\\"id\\\" ]\" }
    sinks:
      out: { type: file, inputs: [dq.passed], path: out/, format: csv }
";

const PIN: &str = "columns: [{ name: id, type: bigint }, { name: amount, type: double }]\n";

/// Bytes as a spec.
pub fn spec(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let world = MemoryWorld::default().with_file("a.glue.yaml", text).with_file("orders.schema.yaml", PIN);
    let Checked { map, diagnostics, .. } = check(&world, Path::new("a.glue.yaml"), &every_target());
    lie_inside(&diagnostics, &map);
}

/// Bytes as pinned columns.
pub fn pin(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let world = MemoryWorld::default().with_file("a.glue.yaml", SPEC).with_file("orders.schema.yaml", text);
    let Checked { map, diagnostics, .. } = check(&world, Path::new("a.glue.yaml"), &every_target());
    lie_inside(&diagnostics, &map);
}

/// Bytes as tests of a project.
pub fn tests(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let world = MemoryWorld::default().with_file("a.glue.yaml", SPEC).with_file("orders.schema.yaml", PIN);
    let world = world.with_file("a.test.yaml", text);
    let Checked { mut map, program, .. } = check(&world, Path::new("a.glue.yaml"), &CheckOptions::default());
    let program = program.expect("the project is sound");
    let diagnostics = testing::faults(&world, Path::new("a.glue.yaml"), &program, &mut map);
    lie_inside(&diagnostics, &map);
}

/// Bytes as YAML that is to be laid out: only a text that is no YAML is refused, and then with a reason.
pub fn layout(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    match format::format(&text, Kind::Yaml) {
        Ok(first) => {
            let second =
                format::format(&first, Kind::Yaml).unwrap_or_else(|_| panic!("what was written cannot be read:\n{first}"));
            assert_eq!(first, second, "laid out twice, it changes");
        }
        Err(refusal) => {
            let (mut map, mut sink) = (SourceMap::default(), Sink::default());
            let file = map.add("a.yaml", text.as_str());
            format::explain(refusal, file, &text, Kind::Yaml, &mut sink);
            let said = sink.finish(&map);
            lie_inside(&said, &map);
            assert!(!said.is_empty(), "refused without a reason");
        }
    }
    let (mut map, mut sink) = (SourceMap::default(), Sink::default());
    let file = map.add("a.yaml", text.as_str());
    yaml::parse(file, &text, &mut sink);
    lie_inside(&sink.finish(&map), &map);
}

fn every_target() -> CheckOptions {
    CheckOptions { every_target: true, ..CheckOptions::default() }
}

/// Every place of every diagnostic, edits included, is a part of its file, between characters.
fn lie_inside(diagnostics: &[Diagnostic], map: &SourceMap) {
    for diagnostic in diagnostics {
        let edits = diagnostic.fix.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span);
        for span in diagnostic.labels.iter().map(|label| label.span).chain(edits) {
            let text = &map.file(span.file).text;
            let whole = [span.start, span.end].iter().all(|at| text.is_char_boundary(*at as usize));
            let (code, message) = (diagnostic.code.number, &diagnostic.message);
            assert!(span.start <= span.end && whole, "{span:?} of {code} {message} is no place in {text:?}");
        }
    }
}
