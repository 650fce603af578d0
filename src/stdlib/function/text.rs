//! Text: lengths, case, parts, padding, joining.

use datafusion::arrow::array::{Array, AsArray, ListArray, StringViewArray};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType, Field, Int32Type};
use datafusion::common::{Result, plan_err};
use std::sync::Arc;

use super::def::{Call, Function, Run, Want, int};
use crate::stdlib::spark::cast;

const TEXT: &[Want] = &[Want::Text];

pub(super) static UPPER: Function = Function {
    name: "upper",
    aliases: &["ucase"],
    takes: TEXT,
    run: Run::Batch(|call| one(call, str::to_uppercase)),
    summary: "`upper(s)`: in capitals",
    ..Function::BASE
};

pub(super) static LOWER: Function = Function {
    name: "lower",
    aliases: &["lcase"],
    takes: TEXT,
    run: Run::Batch(|call| one(call, str::to_lowercase)),
    summary: "`lower(s)`: in small letters",
    ..Function::BASE
};

pub(super) static INITCAP: Function = Function {
    name: "initcap",
    takes: TEXT,
    run: Run::Batch(|call| one(call, capitals)),
    summary: "`initcap(s)`: each word behind a blank begins with a capital, the rest is small",
    ..Function::BASE
};

pub(super) static LENGTH: Function = Function {
    name: "length",
    aliases: &["len", "char_length", "character_length"],
    takes: TEXT,
    returns: int,
    run: Run::Batch(|call| count(call, |text| text.chars().count())),
    summary: "`length(s)`: how many characters, blanks at the end included",
    ..Function::BASE
};

pub(super) static OCTET_LENGTH: Function = Function {
    name: "octet_length",
    takes: TEXT,
    returns: int,
    run: Run::Batch(|call| count(call, str::len)),
    summary: "`octet_length(s)`: how many bytes",
    ..Function::BASE
};

pub(super) static BIT_LENGTH: Function = Function {
    name: "bit_length",
    takes: TEXT,
    returns: int,
    run: Run::Batch(|call| count(call, |text| text.len() * 8)),
    summary: "`bit_length(s)`: how many bits",
    ..Function::BASE
};

pub(super) static ASCII: Function = Function {
    name: "ascii",
    takes: TEXT,
    returns: int,
    run: Run::Batch(|call| count(call, |text| text.chars().next().map_or(0, |first| first as usize))),
    summary: "`ascii(s)`: the number of the first character",
    ..Function::BASE
};

pub(super) static CHAR: Function = Function {
    name: "char",
    aliases: &["chr"],
    takes: &[Want::Long],
    run: Run::Batch(|call| {
        let number = call.long(0);
        let char = |number: i64| match u32::try_from(number) {
            Ok(number) => char::from_u32(number % 256).map(String::from).unwrap_or_default(),
            Err(_) if number < 0 => String::new(),
            Err(_) => char::from_u32(u32::try_from(number.rem_euclid(256)).unwrap_or(0)).map(String::from).unwrap_or_default(),
        };
        call.strings(|row| Ok(number.get(row).map(char)))
    }),
    summary: "`char(n)`: the character of a number below 256",
    ..Function::BASE
};

pub(super) static REVERSE: Function = Function {
    name: "reverse",
    takes: TEXT,
    run: Run::Batch(|call| one(call, |text| text.chars().rev().collect())),
    summary: "`reverse(s)`: from the end to the beginning",
    ..Function::BASE
};

pub(super) static REPEAT: Function = Function {
    name: "repeat",
    takes: &[Want::Text, Want::Int],
    run: Run::Batch(|call| {
        let (text, times) = (call.text(0), call.int(1));
        call.strings(|row| Ok(text.get(row).zip(times.get(row)).map(|(text, times)| text.repeat(size(times)))))
    }),
    summary: "`repeat(s, n)`: `n` times one behind the other",
    ..Function::BASE
};

