//! What Java found: every pattern finds the same here, or is refused.

use serde_json::Value;

use super::{Pattern, Replacement};

/// Recorded from Java 17: the first line lists the texts, each other is a pattern and what it finds in them.
const FACTS: &str = include_str!("java17.jsonl");

/// What a pattern finds in a text, in characters, as the facts write it.
fn found(pattern: &Pattern, text: &str) -> String {
    let count = |at: usize| text[..at].chars().count();
    match pattern.groups_at(text, 0) {
        Err(error) => error.to_string(),
        Ok(None) => "-".to_owned(),
        Ok(Some(groups)) => {
            let groups = groups.into_iter().map(|group| match group {
                Some(group) => format!("{}-{}", count(group.start), count(group.end)),
                None => "x".to_owned(),
            });
            groups.collect::<Vec<_>>().join(",")
        }
    }
}

#[test]
fn patterns_find_what_java_finds() {
    let mut lines = FACTS.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let head = lines.next().expect("the texts");
    let texts: Vec<&str> = head["texts"].as_array().expect("texts").iter().filter_map(Value::as_str).collect();
    let (mut wrong, mut patterns, mut refused, mut unrecorded) = (Vec::new(), 0, 0, Vec::new());
    for fact in lines {
        let (java, expected) = (fact[0].as_str().expect("a pattern"), fact[1].as_str().expect("what it finds"));
        match (Pattern::new(java), expected) {
            (Err(_), "error") => {}
            (Ok(_), "error") => wrong.push(format!("{java:?}: Java refuses it")),
            (Err(_), _) if fact[2] == "refused here" => refused += 1,
            (Err(fault), _) => {
                assert!(fault.start <= fault.end && java.get(fault.start..fault.end).is_some(), "{java:?}: {fault:?}");
                unrecorded.push(format!("{java:?}: {}", fault.message));
            }
            (Ok(_), _) if fact[2] == "refused here" => wrong.push(format!("{java:?}: no longer refused")),
            (Ok(pattern), expected) => {
                patterns += 1;
                for (text, expected) in texts.iter().zip(expected.split(';')) {
                    if pattern.is_match(text).is_ok_and(|matches| matches == (expected == "-")) {
                        wrong.push(format!("{java:?} in {text:?}: whether it matches is not what it finds"));
                    }
                    let (mut found, mut expected) = (found(&pattern, text), expected);
                    if pattern.is_vague() {
                        found = found.split(',').next().unwrap_or_default().to_owned();
                        expected = expected.split(',').next().unwrap_or_default();
                    }
                    if found != expected {
                        wrong.push(format!("{java:?} in {text:?}: Java {expected}, here {found}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
    assert!(unrecorded.is_empty(), "refused, which is not recorded\n{}", unrecorded.join("\n"));
    assert!(patterns > 4 * refused, "{patterns} agree, {refused} are refused");
}

#[test]
fn replacements() {
    let pattern = Pattern::new("(a)(?<second>b)?").expect("a pattern");
    let write = |java: &str| {
        let replacement = Replacement::new(java, &pattern).expect("a replacement");
        let mut out = String::new();
        let groups = pattern.groups_at("xab", 0).expect("runs").expect("matches");
        replacement.write("xab", &groups, &mut out);
        out
    };
    assert_eq!(write("[$1$2]"), "[ab]");
    assert_eq!(write("${second}$10"), "ba0");
    assert_eq!(write(r"\$1\\"), r"$1\");
    for (java, place) in [("$3", (0, 2)), ("a$", (1, 2)), ("${no}", (0, 5)), ("\\", (0, 1))] {
        let fault = Replacement::new(java, &pattern).expect_err("is refused");
        assert_eq!((fault.start, fault.end), place, "{java}");
    }
}

#[test]
fn a_pattern_that_never_ends_gives_up_in_time() {
    let pattern = Pattern::new("(?:(a+)+)+\\1b(?=c)").expect("a pattern");
    let begun = std::time::Instant::now();
    let error = pattern.is_match(&"a".repeat(60)).expect_err("gives up");
    assert!(error.to_string().contains("gave up on a value"), "{error}");
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
}
