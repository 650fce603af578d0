//! `textDocument/codeLens`

use lsp_types::{CodeLens, CodeLensParams, Command};
use serde_json::{Value, json};

use super::{Cx, Failure, Here, read, write};
use crate::ide::lens::{self, Act, Lens};
use crate::state::Reader;

pub(super) fn answer(cx: &Cx<'_>, params: Value) -> Result<Value, Failure> {
    let CodeLensParams { text_document, .. } = read(params)?;
    write(cx.with(&text_document.uri, |here| {
        let store = here.store();
        let store = store.as_ref().map(|store| store as &dyn Reader);
        let all = lens::lenses(here.analysis, here.file, store);
        Some(all.into_iter().map(|lens| code_lens(here, lens)).collect::<Vec<_>>())
    }))
}

/// The commands are the client's: it has the terminal and the windows.
fn code_lens(here: &Here<'_>, lens: Lens) -> CodeLens {
    let (command, what) = match lens.act {
        Act::Sample(job) => ("glueCompile.runSample", job),
        Act::DryRun(job) => ("glueCompile.dryRun", job),
        Act::Plan(job) => ("glueCompile.showPlan", job),
        Act::Graph(job) => ("glueCompile.showDag", job),
        Act::Stats(context) => ("glueCompile.showStats", context),
    };
    let root = here.analysis.project.as_ref().map(|project| project.root.display().to_string());
    let mut arguments = vec![json!(here.convert.uri(here.file)), json!(what)];
    if command == "glueCompile.showStats" {
        arguments.push(json!(root));
    }
    let command = Command { title: lens.title, command: command.to_owned(), arguments: Some(arguments) };
    CodeLens { range: here.convert.range(lens.span), command: Some(command), data: None }
}
