//! Recommended rules as the text of a ruleset, within what AWS takes.

use super::{Recommendation, words};
use crate::run::profile::Profile;
use crate::syntax::dqdl;

/// AWS takes so many rules, and so many characters.
const RULES: usize = 2000;
const CHARACTERS: usize = 65_536;

/// The ruleset, with the evidence of each rule above it, and the rules that are in it.
pub fn ruleset(name: &str, profile: &Profile, mut rules: Vec<Recommendation>) -> (String, Vec<Recommendation>) {
    let all = rules.len();
    loop {
        let text = written(name, profile, &rules, all - rules.len());
        let excess = rules.len().saturating_sub(RULES);
        if excess == 0 && text.chars().count() <= CHARACTERS {
            return (text, rules);
        }
        shorten(&mut rules, excess.max(all / 20).max(1));
    }
}

/// Leaves out what matters least, and of that the last, up to so many rules.
fn shorten(rules: &mut Vec<Recommendation>, mut excess: usize) {
    let Some(worst) = rules.iter().map(|rule| rule.rank).max() else { return };
    let mut kept: Vec<Recommendation> = Vec::with_capacity(rules.len());
    for rule in rules.drain(..).rev() {
        if rule.rank == worst && excess > 0 {
            excess -= 1;
        } else {
            kept.push(rule);
        }
    }
    kept.reverse();
    *rules = kept;
}

fn written(name: &str, profile: &Profile, rules: &[Recommendation], left_out: usize) -> String {
    let mut out = format!("# Recommended by glue-compile for data like {}.\n", words::comment(name));
    for (name, data_type) in profile.skipped.iter().take(20) {
        let line = format!("no rules for {name}: {data_type} holds more than single values");
        out.push_str(&format!("# {}\n", words::comment(&line)));
    }
    if left_out > 0 {
        out.push_str(&format!("# {left_out} more rules were left out: AWS takes no longer rulesets.\n"));
    }
    out.push_str("\nRules = [\n");
    let mut column: Option<&str> = None;
    let mut evidence = "";
    for (at, rule) in rules.iter().enumerate() {
        let begins = rule.column.as_deref() != column;
        if begins && at > 0 {
            out.push('\n');
        }
        // Rules of one finding stand together.
        if begins || evidence != rule.evidence {
            out.push_str(&format!("    # {}\n", words::comment(&rule.evidence)));
        }
        let comma = if at + 1 < rules.len() { "," } else { "" };
        out.push_str(&format!("    {}{comma}\n", rule.rule));
        (column, evidence) = (rule.column.as_deref(), &rule.evidence);
    }
    out.push_str("]\n");
    // Laid out as `fmt` does it: long lists get lines of their own.
    dqdl::format(&out).unwrap_or(out)
}
