//! Numbers, durations and sizes, in DQDL's form and in the forms people bring along.

use std::ops::Range;

use pest::iterators::Pair;

use super::super::ast::{Duration, DurationUnit, OperandKind, SizeUnit};
use super::super::grammar::Rule;
use super::Build;
use crate::diag::Safety;
use crate::diag::codes::dqdl::{MALFORMED_NUMBER, MALFORMED_QUANTITY, UNQUOTED_TEXT};
use crate::diag::suggest;

/// The units in AWS's spelling.
static UNITS: &[&str] = &["days", "hours", "minutes", "B", "KB", "MB", "GB", "TB"];

enum Unit {
    Time(DurationUnit),
    Size(SizeUnit),
}

/// The unit a word stands for, and its spelling.
fn unit_of(word: &str) -> Option<(Unit, &'static str)> {
    Some(match word.to_ascii_lowercase().as_str() {
        "day" | "days" => (Unit::Time(DurationUnit::Days), "days"),
        "hour" | "hours" => (Unit::Time(DurationUnit::Hours), "hours"),
        "minute" | "minutes" => (Unit::Time(DurationUnit::Minutes), "minutes"),
        "b" => (Unit::Size(SizeUnit::B), "B"),
        "kb" => (Unit::Size(SizeUnit::Kb), "KB"),
        "mb" => (Unit::Size(SizeUnit::Mb), "MB"),
        "gb" => (Unit::Size(SizeUnit::Gb), "GB"),
        "tb" => (Unit::Size(SizeUnit::Tb), "TB"),
        _ => return None,
    })
}

impl Build<'_, '_> {
    /// `10`, `-1.5`, `24 hours`, `2 MB`
    pub(super) fn number(&mut self, pair: &Pair<'_, Rule>) -> Option<OperandKind> {
        let (mut sign, mut digits, mut unit) = (None, None, None);
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::sign => sign = Some(part),
                Rule::number_word => digits = Some(part),
                _ => unit = Some(part),
            }
        }
        let digits = digits?;
        let (at, word) = (self.at(&digits), digits.as_str());
        let negative = sign.as_ref().is_some_and(|sign| sign.as_str() == "-");
        if let Some(unit) = unit {
            let unit_at = self.at(&unit);
            return self.quantity(&self.at(pair), negative, word, &unit_at, unit.as_str());
        }
        if let Some((amount, unit)) = glued(word) {
            let whole = self.at(pair);
            let (_, spelled) = unit_of(unit)?;
            self.report.respell(
                &whole,
                format!("`{word}` needs a space before its unit"),
                &format!("{}{amount} {spelled}", if negative { "-" } else { "" }),
            );
            return self.quantity(&whole, negative, amount, &whole, spelled);
        }
        if let Some(sign) = sign.filter(|sign| sign.as_str() == "+") {
            let sign = self.at(&sign);
            let diagnostic = self.report.unportable(&sign, "a number with `+` before it").help("leave the `+` out");
            let diagnostic = self.report.fix(diagnostic, "remove the `+`", sign.start..at.start, "", Safety::Safe);
            self.report.push(diagnostic);
        }
        let plain = self.plain_number(&at, word)?;
        Some(OperandKind::Number(if negative { format!("-{plain}") } else { plain }))
    }

    /// The number in DQDL's form; the other forms are reported.
    fn plain_number(&mut self, at: &Range<usize>, word: &str) -> Option<String> {
        if is_plain(word) {
            return Some(word.to_owned());
        }
        if let Some(plain) = rewritten(word) {
            self.report.respell(at, format!("`{word}` is not how DQDL writes a number"), &plain);
            return Some(plain);
        }
        let hexadecimal = word.strip_prefix("0x").or(word.strip_prefix("0X")).and_then(|hex| i64::from_str_radix(hex, 16).ok());
        let percent = word.strip_suffix('%').filter(|number| is_plain(number)).and_then(|number| number.parse::<f64>().ok());
        let meant = hexadecimal.map(|number| number.to_string()).or_else(|| percent.map(hundredth));
        if hexadecimal.is_none() && percent.is_none() && !word.ends_with('%') {
            let diagnostic = self
                .report
                .at(&UNQUOTED_TEXT, at, format!("`{word}` is not a number, and a text needs double quotes"))
                .help(format!("write `\"{word}\"`"));
            let diagnostic =
                self.report.fix(diagnostic, "put it in double quotes", at.clone(), &format!("\"{word}\""), Safety::Unsafe);
            self.report.push(diagnostic);
            return None;
        }
        let mut diagnostic = self.report.at(&MALFORMED_NUMBER, at, format!("`{word}` is not a number of DQDL"));
        if percent.is_some() {
            diagnostic = diagnostic.note("shares are written as parts of one: `0.95` for 95 percent");
        }
        if let Some(meant) = meant {
            diagnostic = diagnostic.help(format!("write `{meant}`"));
            diagnostic = self.report.fix(diagnostic, format!("replace with `{meant}`"), at.clone(), &meant, Safety::Unsafe);
        }
        self.report.push(diagnostic);
        None
    }

    fn quantity(
        &mut self,
        at: &Range<usize>,
        negative: bool,
        amount: &str,
        unit_at: &Range<usize>,
        unit: &str,
    ) -> Option<OperandKind> {
        let Some((kind, spelled)) = unit_of(unit) else {
            self.unknown_unit(unit_at, amount, unit, at);
            return None;
        };
        let what = match kind {
            Unit::Time(_) => "duration",
            Unit::Size(_) => "size",
        };
        if unit != spelled {
            self.report.respell(unit_at, format!("`{unit}` is written `{spelled}` in DQDL"), spelled);
        }
        if negative || !amount.bytes().all(|b| b.is_ascii_digit()) {
            let message = format!("a {what} is a whole number and a unit, not `{}`", self.report.written(at));
            let mut diagnostic = self.report.at(&MALFORMED_QUANTITY, at, message);
            if negative {
                diagnostic = diagnostic.help("leave the sign out; times before now are `(now() - 5 hours)`");
            }
            if let Some(smaller) = (!negative).then(|| whole_in_smaller_unit(amount, spelled)).flatten() {
                diagnostic = diagnostic.help(format!("write `{smaller}`"));
                diagnostic =
                    self.report.fix(diagnostic, format!("replace with `{smaller}`"), at.clone(), &smaller, Safety::Unsafe);
            }
            self.report.push(diagnostic);
            return None;
        }
        if amount.parse::<i32>().is_err() {
            let diagnostic = self
                .report
                .unportable(at, format!("`{amount}` is too large for a {what} on AWS"))
                .note("AWS reads the number into 32 bits: at most 2147483647");
            self.report.push(diagnostic);
        }
        let amount = amount.to_owned();
        Some(match kind {
            Unit::Time(unit) => OperandKind::Duration(Duration { amount, unit }),
            Unit::Size(unit) => OperandKind::Size { amount, unit },
        })
    }

    fn unknown_unit(&mut self, unit_at: &Range<usize>, amount: &str, unit: &str, at: &Range<usize>) {
        let mut diagnostic = self.report.at(&MALFORMED_QUANTITY, unit_at, format!("no unit is called `{unit}`"));
        diagnostic = diagnostic.help(format!("the units are {}", suggest::list(UNITS.iter().copied(), 10)));
        let weeks = matches!(unit, "week" | "weeks" | "w").then(|| amount.parse::<u32>().ok()).flatten();
        if let Some(weeks) = weeks {
            let days = format!("{} days", u64::from(weeks) * 7);
            diagnostic = self.report.fix(diagnostic, format!("replace with `{days}`"), at.clone(), &days, Safety::Unsafe);
        } else if let Some(near) = suggest::nearest(unit, UNITS.iter().copied()).filter(|_| unit.len() > 2) {
            diagnostic = self.report.fix(diagnostic, format!("replace with `{near}`"), unit_at.clone(), near, Safety::Unsafe);
        }
        self.report.push(diagnostic);
    }
}

