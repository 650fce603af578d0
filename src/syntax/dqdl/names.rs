//! The user's word for each rule of the grammar: what a message may say is expected.

use super::grammar::Rule;

/// The words for a list of what would have fitted, each once, in a fixed order.
pub(super) fn expected(rules: &[Rule]) -> Vec<&'static str> {
    // Where a composite could go on, the name that is expected is that of a rule type.
    if rules.contains(&Rule::group) {
        return vec!["a rule"];
    }
    let mut names: Vec<_> = rules.iter().filter_map(|wanted| name(*wanted)).collect();
    names.sort_by_key(|(rank, _)| *rank);
    let mut words: Vec<_> = names.into_iter().map(|(_, word)| word).collect();
    words.dedup();
    words
}

/// The word and its rank in a list; `None` for what only the grammar has a name for.
fn name(wanted: Rule) -> Option<(u8, &'static str)> {
    let named = match wanted {
        Rule::rule | Rule::rule_type | Rule::any_of | Rule::all_of => (0, "a rule type"),
        Rule::group => (1, "`(`"),
        Rule::parameter | Rule::column => (2, "a column"),
        Rule::condition | Rule::comparison | Rule::comparison_sign | Rule::between | Rule::within | Rule::matches => {
            (3, "a condition")
        }
        Rule::operand | Rule::constant_text | Rule::parenthesized | Rule::word | Rule::now => (4, "a value"),
        Rule::number | Rule::number_word => (5, "a number"),
        Rule::string | Rule::label_text => (6, "a text in double quotes"),
        Rule::keyword => (7, "`NULL`"),
        Rule::variable => (8, "a constant (`$name`)"),
        Rule::identifier => (9, "a name"),
        Rule::between_word => (10, "`between`"),
        Rule::in_word => (11, "`in`"),
        Rule::matches_word => (12, "`matches`"),
        Rule::list | Rule::round_list | Rule::constant_list | Rule::text_list => (13, "a list in `[` and `]`"),
        Rule::label_list => (14, "a list of labels: `[\"key\"=\"value\"]`"),
        Rule::label | Rule::label_word => (15, "a label: `\"key\"=\"value\"`"),
        Rule::dictionary => (16, "entries in `{` and `}`"),
        Rule::pair => (17, "an entry: `\"key\": \"value\"`"),
        Rule::rule_list => (18, "a list in `[` and `]`"),
        Rule::equals => (19, "`=`"),
        Rule::colon => (20, "`:`"),
        Rule::tag_name | Rule::repeated_tag => (21, "the name of a tag"),
        Rule::tag_list => (22, "`=`"),
        Rule::and_word => (23, "`and`"),
        Rule::or_word => (24, "`or`"),
        Rule::where_word | Rule::filter => (25, "`where`"),
        Rule::labels_word | Rule::labels => (26, "`labels`"),
        Rule::with_word | Rule::tag => (27, "`with`"),
        Rule::comma | Rule::separator => (28, "`,`"),
        Rule::document
        | Rule::constant
        | Rule::metadata
        | Rule::data_sources
        | Rule::default_labels
        | Rule::rules
        | Rule::analyzers
        | Rule::rules_word
        | Rule::analyzers_word
        | Rule::metadata_word
        | Rule::data_sources_word
        | Rule::default_labels_word => (29, "a section"),
        Rule::arguments => (30, "`(`"),
        Rule::EOI => (31, "the next rule"),
        // What may always follow says nothing about the fault; the rest is never tried by name.
        Rule::connector
        | Rule::not_word
        | Rule::arithmetic_sign
        | Rule::sign
        | Rule::unit
        | Rule::trailing_comma
        | Rule::lone_rule
        | Rule::lone_part
        | Rule::WHITESPACE
        | Rule::COMMENT
        | Rule::part
        | Rule::term
        | Rule::word_char
        | Rule::reserved
        | Rule::clause_ahead
        | Rule::known_unit
        | Rule::reserved_after_number => return None,
    };
    Some(named)
}