pub(super) static SPACE: Function = Function {
    name: "space",
    takes: &[Want::Int],
    run: Run::Batch(|call| {
        let times = call.int(0);
        call.strings(|row| Ok(times.get(row).map(|times| " ".repeat(size(times)))))
    }),
    summary: "`space(n)`: `n` blanks",
    ..Function::BASE
};

pub(super) static SUBSTRING: Function = Function {
    name: "substring",
    aliases: &["substr"],
    takes: &[Want::Text, Want::Int, Want::Int],
    optional: 1,
    run: Run::Batch(|call| {
        let (text, start) = (call.text(0), call.int(1));
        let length = (call.count() > 2).then(|| call.int(2));
        call.strings(|row| {
            let (Some(text), Some(start)) = (text.get(row), start.get(row)) else { return Ok(None) };
            Ok(match &length {
                None => Some(part(text, start, i64::from(i32::MAX))),
                Some(length) => length.get(row).map(|length| part(text, start, i64::from(length))),
            })
        })
    }),
    summary: "`substring(s, start[, length])`: from the character `start`; counted from 1, from the end if it is negative",
    ..Function::BASE
};

pub(super) static LEFT: Function = Function {
    name: "left",
    takes: &[Want::Text, Want::Int],
    run: Run::Batch(|call| {
        let (text, length) = (call.text(0), call.int(1));
        call.strings(|row| {
            let both = text.get(row).zip(length.get(row));
            Ok(both.map(|(text, length)| part(text, 1, i64::from(length.max(0)))))
        })
    }),
    summary: "`left(s, n)`: the first `n` characters",
    ..Function::BASE
};

pub(super) static RIGHT: Function = Function {
    name: "right",
    takes: &[Want::Text, Want::Int],
    run: Run::Batch(|call| {
        let (text, length) = (call.text(0), call.int(1));
        call.strings(|row| {
            let Some((text, length)) = text.get(row).zip(length.get(row)) else { return Ok(None) };
            let skip = text.chars().count().saturating_sub(size(length));
            Ok(Some(text.chars().skip(skip).collect::<String>()))
        })
    }),
    summary: "`right(s, n)`: the last `n` characters",
    ..Function::BASE
};

pub(super) static SUBSTRING_INDEX: Function = Function {
    name: "substring_index",
    takes: &[Want::Text, Want::Text, Want::Int],
    run: Run::Batch(|call| {
        let (text, mark, count) = (call.text(0), call.text(1), call.int(2));
        call.strings(|row| {
            let (Some(text), Some(mark), Some(count)) = (text.get(row), mark.get(row), count.get(row)) else { return Ok(None) };
            Ok(Some(before(text, mark, count)))
        })
    }),
    summary: "`substring_index(s, mark, n)`: what is before the `n`th mark; behind it, from the end, if `n` is negative",
    ..Function::BASE
};

pub(super) static LPAD: Function = Function {
    name: "lpad",
    takes: &[Want::Text, Want::Int, Want::Text],
    optional: 1,
    run: Run::Batch(|call| padded(call, true)),
    summary: "`lpad(s, n[, pad])`: filled up from the left to `n` characters, or cut to them",
    ..Function::BASE
};

pub(super) static RPAD: Function = Function {
    name: "rpad",
    takes: &[Want::Text, Want::Int, Want::Text],
    optional: 1,
    run: Run::Batch(|call| padded(call, false)),
    summary: "`rpad(s, n[, pad])`: filled up from the right to `n` characters, or cut to them",
    ..Function::BASE
};

pub(super) static TRIM: Function = Function {
    name: "trim",
    takes: TEXT,
    run: Run::Batch(|call| one(call, |text| text.trim_matches(' ').to_owned())),
    summary: "`trim(s)`: without the blanks at both ends; only blanks, no tabs and no line ends",
    ..Function::BASE
};

