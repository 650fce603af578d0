//! Two wide extremes work: a table of 1,500 columns with a rule each, and a ruleset of as many rules as AWS takes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use datafusion::parquet::arrow::ArrowWriter;
use glue_compile::diag::{Diagnostic, Severity};
use glue_compile::run::eval::{self, EvalRequest, Evaluation};
use glue_compile::run::os_world::OsWorld;
use glue_compile::{CheckOptions, Checked};
use indexmap::IndexMap;
use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;

/// AWS's limit of rules in a ruleset.
const MOST_RULES: usize = 2000;
/// AWS's limit of characters in a ruleset.
const LONGEST: usize = 65_536;
/// The columns of the wide table.
const COLUMNS: usize = 1500;

/// A trial for each extreme.
pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, test: fn(&Path) -> Result<(), Failed>| {
        Trial::test(format!("wide {name}"), move || {
            let folder: TempDir = tempfile::tempdir()?;
            test(folder.path())
        })
    };
    vec![
        trial("a ruleset of 2,000 rules", most_rules),
        trial("a ruleset of 2,000 faults", most_faults),
        trial("a ruleset of 2,001 rules", one_rule_more),
        trial("a ruleset of 65,537 characters", one_character_more),
        trial("a CSV file of 1,500 columns with a rule each", |folder| wide_table(folder, &csv(folder)?)),
        trial("a Parquet file of 1,500 columns with a rule each", |folder| wide_table(folder, &parquet(folder)?)),
    ]
}

// ── Many rules ──────────────────────────────────────────────────────────────────────────────────────────────────────

/// A rule, and whether it holds of [`SMALL`].
type Rule = (String, bool);

/// Three orders; the last has no customer.
const SMALL: &str = "id,customer,amount,status\n1,7,10,new\n2,7,20,paid\n3,,30,paid\n";
const CUSTOMERS: &str = "id\n7\n";

/// The rule of a place: kinds in turn, no two alike.
fn rule(at: usize) -> Rule {
    let n = at / 10;
    match at % 10 {
        0 => (format!("RowCount < {n}"), n > 3),
        1 => (format!("ColumnValues \"amount\" < {n}"), n > 30),
        2 => (format!("ColumnValues \"amount\" in [10, 20, {n}]"), n == 30),
        3 => (format!("IsComplete \"customer\" where \"amount < {n}\""), n <= 30),
        4 => (format!("Uniqueness \"status\" > 0.{n}"), fraction(n) < 1.0 / 3.0),
        5 => (format!("ReferentialIntegrity \"customer\" \"customers.id\" >= 0.{n}"), fraction(n) <= 2.0 / 3.0),
        6 => (format!("(Mean \"amount\" > {n}) or (Sum \"amount\" < {n})"), !(20..=60).contains(&n)),
        7 => (format!("ColumnLength \"status\" <= {n}"), n >= 4),
        8 => (format!("DistinctValuesCount \"customer\" = 2 where \"id != {n}\""), n != 3),
        _ => (format!("ColumnValues \"status\" matches \"(new|paid){{1,{}}}\"", n + 1), true),
    }
}

/// `7` as the digits behind `0.`
fn fraction(digits: usize) -> f64 {
    format!("0.{digits}").parse().unwrap_or(f64::NAN)
}

fn ruleset(rules: impl Iterator<Item = String>) -> String {
    format!("Rules = [\n{}\n]\n", rules.collect::<Vec<_>>().join(",\n"))
}

fn most_rules(folder: &Path) -> Result<(), Failed> {
    let rules: Vec<Rule> = (0..MOST_RULES).map(rule).collect();
    let text = ruleset(rules.iter().map(|(rule, _)| rule.clone()));
    let evaluation = evaluate_small(folder, &text, false)?;
    // Some of the rules are odd, and that is said; none of them is one too many.
    let wrong = evaluation.diagnostics.iter().find(|said| said.severity == Severity::Error || said.code.number == "GC0535");
    expect(wrong.is_none(), || format!("{wrong:?}"))?;
    outcomes(&evaluation, &rules)?;
    let rows = evaluation.report.map(|report| (report.rows.input, report.rows.passed + report.rows.failed));
    expect(rows == Some((3, 3)), || format!("rows: {rows:?}"))?;
    let checked = check_project(folder, &text, "small.csv", true);
    expect(!checked.has_errors(), || format!("{:?}", checked.diagnostics.first()))
}

