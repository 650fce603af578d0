use proptest::prelude::*;

use super::super::MAX_DEPTH;
use super::*;

/// Formats, and asserts that formatting again changes nothing.
fn layout(text: &str) -> String {
    let once = format(text).unwrap_or_else(|refusal| panic!("{refusal:?}\n{text}"));
    assert_eq!(format(&once).as_deref(), Ok(once.as_str()), "not stable, from\n{text}");
    once
}

fn check(text: &str, expected: &str) {
    assert_eq!(layout(text), expected, "from\n{text}");
}

#[test]
fn indentation_and_blanks_are_set_anew() {
    check("a:   1\nb:\n    c:  x  y \n    d : 2\n", "a: 1\nb:\n  c: x  y\n  d: 2\n");
    check("a:\n- 1\n-   b: 2\n    c: 3\n-\n  - 4\n  -   - 5\n", "a:\n  - 1\n  - b: 2\n    c: 3\n  - - 4\n    - - 5\n");
    check("a:\n  1\nb: \n  'x'\n", "a: 1\nb: 'x'\n");
    check("a: 1", "a: 1\n");
    check("a: 1   \n\n\n", "a: 1\n");
    check("\u{feff}a: 1\r\nb: 2\r\n", "a: 1\nb: 2\n");
    check("", "");
    check("  \n\n", "");
    check("- 'a'\n- \"b\"\n- c\n", "- 'a'\n- \"b\"\n- c\n");
}

#[test]
fn blank_lines_stay_one_at_a_time() {
    check("\n\na: 1\n\n\n\nb:\n\n  c: 1\n\n\n  # d\n\n  e: 2\n", "a: 1\n\nb:\n\n  c: 1\n\n  # d\n\n  e: 2\n");
    check("- \n\n  a: 1\n\n  b: 2\n", "- a: 1\n\n  b: 2\n");
}

#[test]
fn comments_stay_with_what_they_are_about() {
    check("# top\n\n# a\na: 1    # beside\n", "# top\n\n# a\na: 1 # beside\n");
    check(
        "a:   # of a\n    # of b\n    b: 1\n    # after b\n# of c\nc: 2\n",
        "a: # of a\n  # of b\n  b: 1\n  # after b\n# of c\nc: 2\n",
    );
    check("a:\n- 1\n# x\n- 2\n# of b\nb: 1\n", "a:\n  - 1\n  # x\n  - 2\n# of b\nb: 1\n");
    check(
        "a:\n   - b: 1\n     # in the map\n   # in the list\n# at the end\n",
        "a:\n  - b: 1\n    # in the map\n  # in the list\n# at the end\n",
    );
    check("a:\n    # b: 1\n    # c: 2\nd: 1\n", "a:\n  # b: 1\n  # c: 2\nd: 1\n");
    check("-   # x\n  a: 1\n-\n  # y\n  b: 1\n", "- # x\n  a: 1\n-\n  # y\n  b: 1\n");
    check("# nothing else\n\n\n", "# nothing else\n");
    check("#!not-a-directive\n#a\na: b#c\n", "#!not-a-directive\n#a\na: b#c\n");
}

#[test]
fn a_comment_without_a_place_goes_before_its_entry() {
    check("a: # one\n  # two\n  1 # three\n", "# one\n# two\na: 1 # three\n");
    check("? a # one\n# two\n: 1\n", "# one\n# two\na: 1\n");
    check("a: &x # one\n  b: 1\n", "a: &x # one\n  b: 1\n");
    check("a: # one\n  &x # two\n  b: 1\n", "# two\na: &x # one\n  b: 1\n");
}

#[test]
fn flow_collections_stand_in_a_line_if_they_fit() {
    check("a: {b: 1,c: [x,y , z ,],}\n", "a: { b: 1, c: [x, y, z] }\n");
    check("a: [\n  1,\n  2\n]\nb: {\n}\nc: [ ]\n", "a: [1, 2]\nb: {}\nc: []\n");
    check("a: {\"b\":1, c, d: , ? e : f}\n", "a: { \"b\": 1, c, d: , e: f }\n");
    check("a: [b: 1, {c: 2}]\n", "a: [b: 1, { c: 2 }]\n");
    check("- {a: 1}\n", "- { a: 1 }\n");
    check("{a: 1}\n", "{ a: 1 }\n");
}

