//! The JSON Schemas: in step with the declarations, sound in both drafts, content with everything that `check` is content
//! with, and not with the faults that a schema can see.

use std::fs;
use std::path::Path;

use glue_compile::diag::Sink;
use glue_compile::docgen::schema::{Kind, schema, text_of};
use glue_compile::source::FileId;
use glue_compile::syntax::yaml::{self, Node, NodeKind, ScalarValue};
use jsonschema::{Draft, Validator};
use libtest_mimic::Trial;
use serde_json::{Map, Value, json};

use crate::support;

/// A trial for each promise.
pub fn trials(root: &Path) -> Vec<Trial> {
    let promises: [(&str, fn(&Path) -> Vec<String>); 4] = [
        ("the committed schemas are the declarations'", in_step),
        ("both drafts take the schemas", sound),
        ("what is shipped and what is right is valid", right_is_valid),
        ("faults that a schema can see are seen", wrong_is_not),
    ];
    promises
        .into_iter()
        .map(|(name, check)| {
            let root = root.to_path_buf();
            Trial::test(format!("schema {name}"), move || {
                let faults = check(&root);
                if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
            })
        })
        .collect()
}

/// Writes the committed schemas.
pub fn update(root: &Path, picked: &dyn Fn(&str) -> bool) {
    for kind in Kind::ALL {
        if picked(&format!("schema {}", kind.file_name())) {
            fs::write(root.join("schemas").join(kind.file_name()), text_of(kind)).expect("a schema is writable");
        }
    }
}

fn in_step(root: &Path) -> Vec<String> {
    let differs = |kind: &Kind| fs::read_to_string(root.join("schemas").join(kind.file_name())).ok() != Some(text_of(*kind));
    let told = |kind: Kind| {
        format!("schemas/{} is not what `glue-compile schema` writes (UPDATE_GOLDEN=1 rewrites it)", kind.file_name())
    };
    Kind::ALL.into_iter().filter(differs).map(told).collect()
}

fn sound(_: &Path) -> Vec<String> {
    let mut faults = Vec::new();
    for kind in Kind::ALL {
        let schema = schema(kind);
        faults.extend(jsonschema::meta::validate(&schema).err().map(|error| format!("{kind:?} as it says: {error}")));
        let mut older = schema;
        older["$schema"] = json!("http://json-schema.org/draft-07/schema#");
        faults.extend(jsonschema::meta::validate(&older).err().map(|error| format!("{kind:?} as draft 7: {error}")));
    }
    faults
}

/// A kind's validators, of the draft that it says and of the one that editors have.
fn validators(kind: Kind) -> [Validator; 2] {
    [Draft::Draft202012, Draft::Draft7]
        .map(|draft| jsonschema::options().with_draft(draft).build(&schema(kind)).expect("the schema is sound"))
}

/// What is wrong with a document, by each draft.
fn complaints(validators: &[Validator; 2], document: &Value) -> [Vec<String>; 2] {
    let of = |validator: &Validator| {
        validator.iter_errors(document).map(|error| format!("  {}: {error}", error.instance_path())).collect::<Vec<_>>()
    };
    [of(&validators[0]), of(&validators[1])]
}

fn kind_of(name: &str) -> Option<Kind> {
    match name {
        _ if name.ends_with("glue-compile.yaml") => Some(Kind::Project),
        _ if name.ends_with(".glue.yaml") => Some(Kind::Pipeline),
        _ => None,
    }
}

/// A YAML text as JSON, anchors and merge keys resolved; `None` if it has faults.
fn json_of(text: &str) -> Option<Value> {
    let mut sink = Sink::default();
    let node = yaml::parse(FileId(0), text, &mut sink).filter(|_| !sink.has_errors())?;
    Some(value(&node))
}

fn value(node: &Node) -> Value {
    match &node.kind {
        NodeKind::List(items) => items.iter().map(value).collect(),
        NodeKind::Map(entries) => {
            Value::Object(entries.iter().map(|entry| (entry.key.value.clone(), value(&entry.value))).collect::<Map<_, _>>())
        }
        NodeKind::Scalar(scalar) => match scalar.value {
            ScalarValue::Null => Value::Null,
            ScalarValue::Bool(value) => json!(value),
            ScalarValue::Int(value) => json!(value),
            ScalarValue::Float(value) => json!(value),
            ScalarValue::Str | ScalarValue::Reported => json!(scalar.text.value),
        },
    }
}

fn right_is_valid(root: &Path) -> Vec<String> {
    let (pipeline, project) = (validators(Kind::Pipeline), validators(Kind::Project));
    let mut faults = Vec::new();
    let mut judged = 0;
    let mut judge = |place: String, kind: Kind, text: &str| {
        let Some(document) = json_of(text) else {
            faults.push(format!("{place} cannot be read"));
            return;
        };
        judged += 1;
        for complaints in complaints(if kind == Kind::Project { &project } else { &pipeline }, &document) {
            if !complaints.is_empty() {
                faults.push(format!("{place}:\n{}", complaints.join("\n")));
            }
        }
    };
    for folder in ["pipelines", "bench", "src/cli/init/template", "tests/golden/run"] {
        for path in support::files(&root.join(folder), "yaml") {
            let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            if let Some(kind) = kind_of(&shown) {
                judge(shown, kind, &fs::read_to_string(&path).expect("a spec is readable"));
            }
        }
    }
    // Every example of every page that `check` has nothing to say against.
    for case in support::pages(root).iter().flat_map(|page| &page.cases) {
        if support::case::check(case).has_errors() {
            continue;
        }
        for file in &case.files {
            if let Some(kind) = kind_of(&file.name) {
                judge(format!("{} {}", case.place, file.name), kind, &file.text);
            }
        }
    }
    if judged < 100 {
        faults.push(format!("{judged} specs were judged only"));
    }
    faults
}