/// Every rule names a column that is not there: all of them are told about.
fn most_faults(folder: &Path) -> Result<(), Failed> {
    let text = ruleset((0..MOST_RULES).map(|at| format!("IsComplete \"missing_{at}\"")));
    let evaluation = evaluate_small(folder, &text, false)?;
    let unknown = evaluation.diagnostics.iter().filter(|said| said.code.number == "GC0402").count();
    expect(unknown == MOST_RULES && evaluation.report.is_none(), || format!("{unknown} columns are unknown"))
}

fn one_rule_more(folder: &Path) -> Result<(), Failed> {
    let text = ruleset((1..=MOST_RULES + 1).map(|at| format!("RowCount<{at}")));
    limit(folder, &text, "GC0535", "RowCount<2001", Some(MOST_RULES + 1))
}

fn one_character_more(folder: &Path) -> Result<(), Failed> {
    let rules = "Rules = [ RowCount > 0 ]\n";
    // Only `é` is one character of two bytes.
    let comment = |length: usize| format!("#{}\n", "é".repeat(length - 2));
    let fits = format!("{}{rules}", comment(LONGEST - rules.len()));
    let evaluation = evaluate_small(folder, &fits, true)?;
    expect(evaluation.diagnostics.is_empty(), || format!("{:?}", evaluation.diagnostics))?;
    let longer = format!("{rules}{}", comment(LONGEST + 1 - rules.len()));
    limit(folder, &longer, "GC0536", "\n", Some(1))
}

/// A limit of AWS's: a warning at what is too much, and an error where only what AWS takes is accepted.
fn limit(folder: &Path, text: &str, code: &str, place: &str, outcomes: Option<usize>) -> Result<(), Failed> {
    for (strict, severity, outcomes) in [(false, Severity::Warning, outcomes), (true, Severity::Error, None)] {
        let evaluation = evaluate_small(folder, text, strict)?;
        let said: Vec<&Diagnostic> = evaluation.diagnostics.iter().filter(|said| said.severity != Severity::Hint).collect();
        let [said] = said.as_slice() else { return Err(format!("strict {strict}: {said:#?}").into()) };
        let at = said.primary().map(|label| &text[label.span.range()]);
        let is_right = said.code.number == code && said.severity == severity && at == Some(place);
        expect(is_right, || format!("strict {strict}: {at:?} {said:?}"))?;
        let found = evaluation.report.map(|report| report.outcomes.len());
        expect(found == outcomes, || format!("strict {strict}: {found:?} outcomes"))?;
    }
    Ok(())
}

// ── Many columns ────────────────────────────────────────────────────────────────────────────────────────────────────

/// The name of a column, its values in three rows (whole numbers, fractions, texts in turn), and a rule about it.
fn column(at: usize) -> (String, [Option<String>; 3], Rule) {
    let name = format!("c{at}");
    let values = match at % 3 {
        0 => [at, at + 1, at + 2].map(|value| Some(value.to_string())),
        1 => [at, at, at + 1].map(|value| Some(format!("{value}.5"))),
        _ => [Some(format!("t{at}")), None, Some("x".to_owned())],
    };
    let rule = match at % 6 {
        0 => (format!("IsPrimaryKey \"{name}\""), true),
        1 => (format!("Uniqueness \"{name}\" > 0.5"), false),
        2 => (format!("IsComplete \"{name}\""), false),
        3 => (format!("ColumnValues \"{name}\" < {}", at + 2), false),
        4 => (format!("Mean \"{name}\" > {at}"), true),
        _ => (format!("Completeness \"{name}\" > 0.6"), true),
    };
    (name, values, rule)
}

fn csv(folder: &Path) -> Result<PathBuf, Failed> {
    let columns: Vec<_> = (0..COLUMNS).map(column).collect();
    let line = |cells: Vec<&str>| format!("{}\n", cells.join(","));
    let mut text = line(columns.iter().map(|(name, ..)| name.as_str()).collect());
    for row in 0..3 {
        text.push_str(&line(columns.iter().map(|(_, values, _)| values[row].as_deref().unwrap_or("")).collect()));
    }
    let path = folder.join("wide.csv");
    fs::write(&path, text)?;
    Ok(path)
}

