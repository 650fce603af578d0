//! Markdown tables that run: `tests/golden/quality/RuleType.md`, tables of data and what rules say of them.
//!
//! - A heading begins a case; the table below it is the data. Its head has names and types (`amount: double`); a cell is a
//!   JSON string, a number, `true`, `false`, `NULL`, `NaN`, `Infinity`. `### ref` and a table are another data source.
//! - A table that begins with `Rule` says of each rule how it ends, what it measures, and what each row does: `+` passes,
//!   `-` fails, `.` neither. `UPDATE_GOLDEN=1` rewrites it, all but the rules.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, new_null_array,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::parquet::arrow::ArrowWriter;
use glue_compile::run::eval::{self, EvalRequest};
use glue_compile::run::os_world::OsWorld;
use glue_compile::stdlib::rule;
use indexmap::IndexMap;
use libtest_mimic::Trial;
use serde_json::Value;

use super::diff;

/// Where the pages are.
const FOLDER: &str = "tests/golden/quality";
/// The head of a table of rules.
const HEAD: &str = "| Rule | Outcome | Metrics | Rows |\n|---|---|---|---|\n";
/// The name of the data set that rules are about.
const PRIMARY: &str = "primary";

/// Rule types whose subject is not a table: files, earlier runs, and analyzers, which are no rules.
static WITHOUT_PAGE: &[&str] =
    &["AllStatistics", "DetectAnomalies", "Distribution", "FileFreshness", "FileMatch", "FileSize", "FileUniqueness"];

/// A trial for each page, and one that every rule type has its page.
pub fn trials(root: &Path) -> Vec<Trial> {
    let mut trials: Vec<Trial> = pages(root)
        .into_iter()
        .map(|path| {
            Trial::test(name(root, &path), move || {
                let text = fs::read_to_string(&path)?;
                let actual = rendered(&text)?;
                if actual == text { Ok(()) } else { Err(diff::lines(&text, &actual).into()) }
            })
        })
        .collect();
    let faults = faults(root);
    trials.push(Trial::test("tables: every rule type judges values, one row, only nulls, no rows", move || {
        if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
    }));
    trials
}

/// Rewrites the tables of rules.
pub fn update(root: &Path, picked: &dyn Fn(&str) -> bool) {
    for path in pages(root).into_iter().filter(|path| picked(&name(root, path))) {
        let text = fs::read_to_string(&path).expect("a page is readable");
        fs::write(&path, rendered(&text).expect("the rules can be evaluated")).expect("a page is writable");
    }
}

fn pages(root: &Path) -> Vec<PathBuf> {
    let mut pages = super::files(&root.join(FOLDER), "md");
    pages.retain(|path| fs::read_to_string(path).is_ok_and(|text| text.contains("\n| Rule |")));
    pages
}

fn name(root: &Path, path: &Path) -> String {
    format!("tables {}", path.strip_prefix(root).unwrap_or(path).display())
}

/// Rule types without a page, and pages that leave out what people forget.
fn faults(root: &Path) -> Vec<String> {
    let types = rule::all().map(|def| def.name).filter(|name| !WITHOUT_PAGE.contains(name));
    types
        .filter_map(|name| {
            let path = root.join(FOLDER).join(format!("{name}.md"));
            let Ok(text) = fs::read_to_string(&path) else { return Some(format!("{name} has no page in {FOLDER}")) };
            let missing: Vec<&str> = ["## values", "## one row", "## only nulls", "## no rows"]
                .into_iter()
                .filter(|part| !text.contains(part))
                .collect();
            (!missing.is_empty()).then(|| format!("{name}.md has no {}", missing.join(", ")))
        })
        .collect()
}

/// The page with its tables of rules as they come out.
fn rendered(page: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut data: IndexMap<String, RecordBatch> = IndexMap::new();
    let mut name = PRIMARY.to_owned();
    let mut lines = page.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("## ") {
            data.clear();
            PRIMARY.clone_into(&mut name);
        } else if let Some(heading) = line.strip_prefix("### ") {
            heading.trim().clone_into(&mut name);
        }
        if !line.starts_with('|') {
            out.push_str(line);
            continue;
        }
        let mut table = vec![line];
        while let Some(row) = lines.next_if(|line| line.starts_with('|')) {
            table.push(row);
        }
        if line.starts_with("| Rule |") {
            let rules = table.iter().skip(2).map(|row| cells(row)[0].trim_matches('`').to_owned()).collect::<Vec<_>>();
            out.push_str(&judged(&rules, &data)?);
        } else {
            out.push_str(&table.concat());
            data.insert(name.clone(), batch(&table)?);
        }
    }
    Ok(out)
}

fn cells(row: &str) -> Vec<&str> {
    row.trim().trim_matches('|').split('|').map(str::trim).collect()
}

