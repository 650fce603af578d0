//! The exact text of every format.

use super::*;
use crate::diag::{Code, Safety, Severity};

static UNKNOWN: Code = Code {
    number: "GC0402",
    name: "unknown-column",
    summary: "a column that is not there",
    severity: Severity::Error,
    on_request: false,
    page: "# GC0402 unknown-column\n",
};

fn sample() -> (SourceMap, Vec<Diagnostic>) {
    let mut map = SourceMap::default();
    let jobs = map.add("./jobs.glue.yaml", "# größe\nfilter:\n  condition: ä > amuont\n");
    let rules = map.add("orders.dqdl", "Rules = [\n  IsComplete \"x\"\n]\n");
    let at = map.file(jobs).text.find("amuont").unwrap();
    let rule = map.file(rules).text.find("IsComplete").unwrap();
    let span = Span::new(jobs, at, at + 6);
    let error = Diagnostic::new(&UNKNOWN, span, "no column `amuont`")
        .here("`orders` has no such column")
        .also(Span::new(rules, rule, rule + 10), "used here as well")
        .note("the columns of `orders` are `amount` and `ä`")
        .suggest(span, "amuont", ["amount", "ä"]);
    let mut warning = Diagnostic::bare(&UNKNOWN, "nothing to do");
    warning.severity = Severity::Warning;
    (map, vec![error, warning])
}

fn check(actual: &str, expected: &str) {
    assert!(actual == expected, "expected:\n{expected}\nactual:\n{actual}");
}

#[test]
fn oneline_is_what_problem_matchers_read() {
    let (map, diagnostics) = sample();
    check(
        &oneline::render(&diagnostics, &map),
        "jobs.glue.yaml:3:18: error[GC0402]: no column `amuont`\nwarning[GC0402]: nothing to do\n",
    );
}

#[test]
fn terminal_draws_labels_of_two_files() {
    let (map, diagnostics) = sample();
    check(
        &terminal::render(&diagnostics, &map, terminal::Style::default()),
        "\
error[GC0402]: no column `amuont`
   ╭─[jobs.glue.yaml:3:18]
 2 │ filter:
 3 │   condition: ä > amuont
   ·                  ───┬──
   ·                     ╰── `orders` has no such column
   ╰────
   ╭─[orders.dqdl:2:3]
 1 │ Rules = [
 2 │   IsComplete \"x\"
   ·   ─────┬────
   ·        ╰── used here as well
 3 │ ]
   ╰────
  note: the columns of `orders` are `amount` and `ä`
  help: did you mean `amount`?

warning[GC0402]: nothing to do

",
    );
}

#[test]
fn terminal_wraps_and_colours() {
    let (map, _) = sample();
    let mut hint = Diagnostic::bare(&UNKNOWN, "small").note("one two three four five six seven");
    hint.severity = Severity::Hint;
    check(
        &terminal::render(&[hint], &map, terminal::Style { color: true, width: 30 }),
        "\u{1b}[1;36mhint[GC0402]\u{1b}[0m\u{1b}[1m: small\u{1b}[0m\n  \u{1b}[36mnote:\u{1b}[0m one two three four\n        five six seven\n\n",
    );
}

#[test]
fn terminal_draws_at_the_edges_of_a_file() {
    let mut map = SourceMap::default();
    let file = map.add("a.yaml", "a: 1\nb: 2\n");
    let empty = map.add("empty.yaml", "");
    let end = Diagnostic::new(&UNKNOWN, Span::new(file, 10, 10), "at the end").here("nothing more");
    let whole = Diagnostic::new(&UNKNOWN, Span::file_start(empty), "empty");
    let both = Diagnostic::new(&UNKNOWN, Span::new(file, 0, 9), "all of it").here("this");
    check(
        &terminal::render(&[end, whole, both], &map, terminal::Style::default()),
        "\
error[GC0402]: at the end
   ╭─[a.yaml:2:5]
 1 │ a: 1
 2 │ b: 2
   ·     ▲
   ·     ╰── nothing more
   ╰────

error[GC0402]: empty
  ── empty.yaml

error[GC0402]: all of it
   ╭─[a.yaml:1:1]
 1 │ ╭─▶ a: 1
 2 │ ├─▶ b: 2
   · ╰──── this
   ╰────

",
    );
}

#[test]
fn json_has_places_in_lines_columns_and_bytes() {
    let (map, mut diagnostics) = sample();
    diagnostics.truncate(1);
    diagnostics[0].labels.truncate(1);
    diagnostics[0].fix.as_mut().unwrap().safety = Safety::Safe;
    check(
        &json::render(&diagnostics, &map),
        r#"{
  "version": 1,
  "diagnostics": [
    {
      "code": "GC0402",
      "name": "unknown-column",
      "severity": "error",
      "message": "no column `amuont`",
      "labels": [
        {
          "file": "jobs.glue.yaml",
          "start": {
            "line": 3,
            "column": 18,
            "offset": 36
          },
          "end": {
            "line": 3,
            "column": 24,
            "offset": 42
          },
          "text": "`orders` has no such column",
          "primary": true
        }
      ],
      "notes": [
        "the columns of `orders` are `amount` and `ä`"
      ],
      "helps": [
        "did you mean `amount`?"
      ],
      "fix": {
        "title": "replace with `amount`",
        "safety": "safe",
        "edits": [
          {
            "file": "jobs.glue.yaml",
            "start": {
              "line": 3,
              "column": 18,
              "offset": 36
            },
            "end": {
              "line": 3,
              "column": 24,
              "offset": 42
            },
            "text": "amount"
          }
        ]
      }
    }
  ]
}
"#,
    );
}

