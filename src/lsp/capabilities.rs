//! What the server says it can do.

use serde_json::{Value, json};

use super::position::Encoding;
use super::requests::Options;
use crate::ide::tokens::Class;

/// The capabilities, as the protocol has them.
pub(super) fn capabilities(encoding: Encoding, options: &Options) -> Value {
    let mut all = json!({
        "positionEncoding": encoding.kind(),
        "textDocumentSync": { "openClose": true, "change": 2, "save": true },
        "hoverProvider": true,
        "completionProvider": { "triggerCharacters": [".", "\"", "$", "{", "[", ":", " ", "("] },
        "definitionProvider": true,
        "referencesProvider": true,
        "documentHighlightProvider": true,
        "renameProvider": { "prepareProvider": true },
        "codeActionProvider": { "codeActionKinds": ["quickfix", "source.fixAll", "source.fixAll.glue-compile"] },
        "documentSymbolProvider": true,
        "foldingRangeProvider": true,
        "documentFormattingProvider": true,
        "semanticTokensProvider": {
            "legend": { "tokenTypes": Class::ALL.iter().map(|class| token_type(*class)).collect::<Vec<_>>(), "tokenModifiers": [] },
            "full": true,
        },
        "inlayHintProvider": true,
        "codeLensProvider": { "resolveProvider": false },
        "experimental": { "glueCompile": { "dag": true, "explain": true } },
    });
    // A client that has both shows everything twice.
    if options.pull {
        all["diagnosticProvider"] =
            json!({ "identifier": "glue-compile", "interFileDependencies": true, "workspaceDiagnostics": false });
    }
    all
}

/// What the protocol calls a class of tokens.
fn token_type(class: Class) -> &'static str {
    match class {
        Class::Keyword => "keyword",
        Class::RuleType => "class",
        Class::Column => "property",
        Class::Table => "namespace",
        Class::Variable => "variable",
        Class::Function => "function",
        Class::Text => "string",
        Class::Number => "number",
        Class::Comment => "comment",
        Class::Operator => "operator",
        Class::Node => "enumMember",
    }
}
