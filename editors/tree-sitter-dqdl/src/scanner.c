// The words of DQDL, its comments and what stands in its strings.
//
// A word is a keyword or a name by what follows it: `Between` is a column in `IsUnique Between` and an operator in
// `ColumnValues a Between 1 and 2`. So words are read here, with as much of the text behind them as it takes. Each
// decision is an order of alternatives or a look-ahead of `grammar/dqdl.pest`; its name is given there.
// Nothing is remembered from one token to the next.

#include "tree_sitter/parser.h"

#include <string.h>

// In the order of `externals` in `grammar.js`.
enum TokenType {
    COMMENT,
    STRING_TEXT,
    NAME,
    NUMBER,
    UNIT,
    LABEL_WORD,
    KEYWORD,
    NOW,
    METADATA,
    DATA_SOURCES,
    DEFAULT_LABELS,
    RULES,
    ANALYZERS,
    CONNECTOR,
    AND,
    OR,
    NOT,
    BETWEEN,
    IN,
    MATCHES,
    WHERE,
    LABELS,
    WITH,
    TAG_COMMA,
    REPEATED_TAG,
    SUBTRACTION,
    COLON,
    // In no rule: it is asked for only where the parser looks for a way out of an error.
    RECOVERY,
};

// ── Characters ──────────────────────────────────────────────────────────────────────────────────────────────────────

static bool is_digit(int32_t c) { return c >= '0' && c <= '9'; }
static bool is_lower(int32_t c) { return c >= 'a' && c <= 'z'; }
static bool is_upper(int32_t c) { return c >= 'A' && c <= 'Z'; }

static bool is_blank(int32_t c) {
    switch (c) {
        case '\t': case '\n': case '\v': case '\f': case '\r': case ' ': case 0x85: case 0xa0: case 0x1680:
        case 0x202f: case 0x205f: case 0x2060: case 0x3000: case 0xfeff:
            return true;
        default:
            return c >= 0x2000 && c <= 0x202e && !(c >= 0x2010 && c <= 0x2027);
    }
}

// DQDL's quote and those that are meant to be it.
static bool is_quote(int32_t c) {
    switch (c) {
        case '"': case '\'': case '`': case 0x201c: case 0x201d: case 0x201e: case 0x201f: case 0xab: case 0xbb:
        case 0x2018: case 0x2019: case 0x201a: case 0x201b:
            return true;
        default:
            return false;
    }
}

static bool closes(int32_t open, int32_t c) {
    switch (open) {
        case '\'': case '`':
            return c == open;
        case 0x2018: case 0x2019: case 0x201a: case 0x201b:
            return c == 0x2018 || c == 0x2019 || c == 0x201b;
        default:
            return c == 0x201c || c == 0x201d || c == 0x201f || c == 0xab || c == 0xbb || c == '"';
    }
}

// Which of the characters beyond ASCII are letters only the patterns of the grammar know. Whatever is none is an error
// there, so that it does not matter what is made of it here.
static bool is_beyond_ascii(int32_t c) { return c >= 0x80 && !is_blank(c) && !is_quote(c); }

static bool is_word_char(int32_t c) {
    return is_lower(c) || is_upper(c) || is_digit(c) || c == '_' || c == '.' || is_beyond_ascii(c);
}

// ── Words ───────────────────────────────────────────────────────────────────────────────────────────────────────────

// How far a word is the number of `number_word`'s first alternative.
typedef enum { NOTHING_YET, DIGITS, POINT, DECIMALS, EXPONENT, NO_NUMBER } Progress;

// No keyword is longer than this.
#define KEPT 24

typedef struct {
    char text[KEPT + 1];
    unsigned length;
    bool is_kept;
    bool is_ascii;
    bool all_lower;
    bool all_upper;
    bool begins_number;
    Progress progress;
} Word;

