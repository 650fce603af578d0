//! Type errors: the smallest part of an expression that the engine refuses, and the types that meet there.

use std::ops::ControlFlow;

use datafusion::common::DFSchema;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::ExprSchemable;
use datafusion::sql::sqlparser::ast::{self, BinaryOperator, Spanned, UnaryOperator, Visit, Visitor};
use datafusion::sql::sqlparser::tokenizer::Span as SqlSpan;

use super::expression::planned;
use super::fault::{engine_words, in_our_words};
use super::function;
use super::lower::lower;
use super::syntax::offset;
use crate::diag::{Diagnostic, codes, suggest};
use crate::source::EmbedMap;
use crate::stdlib::types::type_name;

/// Types parts of an expression.
pub(super) struct Typing<'a> {
    pub(super) engine: &'a SessionState,
    pub(super) schema: &'a DFSchema,
    pub(super) sql: &'a str,
    pub(super) map: &'a EmbedMap,
}

impl Typing<'_> {
    /// What is wrong with the smallest part of `expr` that cannot be typed; `None` if every part can.
    pub(super) fn fault(&self, expr: &ast::Expr) -> Option<Diagnostic> {
        let mut smallest = Smallest { typing: self, found: None };
        let _ = expr.visit(&mut smallest);
        let (part, words) = smallest.found?;
        self.describe(&part, &words)
    }

    /// The type of a part in our words.
    fn type_of(&self, expr: &ast::Expr) -> Result<String, String> {
        let typed = planned(self.engine, expr.clone(), self.schema);
        let typed = typed.and_then(|typed| typed.get_type(self.schema));
        typed.map(|found| type_name(&found)).map_err(|error| engine_words(&error))
    }

    fn describe(&self, part: &ast::Expr, words: &str) -> Option<Diagnostic> {
        let (start, end) = extent(part, self.sql)?;
        let at = self.map.span(start, end);
        let mismatch = |message: String| Diagnostic::new(&codes::expression::TYPE_MISMATCH, at, message);
        let said = |diagnostic: Diagnostic| diagnostic.note(format!("the engine says: {}", in_our_words(words)));
        Some(match part {
            ast::Expr::BinaryOp { left, op, right } => {
                let (left, right) = (self.type_of(left).ok()?, self.type_of(right).ok()?);
                let sign = op.to_string().to_lowercase();
                let message = match op {
                    BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Xor => {
                        let wrong = if left == "boolean" { &right } else { &left };
                        return Some(
                            mismatch(format!("`{sign}` joins conditions, and one side is a `{wrong}`"))
                                .here(format!("`{left}` {sign} `{right}`"))
                                .help("compare it with something, or put parentheses where they belong"),
                        );
                    }
                    _ if is_comparison(op) => format!("`{sign}` cannot compare `{left}` with `{right}`"),
                    _ => format!("`{sign}` cannot take `{left}` and `{right}`"),
                };
                mismatch(message).here(format!("`{left}` {sign} `{right}`")).help("cast one side to the type of the other")
            }
            ast::Expr::UnaryOp { op: UnaryOperator::Not, expr } => {
                let found = self.type_of(expr).ok()?;
                mismatch(format!("`not` needs a condition, not a `{found}`"))
                    .here(format!("not `{found}`"))
                    .help("compare it with something: `not (a = b)`")
            }
            ast::Expr::UnaryOp { op, expr } => {
                let found = self.type_of(expr).ok()?;
                mismatch(format!("`{op}` cannot take a `{found}`")).here(format!("`{found}`")).help("cast it to a number before")
            }
            ast::Expr::Cast { expr, data_type, .. } => {
                let found = self.type_of(expr).ok()?;
                let message = format!("`{found}` cannot be cast to `{}`", data_type.to_string().to_lowercase());
                Diagnostic::new(&codes::expression::IMPOSSIBLE_CAST, at, message)
                    .here(format!("a `{found}`"))
                    .help("take a part of it that can be, or make a text of it with `to_json`")
            }
            ast::Expr::Function(call) => self.call(call, words, at)?,
            other => {
                // `substring(s from 2)`, `s rlike p`: forms of calls.
                let mut lowered = other.clone();
                lower(&mut lowered);
                match &lowered {
                    ast::Expr::Function(call) => self.call(call, words, at)?,
                    _ => said(mismatch("types do not fit together".to_owned())),
                }
            }
        })
    }

    fn call(&self, call: &ast::Function, words: &str, at: crate::source::Span) -> Option<Diagnostic> {
        let name = function::name(call);
        let types: Vec<String> =
            arguments(call).into_iter().map(|argument| self.type_of(argument)).collect::<Result<_, _>>().ok()?;
        let diagnostic = |message: String| Diagnostic::new(&codes::expression::TYPE_MISMATCH, at, message);
        if let Some(wanted) = wanted_counts(words) {
            let message = format!("`{name}` takes {wanted}, not {}", types.len());
            return Some(diagnostic(message).here(format!("{} here", counted(types.len()))).help(format!("give it {wanted}")));
        }
        if let Some((place, wanted)) = wanted_argument(words)
            && let (Some(argument), Some(found)) = (arguments(call).get(place - 1), types.get(place - 1))
            && let Some((start, end)) = extent(argument, self.sql)
        {
            let at = self.map.span(start, end);
            let message = format!("`{name}` takes a `{wanted}` there, not a `{found}`");
            let wrong = Diagnostic::new(&codes::expression::TYPE_MISMATCH, at, message).here(format!("a `{found}`"));
            return Some(match wanted {
                "array" | "value" | "number" => wrong.help(format!("`{name}` needs a `{wanted}` there")),
                wanted => wrong.help(format!("write `cast(… as {wanted})` if that is what it is")),
            });
        }
        let list = suggest::list(types.iter().map(String::as_str), 6);
        let message = if types.is_empty() { format!("`{name}` needs arguments") } else { format!("`{name}` cannot take {list}") };
        let diagnostic = diagnostic(message);
        let diagnostic = if types.is_empty() { diagnostic } else { diagnostic.here(format!("called with {list}")) };
        let wanted = wanted_types(words);
        if !wanted.is_empty() {
            return Some(diagnostic.help(format!("`{name}` takes a {} there: cast the argument", wanted.join(" or a "))));
        }
        let said = in_our_words(words);
        let said = said.split(". No function matches").next().unwrap_or(&said).trim_end_matches('.').to_owned();
        Some(diagnostic.note(format!("the engine says: {said}")))
    }
}

