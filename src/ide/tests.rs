//! No question about any text panics, and every answer lies in its file. The answers themselves are golden cases.

use std::path::Path;

use chrono::DateTime;
use proptest::prelude::*;

use super::analysis::Project;
use super::{actions, complete, dag, fold, goto, hints, hover, lens, rename, symbols, tokens};
use crate::source::Span;
use crate::state::{Evaluation, Exclusion, SqliteStore, Statistic, Status, Store as _};
use crate::stdlib::expr::engine::{self, EngineOptions};
use crate::stdlib::rule::Series;
use crate::world::MemoryWorld;

const SPEC: &str = "\
variables: { lake: out }
jobs:
  a:
    sources:
      raw: { type: file, path: raw.csv, format: csv, schema: { columns: [{ name: id, type: string }, { name: amount, type: double }] } }
    transforms:
      m: { type: apply_mapping, inputs: [raw], mappings: [{ from: id, to: order }, { from: amount, to: amount }] }
      dq:
        type: evaluate_data_quality
        inputs: [m]
        ruleset: |
          Rules = [
            IsComplete \"order\",
            ColumnValues \"amount\" between 0 and 10 where \"order <> 'x'\"
          ]
      q: { type: sql, inputs: [dq.passed], query: \"select d.order, amount * 2 as twice from dq d\" }
    sinks:
      out: { type: file, inputs: [q], path: \"${var.lake}/x\", format: csv }
";

/// Asks everything about every place of a text.
fn ask_all(name: &str, text: &str) {
    let engine = engine::session(&EngineOptions::CHECK);
    let world = MemoryWorld::default().with_file(name, text);
    let mut project = Project::new(name);
    let analysis = project.analyse(&world, &engine, &|| false).expect("nobody stops it");
    let inside = |span: Span| assert!((span.end as usize) <= analysis.map.file(span.file).text.len(), "{span:?} of {text:?}");
    let Some(file) = analysis.file(Path::new(name)) else { return };
    dag::dags(&analysis, None);
    fold::folds(&analysis, file);
    symbols::outline(&analysis, file).iter().for_each(|line| inside(line.span));
    tokens::tokens(&analysis, file).iter().for_each(|token| inside(token.span));
    hints::hints(&analysis, file).iter().for_each(|hint| assert!(hint.at as usize <= text.len()));
    actions::fix_all(&analysis, file).iter().for_each(|edit| inside(edit.span));
    for offset in (0..=text.len()).filter(|offset| text.is_char_boundary(*offset)).step_by(3) {
        let place = Span::new(file, offset, offset);
        if let Some(found) = hover::hover(&analysis, place, None) {
            inside(found.span);
        }
        goto::definition(&analysis, place).into_iter().for_each(inside);
        goto::references(&analysis, place, true).into_iter().for_each(inside);
        if let Ok(edits) = rename::rename(&analysis, place, "another_name") {
            edits.iter().for_each(|edit| inside(edit.span));
        }
        for action in actions::actions(&analysis, place) {
            action.edits.iter().for_each(|edit| inside(edit.span));
        }
    }
    for offset in (0..=text.len()).filter(|offset| text.is_char_boundary(*offset)).step_by(29) {
        complete::complete(&analysis, Path::new(name), text, offset);
    }
}

#[test]
fn a_sound_spec_can_be_asked_everything() {
    ask_all("a.glue.yaml", SPEC);
}

#[test]
fn a_quality_node_tells_how_its_last_run_ended() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(&folder.path().join("state.db")).unwrap();
    let evaluation = |day: i64, status: Status| Evaluation {
        run_id: format!("run-{day}"),
        context: "a/dq".to_owned(),
        ruleset: "abc".to_owned(),
        at: DateTime::from_timestamp(day * 86_400, 0).unwrap(),
        status,
        statistics: vec![Statistic {
            series: Series { metric: "RowCount".to_owned(), detail: String::new() },
            columns: Vec::new(),
            rule: "RowCount > 0".to_owned(),
            value: 1.0,
        }],
    };
    store.record(&[evaluation(1, Status::Succeeded), evaluation(2, Status::GateFailed)]).unwrap();
    let engine = engine::session(&EngineOptions::CHECK);
    let world = MemoryWorld::default().with_file("a.glue.yaml", SPEC);
    let analysis = Project::new("a.glue.yaml").analyse(&world, &engine, &|| false).unwrap();
    let file = analysis.file(Path::new("a.glue.yaml")).unwrap();
    let titles = |lenses: Vec<lens::Lens>| lenses.into_iter().map(|lens| lens.title).collect::<Vec<_>>();
    assert_eq!(titles(lens::lenses(&analysis, file, None)), ["run on sample", "dry run", "plan", "graph"]);
    let with_store = titles(lens::lenses(&analysis, file, Some(&store)));
    assert_eq!(with_store[4], "last evaluation failed its gate: 1970-01-03 00:00, figures: 1");
}

#[test]
fn a_rule_tells_what_it_judges_and_what_was_measured_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(&folder.path().join("state.db")).unwrap();
    let evaluation = |day: i64| Evaluation {
        run_id: format!("run-{day}"),
        context: "a/dq".to_owned(),
        ruleset: "abc".to_owned(),
        at: DateTime::from_timestamp(day * 86_400, 0).unwrap(),
        status: Status::Succeeded,
        statistics: vec![Statistic {
            series: Series { metric: "Column.order.Completeness".to_owned(), detail: String::new() },
            columns: vec!["order".to_owned()],
            rule: "IsComplete \"order\"".to_owned(),
            value: 0.9 + 0.01 * day as f64,
        }],
    };
    store.record(&(1..=7).map(evaluation).collect::<Vec<_>>()).unwrap();
    let which = Exclusion { run_id: "run-6".to_owned(), ..Exclusion::default() };
    store.exclude(&which, "loaded twice").unwrap();
    let engine = engine::session(&EngineOptions::CHECK);
    let world = MemoryWorld::default().with_file("a.glue.yaml", SPEC);
    let analysis = Project::new("a.glue.yaml").analyse(&world, &engine, &|| false).unwrap();
    let file = analysis.file(Path::new("a.glue.yaml")).unwrap();
    let at = SPEC.find("IsComplete").unwrap() + 2;
    let shown = hover::hover(&analysis, Span::new(file, at, at), Some(&store)).unwrap().markdown;
    let (before_the_page, _) = shown.split_once("# IsComplete").unwrap();
    let expected = "\
judges single rows, by their own values

last figures of `a/dq`

| run | Column.order.Completeness |
|---|---|
| 1970-01-08 00:00 | 0.97 |
| 1970-01-07 00:00 | 0.96 (set aside) |
| 1970-01-06 00:00 | 0.95 |
| 1970-01-05 00:00 | 0.94 |
| 1970-01-04 00:00 | 0.93 |

";
    assert_eq!(before_the_page, expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_spec_can_be_asked_everything(at in 0..SPEC.len(), gone in 0usize..30, typed in "[a-z\"'\\[\\]{}:|>#&*$\n -]{0,4}") {
        let mut text = SPEC.to_owned();
        text.replace_range(at..(at + gone).min(SPEC.len()), &typed);
        ask_all("a.glue.yaml", &text);
    }

    #[test]
    fn any_rules_can_be_asked_everything(text in "(Rules = \\[|IsComplete \"a\"|,|\\]|\\$x|x = \"y\"|ä|\n|where \"b > 1\"|between 1 and 2|#|\"){0,12}") {
        ask_all("a.dqdl", &text);
    }
}
