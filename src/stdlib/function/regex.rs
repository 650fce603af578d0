//! Functions of Java's patterns.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, ListBuilder, StringViewBuilder};
use datafusion::arrow::datatypes::{DataType, Field, Int32Type};
use datafusion::common::{Result, exec_err};

use super::def::{Call, Function, Run, Want, bool, int};
use crate::stdlib::pattern::{Pattern, Replacement, VAGUE};
use crate::stdlib::spark::common::list;

const TWO: &[Want] = &[Want::Text, Want::Text];
const WITH_NUMBER: &[Want] = &[Want::Text, Want::Text, Want::Int];

pub(super) static RLIKE: Function = Function {
    name: "rlike",
    aliases: &["regexp", "regexp_like"],
    takes: TWO,
    returns: bool,
    run: Run::Batch(|call| {
        let (text, pattern) = (call.text(0), call.text(1));
        let mut kept = Kept::default();
        call.booleans(|row| match text.get(row).zip(pattern.get(row)) {
            Some((text, pattern)) => Ok(Some(kept.get(pattern)?.is_match(text)?)),
            None => Ok(None),
        })
    }),
    summary: "`rlike(s, pattern)`, `s rlike pattern`: whether it contains a match",
    ..Function::BASE
};

pub(super) static REGEXP_EXTRACT: Function = Function {
    name: "regexp_extract",
    takes: WITH_NUMBER,
    optional: 1,
    run: Run::Batch(|call| {
        let (text, pattern) = (call.text(0), call.text(1));
        let mut kept = Kept::default();
        call.strings(|row| {
            let (Some(text), Some(pattern), Some(group)) = (text.get(row), pattern.get(row), group(call, row)) else {
                return Ok(None);
            };
            let found = kept.with_group(pattern, group)?.groups_at(text, 0)?;
            Ok(Some(found.map_or("", |groups| part(text, &groups, group))))
        })
    }),
    summary: "`regexp_extract(s, pattern[, group])`: what the group (1) of the first match found; empty without a match",
    ..Function::BASE
};

pub(super) static REGEXP_EXTRACT_ALL: Function = Function {
    name: "regexp_extract_all",
    takes: WITH_NUMBER,
    optional: 1,
    returns: |_| Ok(list(DataType::Utf8View)),
    run: Run::Batch(|call| {
        let (text, pattern) = (call.text(0), call.text(1));
        let mut kept = Kept::default();
        lists(call, |row, out| {
            let (Some(text), Some(pattern), Some(group)) = (text.get(row), pattern.get(row), group(call, row)) else {
                return Ok(false);
            };
            kept.with_group(pattern, group)?.each(text, |groups| {
                out.append_value(part(text, groups, group));
                Ok(())
            })?;
            Ok(true)
        })
    }),
    summary: "`regexp_extract_all(s, pattern[, group])`: what the group (1) of every match found",
    ..Function::BASE
};

pub(super) static REGEXP_REPLACE: Function = Function {
    name: "regexp_replace",
    takes: &[Want::Text, Want::Text, Want::Text, Want::Int],
    optional: 1,
    run: Run::Batch(|call| {
        let (text, pattern, by) = (call.text(0), call.text(1), call.text(2));
        let from = (call.count() > 3).then(|| call.int(3));
        let mut kept = Kept::default();
        let mut replacement: Option<(String, String, Replacement)> = None;
        call.strings(|row| {
            let from = from.as_ref().map_or(Some(1), |from| from.get(row));
            let (Some(text), Some(pattern), Some(by), Some(from)) = (text.get(row), pattern.get(row), by.get(row), from) else {
                return Ok(None);
            };
            if from < 1 {
                return exec_err!("the place that `regexp_replace` begins at is counted from 1, not {from}");
            }
            let compiled = kept.get(pattern)?;
            if replacement.as_ref().is_none_or(|(of, text, _)| of != pattern || text != by) {
                match Replacement::new(by, compiled) {
                    Ok(read) => replacement = Some((pattern.to_owned(), by.to_owned(), read)),
                    Err(fault) => return exec_err!("`{by}` cannot replace matches of `{pattern}`: {}", fault.message),
                }
            }
            let skip = usize::try_from(from - 1).unwrap_or(0);
            let start = text.char_indices().nth(skip).map_or(text.len(), |(at, _)| at);
            // Behind the end there is nothing to find, not even an empty match.
            if skip > 0 && start == text.len() {
                return Ok(Some(text.to_owned()));
            }
            let (head, tail) = text.split_at(start);
            let mut out = head.to_owned();
            let mut last = 0;
            compiled.each(tail, |groups| {
                if let Some(Some(whole)) = groups.first() {
                    out.push_str(&tail[last..whole.start]);
                    if let Some((_, _, replacement)) = &replacement {
                        replacement.write(tail, groups, &mut out);
                    }
                    last = whole.end;
                }
                Ok(())
            })?;
            out.push_str(&tail[last..]);
            Ok(Some(out))
        })
    }),
    summary: "`regexp_replace(s, pattern, by[, from])`: every match replaced; `$1` is what a group found, `\\$` a dollar",
    ..Function::BASE
};

pub(super) static REGEXP_COUNT: Function = Function {
    name: "regexp_count",
    takes: TWO,
    returns: int,
    run: Run::Batch(|call| {
        let (text, pattern) = (call.text(0), call.text(1));
        let mut kept = Kept::default();
        call.values::<Int32Type>(|row| {
            let Some((text, pattern)) = text.get(row).zip(pattern.get(row)) else { return Ok(None) };
            let mut count = 0;
            kept.get(pattern)?.each(text, |_| {
                count += 1;
                Ok(())
            })?;
            Ok(Some(count))
        })
    }),
    summary: "`regexp_count(s, pattern)`: how many matches",
    ..Function::BASE
};