#[test]
fn flow_collections_are_broken_if_they_are_too_long_or_hold_comments() {
    let word = "w".repeat(50);
    check(
        &format!("a: [{word}, {{b: {word}, c: d}}, {word}]\n"),
        &format!("a:\n  [\n    {word},\n    {{ b: {word}, c: d }},\n    {word},\n  ]\n"),
    );
    check(
        &format!("- {{a: {word}, b: {word}, c: {word}}}\n"),
        &format!("- {{\n    a: {word},\n    b: {word},\n    c: {word},\n  }}\n"),
    );
    check(
        "a: [ # first\n 1, # one\n\n # two\n 2 # end\n # last\n] # after\n",
        "a:\n  [\n    # first\n    1, # one\n\n    # two\n    2, # end\n    # last\n  ] # after\n",
    );
    check(
        &format!("a: {{b: [{word}, {word}, {word}]}}\n"),
        &format!("a:\n  {{\n    b: [\n      {word},\n      {word},\n      {word},\n    ],\n  }}\n"),
    );
    check("a: [one\n  two, 'three\n\n  four']\n", "a:\n  [\n    one\n      two,\n    'three\n\n      four',\n  ]\n");
}

#[test]
fn a_line_is_full_at_its_width() {
    for (length, broken) in [(WIDTH - "a: [, b]".len(), false), (WIDTH - "a: [, b]".len() + 1, true)] {
        let out = layout(&format!("a: [{}, b]\n", "x".repeat(length)));
        assert_eq!(out.lines().count() > 1, broken, "{out}");
    }
}

#[test]
fn block_scalars_keep_their_lines() {
    check("a: |\n      one\n        two\n\n      three  \n\n\nb: 1\n", "a: |\n  one\n    two\n\n  three  \n\nb: 1\n");
    check("a: |-   # c\n one\nb: >+\n two\n\n\nc: 1\n", "a: |- # c\n  one\nb: >+\n  two\n\n\nc: 1\n");
    check("a:\n- |\n one\n- x: >\n     two\n      three\n", "a:\n  - |\n    one\n  - x: >\n      two\n       three\n");
    check("a: |4\n      one\n    two\n", "a: |2\n    one\n  two\n");
    check("a: |\nb: |+\n\n\nc: 1\n", "a: |\nb: |+\n\n\nc: 1\n");
    check("a: |\n  # no comment\n # a comment\nb: 1\n", "a: |\n  # no comment\n# a comment\nb: 1\n");
    check("--- |\n text\n", "---\n|\n  text\n");
}

#[test]
fn scalars_of_several_lines_are_indented_anew() {
    check("a: one\n      two\n\n      three\nb: 1\n", "a: one\n  two\n\n  three\nb: 1\n");
    check("a:\n    one\n    two\n", "a:\n  one\n  two\n");
    check("- \"one  \n     two \\\n   three\"\n", "- \"one\n  two \\\n  three\"\n");
    check("- 'one\n\n\n  two '\n", "- 'one\n\n\n  two '\n");
}

#[test]
fn anchors_tags_and_aliases_survive() {
    check("a:   &x   1\nb:  *x\nc: &y\n    d: 1\ne: {<<: *y}\n", "a: &x 1\nb: *x\nc: &y\n  d: 1\ne: { <<: *y }\n");
    check("a: !!str   1\nb: !t  &z {c: 1}\nd: &e\nf: !g [1]\n", "a: !!str 1\nb: !t &z { c: 1 }\nd: &e\nf: !g [1]\n");
    check("- &a\n  b: 1\n- &c d: 1\n- !m\n  - 1\n", "- &a\n  b: 1\n- &c d: 1\n- !m\n  - 1\n");
    check("a: &k x\n*k : 1\n{*k : 2}: 3\n", "a: &k x\n*k : 1\n{ *k : 2 }: 3\n");
    check("&root\na: 1\n", "&root\na: 1\n");
    check("a: *nowhere\n", "a: *nowhere\n");
}

#[test]
fn keys_with_a_question_mark_lose_it_where_they_can() {
    check("? a\n: 1\n? b\n", "a: 1\nb:\n");
    check("? |\n  a\n: - 1\n", "? |\n  a\n: - 1\n");
    check("? - a\n  - b\n: c: 1\n  d: 2\n", "? - a\n  - b\n: c: 1\n  d: 2\n");
}

#[test]
fn documents_and_directives_stay() {
    check("%YAML 1.2\n# c\n--- # d\na: 1\n...\n# e\n---\nb: 2\n", "%YAML 1.2\n# c\n--- # d\na: 1\n...\n# e\n---\nb: 2\n");
    check("---\n---\n- 1\n", "---\n---\n- 1\n");
}

#[test]
fn what_the_reader_of_specs_can_nest_is_laid_out() {
    layout(&std::format!("a: {}{}\n", "[".repeat(MAX_DEPTH - 1), "]".repeat(MAX_DEPTH - 1)));
    let keys = (0..MAX_DEPTH - 1).fold(String::new(), |text, level| text + &" ".repeat(level) + "k:\n");
    layout(&keys);
    layout(&"- ".repeat(MAX_DEPTH - 1));
}