/// `argument 2 of `f` requires int, but received …`
fn wanted_argument(words: &str) -> Option<(usize, &str)> {
    let (place, rest) = words.split_once("argument ")?.1.split_once(" of `")?;
    let (_, rest) = rest.split_once(" requires ")?;
    Some((place.parse().ok().filter(|place| *place > 0)?, rest.split_once(", but received")?.0))
}

/// `requires String, but received …`, once for each form of the function
fn wanted_types(words: &str) -> Vec<String> {
    let mut found = Vec::new();
    for rest in words.split("requires ").skip(1) {
        let Some((word, _)) = rest.split_once(", but received") else { continue };
        let word = format!("`{}`", word.to_lowercase());
        if word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'`') && !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

/// `expects 1 arguments but received 2`, `expects 1 to 2 …`, `expects at least 1 …`
fn wanted_counts(words: &str) -> Option<String> {
    let (wanted, _) = words.split_once("expects ")?.1.split_once(" argument")?;
    if let Ok(count) = wanted.parse() {
        return Some(counted(count));
    }
    if let Some(least) = wanted.strip_prefix("at least ").and_then(|least| least.parse().ok()) {
        return Some(format!("at least {}", counted(least)));
    }
    let (least, most) = wanted.split_once(" to ")?;
    let (least, most): (usize, usize) = (least.parse().ok()?, most.parse().ok()?);
    Some(if least + 1 == most { format!("{least} or {most} arguments") } else { format!("{least} to {most} arguments") })
}

fn counted(count: usize) -> String {
    match count {
        0 => "no arguments".to_owned(),
        1 => "one argument".to_owned(),
        more => format!("{more} arguments"),
    }
}

fn arguments(call: &ast::Function) -> Vec<&ast::Expr> {
    let ast::FunctionArguments::List(list) = &call.args else { return Vec::new() };
    let value = |argument| match argument {
        &ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(ref expr)) => Some(expr),
        _ => None,
    };
    list.args.iter().filter_map(value).collect()
}

fn is_comparison(op: &BinaryOperator) -> bool {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq, Spaceship};
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq | Spaceship)
}

/// Finds the first part, from the inside out, that cannot be typed.
struct Smallest<'a> {
    typing: &'a Typing<'a>,
    found: Option<(ast::Expr, String)>,
}

impl Visitor for Smallest<'_> {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &ast::Expr) -> ControlFlow<()> {
        match self.typing.type_of(expr) {
            Ok(_) => ControlFlow::Continue(()),
            Err(words) => {
                self.found = Some((expr.clone(), words));
                ControlFlow::Break(())
            }
        }
    }
}

/// Where a part stands in its text: from its first token to its last, a closing parenthesis included.
pub(super) fn extent(expr: &ast::Expr, sql: &str) -> Option<(usize, usize)> {
    let (start, mut end) = bytes(expr.span(), sql)?;
    // The spans of calls end at the last argument.
    while sql[start..end].matches('(').count() > sql[start..end].matches(')').count() {
        end += sql[end..].find(')')? + 1;
    }
    if matches!(expr, ast::Expr::Function(_)) && sql[end..].trim_start().starts_with('(') {
        end += sql[end..].find(')')? + 1;
    }
    Some((start, end))
}

/// A span of the parser as byte offsets; `None` if it knows none.
pub(super) fn bytes(span: SqlSpan, sql: &str) -> Option<(usize, usize)> {
    if span == SqlSpan::empty() {
        return None;
    }
    let at = |line: u64, column: u64| offset(sql, usize::try_from(line).unwrap_or(1), usize::try_from(column).unwrap_or(1));
    let (start, end) = (at(span.start.line, span.start.column), at(span.end.line, span.end.column));
    (start <= end).then_some((start, end))
}