pub(super) static REGEXP_INSTR: Function = Function {
    name: "regexp_instr",
    takes: TWO,
    returns: int,
    run: Run::Batch(|call| {
        let (text, pattern) = (call.text(0), call.text(1));
        let mut kept = Kept::default();
        call.values::<Int32Type>(|row| {
            let Some((text, pattern)) = text.get(row).zip(pattern.get(row)) else { return Ok(None) };
            let found = kept.get(pattern)?.find_at(text, 0)?;
            Ok(Some(found.map_or(0, |found| i32::try_from(text[..found.start].chars().count() + 1).unwrap_or(i32::MAX))))
        })
    }),
    summary: "`regexp_instr(s, pattern)`: where the first match begins, counted from 1; 0 without a match",
    ..Function::BASE
};

pub(super) static REGEXP_SUBSTR: Function = Function {
    name: "regexp_substr",
    takes: TWO,
    run: Run::Batch(|call| {
        let (text, pattern) = (call.text(0), call.text(1));
        let mut kept = Kept::default();
        call.strings(|row| match text.get(row).zip(pattern.get(row)) {
            // An empty match is none.
            Some((text, pattern)) => Ok(kept.get(pattern)?.find(text)?.filter(|found| !found.is_empty())),
            None => Ok(None),
        })
    }),
    summary: "`regexp_substr(s, pattern)`: the first match; NULL without one",
    ..Function::BASE
};

pub(super) static SPLIT: Function = Function {
    name: "split",
    takes: WITH_NUMBER,
    optional: 1,
    returns: |_| Ok(list(DataType::Utf8View)),
    run: Run::Batch(|call| {
        let (text, pattern) = (call.text(0), call.text(1));
        let limit = (call.count() > 2).then(|| call.int(2));
        let mut kept = Kept::default();
        lists(call, |row, out| {
            let limit = limit.as_ref().map_or(Some(-1), |limit| limit.get(row));
            let (Some(text), Some(pattern), Some(limit)) = (text.get(row), pattern.get(row), limit) else { return Ok(false) };
            if pattern.is_empty() && !text.is_empty() {
                // Its characters, without an empty part behind the last.
                let most = usize::try_from(limit).ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
                text.chars().take(most).for_each(|c| out.append_value(c.encode_utf8(&mut [0; 4])));
                return Ok(true);
            }
            for part in split(kept.get(pattern)?, text, limit)? {
                out.append_value(part);
            }
            Ok(true)
        })
    }),
    summary: "`split(s, pattern[, limit])`: the parts between matches; a dot or a bar as itself is `\\\\.`, `\\\\|`",
    ..Function::BASE
};

/// Java's `split`: no empty part in front of an empty match at the start. No limit keeps empty parts at the end.
fn split<'a>(pattern: &Pattern, text: &'a str, limit: i32) -> Result<Vec<&'a str>> {
    let most = usize::try_from(limit).ok().filter(|limit| *limit > 0);
    let mut parts = Vec::new();
    let mut last = 0;
    pattern.each(text, |groups| {
        let Some(Some(found)) = groups.first() else { return Ok(()) };
        if most.is_some_and(|most| parts.len() + 1 >= most) || (found.end == 0 && found.start == 0) {
            return Ok(());
        }
        parts.push(&text[last..found.start]);
        last = found.end;
        Ok(())
    })?;
    parts.push(&text[last..]);
    Ok(parts)
}

/// The pattern of the row before: patterns are nearly always one for all rows.
#[derive(Default)]
struct Kept(Option<(String, Pattern)>);

impl Kept {
    fn get(&mut self, java: &str) -> Result<&Pattern> {
        if self.0.as_ref().is_none_or(|(text, _)| text != java) {
            match Pattern::new(java) {
                Ok(pattern) => self.0 = Some((java.to_owned(), pattern)),
                Err(fault) => return exec_err!("`{java}` is no pattern that can be used: {}", fault.message),
            }
        }
        match &self.0 {
            Some((_, pattern)) => Ok(pattern),
            None => exec_err!("a pattern is missing"),
        }
    }

    fn with_group(&mut self, java: &str, group: i32) -> Result<&Pattern> {
        let pattern = self.get(java)?;
        match usize::try_from(group) {
            Ok(1..) if pattern.is_vague() => exec_err!("`{java}`: {VAGUE}"),
            Ok(number) if number <= pattern.groups() => Ok(pattern),
            _ => exec_err!("the pattern `{java}` has {} groups, so there is no group {group}", pattern.groups()),
        }
    }
}

/// The number of the group: the first one if it is not said.
fn group(call: &Call, row: usize) -> Option<i32> {
    if call.count() > 2 { call.int(2).get(row) } else { Some(1) }
}

fn part<'a>(text: &'a str, groups: &[Option<Range<usize>>], group: i32) -> &'a str {
    let found = usize::try_from(group).ok().and_then(|at| groups.get(at)?.clone());
    found.map_or("", |found| &text[found])
}

/// Lists of text; a row without one is NULL.
fn lists(call: &Call, mut one: impl FnMut(usize, &mut StringViewBuilder) -> Result<bool>) -> Result<ArrayRef> {
    let field = Field::new_list_field(DataType::Utf8View, true);
    let mut out = ListBuilder::new(StringViewBuilder::new()).with_field(field);
    for row in 0..call.rows {
        let valid = one(row, out.values())?;
        out.append(valid);
    }
    Ok(Arc::new(out.finish()))
}