#[test]
fn what_is_no_yaml_is_refused() {
    for text in ["a: [", "a: 'x", "a: b: c", "a:\n\tb: 1", "a: 1\n b: 2", "[".repeat(300).as_str()] {
        assert_eq!(format(text), Err(Unformatted::Faulty), "{text}");
    }
}

/// Documents of every kind, told by bytes: each decides one thing, and nothing is left to decide without them.
struct Writer<'b> {
    bytes: std::slice::Iter<'b, u8>,
    out: String,
    anchors: usize,
    keys: usize,
}

fn document(bytes: &[u8]) -> String {
    let mut writer = Writer { bytes: bytes.iter(), out: String::new(), anchors: 0, keys: 0 };
    if writer.pick(4) == 3 {
        writer.out.push_str("---\n");
    }
    writer.collection(0, 0, true);
    writer.noise(true);
    if writer.pick(6) == 5 {
        writer.out.push_str("...\n");
    }
    writer.out
}

impl Writer<'_> {
    /// One of `0..count`, 0 when the bytes are used up.
    fn pick(&mut self, count: u8) -> u8 {
        self.bytes.next().map_or(0, |byte| byte % count)
    }

    fn one_of(&mut self, texts: &[&'static str]) -> &'static str {
        let count = u8::try_from(texts.len()).unwrap();
        texts[usize::from(self.pick(count))]
    }

    fn write_one_of(&mut self, texts: &[&'static str]) {
        let text = self.one_of(texts);
        self.out.push_str(text);
    }

    fn pad(&mut self, blanks: usize) {
        self.out.extend(std::iter::repeat_n(' ', blanks));
    }

    fn words(&mut self) -> &'static str {
        self.one_of(&["a", "one two", "7", "null", "x:y", "a#b", "-1.5", "é ü", "it's", "a-b_c", "http://x/y?z"])
    }

    /// Blank lines and comments between entries.
    fn noise(&mut self, alone: bool) {
        for _ in 0..self.pick(3) {
            match self.pick(4) {
                0 => self.out.push('\n'),
                1 => self.out.push_str("   \n"),
                _ if alone => {
                    let column = usize::from(self.pick(9));
                    self.pad(column);
                    self.comment();
                    self.out.push('\n');
                }
                _ => {}
            }
        }
    }

    fn comment(&mut self) {
        self.write_one_of(&["# c", "#", "#d", "#   e: [", "# 'f", "## g  "]);
    }

    fn end_line(&mut self) {
        match self.pick(4) {
            2 => self.out.push_str("  "),
            3 => {
                let blanks = 1 + usize::from(self.pick(3));
                self.pad(blanks);
                self.comment();
            }
            _ => {}
        }
        self.out.push('\n');
    }

    fn properties(&mut self) {
        match self.pick(9) {
            6 => {
                self.anchors += 1;
                self.out.push_str(&std::format!(" &a{}", self.anchors));
            }
            7 => self.out.push_str("  !t"),
            8 => {
                self.anchors += 1;
                self.out.push_str(&std::format!(" !u  &a{}", self.anchors));
            }
            _ => {}
        }
    }

    /// A block collection whose items stand in `column`; the first one is padded unless it goes on in a line.
    fn collection(&mut self, column: usize, depth: usize, padded: bool) {
        let is_list = self.pick(2) == 1;
        let count = 1 + self.pick(3);
        for number in 0..count {
            if number > 0 || padded {
                self.noise(true);
                self.pad(column);
            }
            if is_list {
                self.out.push('-');
            } else {
                self.key(column);
            }
            self.value(column, depth, is_list);
        }
    }

    fn key(&mut self, column: usize) {
        self.keys += 1;
        let key = self.keys;
        match self.pick(8) {
            4 => self.out.push_str(&std::format!("'k {key}' :")),
            5 => self.out.push_str(&std::format!("\"k{key}\":")),
            6 => {
                self.out.push_str(&std::format!("?  k{key}"));
                self.end_line();
                self.noise(true);
                self.pad(column);
                self.out.push(':');
            }
            _ => self.out.push_str(&std::format!("k{key}:")),
        }
    }

    fn value(&mut self, column: usize, depth: usize, in_list: bool) {
        let step = 1 + usize::from(self.pick(5));
        let kind = self.pick(12);
        match kind {
            0 => self.end_line(),
            8 | 9 if depth < 4 => {
                self.properties();
                self.end_line();
                self.collection(column + step, depth + 1, true);
            }
            10 if depth < 4 && in_list => {
                self.pad(step);
                self.collection(column + 1 + step, depth + 1, false);
            }
            11 if self.anchors > 0 => {
                self.out.push_str(&std::format!(" *a{}", self.anchors));
                self.end_line();
            }
            5 | 6 => self.block_scalar(column, step),
            _ => {
                self.properties();
                if self.pick(5) == 4 {
                    self.end_line();
                    self.noise(true);
                    self.pad(column + step);
                } else {
                    self.pad(1 + step / 2);
                }
                if kind > 6 {
                    self.flow(column + step, depth);
                } else {
                    self.word(column + step, false);
                }
                self.end_line();
            }
        }
    }

    fn word(&mut self, column: usize, in_flow: bool) {
        let first = self.words();
        let quote = self.one_of(&["", "", "'", "\""]);
        let (first, second) = match quote {
            "" => (first, "go on"),
            "'" => ("it''s  ", "  go: # on "),
            _ => ("a\\tb \\\" \\ ", "  go: # on \\n "),
        };
        self.out.push_str(quote);
        self.out.push_str(first);
        if self.pick(5) == 4 && !(in_flow && quote.is_empty()) {
            for _ in 0..=self.pick(2) {
                self.write_one_of(&["\n", "  \n"]);
            }
            self.pad(column.max(1));
            self.out.push_str(second);
        }
        self.out.push_str(quote);
    }

    fn block_scalar(&mut self, column: usize, step: usize) {
        self.properties();
        self.write_one_of(&[" |", " >", "  |-", " >-", " |+", " >+"]);
        let explicit = self.pick(4) == 3;
        if explicit {
            self.out.push_str(&step.to_string());
        }
        self.end_line();
        for number in 0..self.pick(5) {
            let line = self.one_of(&["text", "  deeper", "", "# no comment", "- a  ", "\ttab", "   "]);
            let line = if number == 0 && !explicit { line.trim() } else { line };
            if !line.is_empty() {
                self.pad(column + step);
            }
            self.out.push_str(line);
            self.out.push('\n');
        }
    }

    fn flow(&mut self, column: usize, depth: usize) {
        let is_map = self.pick(2) == 1;
        self.out.push(if is_map { '{' } else { '[' });
        let count = self.pick(4);
        for number in 0..count {
            self.flow_gap(column);
            if is_map {
                self.keys += 1;
                let key = self.keys;
                self.out.push_str(&std::format!("k{key}:"));
                self.flow_gap(column);
                self.out.push(' ');
            }
            match self.pick(4) {
                3 if depth < 4 => self.flow(column, depth + 1),
                2 if is_map => {}
                _ => self.word(column, true),
            }
            self.flow_gap(column);
            if number + 1 < count || self.pick(3) == 2 {
                self.out.push(',');
            }
        }
        self.flow_gap(column);
        self.out.push(if is_map { '}' } else { ']' });
    }

    fn flow_gap(&mut self, column: usize) {
        match self.pick(8) {
            5 => self.out.push_str("  "),
            6 => {
                self.out.push('\n');
                self.pad(column.max(1));
            }
            7 => {
                self.out.push(' ');
                self.comment();
                self.out.push('\n');
                self.pad(column.max(1));
            }
            _ => {}
        }
    }
}

/// The comments of a text, sorted.
fn comments_of(text: &str) -> Vec<String> {
    let events = events(text).unwrap();
    let tokens = lex::lex(text, &events).unwrap();
    let mut comments: Vec<_> = same::texts(text, &lex::comments(&tokens)).iter().map(|text| (*text).to_owned()).collect();
    comments.sort();
    comments
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_document_keeps_its_meaning(bytes in proptest::collection::vec(any::<u8>(), 0..160)) {
        let text = document(&bytes);
        // Some of what is written so is no YAML: a folded text that begins with a tab, say.
        prop_assume!(events(&text).is_some());
        let once = format(&text);
        prop_assert!(once.is_ok(), "{once:?} for\n{text}");
        let once = once.unwrap();
        prop_assert_eq!(&format(&once), &Ok(once.clone()), "not stable:\n{}\n{}", text, once);
        prop_assert_eq!(comments_of(&text), comments_of(&once));
        // Another reader, where it reads the text at all.
        if let Ok(before) = serde_yaml::from_str::<serde_yaml::Value>(&text) {
            prop_assert_eq!(serde_yaml::from_str(&once).ok(), Some(before), "{}\n{}", text, once);
        }
    }

    #[test]
    fn any_text_is_laid_out_or_refused(text in "[ \n\ta-c:\\-?,\\[\\]{}\"'|>&*!%@`#\\\\~0-9é\u{feff}\r<]{0,60}") {
        if let Ok(once) = format(&text) {
            prop_assert_eq!(&format(&once), &Ok(once.clone()), "not stable:\n{}\n{}", text, once);
        }
    }

    #[test]
    fn any_unicode_is_laid_out_or_refused(text in any::<String>()) {
        let _ = format(&text);
    }
}
