//! Texts near valid ones: tokens left out, doubled, swapped, written in another case or put where others stand.

use crate::fuzz::properties::choices::Random;

/// A text with a few tokens of it changed.
pub fn mutant(texts: &[&str], random: &mut Random) -> String {
    let mut tokens = tokens(texts[random.below(texts.len())]);
    for _ in 0..=random.below(3) {
        if tokens.is_empty() {
            break;
        }
        let (at, other) = (random.below(tokens.len()), random.below(tokens.len()));
        match random.below(9) {
            0 | 1 => drop(tokens.remove(at)),
            2 => tokens.insert(at, tokens[at]),
            3 => tokens.swap(at, other),
            4 => tokens.insert(at, tokens[other]),
            5 => tokens[at] = tokens[other],
            6 => tokens[at] = WORDS[random.below(WORDS.len())],
            7 => tokens.insert(at, WORDS[random.below(WORDS.len())]),
            _ => {
                let strange = self::tokens(texts[random.below(texts.len())]);
                tokens.insert(at, strange.get(random.below(strange.len().max(1))).copied().unwrap_or(" "));
            }
        }
    }
    let text = tokens.concat();
    if random.below(3) == 0 { in_other_cases(&text, random) } else { text }
}

/// A part whose inside is words by chance.
pub fn strewn(random: &mut Random) -> String {
    let mut text = OPENINGS[random.below(OPENINGS.len())].to_owned();
    for _ in 0..=random.below(6) {
        text.push_str(WORDS[random.below(WORDS.len())]);
    }
    text.push_str(CLOSINGS[random.below(CLOSINGS.len())]);
    text
}

static OPENINGS: &[&str] = &[
    "Rules = [ A ",
    "Rules = [ A ",
    "Rules = [ A ",
    "Rules = [ A \"a\" ",
    "Rules = [ A > ",
    "Rules = [ A > 5",
    "Rules = [ A between 1 ",
    "Rules = [ (A) ",
    "Rules = [ A in [",
    "Rules = [ A \"a\" with ",
    "Analyzers = [ ",
    "x = ",
    "rules = ",
    "RULES = [",
    "metadata : ",
    "DefaultLabels = [",
    "labels = [",
    "",
    "Rules = [A > f(",
];

static CLOSINGS: &[&str] = &["]", "]", " > 5]", "\"b\"]", ", B]", ")]", "", "and B]", "} Rules = []"];

/// What a token is by what stands around it.
static WORDS: &[&str] = &[
    " and ",
    " And ",
    " of ",
    " Of ",
    " or ",
    " Or ",
    " OR ",
    " not ",
    " Not ",
    " in ",
    " In ",
    " between ",
    " Between ",
    " matches ",
    " Matches ",
    " where ",
    " WHERE ",
    " with ",
    " With ",
    " labels ",
    " Labels ",
    " threshold ",
    " now() ",
    " null ",
    " Null ",
    " EMPTY ",
    " rules ",
    " RULES ",
    " metadata ",
    " Rules ",
    " bins ",
    ", bins = 20 ",
    ", rebin = false",
    " Days ",
    " days ",
    " 5 days ",
    " 5 bytes ",
    " 5 KB ",
    " 5% ",
    " 1e3 ",
    " 1e-3 ",
    " 1e-3x ",
    " .5 ",
    " 5. ",
    " - 5 ",
    " +5 ",
    " a ",
    " größe ",
    " 5ä ",
    " x.y ",
    " 12 ",
    " 1.5 ",
    " $a ",
    " ${a} ",
    " \"a\" ",
    " 'a' ",
    " `a` ",
    " “a” ",
    " \"a\\\"b\" ",
    " && ",
    " || ",
    " == ",
    " = = ",
    " != ",
    " ! = ",
    " <> ",
    " => ",
    " =< ",
    " >= ",
    " > = ",
    " : ",
    " = ",
    " ; ",
    ",",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "*",
    "/",
    "+",
    "-",
    "%",
    "$",
    "\"",
    "'",
    "\\",
    "!",
    "&",
    "|",
    " # c\n",
    " -- c\n",
    " // c\n",
    " /* c */ ",
    "\r\n",
    "\u{a0}",
    "\u{200b}",
    " between 1 and 2 ",
    " with threshold > 0.5 ",
    " labels = [\"a\" = b] ",
    " where \"x\" ",
    " avg(last(3), 1) ",
    " (A > 1) ",
];

/// Some words with letters of the other case.
fn in_other_cases(text: &str, random: &mut Random) -> String {
    let tokens = tokens(text);
    let change = |token: &&str| match random.below(8) {
        0 => token.to_uppercase(),
        1 => token.to_lowercase(),
        2 => {
            let mut letters = token.chars();
            letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
        }
        _ => (*token).to_owned(),
    };
    tokens.iter().map(change).collect()
}

/// Words, strings, blanks, other characters.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let run = |is: fn(char) -> bool| rest.find(|c| !is(c)).unwrap_or(rest.len());
        let length = match first {
            '"' => rest[1..].find('"').map_or(rest.len(), |at| at + 2),
            '#' => rest.find('\n').unwrap_or(rest.len()),
            c if is_word(c) => run(is_word),
            c if c.is_whitespace() => run(char::is_whitespace),
            c => c.len_utf8(),
        };
        let (token, behind) = rest.split_at(length);
        tokens.push(token);
        rest = behind;
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '.'
}