/// Faults by name: a text of the shipped pipeline, what is written instead, and the path below which the schema says so.
const FAULTS: &[(&str, &str, &str, &str)] = &[
    ("a key of the top level that is none", "rulesets:\n", "ruleset:\n", ""),
    ("a job with an unknown setting", "    type: batch\n", "    type: batch\n    worker: 2\n", "/jobs/orders"),
    ("a job of a type that is none", "    type: batch\n", "    type: stream\n", "/jobs/orders/type"),
    (
        "a source of unknown type",
        "type: file\n        path: \"${var.raw}/orders/\"",
        "type: fil\n        path: \"${var.raw}/orders/\"",
        "/jobs/orders/sources/orders",
    ),
    ("a transform of unknown type", "type: join", "type: joyn", "/jobs/orders/transforms/joined"),
    ("a transform without a type", "        type: join\n", "", "/jobs/orders/transforms/joined"),
    ("a misspelled setting", "join_type: left", "jointype: left", "/jobs/orders/transforms/joined"),
    ("a word that is none of an enumeration", "join_type: left", "join_type: lefft", "/jobs/orders/transforms/joined"),
    ("too many inputs", "inputs: [joined]", "inputs: [joined, orders]", "/jobs/orders/transforms/mapped"),
    ("too few inputs", "inputs: [orders, customers]", "inputs: [orders]", "/jobs/orders/transforms/joined"),
    ("an input that is no name", "inputs: [dq.passed]", "inputs: [dq.passed.more]", "/jobs/orders/transforms/active"),
    ("a missing setting", "        condition: status <> 'CANCELLED'\n", "", "/jobs/orders/transforms/active"),
    (
        "a list where a single value stands",
        "condition: status <> 'CANCELLED'",
        "condition: [status]",
        "/jobs/orders/transforms/active",
    ),
    ("a map where a list stands", "columns: [order_id]", "columns: { order_id: 1 }", "/jobs/orders/transforms/latest"),
    (
        "a record with an unknown key",
        "{ left: customer_id, right: id }",
        "{ left: customer_id, rihgt: id }",
        "/jobs/orders/transforms/joined",
    ),
    ("an empty expression", "condition: status <> 'CANCELLED'", "condition: \"\"", "/jobs/orders/transforms/active"),
    ("a setting without a value", "field: region", "field:", "/jobs/orders/transforms/placed"),
    ("a sink without inputs", "        inputs: [with_running]\n", "", "/jobs/orders/sinks/curated"),
    ("a sink with a mode that is none", "mode: overwrite_partitions", "mode: overwritten", "/jobs/orders/sinks/curated"),
    (
        "a setting of another type",
        "strategy: constant",
        "strategy: constant\n        join_type: left",
        "/jobs/orders/transforms/placed",
    ),
    ("a node whose name has a dot", "      active:\n", "      act.ive:\n", "/jobs/orders/transforms"),
    (
        "a ruleset with a file and a text",
        "{ file: orders.dqdl }",
        "{ file: orders.dqdl, dqdl: \"Rules = [ RowCount > 1 ]\" }",
        "/rulesets/orders",
    ),
    ("a number out of range", "    type: batch\n", "    type: batch\n    max_retries: 11\n", "/jobs/orders/max_retries"),
    ("a duration without a unit", "    type: batch\n", "    type: batch\n    timeout: 60\n", "/jobs/orders/timeout"),
    (
        "a size that is none",
        "    type: batch\n",
        "    type: batch\n    settings: { memory_limit: 12 parsecs }\n",
        "/jobs/orders/settings/memory_limit",
    ),
    ("a boolean in quotes", "    type: batch\n", "    type: batch\n    auto_scaling: \"true\"\n", "/jobs/orders/auto_scaling"),
];

fn wrong_is_not(root: &Path) -> Vec<String> {
    let text = fs::read_to_string(root.join("pipelines/orders/orders.glue.yaml")).expect("the pipeline is there");
    let validators = validators(Kind::Pipeline);
    let mut faults = Vec::new();
    for (name, right, wrong, place) in FAULTS {
        if text.matches(right).count() != 1 {
            faults.push(format!("{name}: `{right}` stands {} times in the pipeline", text.matches(right).count()));
            continue;
        }
        let Some(document) = json_of(&text.replace(right, wrong)) else {
            faults.push(format!("{name}: the text cannot be read"));
            continue;
        };
        for found in complaints(&validators, &document) {
            if !found.iter().any(|complaint| {
                complaint.trim_start().starts_with(&format!("{place}:"))
                    || complaint.trim_start().starts_with(&format!("{place}/"))
            }) {
                faults.push(format!("{name}: nothing is said at `{place}`, but\n{}", found.join("\n")));
            }
        }
    }
    let project = self::validators(Kind::Project);
    for (name, text) in [
        ("a version that is none", "version: 2\n"),
        ("a variable of unknown type", "variables: { a: { type: text } }\n"),
        ("a default of another type", "variables: { a: { type: int, default: high } }\n"),
        ("a list as a variable", "variables: { a: [1] }\n"),
        ("a target with an unknown setting", "targets: { prod: { defalt: true } }\n"),
        ("a template that uses one", "templates: { a: { use: b } }\n"),
        ("a list of jobs", "jobs: [a]\n"),
    ] {
        let document = json_of(text).expect("the text is YAML");
        for found in complaints(&project, &document) {
            if found.is_empty() {
                faults.push(format!("{name}: nothing is said"));
            }
        }
    }
    // What only the project file may say.
    if complaints(&validators, &json!({ "name": "x" })).iter().any(Vec::is_empty) {
        faults.push("`name` in a spec: nothing is said".to_owned());
    }
    faults
}
