//! Every word of the compiler's grammar, in every case, wherever a word may stand: both grammars take it for the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;

use super::{difference, parser, trees};

/// Where a word may stand.
static PLACES: &[&str] = &[
    "@ = [\"a\"]",
    "@ : 5",
    "@ = [A > 1]",
    "@ = [\"a\" = b]",
    "@ = {}",
    "a = @",
    "a = 5 @",
    "a = $@",
    "Rules = [@]",
    "Rules = [@ > 1]",
    "Rules = [A @]",
    "Rules = [A @ b]",
    "Rules = [A @ \"b\"]",
    "Rules = [A @ (b)]",
    "Rules = [A \"b\" @ c > 1]",
    "Rules = [A \"b\" @ (c)]",
    "Rules = [A \"b\" @ [1]]",
    "Rules = [A \"b\" @ = [c = d]]",
    "Rules = [A \"b\" @ 1 and 2]",
    "Rules = [A \"b\" @ in [1]]",
    "Rules = [A \"b\" of @]",
    "Rules = [A \"b\" and @ \"c\"]",
    "Rules = [A not @ [1]]",
    "Rules = [A > @]",
    "Rules = [A > @ + 1]",
    "Rules = [A > @(1)]",
    "Rules = [A > 5 @]",
    "Rules = [A > 5 @ b]",
    "Rules = [A > 5 @ \"b\"]",
    "Rules = [A > 5 @ b > 1]",
    "Rules = [A in [@, 5 @]]",
    "Rules = [A with @ > 1]",
    "Rules = [A with b @ 1 and 2]",
    "Rules = [A, @ = 1]",
    "Rules = [A, @ \"b\"]",
    "Rules = [A labels = [@ = @]]",
    "Rules = [(A) @ = [b = c]]",
    "Rules = [(A) @ B]",
];

/// Words that the compiler's grammar does not name.
static WORDS: &str = "a|Abc|ABC|ABCD|a_b|a.b|.|_|5|05|5.|5.5|.5|5.5.5|5e3|5e-3|5e-3x|5.e+3|5e|5e-|5%|5a%|5e-3%|5days|größe|5größe|\
    dAyS|dayz|bytes|bit|kilo|kbit|threshold|now|now()|NOW()|now ()|nowhere|nulls|rules.a|inn|and5|$a|${ a }|$ a|-5|- 5|+5|-a";

pub fn faults(root: &Path) -> Vec<String> {
    let grammar = fs::read_to_string(root.join("grammar/dqdl.pest")).expect("the grammar is readable");
    let literal = Regex::new(r#""([A-Za-z_]+)""#).expect("the pattern is right");
    let mut words: BTreeSet<String> = WORDS.split('|').map(str::to_owned).collect();
    for word in literal.captures_iter(&grammar).map(|found| found[1].to_owned()) {
        let (first, rest) = word.split_at(1);
        words.extend([word.to_lowercase(), word.to_uppercase(), first.to_uppercase() + &rest.to_lowercase()]);
        words.insert(word);
    }
    let mut parser = parser();
    let (mut faults, mut accepted) = (Vec::new(), 0);
    for text in words.iter().flat_map(|word| PLACES.iter().map(|place| place.replace('@', word))) {
        let read = trees::compiler(&text);
        accepted += usize::from(read.is_some());
        faults.extend(difference(&mut parser, read, &text));
    }
    if accepted < 1000 {
        faults.push(format!("{accepted} texts were without errors only"));
    }
    faults
}