/// The data of a table.
fn batch(table: &[&str]) -> Result<RecordBatch, String> {
    let rows: Vec<Vec<&str>> = table.iter().skip(2).map(|row| cells(row)).collect();
    let columns = cells(table[0]).into_iter().enumerate().map(|(at, head)| {
        let (name, data_type) = head.split_once(':').ok_or_else(|| format!("`{head}` has no type"))?;
        let values = rows.iter().map(|row| row.get(at).copied().unwrap_or_default()).collect::<Vec<_>>();
        Ok((name.trim(), column(data_type.trim(), &values)?, true))
    });
    let columns = columns.collect::<Result<Vec<_>, String>>()?;
    RecordBatch::try_from_iter_with_nullable(columns).map_err(|error| error.to_string())
}

fn column(data_type: &str, cells: &[&str]) -> Result<ArrayRef, String> {
    let parsed = |cell: &&str| match *cell {
        "NULL" => Ok(None),
        "NaN" | "Infinity" | "-Infinity" => Ok(Some(Value::String((*cell).to_owned()))),
        cell => serde_json::from_str(cell).map(Some).map_err(|error| format!("`{cell}`: {error}")),
    };
    let values: Vec<Option<Value>> = cells.iter().map(parsed).collect::<Result<_, String>>()?;
    let values = || values.iter().map(Option::as_ref);
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let texts = || Arc::new(values().map(|value| value.map(text)).collect::<StringArray>()) as ArrayRef;
    let wanted = match data_type {
        "string" => return Ok(texts()),
        "bigint" => return Ok(Arc::new(values().map(|value| value?.as_i64()).collect::<Int64Array>())),
        "boolean" => return Ok(Arc::new(values().map(|value| value?.as_bool()).collect::<BooleanArray>())),
        "double" => {
            let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
            return Ok(Arc::new(values().map(|value| number(value?)).collect::<Float64Array>()));
        }
        "date" => DataType::Date32,
        "timestamp" => DataType::Timestamp(TimeUnit::Microsecond, None),
        "decimal" => DataType::Decimal128(10, 2),
        other => return Err(format!("no column can be `{other}`")),
    };
    // A cast makes null of what it cannot read, and nobody would see it.
    let array = cast(&texts(), &wanted).map_err(|error| error.to_string())?;
    let same = array.null_count() == values().filter(Option::is_none).count();
    if cells.is_empty() {
        Ok(new_null_array(&wanted, 0))
    } else if same {
        Ok(array)
    } else {
        Err(format!("a cell is no {data_type}"))
    }
}

/// The table of rules as it comes out.
fn judged(rules: &[String], data: &IndexMap<String, RecordBatch>) -> Result<String, String> {
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = |name: &str| scratch.path().join(name);
    for (name, batch) in data {
        write(&path(&format!("{name}.parquet")), batch)?;
    }
    fs::write(path("rules.dqdl"), format!("Rules = [\n{}\n]\n", rules.join(",\n"))).map_err(|error| error.to_string())?;
    let others = data.keys().filter(|name| *name != PRIMARY);
    let request = EvalRequest {
        ruleset: path("rules.dqdl"),
        data: path(&format!("{PRIMARY}.parquet")),
        references: others.map(|name| (name.clone(), path(&format!("{name}.parquet")))).collect(),
        keep_going: true,
        rows: Some(path("rows.jsonl")),
        ..EvalRequest::default()
    };
    let evaluation = eval::evaluate(&OsWorld, &request);
    let said = || evaluation.diagnostics.iter().map(|said| said.message.as_str()).collect::<Vec<_>>().join("; ");
    let Some(report) = &evaluation.report else { return Err(format!("nothing was evaluated: {}", said())) };
    let rows = fs::read_to_string(path("rows.jsonl")).map_err(|error| error.to_string())?;
    let rows: Vec<Value> = rows.lines().map(serde_json::from_str).collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    let mut out = HEAD.to_owned();
    for (rule, outcome) in rules.iter().zip(&report.outcomes) {
        let lists =
            |row: &Value, column: &str| row[column].as_array().is_some_and(|list| list.iter().any(|text| *text == *outcome.rule));
        let mark = |row: &Value| match (lists(row, rule::VERDICTS[0]), lists(row, rule::VERDICTS[1])) {
            (true, false) => '+',
            (false, true) => '-',
            (false, false) => '.',
            (true, true) => '?',
        };
        let metrics: Vec<String> = outcome.metrics.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let marks: String = rows.iter().map(mark).collect();
        let marks = if marks.is_empty() { marks } else { format!("`{marks}`") };
        let verdict = if outcome.passed { "Passed" } else { "Failed" };
        out.push_str(&format!("| `{rule}` | {verdict} | {} | {marks} |\n", metrics.join(", ")));
    }
    Ok(out)
}

fn write(path: &Path, batch: &RecordBatch) -> Result<(), String> {
    let written = || {
        let mut writer = ArrowWriter::try_new(fs::File::create(path)?, batch.schema(), None)?;
        writer.write(batch)?;
        writer.close().map(|_| ())
    };
    written().map_err(|error: datafusion::parquet::errors::ParquetError| error.to_string())
}
