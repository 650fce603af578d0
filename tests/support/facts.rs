//! Facts recorded from Spark and Java: every one agrees with this build, or is refused with a code that is recorded too.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::DFSchema;
use datafusion::execution::session_state::SessionState;
use datafusion::prelude::SessionContext;
use glue_compile::diag::Sink;
use glue_compile::source::{FileId, Span, Text};
use glue_compile::stdlib::expr;
use glue_compile::stdlib::expr::engine::{EngineOptions, session};
use glue_compile::stdlib::function;
use glue_compile::stdlib::spark;
use glue_compile::stdlib::types;
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

/// All functions of Spark 3.5, a name a line.
const FUNCTIONS: &str = include_str!("../golden/sql/spark_functions.txt");
const FACTS: &str = "tests/golden/sql/spark_facts.jsonl";
/// How many trials the facts are parted into, to run side by side.
const PARTS: usize = 8;

/// One trial for each part of the facts.
pub fn trials(root: &Path) -> Vec<Trial> {
    let parts = (0..PARTS).map(|part| {
        let path = root.join(FACTS);
        Trial::test(format!("sql/spark_facts {}", part + 1), move || check(&path, part))
    });
    let path = root.to_path_buf();
    let page = Trial::test("sql/page docs/sql.md", move || page(&path));
    parts.chain([Trial::test("sql/spark_functions", functions), page]).collect()
}