static Progress progress_with(Progress progress, int32_t c) {
    switch (progress) {
        case NOTHING_YET:
            return is_digit(c) ? DIGITS : NO_NUMBER;
        case DIGITS:
            return is_digit(c) ? DIGITS : c == '.' ? POINT : c == 'e' || c == 'E' ? EXPONENT : NO_NUMBER;
        case POINT: case DECIMALS:
            return is_digit(c) ? DECIMALS : c == 'e' || c == 'E' ? EXPONENT : NO_NUMBER;
        default:
            return NO_NUMBER;
    }
}

static void word_begin(Word *word) {
    *word = (Word){.is_kept = true, .is_ascii = true, .all_lower = true, .all_upper = true, .progress = NOTHING_YET};
}

static void word_push(Word *word, int32_t c) {
    if (word->length == 0) word->begins_number = is_digit(c);
    if (word->length == 1 && word->text[0] == '.') word->begins_number = is_digit(c);
    word->is_ascii &= !is_beyond_ascii(c);
    word->all_lower &= is_lower(c);
    word->all_upper &= is_upper(c);
    word->progress = progress_with(word->progress, c);
    if (word->length < KEPT && c < 0x80) {
        word->text[word->length] = (char)c;
        word->text[word->length + 1] = '\0';
    } else {
        word->is_kept = false;
    }
    word->length++;
}

static bool is_exactly(const Word *word, const char *text) { return word->is_kept && strcmp(word->text, text) == 0; }

// Whether the word begins with the text, in any case.
static bool begins_with(const Word *word, const char *text) {
    unsigned at = 0;
    for (; text[at]; at++) {
        int32_t c = at < word->length && at < KEPT ? word->text[at] : 0;
        if (is_upper(c)) c += 'a' - 'A';
        if (c != text[at]) return false;
    }
    return true;
}

static bool is_in_any_case(const Word *word, const char *text) {
    return word->is_kept && word->length == strlen(text) && begins_with(word, text);
}

// `reserved`
static bool is_reserved(const Word *word) {
    static const char *const WORDS[] = {
        "and", "AND", "or", "OR", "of", "OF", "null", "NULL", "empty", "EMPTY", "whitespaces_only", "WHITESPACES_ONLY",
        "between", "in", "not", "matches", "where", "with", "labels", "days", "hours", "minutes",
        "B", "KB", "MB", "GB", "TB",
        "Rules", "Analyzers", "Metadata", "DataSources", "DefaultLabels",
    };
    for (unsigned at = 0; at < sizeof WORDS / sizeof WORDS[0]; at++) {
        if (is_exactly(word, WORDS[at])) return true;
    }
    return false;
}

// `identifier`
static bool is_name(const Word *word) {
    return word->length > 0 && word->progress != DIGITS && word->progress != DECIMALS && !is_reserved(word);
}

// `keyword`
static bool is_keyword(const Word *word) {
    return is_in_any_case(word, "null") || is_in_any_case(word, "empty") || is_in_any_case(word, "whitespaces_only");
}

// `unit`. The first known unit that the word begins with decides, as the first alternative does there.
static bool is_unit(const Word *word) {
    static const char *const NEVER[] = {
        "and", "or", "where", "with", "labels", "of", "in", "not", "between", "matches",
    };
    static const char *const KNOWN[] = {
        "days", "day", "hours", "hour", "minutes", "minute", "kb", "mb", "gb", "tb", "b",
    };
    for (unsigned at = 0; at < sizeof NEVER / sizeof NEVER[0]; at++) {
        if (is_in_any_case(word, NEVER[at])) return false;
    }
    for (unsigned at = 0; at < sizeof KNOWN / sizeof KNOWN[0]; at++) {
        if (begins_with(word, KNOWN[at])) return word->length == strlen(KNOWN[at]);
    }
    return word->all_lower || (word->all_upper && word->length <= 3);
}

// ── Reading ahead ───────────────────────────────────────────────────────────────────────────────────────────────────

