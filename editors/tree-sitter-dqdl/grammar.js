/**
 * @file DQDL, AWS Glue's Data Quality Definition Language, for editors
 * @license Apache-2.0
 *
 * The same language as `grammar/dqdl.pest` of glue-compile, rule for rule and in its order; `tests/tree_sitter` of that
 * repository holds the two together. What a word is depends there on what follows it, so `src/scanner.c` reads all words.
 */

/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

// A letter that ASCII does not have; the scanner leaves words with one of these to the patterns below.
const LETTER = '[\\p{L}--[A-Za-z]]';
const NAME = `[A-Za-z0-9_.]*${LETTER}[A-Za-z0-9_.\\p{L}]*`;

export default grammar({
  name: 'dqdl',

  // In the order of `enum TokenType` of the scanner.
  externals: $ => [
    $.comment,
    $._string_text,
    $._name_word,
    $._number_word,
    $.unit,
    $._label_word,
    $.keyword,
    $.now,
    $._metadata_word,
    $._data_sources_word,
    $._default_labels_word,
    $._rules_word,
    $._analyzers_word,
    $.connector,
    $._and_word,
    $._or_word,
    $._not_word,
    $._between_word,
    $._in_word,
    $._matches_word,
    $._where_word,
    $._labels_word,
    $._with_word,
    $._tag_comma,
    $._repeated_tag,
    $._subtraction,
    $._colon,
    $._recovery,
  ],

  // All that is white and all that cannot be seen.
  extras: $ => [
    /[\t-\r \u0085\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f\u2060\u3000\ufeff]/,
    $.comment,
  ],

  supertypes: $ => [$.condition],

  rules: {
    source_file: $ => repeat($._part),

    // ── Parts of a document ──

    _part: $ => choice($.constant, $.metadata, $.data_sources, $.default_labels, $.rules, $.analyzers),

    metadata: $ => seq(alias($._metadata_word, 'Metadata'), equals($), $.dictionary),
    data_sources: $ => seq(alias($._data_sources_word, 'DataSources'), equals($), $.dictionary),
    default_labels: $ => seq(alias($._default_labels_word, 'DefaultLabels'), equals($), $.label_list),
    rules: $ => seq(alias($._rules_word, 'Rules'), equals($), $.rule_list),
    analyzers: $ => seq(alias($._analyzers_word, 'Analyzers'), equals($), $.rule_list),

    constant: $ => seq(
      field('name', $.identifier),
      equals($),
      field('value', choice($.constant_list, $._constant_text)),
    ),
    constant_list: $ => seq('[', listed($._constant_text), ']'),
    _constant_text: $ => choice($.string, $.keyword, $.variable, $.number),

    dictionary: $ => seq('{', optional(listed($.pair)), '}'),
    pair: $ => seq(
      field('key', $.string),
      choice(colon($), '='),
      field('value', choice($.string, $.text_list, $.number)),
    ),
    text_list: $ => seq('[', optional(listed($.string)), ']'),

    rule_list: $ => seq('[', optional(listed($._any_of, choice(',', ';'))), ']'),

    // ── Rules ──

    _any_of: $ => choice($._all_of, $.any_of),
    any_of: $ => seq($._all_of, repeat1(seq(or($), $._all_of))),

    _all_of: $ => choice($._one, $.all_of),
    all_of: $ => seq($._one, repeat1(seq(and($), $._one))),

    _one: $ => choice($.group, $.rule),
    group: $ => seq('(', $._any_of, ')', optional($.labels)),

    rule: $ => seq(
      field('type', $.rule_type),
      repeat($._parameter),
      optional(field('condition', $.condition)),
      repeat(choice($.filter, $.labels, $.tag)),
    ),
    rule_type: $ => $._name,

    _parameter: $ => seq(optional($.connector), field('parameter', choice($.string, $.variable, $.column))),
    column: $ => $._name,

    filter: $ => seq(alias($._where_word, 'where'), $.string),
    labels: $ => seq(alias($._labels_word, 'labels'), equals($), $.label_list),
    tag: $ => seq(
      choice(
        seq(alias($._with_word, 'with'), field('name', $.tag_name)),
        seq(alias($._tag_comma, ','), field('name', alias($._repeated_tag, $.tag_name))),
      ),
      field('value', choice($.tag_list, $.condition)),
    ),
    tag_name: $ => $._name,
    tag_list: $ => seq(equals($), $.list),

    label_list: $ => seq('[', optional(listed($.label)), ']'),
    label: $ => seq(field('key', $._label_text), equals($), field('value', $._label_text)),
    _label_text: $ => choice($.string, $.number, $.label_word),
    label_word: $ => choice($._label_word, $._word_beyond_ascii),

    // ── Conditions ──

    condition: $ => choice($.between, $.within, $.matches, $.comparison),

    between: $ => seq(
      optional(not($)),
      alias($._between_word, 'between'),
      field('low', $._operand),
      and($),
      field('high', $._operand),
    ),
    within: $ => seq(optional(not($)), alias($._in_word, 'in'), choice($.list, $.round_list, $.variable)),
    matches: $ => seq(optional(not($)), alias($._matches_word, 'matches'), $._operand),
    comparison: $ => seq($.comparison_sign, $._operand),

    // Blanks may stand inside: `> =`.
    comparison_sign: _ => choice(
      seq('!', choice('=', '==', seq('=', '='))),
      seq('<', optional(choice('>', '='))),
      seq('>', optional('=')),
      seq('=', optional(choice('>', '<', '='))),
      '==',
    ),

    list: $ => seq('[', optional(listed($._operand)), ']'),
    round_list: $ => seq('(', optional(listed($._operand)), ')'),

    // ── Operands ──

    _operand: $ => choice($._term, $.arithmetic),
    arithmetic: $ => seq($._term, repeat1(seq($.arithmetic_sign, $._term))),
    _term: $ => choice($.parenthesized, $.now, $.string, $.number, $.keyword, $.variable, $.word, $.function_call),

    parenthesized: $ => seq('(', $._operand, ')'),
    word: $ => $._name,
    function_call: $ => seq(field('name', $.identifier), $.arguments),
    arguments: $ => seq('(', optional(listed($._operand)), ')'),
    arithmetic_sign: $ => choice('+', '-', alias($._subtraction, '-'), '*', '/'),

    number: $ => seq(
      optional(choice('-', '+')),
      choice($._number_word, $._number_beyond_ascii),
      optional($.unit),
    ),

    variable: $ => seq('$', choice($.identifier, seq('{', $.identifier, '}'))),

    // ── Words ──

    identifier: $ => $._name,
    _name: $ => choice($._name_word, $._word_beyond_ascii),
    _word_beyond_ascii: _ => token(new RustRegex(NAME)),
    // What begins with a digit is a number where one may stand, a name elsewhere.
    _number_beyond_ascii: _ => token(prec(1, new RustRegex(`[0-9]${NAME}%?|\\.[0-9]${NAME}%?`))),

    string: $ => choice(
      seq('"', optional($.string_content), '"'),
      // Not DQDL's, but plainly meant.
      /'[^'\n]*'/,
      /`[^`\n]*`/,
      /[“”„‟«»][^”“‟«»"\n]*[”“‟«»"]/,
      /[‘’‚‛][^’‘‛\n]*[’‘‛]/,
    ),
    string_content: $ => repeat1(choice($._string_text, $.escape_sequence)),
    escape_sequence: _ => token.immediate(/\\(.|\n)/),
  },
});

/** One and more, a comma too many at the end. */
function listed(item, separator = ',') {
  return seq(item, repeat(seq(separator, item)), optional(','));
}

function equals($) {
  return choice('==', '=', colon($));
}

function colon($) {
  return alias($._colon, ':');
}

function and($) {
  return choice(alias($._and_word, 'and'), '&&');
}

function or($) {
  return choice(alias($._or_word, 'or'), '||');
}

function not($) {
  return alias($._not_word, 'not');
}
