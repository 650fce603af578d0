//! Values out of JSON in a text.

use datafusion::arrow::datatypes::Int32Type;
use serde_json::Value;

use super::def::{Function, Run, Want, int};

pub(super) static GET_JSON_OBJECT: Function = Function {
    name: "get_json_object",
    takes: &[Want::Text, Want::Text],
    run: Run::Batch(|call| {
        let (text, path) = (call.text(0), call.text(1));
        call.strings(|row| {
            let Some((text, path)) = text.get(row).zip(path.get(row)) else { return Ok(None) };
            let Some(steps) = steps(path) else {
                return datafusion::common::exec_err!("`{path}` is no path into JSON that is supported: write `$.name[0].other`");
            };
            let Ok(value) = serde_json::from_str::<Value>(text) else { return Ok(None) };
            let found = steps.iter().try_fold(&value, |value, step| match step {
                Step::Name(name) => value.get(name),
                Step::At(at) => value.get(at),
            });
            Ok(found.and_then(|found| match found {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            }))
        })
    }),
    summary: "`get_json_object(s, '$.a[0].b')`: the value there, as text; NULL if there is none. No `*` in the path",
    ..Function::BASE
};

pub(super) static JSON_ARRAY_LENGTH: Function = Function {
    name: "json_array_length",
    takes: &[Want::Text],
    returns: int,
    run: Run::Batch(|call| {
        let text = call.text(0);
        call.values::<Int32Type>(|row| {
            let value = text.get(row).and_then(|text| serde_json::from_str::<Value>(text).ok());
            Ok(value.and_then(|value| value.as_array().and_then(|items| i32::try_from(items.len()).ok())))
        })
    }),
    summary: "`json_array_length(s)`: how many items; NULL if it is no array of JSON",
    ..Function::BASE
};

enum Step {
    Name(String),
    At(usize),
}

/// `$.a['b'][0]`
fn steps(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(named) = rest.strip_prefix('.') {
            let length = named.find(['.', '[']).unwrap_or(named.len());
            if length == 0 || &named[..length] == "*" {
                return None;
            }
            steps.push(Step::Name(named[..length].to_owned()));
            rest = &named[length..];
        } else {
            let (inside, behind) = rest.strip_prefix('[')?.split_once(']')?;
            let name = inside.strip_prefix('\'').and_then(|name| name.strip_suffix('\''));
            steps.push(match name {
                Some(name) => Step::Name(name.to_owned()),
                None => Step::At(inside.parse().ok()?),
            });
            rest = behind;
        }
    }
    Some(steps)
}