// Reads the text behind a token, blanks and comments left out. What was read and then not wanted is held: first the
// sign, then the word.
typedef struct {
    TSLexer *lexer;
    int32_t sign;
    bool has_word;
    Word word;
} Reader;

static Reader reader(TSLexer *lexer) { return (Reader){.lexer = lexer}; }

static void forward(Reader *reader) { reader->lexer->advance(reader->lexer, false); }

static bool at_end(Reader *reader) { return reader->lexer->eof(reader->lexer); }

static void pass_line(Reader *reader) {
    while (!at_end(reader) && reader->lexer->lookahead != '\n') forward(reader);
}

// The `*/` included. `*` is the character before.
static void pass_block(Reader *reader) {
    for (int32_t before = 0; !at_end(reader);) {
        int32_t c = reader->lexer->lookahead;
        forward(reader);
        if (before == '*' && c == '/') return;
        before = c;
    }
}

static void pass_blanks(Reader *reader) {
    while (!reader->sign && !reader->has_word && !at_end(reader)) {
        int32_t c = reader->lexer->lookahead;
        if (is_blank(c)) {
            forward(reader);
        } else if (c == '#') {
            pass_line(reader);
        } else if (c == '-' || c == '/') {
            forward(reader);
            if (reader->lexer->lookahead == c) {
                pass_line(reader);
            } else if (c == '/' && reader->lexer->lookahead == '*') {
                forward(reader);
                pass_block(reader);
            } else {
                reader->sign = c;
            }
        } else {
            return;
        }
    }
}

// The next character, `a` for a word that is held, 0 at the end.
static int32_t peek(Reader *reader) {
    if (reader->sign) return reader->sign;
    if (reader->has_word) return 'a';
    return at_end(reader) ? 0 : reader->lexer->lookahead;
}

static void pass(Reader *reader) {
    if (reader->sign) {
        reader->sign = 0;
    } else {
        forward(reader);
    }
}

static bool passes(Reader *reader, int32_t c) {
    if (peek(reader) != c || (c == 'a' && !reader->sign)) return false;
    pass(reader);
    return true;
}

// `reader->word` is the word that stands here.
static bool read_word(Reader *reader) {
    if (reader->sign) return false;
    if (reader->has_word) {
        reader->has_word = false;
        return true;
    }
    word_begin(&reader->word);
    while (!at_end(reader) && is_word_char(reader->lexer->lookahead)) {
        word_push(&reader->word, reader->lexer->lookahead);
        forward(reader);
    }
    return reader->word.length > 0;
}

// A word after blanks.
static bool read_next_word(Reader *reader) {
    pass_blanks(reader);
    return read_word(reader);
}

static bool is_next_quote(Reader *reader) {
    pass_blanks(reader);
    return is_quote(peek(reader));
}

static bool read_string(Reader *reader) {
    int32_t open = peek(reader);
    forward(reader);
    while (!at_end(reader)) {
        int32_t c = reader->lexer->lookahead;
        if (open != '"' && c == '\n') return false;
        forward(reader);
        if (open == '"' ? c == '"' : closes(open, c)) return true;
        if (open == '"' && c == '\\' && !at_end(reader)) forward(reader);
    }
    return false;
}

// `variable`
static bool read_variable(Reader *reader) {
    pass(reader);
    pass_blanks(reader);
    if (!passes(reader, '{')) return read_word(reader) && is_name(&reader->word);
    if (!read_next_word(reader) || !is_name(&reader->word)) return false;
    pass_blanks(reader);
    return passes(reader, '}');
}