fn is_plain(word: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match word.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(word),
    }
}

/// `.5`, `5.`, `1_000`, `1e3` in DQDL's form.
fn rewritten(word: &str) -> Option<String> {
    let joined = word.replace('_', "");
    let dotted = match joined.split_once('.') {
        Some(("", fraction)) => format!("0.{fraction}"),
        Some((whole, "")) => whole.to_owned(),
        _ => joined,
    };
    if is_plain(&dotted) && !word.ends_with('_') {
        return Some(dotted);
    }
    let (mantissa, exponent) = dotted.split_once(['e', 'E'])?;
    let exponent: i32 = exponent.parse().ok()?;
    if !is_plain(mantissa) || exponent.abs() > 15 {
        return None;
    }
    let value: f64 = format!("{mantissa}e{exponent}").parse().ok()?;
    Some(value.to_string())
}

/// `3days` into its number and its unit.
fn glued(word: &str) -> Option<(&str, &str)> {
    let split = word.find(|c: char| c.is_ascii_alphabetic())?;
    let (amount, unit) = word.split_at(split);
    (is_plain(amount) && unit_of(unit).is_some()).then_some((amount, unit))
}

fn hundredth(percent: f64) -> String {
    // The shortest text that reads as the same double, rounded where dividing by 100 left noise.
    format!("{:.12}", percent / 100.0).trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `1.5 MB` is `1536 KB`, `0.5 days` is `12 hours`.
fn whole_in_smaller_unit(amount: &str, unit: &str) -> Option<String> {
    let amount: f64 = amount.parse().ok()?;
    let (factor, smaller) = match unit {
        "days" => (24.0, "hours"),
        "hours" => (60.0, "minutes"),
        "TB" => (1024.0, "GB"),
        "GB" => (1024.0, "MB"),
        "MB" => (1024.0, "KB"),
        "KB" => (1024.0, "B"),
        _ => return None,
    };
    let whole = amount * factor;
    (whole.fract() == 0.0 && whole < 1e9).then(|| format!("{whole} {smaller}"))
}
