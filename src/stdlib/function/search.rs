//! Text in text: where it stands and whether it is there.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::Int32Type;
use datafusion::common::Result;

use super::def::{Call, Function, Run, Want, bool, int};

const TWO: &[Want] = &[Want::Text, Want::Text];

pub(super) static INSTR: Function = Function {
    name: "instr",
    aliases: &["strpos"],
    takes: TWO,
    returns: int,
    run: Run::Batch(|call| {
        let (text, part) = (call.text(0), call.text(1));
        call.values::<Int32Type>(|row| Ok(text.get(row).zip(part.get(row)).map(|(text, part)| place(text, part, 1))))
    }),
    summary: "`instr(s, part)`: where `part` begins, counted from 1; 0 if it is not there",
    ..Function::BASE
};

pub(super) static LOCATE: Function = Function {
    name: "locate",
    aliases: &["position"],
    takes: &[Want::Text, Want::Text, Want::Int],
    optional: 1,
    returns: int,
    run: Run::Batch(|call| {
        let (part, text) = (call.text(0), call.text(1));
        let from = (call.count() > 2).then(|| call.int(2));
        call.values::<Int32Type>(|row| {
            let from = match &from {
                None => 1,
                // Spark takes a missing place for none at all.
                Some(from) => match from.get(row) {
                    Some(from) => from,
                    None => return Ok(Some(0)),
                },
            };
            Ok(text.get(row).zip(part.get(row)).map(|(text, part)| place(text, part, from)))
        })
    }),
    summary: "`locate(part, s[, from])`: where `part` begins, at `from` or behind; 0 if it is not there",
    ..Function::BASE
};

pub(super) static CONTAINS: Function = Function {
    name: "contains",
    takes: TWO,
    returns: bool,
    run: Run::Batch(|call| both(call, |text, part| text.contains(part))),
    summary: "`contains(s, part)`: whether `part` is in it",
    ..Function::BASE
};

pub(super) static STARTSWITH: Function = Function {
    name: "startswith",
    aliases: &["starts_with"],
    takes: TWO,
    returns: bool,
    run: Run::Batch(|call| both(call, |text, part| text.starts_with(part))),
    summary: "`startswith(s, part)`: whether it begins with `part`",
    ..Function::BASE
};

pub(super) static ENDSWITH: Function = Function {
    name: "endswith",
    aliases: &["ends_with"],
    takes: TWO,
    returns: bool,
    run: Run::Batch(|call| both(call, |text, part| text.ends_with(part))),
    summary: "`endswith(s, part)`: whether it ends with `part`",
    ..Function::BASE
};

pub(super) static FIND_IN_SET: Function = Function {
    name: "find_in_set",
    takes: TWO,
    returns: int,
    run: Run::Batch(|call| {
        let (item, set) = (call.text(0), call.text(1));
        let place = |(item, set): (&str, &str)| set.split(',').position(|other| other == item).map_or(0, |at| at + 1);
        call.values::<Int32Type>(|row| Ok(item.get(row).zip(set.get(row)).map(|both| i32::try_from(place(both)).unwrap_or(0))))
    }),
    summary: "`find_in_set(item, 'a,b,c')`: which of the items it is, counted from 1; 0 if none",
    ..Function::BASE
};

pub(super) static SPLIT_PART: Function = Function {
    name: "split_part",
    takes: &[Want::Text, Want::Text, Want::Int],
    run: Run::Batch(|call| {
        let (text, mark, count) = (call.text(0), call.text(1), call.int(2));
        call.strings(|row| {
            let (Some(text), Some(mark), Some(count)) = (text.get(row), mark.get(row), count.get(row)) else { return Ok(None) };
            let parts: Vec<&str> = if mark.is_empty() { vec![text] } else { text.split(mark).collect() };
            let at = match count {
                1.. => usize::try_from(count - 1).ok(),
                0 => return datafusion::common::exec_err!("the number of a part of `split_part` is counted from 1, not 0"),
                _ => parts.len().checked_sub(usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX)),
            };
            Ok(Some(at.and_then(|at| parts.get(at)).map_or(String::new(), |part| (*part).to_owned())))
        })
    }),
    summary: "`split_part(s, mark, n)`: the `n`th part between marks, from the end if `n` is negative",
    ..Function::BASE
};

fn both(call: &Call, run: impl Fn(&str, &str) -> bool) -> Result<ArrayRef> {
    let (text, part) = (call.text(0), call.text(1));
    call.booleans(|row| Ok(text.get(row).zip(part.get(row)).map(|(text, part)| run(text, part))))
}

/// The place of `part` at `from` or behind it, in characters from 1; 0 if it is not there.
fn place(text: &str, part: &str, from: i32) -> i32 {
    let Ok(skip) = usize::try_from(from - 1) else { return 0 };
    let Some((start, _)) = text.char_indices().chain([(text.len(), ' ')]).nth(skip) else { return 0 };
    match text[start..].find(part) {
        None => 0,
        Some(at) => i32::try_from(text[..start + at].chars().count() + 1).unwrap_or(0),
    }
}