// `number` without its sign; its word has been read.
static bool read_rest_of_number(Reader *reader) {
    if (!reader->word.begins_number) return false;
    int32_t c = peek(reader);
    if (reader->word.progress == EXPONENT && (c == '+' || c == '-')) {
        forward(reader);
        if (!read_word(reader)) {
            reader->sign = c;
            return true;
        }
        if (!is_digit(reader->word.text[0])) {
            reader->sign = c;
            reader->has_word = true;
            return true;
        }
        c = peek(reader);
    }
    if (c == '%') forward(reader);
    if (read_next_word(reader) && !is_unit(&reader->word)) reader->has_word = true;
    return true;
}

static bool read_operand(Reader *reader, unsigned depth);

// `round_list`, `arguments` from behind the bracket
static bool read_arguments(Reader *reader, unsigned depth) {
    for (;;) {
        pass_blanks(reader);
        if (passes(reader, ')')) return true;
        if (!read_operand(reader, depth)) return false;
        pass_blanks(reader);
        if (!passes(reader, ',')) return passes(reader, ')');
    }
}

// As deep as the compiler reads brackets.
#define DEEPEST 64

// `term`
static bool read_term(Reader *reader, unsigned depth) {
    if (depth > DEEPEST) return false;
    pass_blanks(reader);
    int32_t c = peek(reader);
    if (c == '(') {
        pass(reader);
        if (!read_operand(reader, depth + 1)) return false;
        pass_blanks(reader);
        return passes(reader, ')');
    }
    if (is_quote(c)) return read_string(reader);
    if (c == '$') return read_variable(reader);
    if (c == '-' || c == '+') {
        pass(reader);
        return read_next_word(reader) && read_rest_of_number(reader);
    }
    if (!read_word(reader)) return false;
    if (reader->word.begins_number) return read_rest_of_number(reader);
    if (is_keyword(&reader->word)) return true;
    if (!is_name(&reader->word)) return false;
    pass_blanks(reader);
    return !passes(reader, '(') || read_arguments(reader, depth + 1);
}

// `operand`
static bool read_operand(Reader *reader, unsigned depth) {
    for (;;) {
        if (!read_term(reader, depth)) return false;
        pass_blanks(reader);
        int32_t c = peek(reader);
        if (c != '+' && c != '-' && c != '*' && c != '/') return true;
        pass(reader);
    }
}

// `and_word`
static bool read_and(Reader *reader) {
    pass_blanks(reader);
    if (passes(reader, '&')) return passes(reader, '&');
    return read_word(reader) && is_in_any_case(&reader->word, "and");
}

// ── What a word is ──────────────────────────────────────────────────────────────────────────────────────────────────

typedef struct {
    const char *text;
    enum TokenType token;
} Spelling;

// Words that end the parameters of a rule.
static const Spelling CLAUSES[] = {
    {"and", AND},         {"or", OR},       {"not", NOT},       {"between", BETWEEN}, {"in", IN},
    {"matches", MATCHES}, {"where", WHERE}, {"labels", LABELS}, {"with", WITH},
};

static const Spelling SECTIONS[] = {
    {"metadata", METADATA},     {"datasources", DATA_SOURCES}, {"defaultlabels", DEFAULT_LABELS},
    {"rules", RULES},           {"analyzers", ANALYZERS},
};

// The token that the word is in some case; `NAME` if it is none.
static enum TokenType token_of(const Word *word, const Spelling *spellings, size_t count) {
    for (size_t at = 0; at < count; at++) {
        if (is_in_any_case(word, spellings[at].text)) return spellings[at].token;
    }
    return NAME;
}

static enum TokenType clause_of(const Word *word) { return token_of(word, CLAUSES, sizeof CLAUSES / sizeof CLAUSES[0]); }
static enum TokenType section_of(const Word *word) { return token_of(word, SECTIONS, sizeof SECTIONS / sizeof SECTIONS[0]); }