fn parquet(folder: &Path) -> Result<PathBuf, Failed> {
    let arrays = (0..COLUMNS).map(column).enumerate().map(|(at, (name, values, _))| {
        let values = || values.iter().map(Option::as_deref);
        let array: ArrayRef = match at % 3 {
            0 => Arc::new(values().map(|text| text?.parse().ok()).collect::<Int64Array>()),
            1 => Arc::new(values().map(|text| text?.parse().ok()).collect::<Float64Array>()),
            _ => Arc::new(values().collect::<StringArray>()),
        };
        (name, array, true)
    });
    let batch = RecordBatch::try_from_iter_with_nullable(arrays)?;
    let path = folder.join("wide.parquet");
    let mut writer = ArrowWriter::try_new(fs::File::create(&path)?, batch.schema(), None)?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(path)
}

fn wide_table(folder: &Path, data: &Path) -> Result<(), Failed> {
    let rules: Vec<Rule> = (0..COLUMNS).map(|at| column(at).2).collect();
    let text = ruleset(rules.iter().map(|(rule, _)| rule.clone()));
    let evaluation = evaluate(folder, &text, data, false)?;
    outcomes(&evaluation, &rules)?;
    let name = data.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let checked = check_project(folder, &text, &name, false);
    expect(!checked.has_errors(), || format!("{:?}", checked.diagnostics.first()))
}

// ── Both ────────────────────────────────────────────────────────────────────────────────────────────────────────────

fn evaluate_small(folder: &Path, text: &str, strict: bool) -> Result<Evaluation, Failed> {
    let data = folder.join("small.csv");
    fs::write(&data, SMALL)?;
    fs::write(folder.join("customers.csv"), CUSTOMERS)?;
    evaluate(folder, text, &data, strict)
}

fn evaluate(folder: &Path, text: &str, data: &Path, strict: bool) -> Result<Evaluation, Failed> {
    let ruleset = folder.join("rules.dqdl");
    fs::write(&ruleset, text)?;
    let mut references = IndexMap::new();
    references.insert("customers".to_owned(), folder.join("customers.csv"));
    references.retain(|_, path| path.exists());
    let request = EvalRequest { ruleset, data: data.to_path_buf(), references, strict, ..EvalRequest::default() };
    Ok(eval::evaluate(&OsWorld, &request))
}

/// A project whose one quality node has the ruleset; schemas are read from the heads of the files.
fn check_project(folder: &Path, text: &str, data: &str, has_customers: bool) -> Checked {
    let source = |name: &str, path: &str| {
        let format = path.rsplit('.').next().unwrap_or_default();
        format!("      {name}: {{ type: file, path: {path}, format: {format}, schema: {{ mode: infer }} }}\n")
    };
    let (customers, alias) = match has_customers {
        true => (source("customers", "customers.csv"), "        additional_data_sources: { customers: customers }\n"),
        false => (String::new(), ""),
    };
    let ruleset: String = text.lines().flat_map(|line| ["          ", line, "\n"]).collect();
    let spec = format!(
        "jobs:\n  wide:\n    type: batch\n    sources:\n{}{customers}    transforms:\n      dq:\n        \
         type: evaluate_data_quality\n        inputs: [data]\n{alias}        ruleset: |\n{ruleset}    sinks:\n      \
         good: {{ type: file, inputs: [dq.passed], path: good/, format: json, mode: overwrite }}\n      \
         bad: {{ type: file, inputs: [dq.failed], path: bad/, format: json, mode: overwrite }}\n",
        source("data", data)
    );
    let path = folder.join("jobs.glue.yaml");
    fs::write(&path, spec).expect("a file of a scratch folder can be written");
    glue_compile::check(&OsWorld, &path, &CheckOptions { infer: true, ..CheckOptions::default() })
}

/// Every rule has its outcome.
fn outcomes(evaluation: &Evaluation, rules: &[Rule]) -> Result<(), Failed> {
    let Some(report) = &evaluation.report else { return Err(format!("{:?}", evaluation.diagnostics.first()).into()) };
    expect(report.outcomes.len() == rules.len(), || format!("{} outcomes", report.outcomes.len()))?;
    let wrong: Vec<_> = report.outcomes.iter().zip(rules).filter(|(found, (_, holds))| found.passed != *holds).collect();
    expect(wrong.is_empty(), || {
        let (found, (rule, holds)) = wrong[0];
        format!("{} outcomes are wrong, the first: {rule} should be {holds}: {found:?}", wrong.len())
    })
}

fn expect(is_right: bool, otherwise: impl FnOnce() -> String) -> Result<(), Failed> {
    if is_right { Ok(()) } else { Err(otherwise().into()) }
}
