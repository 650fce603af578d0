//! Patterns that are written in a text of SQL: read before anything runs, their faults shown where they stand.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    self, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Spanned, Value, ValueWithSpan,
};

use super::function;
use super::mismatch::{bytes, extent};
use crate::diag::{Diagnostic, codes};
use crate::source::EmbedMap;
use crate::stdlib::pattern::{Pattern, Replacement, VAGUE};
use crate::stdlib::spark::calendar::{self, Purpose};

/// Reports the patterns of an expression that cannot be used.
pub(super) fn check(expr: &Expr, sql: &str, map: &EmbedMap, found: &mut Vec<Diagnostic>) {
    let _ = ast::visit_expressions(expr, |expr| {
        one(expr, sql, map, found);
        ControlFlow::<()>::Continue(())
    });
}

/// Reports the patterns of one call or operator.
pub(super) fn one(expr: &Expr, sql: &str, map: &EmbedMap, found: &mut Vec<Diagnostic>) {
    let mut found_in = Checked { sql, map, found };
    match expr {
        Expr::Struct { .. } => {
            let word = sql.to_ascii_lowercase().find("struct").map(|at| (at, at + "struct".len()));
            let Some((start, end)) = extent(expr, sql).or(word) else { return };
            let wrong = "`struct(…)` of Spark is not supported";
            let wrong = Diagnostic::new(&codes::expression::SPARK_FUNCTION, map.span(start, end), wrong);
            found_in.found.push(wrong.here("its fields have no names").help("write `named_struct('name', value)`"));
        }
        Expr::RLike { pattern, .. } => {
            found_in.regex(pattern);
        }
        Expr::Function(call) => {
            let arguments = arguments(call);
            let at = |at: usize| arguments.get(at).copied();
            match function::name(call).as_str() {
                "rlike" | "regexp" | "regexp_like" | "regexp_count" | "regexp_instr" | "regexp_substr" | "split" => {
                    at(1).and_then(|pattern| found_in.regex(pattern));
                }
                name @ ("regexp_extract" | "regexp_extract_all") => {
                    let pattern = at(1).and_then(|pattern| found_in.regex(pattern));
                    if let Some(pattern) = pattern {
                        found_in.group(&pattern, at(2), at(1), name);
                    }
                }
                "regexp_replace" => {
                    let pattern = at(1).and_then(|pattern| found_in.regex(pattern));
                    if let (Some(pattern), Some(by)) = (pattern, at(2)) {
                        found_in.replacement(&pattern, by);
                    }
                }
                "date_format" | "from_unixtime" => found_in.date(at(1), Purpose::Write),
                "to_date" | "to_timestamp" | "try_to_timestamp" | "unix_timestamp" | "to_unix_timestamp" => {
                    found_in.date(at(1), Purpose::Read);
                }
                _ => {}
            }
        }
        _ => {}
    }
}

struct Checked<'a> {
    sql: &'a str,
    map: &'a EmbedMap,
    found: &'a mut Vec<Diagnostic>,
}

impl Checked<'_> {
    /// The bytes of a pattern; the whole of it where backslashes move them.
    fn fault(&mut self, literal: &Expr, value: &str, (start, end): (usize, usize), message: &str, what: &str) {
        let Some((from, to)) = bytes(literal.span(), self.sql) else { return };
        let plain = self.sql.get(from + 1..to.saturating_sub(1)) == Some(value);
        let place = if plain { self.map.span(from + 1 + start, from + 1 + end) } else { self.map.span(from, to) };
        let diagnostic = Diagnostic::new(&codes::expression::SQL_PATTERN, place, what.to_owned()).here(message.to_owned());
        let lost = message.contains("repeats nothing") || message.contains("is not understood");
        let single = self.sql[from..to].contains('\\') && !self.sql[from..to].contains("\\\\");
        self.found.push(if lost && single {
            diagnostic.help("a backslash of a pattern is written twice in a text of SQL: `'\\\\d'`")
        } else {
            diagnostic.help("patterns are those of Spark, which are Java's: mend this one, or escape what is meant as it stands")
        });
    }

    fn regex(&mut self, literal: &Expr) -> Option<Pattern> {
        let value = text(literal)?;
        match Pattern::new(value) {
            Ok(pattern) => Some(pattern),
            Err(fault) => {
                let what = "not a regular expression that can be used";
                self.fault(literal, value, (fault.start, fault.end), &fault.message, what);
                None
            }
        }
    }

    fn group(&mut self, pattern: &Pattern, group: Option<&Expr>, whole: Option<&Expr>, name: &str) {
        let (number, place) = match group {
            Some(Expr::Value(ValueWithSpan { value: Value::Number(number, _), .. })) => (number.parse().unwrap_or(0), group),
            Some(_) => return,
            None => (1, whole),
        };
        let Some((from, to)) = place.and_then(|place| bytes(place.span(), self.sql)) else { return };
        if number > 0 && pattern.is_vague() {
            let wrong =
                Diagnostic::new(&codes::expression::SQL_PATTERN, self.map.span(from, to), format!("group {number} is not sure"));
            self.found.push(wrong.here(VAGUE).help("write it without the repetition round the group"));
            return;
        }
        if number <= pattern.groups() {
            return;
        }
        let message = format!("the pattern has no group {number}");
        let wrong = Diagnostic::new(&codes::expression::SQL_PATTERN, self.map.span(from, to), message);
        let help = match (group, pattern.groups()) {
            (None, _) => format!("put parentheses round what is wanted, or write `{name}(…, 0)` for the whole match"),
            (Some(_), count) => format!("it has {count}: write 0 for the whole match"),
        };
        self.found.push(wrong.help(help));
    }

    fn replacement(&mut self, pattern: &Pattern, by: &Expr) {
        let Some(value) = text(by) else { return };
        if let Err(fault) = Replacement::new(value, pattern) {
            self.fault(by, value, (fault.start, fault.end), &fault.message, "a match cannot be replaced by this");
        }
    }

    fn date(&mut self, literal: Option<&Expr>, purpose: Purpose) {
        let Some((literal, value)) = literal.and_then(|literal| Some((literal, text(literal)?))) else { return };
        if let Err(fault) = calendar::Pattern::new(value, purpose) {
            self.fault(literal, value, (fault.start, fault.end), &fault.message, "not a pattern of dates that can be used");
        }
    }
}

fn text(literal: &Expr) -> Option<&str> {
    match literal {
        Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) => Some(text),
        _ => None,
    }
}

fn arguments(call: &ast::Function) -> Vec<&Expr> {
    let FunctionArguments::List(list) = &call.args else { return Vec::new() };
    let value = |argument| match argument {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref expr)) => Some(expr),
        _ => None,
    };
    list.args.iter().filter_map(value).collect()
}