// `clause_ahead`: the word in the wrong case has been read; whether it is the keyword all the same.
static bool is_clause_ahead(enum TokenType token, Reader *reader) {
    if (token == NAME) return false;
    pass_blanks(reader);
    int32_t c = peek(reader);
    enum TokenType next = NAME;
    switch (token) {
        case WHERE: case MATCHES:
            return is_next_quote(reader);
        case LABELS:
            return c == '=' || c == ':';
        case IN:
            return c == '[' || c == '(' || c == '$';
        case BETWEEN:
            return read_operand(reader, 0) && read_and(reader);
        case AND:
            return c == '(';
        case OR:
            return c == '(' || (read_word(reader) && is_name(&reader->word));
        case NOT:
            next = read_word(reader) ? clause_of(&reader->word) : NAME;
            return next == IN || next == BETWEEN || next == MATCHES;
        case WITH:
            if (!read_word(reader) || !is_name(&reader->word)) return false;
            pass_blanks(reader);
            c = peek(reader);
            next = read_word(reader) ? clause_of(&reader->word) : NAME;
            return c == '=' || c == '!' || c == '<' || c == '>' || next == BETWEEN || next == IN;
        default:
            return false;
    }
}

// What `parameter` has behind its connector.
static bool is_parameter_ahead(Reader *reader) {
    if (is_next_quote(reader) || peek(reader) == '$') return true;
    if (!read_word(reader) || !is_name(&reader->word)) return false;
    return !is_clause_ahead(clause_of(&reader->word), reader);
}

// What `tag` has behind its name.
static bool is_tag_value_ahead(Reader *reader) {
    pass_blanks(reader);
    int32_t c = peek(reader);
    if (c == '=' || c == ':' || c == '!' || c == '<' || c == '>') return true;
    if (!read_word(reader)) return false;
    enum TokenType token = clause_of(&reader->word);
    bool is_condition = token == NOT || token == BETWEEN || token == IN || token == MATCHES;
    return is_condition && (is_reserved(&reader->word) || is_clause_ahead(token, reader));
}

// `constant_text`
static bool is_constant_text_ahead(Reader *reader) {
    pass_blanks(reader);
    int32_t c = peek(reader);
    if (is_quote(c)) return read_string(reader);
    if (c == '$') return read_variable(reader);
    if (c == '-' || c == '+') pass(reader);
    if (!read_next_word(reader)) return false;
    return reader->word.begins_number ? read_rest_of_number(reader) : c != '-' && c != '+' && is_keyword(&reader->word);
}

// What `constant` has behind its name.
static bool is_constant_ahead(Reader *reader) {
    pass_blanks(reader);
    if (passes(reader, '=')) {
        passes(reader, '=');
    } else if (!passes(reader, ':')) {
        return false;
    }
    pass_blanks(reader);
    if (!passes(reader, '[')) return is_constant_text_ahead(reader);
    for (bool is_first = true;; is_first = false) {
        pass_blanks(reader);
        if (!is_first && passes(reader, ']')) return true;
        if (!is_constant_text_ahead(reader)) return false;
        pass_blanks(reader);
        if (!passes(reader, ',')) return passes(reader, ']');
    }
}

// ── Tokens ──────────────────────────────────────────────────────────────────────────────────────────────────────────

static bool found(TSLexer *lexer, enum TokenType token) {
    lexer->result_symbol = token;
    return true;
}

static bool found_here(TSLexer *lexer, enum TokenType token) {
    lexer->mark_end(lexer);
    return found(lexer, token);
}

// To the end of the line, the carriage return before it left out.
static bool scan_line_comment(TSLexer *lexer) {
    bool is_marked = false;
    while (!lexer->eof(lexer) && lexer->lookahead != '\n') {
        if (lexer->lookahead == '\r') {
            if (!is_marked) lexer->mark_end(lexer);
            is_marked = true;
        } else {
            is_marked = false;
        }
        lexer->advance(lexer, false);
    }
    return is_marked ? found(lexer, COMMENT) : found_here(lexer, COMMENT);
}

