//! `glueCompile/explain`: the page of a code, a rule type, a transform or a connector.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Cx, Failure, read, write};
use crate::ide::hover;

#[derive(Deserialize)]
struct Params {
    word: String,
}

pub(super) fn answer(_: &Cx<'_>, params: Value) -> Result<Value, Failure> {
    let Params { word } = read(params)?;
    match hover::page(&word) {
        Some(page) => write(json!({ "markdown": page })),
        None => Err(Failure::refused(format!("there is no page for `{word}`"))),
    }
}