pub(super) static BTRIM: Function = Function {
    name: "btrim",
    takes: &[Want::Text, Want::Text],
    optional: 1,
    run: Run::Batch(|call| {
        let text = call.text(0);
        let marks = (call.count() > 1).then(|| call.text(1));
        call.strings(|row| {
            let marks = marks.as_ref().map_or(Some(" "), |marks| marks.get(row));
            Ok(text.get(row).zip(marks).map(|(text, marks)| text.trim_matches(|c| marks.contains(c)).to_owned()))
        })
    }),
    summary: "`btrim(s[, marks])`: without the marks (blanks) at both ends",
    ..Function::BASE
};

pub(super) static LTRIM: Function = Function {
    name: "ltrim",
    takes: &[Want::Text, Want::Text],
    optional: 1,
    run: Run::Batch(|call| one_sided(call, |text, marks| text.trim_start_matches(|c| marks.contains(c)))),
    summary: "`ltrim([marks, ]s)`: without the marks (blanks) at the beginning; the marks come first",
    ..Function::BASE
};

pub(super) static RTRIM: Function = Function {
    name: "rtrim",
    takes: &[Want::Text, Want::Text],
    optional: 1,
    run: Run::Batch(|call| one_sided(call, |text, marks| text.trim_end_matches(|c| marks.contains(c)))),
    summary: "`rtrim([marks, ]s)`: without the marks (blanks) at the end; the marks come first",
    ..Function::BASE
};

pub(super) static CONCAT: Function = Function {
    name: "concat",
    more: Some(Want::Any),
    returns: |types| {
        let lists = types.iter().filter(|found| matches!(found, DataType::List(_))).count();
        if lists == 0 {
            return Ok(DataType::Utf8View);
        }
        match crate::stdlib::spark::common::chosen_of(types) {
            Some(list) if lists == types.len() => Ok(list),
            _ => plan_err!("`concat` takes texts or arrays of one type, not both"),
        }
    },
    run: Run::Batch(joined),
    summary: "`concat(a, …)`: one behind the other, arrays too; NULL if one of them is",
    ..Function::BASE
};

pub(super) static CONCAT_WS: Function = Function {
    name: "concat_ws",
    takes: TEXT,
    more: Some(Want::Any),
    run: Run::Batch(|call| {
        let mark = call.text(0);
        let parts = (1..call.count()).map(|at| Part::new(call, at)).collect::<Result<Vec<_>>>()?;
        call.strings(|row| {
            let Some(mark) = mark.get(row) else { return Ok(None) };
            let mut all = Vec::new();
            for part in &parts {
                part.collect(row, &mut all)?;
            }
            Ok(Some(all.join(mark)))
        })
    }),
    summary: "`concat_ws(mark, a, …)`: with a mark between; what is NULL is left out",
    ..Function::BASE
};

pub(super) static REPLACE: Function = Function {
    name: "replace",
    takes: &[Want::Text, Want::Text, Want::Text],
    optional: 1,
    run: Run::Batch(|call| {
        let (text, from) = (call.text(0), call.text(1));
        let to = (call.count() > 2).then(|| call.text(2));
        call.strings(|row| {
            let to = to.as_ref().map_or(Some(""), |to| to.get(row));
            let (Some(text), Some(from), Some(to)) = (text.get(row), from.get(row), to) else { return Ok(None) };
            Ok(Some(if from.is_empty() { text.to_owned() } else { text.replace(from, to) }))
        })
    }),
    summary: "`replace(s, part[, by])`: every `part` replaced, or left out",
    ..Function::BASE
};

pub(super) static TRANSLATE: Function = Function {
    name: "translate",
    takes: &[Want::Text, Want::Text, Want::Text],
    run: Run::Batch(|call| {
        let (text, from, to) = (call.text(0), call.text(1), call.text(2));
        call.strings(|row| {
            let (Some(text), Some(from), Some(to)) = (text.get(row), from.get(row), to.get(row)) else { return Ok(None) };
            let to: Vec<char> = to.chars().collect();
            let swap = |c: char| match from.chars().position(|other| other == c) {
                None => Some(c),
                Some(at) => to.get(at).copied(),
            };
            Ok(Some(text.chars().filter_map(swap).collect::<String>()))
        })
    }),
    summary: "`translate(s, from, to)`: each character of `from` by the one of `to`, or left out",
    ..Function::BASE
};