// `10 --5`: both signs have been read; the rest of the line is a number and what may follow one.
static bool is_subtrahend_ahead(TSLexer *lexer) {
    bool has_digits = false;
    while (is_blank(lexer->lookahead) && lexer->lookahead != '\n') lexer->advance(lexer, false);
    while (is_digit(lexer->lookahead) || lexer->lookahead == '.') {
        has_digits = true;
        lexer->advance(lexer, false);
    }
    while (is_blank(lexer->lookahead) && lexer->lookahead != '\n') lexer->advance(lexer, false);
    return has_digits && (lexer->eof(lexer) || strchr("\n,])+-*/", (int)lexer->lookahead) != NULL);
}

static bool scan_dashes(TSLexer *lexer, bool may_subtract) {
    lexer->advance(lexer, false);
    if (lexer->lookahead != '-') return false;
    lexer->mark_end(lexer);
    lexer->advance(lexer, false);
    if (may_subtract && is_subtrahend_ahead(lexer)) return found(lexer, SUBTRACTION);
    return scan_line_comment(lexer);
}

static bool scan_slashes(TSLexer *lexer) {
    lexer->advance(lexer, false);
    if (lexer->lookahead == '/') return scan_line_comment(lexer);
    if (lexer->lookahead != '*') return false;
    Reader ahead = reader(lexer);
    forward(&ahead);
    pass_block(&ahead);
    return found_here(lexer, COMMENT);
}

// Up to the quote or the next escape; nothing if the string has no end.
static bool scan_string_text(TSLexer *lexer) {
    bool has_text = false;
    while (lexer->lookahead != '"' && lexer->lookahead != '\\') {
        if (lexer->eof(lexer)) return false;
        has_text = true;
        lexer->advance(lexer, false);
    }
    return has_text && found_here(lexer, STRING_TEXT);
}

// `, bins = 20` of AWS's documentation.
static bool scan_tag_comma(TSLexer *lexer) {
    lexer->advance(lexer, false);
    lexer->mark_end(lexer);
    Reader ahead = reader(lexer);
    if (!read_next_word(&ahead) || !(is_exactly(&ahead.word, "bins") || is_exactly(&ahead.word, "rebin"))) return false;
    return is_tag_value_ahead(&ahead) && found(lexer, TAG_COMMA);
}

// Not before `//`, which is no comment there: `s3://bucket`.
static bool scan_colon(TSLexer *lexer) {
    lexer->advance(lexer, false);
    lexer->mark_end(lexer);
    while (is_blank(lexer->lookahead)) lexer->advance(lexer, false);
    if (lexer->lookahead == '/') {
        lexer->advance(lexer, false);
        if (lexer->lookahead == '/') return false;
    }
    return found(lexer, COLON);
}

// `number_word`: its beginning is a word that has been read.
static bool scan_number(TSLexer *lexer, const Word *word) {
    int32_t c = lexer->lookahead;
    if (word->progress == EXPONENT && (c == '+' || c == '-')) {
        lexer->advance(lexer, false);
        bool has_digits = is_digit(lexer->lookahead);
        while (is_digit(lexer->lookahead)) lexer->advance(lexer, false);
        if (has_digits && !is_word_char(lexer->lookahead)) lexer->mark_end(lexer);
    } else if (c == '%') {
        lexer->advance(lexer, false);
        lexer->mark_end(lexer);
    }
    return found(lexer, NUMBER);
}

// `and`, `of` behind a parameter.
static bool scan_connector(TSLexer *lexer, const Word *word, const bool *valid) {
    bool is_and = is_in_any_case(word, "and");
    Reader ahead = reader(lexer);
    pass_blanks(&ahead);
    bool is_before_group = peek(&ahead) == '(';
    if (is_parameter_ahead(&ahead)) return found(lexer, CONNECTOR);
    if (is_and && valid[AND] && (is_reserved(word) || is_before_group)) return found(lexer, AND);
    return valid[NAME] && is_name(word) && found(lexer, NAME);
}