#[test]
fn github_escapes_its_separators() {
    let (map, diagnostics) = sample();
    check(
        &github::render(&diagnostics, &map),
        "::error file=jobs.glue.yaml,line=3,endLine=3,col=18,endColumn=24,title=GC0402 unknown-column::no column `amuont`%0A\
         `orders` has no such column%0Athe columns of `orders` are `amount` and `ä`%0Adid you mean `amount`?\n\
         ::warning title=GC0402 unknown-column::nothing to do\n",
    );
}

#[test]
fn sarif_names_rule_place_and_fix() {
    let (map, diagnostics) = sample();
    let document: serde_json::Value = serde_json::from_str(&sarif::render(&diagnostics, &map)).unwrap();
    let result = &document["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "GC0402");
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startColumn"], 18);
    assert_eq!(result["relatedLocations"][0]["message"]["text"], "used here as well");
    assert_eq!(result["relatedLocations"][0]["id"], 1);
    assert_eq!(result["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"], "amount");
    let rule = &document["runs"][0]["tool"]["driver"]["rules"][0];
    assert!(rule["helpUri"].as_str().unwrap().contains("GC0402"), "{rule}");
}

#[test]
fn sarif_writes_paths_as_uris() {
    let (mut map, mut sink) = (SourceMap::default(), crate::diag::Sink::default());
    let file = map.add("ä b/100%#1.glue.yaml", "a\n");
    sink.push(Diagnostic::new(&UNKNOWN, Span::new(file, 0, 1), "x"));
    let document: serde_json::Value = serde_json::from_str(&sarif::render(&sink.finish(&map), &map)).unwrap();
    let location = &document["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "%C3%A4%20b/100%25%231.glue.yaml");
}

#[test]
fn gitlab_lists_issues() {
    let (map, diagnostics) = sample();
    let issues: Vec<serde_json::Value> = serde_json::from_str(&gitlab::render(&diagnostics, &map)).unwrap();
    assert_eq!(issues[0]["check_name"], "GC0402 unknown-column");
    assert_eq!(issues[0]["description"], "no column `amuont`");
    assert_eq!(issues[0]["severity"], "critical");
    assert_eq!(issues[0]["location"], serde_json::json!({ "path": "jobs.glue.yaml", "lines": { "begin": 3, "end": 3 } }));
    assert_eq!(issues[1]["severity"], "minor");
    assert_eq!(issues[1]["location"]["path"], "glue-compile.yaml");
    assert_eq!(gitlab::render(&[], &map), "[]\n");
}

#[test]
fn fingerprints_stay_when_lines_move() {
    let prints = |text: &str| {
        let mut map = SourceMap::default();
        let file = map.add("a.glue.yaml", text);
        let places = text.match_indices("bad").map(|(at, _)| Span::new(file, at, at + 3));
        let diagnostics: Vec<_> = places.map(|span| Diagnostic::new(&UNKNOWN, span, "x")).collect();
        fingerprint::fingerprints(&diagnostics, &map)
    };
    let before = prints("a: bad\nb: bad\nb: bad\n");
    assert_eq!(prints("# one line more\na: bad\n\n  b:  bad\nb: bad\n"), before);
    assert_ne!(before[0], before[1]);
    assert_eq!(before[2], before[1].replace(":1", ":2"));
    assert_ne!(prints("a: bad, bad\n")[0], before[0]);
}

#[test]
fn summary_counts() {
    let (_, diagnostics) = sample();
    check(&summary(&diagnostics, 3), "1 error, 1 warning in 3 files");
    check(&summary(&diagnostics[1..], 1), "1 warning in 1 file");
    check(&summary(&[], 2), "no problems in 2 files");
    check(&summary(&[], 0), "no problems");
}

#[test]
fn junit_has_a_suite_a_file() {
    let (map, mut diagnostics) = sample();
    diagnostics[0].notes.clear();
    diagnostics[0].helps = vec!["write a < b & \"c\"".to_owned()];
    check(
        &junit::render(&diagnostics, &map),
        "\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<testsuites name=\"glue-compile\" tests=\"3\" failures=\"2\">
  <testsuite name=\"jobs.glue.yaml\" tests=\"1\" failures=\"1\">
    <testcase classname=\"jobs.glue.yaml\" name=\"GC0402 unknown-column at 3:18\">
      <failure type=\"error\" message=\"no column `amuont`\">no column `amuont`
`orders` has no such column
write a &lt; b &amp; &quot;c&quot;</failure>
    </testcase>
  </testsuite>
  <testsuite name=\"orders.dqdl\" tests=\"1\" failures=\"0\">
    <testcase classname=\"orders.dqdl\" name=\"check\"/>
  </testsuite>
  <testsuite name=\"project\" tests=\"1\" failures=\"1\">
    <testcase classname=\"project\" name=\"GC0402 unknown-column\">
      <failure type=\"warning\" message=\"nothing to do\">nothing to do</failure>
    </testcase>
  </testsuite>
</testsuites>
",
    );
}