pub(super) static OVERLAY: Function = Function {
    name: "overlay",
    takes: &[Want::Text, Want::Text, Want::Int, Want::Int],
    optional: 1,
    run: Run::Batch(|call| {
        let (text, by, start) = (call.text(0), call.text(1), call.int(2));
        let length = (call.count() > 3).then(|| call.int(3));
        call.strings(|row| {
            let (Some(text), Some(by), Some(start)) = (text.get(row), by.get(row), start.get(row)) else { return Ok(None) };
            let own = i32::try_from(by.chars().count()).unwrap_or(i32::MAX);
            let length = length.as_ref().map_or(Some(-1), |length| length.get(row));
            let Some(length) = length.map(|length| if length < 0 { own } else { length }) else { return Ok(None) };
            let head = part(text, 1, i64::from(start) - 1);
            let tail = part(text, start.saturating_add(length), i64::from(i32::MAX));
            Ok(Some(format!("{head}{by}{tail}")))
        })
    }),
    summary: "`overlay(s, by, start[, length])`: a part replaced",
    ..Function::BASE
};

pub(super) static LEVENSHTEIN: Function = Function {
    name: "levenshtein",
    takes: &[Want::Text, Want::Text],
    returns: int,
    run: Run::Batch(|call| {
        let (left, right) = (call.text(0), call.text(1));
        call.values::<Int32Type>(|row| {
            let both = left.get(row).zip(right.get(row));
            Ok(both.map(|(left, right)| i32::try_from(strsim::levenshtein(left, right)).unwrap_or(i32::MAX)))
        })
    }),
    summary: "`levenshtein(a, b)`: how many characters must change",
    ..Function::BASE
};

fn one(call: &Call, run: impl Fn(&str) -> String) -> Result<datafusion::arrow::array::ArrayRef> {
    let text = call.text(0);
    call.strings(|row| Ok(text.get(row).map(&run)))
}

fn count(call: &Call, run: impl Fn(&str) -> usize) -> Result<datafusion::arrow::array::ArrayRef> {
    let text = call.text(0);
    call.values::<Int32Type>(|row| Ok(text.get(row).map(|text| i32::try_from(run(text)).unwrap_or(i32::MAX))))
}

fn size(count: i32) -> usize {
    usize::try_from(count).unwrap_or(0)
}

fn capitals(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut begins = true;
    for c in text.to_lowercase().chars() {
        if begins {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
        begins = c == ' ';
    }
    out
}

/// The characters from `start`, as Spark counts: 1 is the first, 0 too, -1 the last.
fn part(text: &str, start: i32, length: i64) -> String {
    let count = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    let from = match start {
        0 => 0,
        1.. => i64::from(start) - 1,
        _ => count + i64::from(start),
    };
    let until = from.saturating_add(length).clamp(0, count);
    let from = from.max(0);
    let (skip, take) = (usize::try_from(from).unwrap_or(0), usize::try_from((until - from).max(0)).unwrap_or(0));
    text.chars().skip(skip).take(take).collect()
}

fn before(text: &str, mark: &str, count: i32) -> String {
    if mark.is_empty() || count == 0 {
        return String::new();
    }
    let nth = size(count.saturating_abs()) - 1;
    if count > 0 {
        return text.match_indices(mark).nth(nth).map_or(text, |(at, _)| &text[..at]).to_owned();
    }
    text.rmatch_indices(mark).nth(nth).map_or(text, |(at, _)| &text[at + mark.len()..]).to_owned()
}

fn padded(call: &Call, left: bool) -> Result<datafusion::arrow::array::ArrayRef> {
    let (text, length) = (call.text(0), call.int(1));
    let pad = (call.count() > 2).then(|| call.text(2));
    call.strings(|row| {
        let pad = pad.as_ref().map_or(Some(" "), |pad| pad.get(row));
        let (Some(text), Some(length), Some(pad)) = (text.get(row), length.get(row), pad) else { return Ok(None) };
        let (length, own) = (size(length), text.chars().count());
        if own >= length || pad.is_empty() {
            return Ok(Some(text.chars().take(length).collect::<String>()));
        }
        let fill: String = pad.chars().cycle().take(length - own).collect();
        Ok(Some(if left { fill + text } else { text.to_owned() + &fill }))
    })
}

fn one_sided(call: &Call, run: impl for<'a> Fn(&'a str, &str) -> &'a str) -> Result<datafusion::arrow::array::ArrayRef> {
    // Spark's marks come first.
    let (marks, text) = if call.count() > 1 { (Some(call.text(0)), call.text(1)) } else { (None, call.text(0)) };
    call.strings(|row| {
        let marks = marks.as_ref().map_or(Some(" "), |marks| marks.get(row));
        Ok(text.get(row).zip(marks).map(|(text, marks)| run(text, marks).to_owned()))
    })
}