// Where all may stand, because something is wrong: what the word mostly is. Never what was refused where the parser stood:
// it would be taken after all.
static bool scan_word_in_recovery(TSLexer *lexer, const Word *word) {
    if (is_keyword(word) && is_reserved(word)) return found(lexer, KEYWORD);
    if (word->begins_number) return scan_number(lexer, word);
    if (is_reserved(word)) {
        enum TokenType section = section_of(word), clause = clause_of(word);
        if (section != NAME) return found(lexer, section);
        if (clause != NAME) return found(lexer, clause);
        if (!is_in_any_case(word, "of")) return found(lexer, UNIT);
        Reader ahead = reader(lexer);
        return found(lexer, is_parameter_ahead(&ahead) ? CONNECTOR : RECOVERY);
    }
    return found(lexer, NAME);
}

static bool scan_word(TSLexer *lexer, const bool *valid) {
    Reader here = reader(lexer);
    read_word(&here);
    const Word *word = &here.word;
    lexer->mark_end(lexer);
    if (!word->is_ascii) return false;
    if (valid[RECOVERY]) return scan_word_in_recovery(lexer, word);

    if (valid[NUMBER] && word->begins_number) return scan_number(lexer, word);
    if (valid[UNIT] && is_unit(word)) return found(lexer, UNIT);
    if (valid[LABEL_WORD]) return found(lexer, LABEL_WORD);
    if (valid[KEYWORD] && is_keyword(word)) return found(lexer, KEYWORD);
    if (valid[REPEATED_TAG]) return found(lexer, REPEATED_TAG);
    if (valid[NOW] && is_in_any_case(word, "now") && lexer->lookahead == '(') {
        lexer->advance(lexer, false);
        if (lexer->lookahead == ')') {
            lexer->advance(lexer, false);
            return found_here(lexer, NOW);
        }
        return found(lexer, NAME);
    }
    if (valid[CONNECTOR] && (is_in_any_case(word, "and") || is_in_any_case(word, "of"))) {
        return scan_connector(lexer, word, valid);
    }

    bool may_be_name = valid[NAME] && is_name(word);
    enum TokenType token = clause_of(word);
    if (token != NAME && valid[token]) {
        Reader ahead = reader(lexer);
        return found(lexer, may_be_name && !is_clause_ahead(token, &ahead) ? NAME : token);
    }
    token = section_of(word);
    if (token != NAME && valid[token]) {
        Reader ahead = reader(lexer);
        return found(lexer, may_be_name && is_constant_ahead(&ahead) ? NAME : token);
    }
    return may_be_name && found(lexer, NAME);
}

// ── The parser's side ───────────────────────────────────────────────────────────────────────────────────────────────

void *tree_sitter_dqdl_external_scanner_create(void) { return NULL; }

void tree_sitter_dqdl_external_scanner_destroy(void *payload) { (void)payload; }

unsigned tree_sitter_dqdl_external_scanner_serialize(void *payload, char *buffer) {
    (void)payload;
    (void)buffer;
    return 0;
}

void tree_sitter_dqdl_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
    (void)payload;
    (void)buffer;
    (void)length;
}

bool tree_sitter_dqdl_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
    (void)payload;
    if (valid[STRING_TEXT] && !valid[RECOVERY]) return scan_string_text(lexer);
    while (is_blank(lexer->lookahead)) lexer->advance(lexer, true);
    switch (lexer->lookahead) {
        case '#':
            return scan_line_comment(lexer);
        case '-':
            return scan_dashes(lexer, valid[SUBTRACTION] && !valid[RECOVERY]);
        case '/':
            return scan_slashes(lexer);
        case ',':
            return valid[TAG_COMMA] && !valid[RECOVERY] && scan_tag_comma(lexer);
        case ':':
            return valid[COLON] && scan_colon(lexer);
        default:
            return is_word_char(lexer->lookahead) && scan_word(lexer, valid);
    }
}