/// Every function of Spark is here or is said to be missing, and what the engine has of its own was looked at.
pub fn functions() -> Result<(), Failed> {
    let engine = session(&EngineOptions::CHECK);
    let schema = DFSchema::empty();
    let mut wrong = Vec::new();
    for name in FUNCTIONS.lines() {
        let sql = format!("{name}()");
        let text = Text::new(sql.as_str(), Span::new(FileId(0), 0, sql.len()));
        let mut sink = Sink::default();
        let _ = expr::expression(&engine, &sql, &text.map, &schema, expr::NO_FATES, &mut sink);
        let unknown = sink.iter().any(|diagnostic| diagnostic.code.number == "GC0403");
        let missing = function::spark::MISSING.iter().any(|missing| missing.name == name);
        let ours = function::ALL.iter().any(|known| known.name == name || known.aliases.contains(&name));
        let taken = function::spark::taken()
            .iter()
            .any(|known| known.name() == name || known.aliases().iter().any(|alias| alias == name));
        let own = engine.scalar_functions().contains_key(name)
            || engine.aggregate_functions().contains_key(name)
            || engine.window_functions().contains_key(name);
        let rows = function::spark::over_rows().iter().any(|known| known.name() == name);
        let known = ours || taken || rows || expr::is_form(name) || function::spark::SAME.contains(&name);
        if unknown || known == missing || (missing && (ours || taken)) {
            wrong.push(format!("{name}: unknown {unknown}, known {known}, missing {missing}, the engine has it: {own}"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Records what this build does with each fact that it does not give as Spark does.
pub fn update(root: &Path, picked: &dyn Fn(&str) -> bool) {
    if !picked("sql/spark_facts") {
        return;
    }
    update_page(root);
    let path = root.join(FACTS);
    let (head, facts) = read(&path);
    let spark = Table::new(&head);
    let mut lines = vec![head.to_string()];
    for mut fact in facts {
        let found = spark.outcome(&fact);
        if let Value::Array(parts) = &mut fact {
            parts.truncate(3);
            // What differs is never recorded: it has to be put right or refused.
            parts.extend(found.recorded.map(|code| json!(code)));
        }
        lines.push(fact.to_string());
    }
    fs::write(path, lines.join("\n") + "\n").expect("the facts can be written");
}

fn read(path: &Path) -> (Value, Vec<Value>) {
    let text = fs::read_to_string(path).expect("the facts are there");
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a fact is JSON"));
    let head = lines.next().expect("the first line says what the columns are");
    (head, lines.collect())
}

fn check(path: &Path, part: usize) -> Result<(), Failed> {
    let (head, facts) = read(path);
    let spark = Table::new(&head);
    let mut wrong = Vec::new();
    for fact in facts.iter().skip(part).step_by(PARTS) {
        let found = spark.outcome(fact);
        let recorded = fact[3].as_str().map(str::to_owned);
        if let Some(difference) = found.difference {
            wrong.push(difference);
        } else if found.recorded != recorded {
            wrong.push(format!("{}: recorded {recorded:?}, now {:?}", fact[0], found.recorded));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("{} facts\n{}", wrong.len(), wrong.join("\n")).into()) }
}

/// `docs/sql.md` up to its lists.
const LISTS: &str = "<!-- The lists below are made from the tables of functions. -->\n";

/// The lists of the page are what the tables say.
pub fn page(root: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(root.join("docs/sql.md")).expect("the page is there");
    let (_, lists) = text.split_once(LISTS).expect("the page has its lists");
    if lists == page_lists() { Ok(()) } else { Err("docs/sql.md: its lists are old (UPDATE_GOLDEN=1 rewrites them)".into()) }
}

/// Writes the lists of the page.
fn update_page(root: &Path) {
    let path = root.join("docs/sql.md");
    let text = fs::read_to_string(&path).expect("the page is there");
    let (words, _) = text.split_once(LISTS).expect("the page has its lists");
    fs::write(&path, format!("{words}{LISTS}{}", page_lists())).expect("the page can be written");
}

fn page_lists() -> String {
    let mut out = String::from("\n## Functions\n\n");
    let mut rows: Vec<String> = function::ALL
        .iter()
        .filter(|known| !known.summary.is_empty())
        .map(|known| match known.aliases {
            [] => format!("- {}", known.summary),
            aliases => format!("- {} (also `{}`)", known.summary, aliases.join("`, `")),
        })
        .collect();
    rows.sort_unstable();
    out.push_str(&rows.join("\n"));
    out.push_str("\n\nOther forms of what SQL has words for:\n\n");
    out.push_str(&named(expr::forms().iter().copied()));
    out.push_str("\n\nAs in Spark, from the engine or from `datafusion-spark`:\n\n");
    let taken = function::spark::taken();
    let rows = function::spark::over_rows();
    let names = taken.iter().map(|known| known.name()).chain(rows.iter().map(|known| known.name()));
    out.push_str(&named(names.chain(function::spark::SAME.iter().copied())));
    out.push_str("\n\n## Functions of Spark that are missing\n\nThey are refused (GC0430).\n\n| function | what does the same |\n|---|---|\n");
    for missing in function::spark::MISSING {
        let instead = if missing.instead.is_empty() { String::new() } else { format!("`{}`", missing.instead) };
        out.push_str(&format!("| `{}` | {instead} |\n", missing.name));
    }
    out
}

fn named<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    names.sort_unstable();
    names.dedup();
    names.join(" ")
}

/// What this build makes of a fact.
struct Outcome {
    /// What is recorded where it does not give what Spark gives.
    recorded: Option<String>,
    /// How it gives something else.
    difference: Option<String>,
}

/// The rows that the facts are about.
struct Table {
    engine: SessionState,
    batch: RecordBatch,
    schema: DFSchema,
    runtime: tokio::runtime::Runtime,
}

impl Table {
    fn new(head: &Value) -> Self {
        let mut fields = Vec::new();
        let mut arrays: Vec<ArrayRef> = Vec::new();
        for column in head["columns"].as_array().expect("columns") {
            let word = column[1].as_str().expect("a type");
            let data_type = types::parse(word).expect("a type we know");
            let values: StringArray = column[2].as_array().expect("values").iter().map(Value::as_str).collect();
            arrays.push(cast(&values, &data_type).expect("values of the type"));
            fields.push(Field::new(column[0].as_str().expect("a name"), data_type, true));
        }
        let schema = Arc::new(Schema::new(fields));
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).expect("columns of one length");
        let schema = DFSchema::try_from(schema.as_ref().clone()).expect("names are different");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { engine: session(&EngineOptions::CHECK), batch, schema, runtime }
    }

    fn outcome(&self, fact: &Value) -> Outcome {
        let sql = fact[0].as_str().expect("an expression");
        let (wanted_type, wanted) = (fact[1].as_str().expect("a type"), fact[2].as_array().expect("values"));
        let refused_there = wanted_type == "error" || wanted_type == "fails";
        match self.evaluate(sql, wanted.len()) {
            Err(code) if refused_there && code.starts_with("GC") => Outcome { recorded: None, difference: None },
            Err(_) if wanted_type == "fails" => Outcome { recorded: None, difference: None },
            Err(code) if code.starts_with("GC") => Outcome { recorded: Some(code), difference: None },
            Err(_) if wanted_type.starts_with("interval") => Outcome { recorded: None, difference: None },
            Err(words) => Outcome { recorded: None, difference: Some(format!("{sql}: {words}")) },
            Ok(_) if refused_there => Outcome { recorded: Some("accepted".to_owned()), difference: None },
            // An interval has no text here.
            Ok(_) if wanted_type.starts_with("interval") => Outcome { recorded: None, difference: None },
            Ok((found_type, found)) => {
                let wanted: Vec<Option<String>> = wanted.iter().map(|value| value.as_str().map(str::to_owned)).collect();
                let same_type = found_type.replace("unknown", "void") == wanted_type;
                let same = same_type && wanted.len() == found.len() && {
                    wanted.iter().zip(&found).all(|(wanted, found)| same(wanted.as_deref(), found.as_deref(), wanted_type))
                };
                let said = format!("{sql}\n    Spark: {wanted_type} {wanted:?}\n    here:  {found_type} {found:?}");
                Outcome { recorded: None, difference: (!same).then_some(said) }
            }
        }
    }

    /// The type and the texts of an expression's values; or the code it is refused with, or what failed.
    fn evaluate(&self, sql: &str, rows: usize) -> Result<(String, Vec<Option<String>>), String> {
        let mut sink = Sink::default();
        let text = Text::new(sql, Span::new(FileId(0), 0, sql.len()));
        if sql.starts_with("select") || sql.starts_with("with") {
            return self.query(&text, &mut sink);
        }
        let typed = expr::expression(&self.engine, sql, &text.map, &self.schema, expr::NO_FATES, &mut sink);
        let Ok(typed) = typed else {
            let code = sink.iter().next().map_or("no code", |diagnostic| diagnostic.code.number);
            return Err(code.to_owned());
        };
        let batch = if rows <= 1 { self.batch.slice(0, 1) } else { self.batch.clone() };
        let context = SessionContext::new_with_state(self.engine.clone());
        let run = async {
            let frame = context.read_batch(batch)?.select(vec![typed.alias("r")])?;
            frame.collect().await
        };
        let batches = self.runtime.block_on(run).map_err(|error| format!("fails: {}", error.strip_backtrace()))?;
        written(&batches)
    }

    /// The same for a query over the table `t`.
    fn query(&self, text: &Text, sink: &mut Sink) -> Result<(String, Vec<Option<String>>), String> {
        let context = SessionContext::new_with_state(self.engine.clone());
        let frame = context.read_batch(self.batch.clone()).expect("the rows can be read");
        let tables = [("t".to_owned(), frame.logical_plan().clone())];
        let Ok(plan) = expr::query(&self.engine, text.as_str(), &text.map, &tables, expr::NO_FATES, sink) else {
            let code = sink.iter().next().map_or("no code", |diagnostic| diagnostic.code.number);
            return Err(code.to_owned());
        };
        let run = async { context.execute_logical_plan(plan).await?.collect().await };
        let batches = self.runtime.block_on(run).map_err(|error| format!("fails: {}", error.strip_backtrace()))?;
        written(&batches)
    }
}

/// The type and the texts of the first column.
fn written(batches: &[RecordBatch]) -> Result<(String, Vec<Option<String>>), String> {
    let mut found = Vec::new();
    let mut found_type = String::new();
    for batch in batches {
        let column = batch.column(0);
        found_type = types::type_name(column.data_type());
        let texts = match column.data_type() {
            DataType::Null => vec![None; column.len()],
            data_type if data_type.is_binary() => hexadecimal(column),
            _ => {
                let texts = spark::cast::texts(column).map_err(|error| error.to_string())?;
                texts.iter().map(|text| text.map(str::to_owned)).collect()
            }
        };
        found.extend(texts);
    }
    Ok((found_type, found))
}

fn hexadecimal(column: &ArrayRef) -> Vec<Option<String>> {
    let bytes = cast(column, &DataType::BinaryView).expect("bytes");
    let bytes = datafusion::arrow::array::AsArray::as_binary_view(&bytes).clone();
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|four| char::from_digit(u32::from(four), 16).unwrap_or('0'));
    let text = |bytes: &[u8]| bytes.iter().flat_map(digits).collect::<String>().to_ascii_uppercase();
    bytes.iter().map(|bytes| bytes.map(text)).collect()
}

/// Doubles may differ in the last digits: Java's functions and Rust's round a hair apart.
fn same(wanted: Option<&str>, found: Option<&str>, data_type: &str) -> bool {
    if wanted == found {
        return true;
    }
    let (Some(wanted), Some(found)) = (wanted, found) else { return false };
    let (Ok(wanted), Ok(found)) = (wanted.parse::<f64>(), found.parse::<f64>()) else { return false };
    let allowed = match data_type {
        "double" => 1e-14,
        "float" => 1e-6,
        _ => return false,
    };
    wanted.is_sign_negative() == found.is_sign_negative() && (wanted - found).abs() <= allowed * wanted.abs()
}