fn joined(call: &Call) -> Result<datafusion::arrow::array::ArrayRef> {
    if let DataType::List(field) = &call.returns {
        return joined_lists(call, field);
    }
    let columns = (0..call.count())
        .map(|at| Ok((cast::texts(&call.column(at).array)?, call.column(at).single)))
        .collect::<Result<Vec<_>>>()?;
    let mut out = String::new();
    call.strings(|row| {
        out.clear();
        for (texts, single) in &columns {
            let at = if *single { 0 } else { row };
            if texts.is_null(at) {
                return Ok(None);
            }
            out.push_str(texts.value(at));
        }
        Ok(Some(out.clone()))
    })
}

fn joined_lists(call: &Call, field: &Arc<Field>) -> Result<datafusion::arrow::array::ArrayRef> {
    let columns = (0..call.count())
        .map(|at| {
            let column = call.column(at);
            Ok((cast::array(&column.array, &call.returns, call.now)?, column.single))
        })
        .collect::<Result<Vec<_>>>()?;
    let (mut pieces, mut lengths, mut valid) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..call.rows {
        let items: Vec<_> = columns
            .iter()
            .filter_map(|(list, single)| {
                let at = if *single { 0 } else { row };
                list.is_valid(at).then(|| list.as_list::<i32>().value(at))
            })
            .collect();
        let all = items.len() == columns.len();
        valid.push(all);
        lengths.push(if all { items.iter().map(Array::len).sum() } else { 0 });
        if all {
            pieces.extend(items);
        }
    }
    let pieces: Vec<&dyn Array> = pieces.iter().map(AsRef::as_ref).collect();
    let values = match pieces.as_slice() {
        [] => datafusion::arrow::array::new_empty_array(field.data_type()),
        pieces => datafusion::arrow::compute::concat(pieces)?,
    };
    Ok(Arc::new(ListArray::try_new(Arc::clone(field), OffsetBuffer::from_lengths(lengths), values, Some(valid.into()))?))
}

/// What `concat_ws` joins: texts, or the items of an array.
enum Part {
    Texts(StringViewArray, bool),
    Items(ListArray, bool),
}

impl Part {
    fn new(call: &Call, at: usize) -> Result<Self> {
        let column = call.column(at);
        Ok(match column.array.data_type() {
            DataType::List(_) => Self::Items(column.array.as_list::<i32>().clone(), column.single),
            _ => Self::Texts(cast::texts(&column.array)?, column.single),
        })
    }

    fn collect(&self, row: usize, all: &mut Vec<String>) -> Result<()> {
        match self {
            Self::Texts(texts, single) => {
                let at = if *single { 0 } else { row };
                if texts.is_valid(at) {
                    all.push(texts.value(at).to_owned());
                }
            }
            Self::Items(list, single) => {
                let at = if *single { 0 } else { row };
                if list.is_valid(at) {
                    all.extend(cast::texts(&list.value(at))?.iter().flatten().map(str::to_owned));
                }
            }
        }
        Ok(())
    }
}
