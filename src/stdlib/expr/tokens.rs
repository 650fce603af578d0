//! SQL text as tokens, read as Spark reads it: texts between either quote with backslashes, numbers with letters behind.

use datafusion::sql::sqlparser::dialect::Dialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer, Word};

use super::dialect::Spark;
use super::mismatch::bytes;
use super::syntax::syntax_error;
use crate::diag::{Diagnostic, Safety, codes};
use crate::source::EmbedMap;

static SPARK: Spark = Spark;

/// A parser over a text.
pub(super) fn parser(sql: &str, map: &EmbedMap) -> Result<Parser<'static>, Box<Diagnostic>> {
    let dialect: &'static dyn Dialect = &SPARK;
    let read = Tokenizer::new(dialect, sql).with_unescape(false).tokenize_with_location();
    let tokens = read.map_err(|error| Box::new(syntax_error(&ParserError::from(error), sql, map)))?;
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    for found in tokens {
        let span = found.span;
        let at = |token: Token| TokenWithSpan { token, span };
        match found.token {
            Token::SingleQuotedString(ref raw) | Token::DoubleQuotedString(ref raw) => {
                let quote = if matches!(found.token, Token::SingleQuotedString(_)) { '\'' } else { '"' };
                if doubled(raw, quote) {
                    return Err(Box::new(doubled_quote(span, sql, map)));
                }
                let text = unescape(raw);
                out.push(at(Token::SingleQuotedString(text)));
            }
            Token::Word(word) if word.quote_style.is_some() => {
                let value = word.value.replace("``", "`");
                out.push(at(Token::Word(Word { value, ..word })));
            }
            Token::Word(word) => match suffixed(&word.value) {
                Some((number, "BD")) => out.push(at(Token::Number(number.to_owned(), false))),
                Some((number, kind)) => out.extend(cast(Token::SingleQuotedString(number.to_owned()), kind).map(at)),
                None => out.push(at(Token::Word(word))),
            },
            Token::Number(number, true) => out.extend(cast(Token::SingleQuotedString(number), "L").map(at)),
            Token::Number(number, false) if number.contains(['e', 'E']) => {
                out.extend(cast(Token::SingleQuotedString(number), "D").map(at));
            }
            other => out.push(at(other)),
        }
    }
    Ok(Parser::new(dialect).with_tokens_with_locations(out))
}

/// `12L`, `1.5D`: a number and the letters of its type.
fn suffixed(word: &str) -> Option<(&str, &'static str)> {
    let kinds = ["BD", "L", "S", "Y", "D", "F"];
    let kind = kinds
        .into_iter()
        .find(|kind| word.len() > kind.len() && word.is_ascii() && word[word.len() - kind.len()..].eq_ignore_ascii_case(kind))?;
    let number = &word[..word.len() - kind.len()];
    let is_number = number.starts_with(|c: char| c.is_ascii_digit()) && number.parse::<f64>().is_ok();
    is_number.then_some((number, kind))
}

/// `cast('12' as bigint)`, in parentheses.
fn cast(value: Token, kind: &str) -> impl Iterator<Item = Token> {
    let name = match kind {
        "L" => "BIGINT",
        "S" => "SMALLINT",
        "Y" => "TINYINT",
        "F" => "FLOAT",
        _ => "DOUBLE",
    };
    let word = |name: &str| Token::make_word(name, None);
    debug_assert!(matches!(word("CAST"), Token::Word(Word { keyword: Keyword::CAST, .. })), "a keyword");
    [word("CAST"), Token::LParen, value, word("AS"), word(name), Token::RParen].into_iter()
}

/// Whether a quote is written twice: to Spark that ends one text and begins another.
fn doubled(raw: &str, quote: char) -> bool {
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            c if c == quote && chars.peek() == Some(&c) => return true,
            _ => {}
        }
    }
    false
}

fn doubled_quote(span: datafusion::sql::sqlparser::tokenizer::Span, sql: &str, map: &EmbedMap) -> Diagnostic {
    let (start, end) = bytes(span, sql).unwrap_or((0, sql.len()));
    let quote = sql[start..].chars().next().unwrap_or('\'');
    let twice = format!("{quote}{quote}");
    let at = sql.get(start + 1..end).and_then(|inside| inside.find(&twice)).map_or(start, |at| start + 1 + at);
    let place = map.span(at, (at + 2).min(sql.len()));
    let wrong = Diagnostic::new(&codes::expression::DOUBLED_QUOTE, place, format!("`{twice}` in a text is no quote"))
        .here("one text ends and another begins here")
        .help(format!("write `\\{quote}`: Spark's texts have backslashes, and of `{twice}` nothing is left"));
    if map.is_exact() {
        wrong.fix(format!("replace with `\\{quote}`"), place, format!("\\{quote}"), Safety::Unsafe)
    } else {
        wrong
    }
}

/// What backslashes stand for in a text of Spark.
pub(super) fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let number = |from: usize, digits: usize, radix: u32| {
            let text = rest.get(from..from + digits)?;
            text.chars().all(|c| c.is_digit(radix)).then(|| u32::from_str_radix(text, radix).ok())?
        };
        let unicode = |mark: char, digits: usize| {
            rest.strip_prefix(mark).and_then(|_| number(1, digits, 16)).and_then(char::from_u32).map(|c| (c, 1 + digits))
        };
        let octal = || number(0, 3, 8).filter(|_| rest.starts_with(['0', '1'])).and_then(char::from_u32).map(|c| (c, 3));
        if let Some((c, length)) = unicode('u', 4).or_else(|| unicode('U', 8)).or_else(octal) {
            out.push(c);
            rest = &rest[length..];
            continue;
        }
        let Some(c) = rest.chars().next() else {
            out.push('\\');
            break;
        };
        match c {
            '0' => out.push('\0'),
            'b' => out.push('\x08'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'Z' => out.push('\x1A'),
            // For the patterns of `like`.
            '%' | '_' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backslashes() {
        for (raw, expected) in [
            (r"a\tb", "a\tb"),
            (r"\\d", r"\d"),
            (r"\d", "d"),
            (r"\%\_", r"\%\_"),
            (r"\u0041\101", "AA"),
            (r"it\'s", "it's"),
            ("\\", "\\"),
        ] {
            assert_eq!(unescape(raw), expected, "{raw}");
        }
    }

    #[test]
    fn numbers_with_letters() {
        assert_eq!(suffixed("12L"), Some(("12", "L")));
        assert_eq!(suffixed("1.5bd"), Some(("1.5", "BD")));
        assert_eq!(suffixed("s1L"), None);
        assert_eq!(suffixed("L"), None);
    }
}
