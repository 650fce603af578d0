//! `tests/golden/lsp/*.md`: a small project with a cursor, a request, the answer as text.

use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::client::{Client, ROOT, position, uri};
use crate::support;

/// Where the cursor is.
const CURSOR: char = '‸';

/// A heading with its files, requests and answers.
#[derive(Debug, Clone, Default)]
struct Case {
    name: String,
    files: Vec<(String, String)>,
    asked: Vec<Asked>,
}

#[derive(Debug, Clone)]
struct Asked {
    request: String,
    answer: String,
    /// Where the answer stands in the page.
    range: Range<usize>,
}

fn pages(root: &Path) -> Vec<(PathBuf, String)> {
    let paths = support::files(&root.join("tests/golden/lsp"), "md");
    paths.into_iter().map(|path| (path.clone(), fs::read_to_string(&path).expect("a page is readable"))).collect()
}

pub fn trials(root: &Path) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (path, text) in pages(root) {
        for case in parse(&text) {
            trials.push(Trial::test(name(root, &path, &case), move || run(&case).map_err(Into::into)));
        }
    }
    trials
}

fn name(root: &Path, path: &Path, case: &Case) -> String {
    format!("{} {}", path.strip_prefix(root).unwrap_or(path).display(), case.name)
}

/// Rewrites the answers of the cases that are picked.
pub fn update(root: &Path, picked: &dyn Fn(&str) -> bool) {
    for (path, mut text) in pages(root) {
        let cases = parse(&text);
        for case in cases.iter().rev().filter(|case| picked(&name(root, &path, case))) {
            let answers = answers(case);
            for (asked, answer) in case.asked.iter().zip(answers).rev() {
                text.replace_range(asked.range.clone(), &answer);
            }
        }
        fs::write(&path, text).expect("a page is writable");
    }
}

fn run(case: &Case) -> Result<(), String> {
    if case.asked.is_empty() {
        return Err("nothing is asked".to_owned());
    }
    for (asked, answer) in case.asked.iter().zip(answers(case)) {
        if asked.answer != answer {
            return Err(format!("{}\n{}", asked.request, support::diff::lines(&asked.answer, &answer)));
        }
    }
    Ok(())
}

fn parse(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut offset = 0;
    let mut lines = text.split_inclusive('\n');
    while let Some(line) = lines.next() {
        offset += line.len();
        if let Some(name) = line.strip_prefix('#') {
            cases.push(Case { name: name.trim_start_matches('#').trim().to_owned(), ..Case::default() });
            continue;
        }
        let fence = line.len() - line.trim_start_matches('`').len();
        if fence < 3 {
            continue;
        }
        let close = "`".repeat(fence);
        let info: Vec<String> = line.trim_start_matches('`').split_whitespace().map(str::to_owned).collect();
        let start = offset;
        let mut body = String::new();
        for line in lines.by_ref() {
            offset += line.len();
            if line.trim_end() == close {
                break;
            }
            body.push_str(line);
        }
        let range = start..start + body.len();
        let Some(case) = cases.last_mut() else { continue };
        match (info.first().map(String::as_str), info.get(1)) {
            (Some("request"), _) => {
                case.asked.push(Asked { request: body.trim().to_owned(), answer: String::new(), range: 0..0 });
            }
            (Some("answer"), _) => {
                if let Some(asked) = case.asked.last_mut() {
                    asked.answer = body;
                    asked.range = range;
                }
            }
            (_, Some(name)) => case.files.push((name.clone(), body)),
            _ => {}
        }
    }
    cases.retain(|case| !case.files.is_empty());
    cases
}

/// Opens the file with the cursor and asks everything.
fn answers(case: &Case) -> Vec<String> {
    let files: Vec<_> = case.files.iter().map(|(name, text)| (name.clone(), text.replace(CURSOR, ""))).collect();
    let (name, marked) = case.files.iter().find(|(_, text)| text.contains(CURSOR)).unwrap_or(&case.files[0]);
    let offset = marked.find(CURSOR).unwrap_or(0);
    let text = marked.replace(CURSOR, "");
    let mut client = Client::new(&files);
    // A text that is half written was sound before, without the line at hand.
    let line =
        text[..offset].rfind('\n').map_or(0, |at| at + 1)..text[offset..].find('\n').map_or(text.len(), |at| offset + at + 1);
    let is_typing = case.asked.iter().any(|asked| asked.request.starts_with("completion"));
    if is_typing {
        client.open(&uri(name), &format!("{}{}", &text[..line.start], &text[line.end..]));
        client.settle(&uri(name));
        let place = position(&text, line.start);
        client.change(&uri(name), 2, json!({ "start": place, "end": place }), &text[line]);
    } else {
        client.open(&uri(name), &text);
    }
    let answers = case.asked.iter().map(|asked| ask(&mut client, &files, name, &text, offset, &asked.request)).collect();
    client.shut_down();
    answers
}

fn ask(client: &mut Client, files: &[(String, String)], name: &str, text: &str, offset: usize, request: &str) -> String {
    let (word, argument) = request.split_once(' ').unwrap_or((request, ""));
    let document = json!({ "uri": uri(name) });
    let at = json!({ "textDocument": document, "position": position(text, offset) });
    let with = |more: Value| {
        let mut params = at.clone();
        params.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
        params
    };
    let place = position(text, offset);
    let range = json!({ "start": place, "end": place });
    let whole = json!({ "start": position(text, 0), "end": position(text, text.len()) });
    let (method, params) = match word {
        "diagnostics" => {
            client.settle(&uri(name));
            return diagnostics(client);
        }
        "hover" | "definition" | "completion" | "documentHighlight" | "prepareRename" => {
            (format!("textDocument/{word}"), at.clone())
        }
        "references" => ("textDocument/references".to_owned(), with(json!({ "context": { "includeDeclaration": true } }))),
        "rename" => ("textDocument/rename".to_owned(), with(json!({ "newName": argument }))),
        "codeAction" => {
            let only = if argument.is_empty() { Value::Null } else { json!([argument]) };
            let context = json!({ "diagnostics": [], "only": only });
            let range = if argument.is_empty() { range } else { whole };
            ("textDocument/codeAction".to_owned(), json!({ "textDocument": document, "range": range, "context": context }))
        }
        "formatting" => {
            let options = json!({ "tabSize": 2, "insertSpaces": true });
            ("textDocument/formatting".to_owned(), json!({ "textDocument": document, "options": options }))
        }
        "inlayHint" => ("textDocument/inlayHint".to_owned(), json!({ "textDocument": document, "range": whole })),
        "dag" => ("glueCompile/dag".to_owned(), json!({ "textDocument": document })),
        "explain" => ("glueCompile/explain".to_owned(), json!({ "word": argument })),
        "semanticTokens" => ("textDocument/semanticTokens/full".to_owned(), json!({ "textDocument": document })),
        _ => (format!("textDocument/{word}"), json!({ "textDocument": document })),
    };
    match client.request(&method, params) {
        Ok(Value::Null) => "nothing\n".to_owned(),
        Ok(answer) => render(word, argument, &answer, files, text),
        Err(refused) => format!("refused: {refused}\n"),
    }
}

fn diagnostics(client: &Client) -> String {
    let mut out = String::new();
    for (uri, all) in &client.published {
        for diagnostic in all {
            let severity = match diagnostic["severity"].as_i64() {
                Some(1) => "error",
                Some(2) => "warning",
                _ => "hint",
            };
            let place = place(uri, &diagnostic["range"]);
            let code = diagnostic["code"].as_str().unwrap_or_default();
            let message = diagnostic["message"].as_str().unwrap_or_default().replace('\n', "\n  ");
            let _ = writeln!(out, "{place} {severity}[{code}] {message}");
            for related in diagnostic["relatedInformation"].as_array().into_iter().flatten() {
                let location = &related["location"];
                let place = self::place(location["uri"].as_str().unwrap_or_default(), &location["range"]);
                let _ = writeln!(out, "  {place} {}", related["message"].as_str().unwrap_or_default());
            }
            for key in ["tags", "data"] {
                if !diagnostic[key].is_null() {
                    let _ = writeln!(out, "  {key} {}", diagnostic[key]);
                }
            }
        }
    }
    if out.is_empty() { "nothing\n".to_owned() } else { out }
}

/// `orders.dqdl 3:5-3:9`, counted from 1.
fn place(uri: &str, range: &Value) -> String {
    let name = uri.strip_prefix(&format!("file://{ROOT}/")).unwrap_or(uri);
    let at = |end: &str| {
        let number = |key: &str| range[end][key].as_u64().unwrap_or_default() + 1;
        format!("{}:{}", number("line"), number("character"))
    };
    format!("{name} {}-{}", at("start"), at("end"))
}

fn render(word: &str, argument: &str, answer: &Value, files: &[(String, String)], text: &str) -> String {
    let list = || answer.as_array().cloned().unwrap_or_default();
    let str_of = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut out = String::new();
    match word {
        "hover" => return format!("{}\n", str_of(&answer["contents"]["value"]).trim_end()),
        "explain" => {
            let page = str_of(&answer["markdown"]);
            return format!("{}\n", page.lines().next().unwrap_or_default());
        }
        "definition" | "references" => {
            for location in list() {
                let at = place(&str_of(&location["uri"]), &location["range"]);
                let _ = writeln!(out, "{at} {}", under(files, &location["uri"], &location["range"]));
            }
        }
        "documentHighlight" => {
            for highlight in list() {
                let _ = writeln!(out, "{}", place("", &highlight["range"]).trim());
            }
        }
        "completion" => {
            // An argument picks: labels that begin so, or kinds of the protocol by number.
            for item in answer["items"].as_array().into_iter().flatten() {
                let label = str_of(&item["label"]);
                if !argument.is_empty() && !argument.split(' ').any(|start| label.starts_with(start)) {
                    continue;
                }
                let written = str_of(&item["textEdit"]["newText"]);
                let written = if written == label { String::new() } else { format!(" -> {written:?}") };
                let _ = writeln!(out, "{label}: {}{written}", str_of(&item["detail"]));
            }
        }
        "rename" => out = edits(answer, files),
        "codeAction" => {
            for action in list() {
                let preferred = if action["isPreferred"] == true { " (preferred)" } else { "" };
                let _ = writeln!(out, "{} [{}]{preferred}", str_of(&action["title"]), str_of(&action["kind"]));
                for line in edits(&action["edit"], files).lines() {
                    let _ = writeln!(out, "  {line}");
                }
            }
        }
        "formatting" => {
            for edit in list() {
                let _ = writeln!(out, "{}\n{}", place("", &edit["range"]).trim(), str_of(&edit["newText"]).trim_end());
            }
        }
        "foldingRange" => {
            for fold in list() {
                let kind = fold["kind"].as_str().map_or_else(String::new, |kind| format!(" {kind}"));
                let line = |key: &str| fold[key].as_u64().unwrap_or_default() + 1;
                let _ = writeln!(out, "{}-{}{kind}", line("startLine"), line("endLine"));
            }
        }
        "inlayHint" => {
            for hint in list() {
                let line = hint["position"]["line"].as_u64().unwrap_or_default();
                let column = hint["position"]["character"].as_u64().unwrap_or_default();
                let _ = writeln!(out, "{}:{}{} ({})", line + 1, column + 1, str_of(&hint["label"]), str_of(&hint["tooltip"]));
            }
        }
        "codeLens" => {
            for lens in list() {
                let command = &lens["command"];
                let line = lens["range"]["start"]["line"].as_u64().unwrap_or_default() + 1;
                let what = &command["arguments"][1];
                let _ = writeln!(out, "{line} {}: {} {what}", str_of(&command["title"]), str_of(&command["command"]));
            }
        }
        "documentSymbol" => symbols(answer, 0, &mut out),
        "semanticTokens" => out = tokens(answer, text),
        _ => return format!("{answer:#}\n"),
    }
    if out.is_empty() { "nothing\n".to_owned() } else { out }
}

fn symbols(all: &Value, depth: usize, out: &mut String) {
    for symbol in all.as_array().into_iter().flatten() {
        let detail = symbol["detail"].as_str().map_or_else(String::new, |detail| format!(" ({detail})"));
        let at = place("", &symbol["range"]);
        let _ = writeln!(out, "{}{}{detail} {}", "  ".repeat(depth), symbol["name"].as_str().unwrap_or_default(), at.trim());
        symbols(&symbol["children"], depth + 1, out);
    }
}

/// The edits of a workspace, file by file.
fn edits(edit: &Value, files: &[(String, String)]) -> String {
    let mut out = String::new();
    let changes = edit["changes"].as_object().cloned().unwrap_or_default();
    let mut names: Vec<_> = changes.keys().cloned().collect();
    names.sort();
    for uri in names {
        for edit in changes[&uri].as_array().into_iter().flatten() {
            let old = under(files, &json!(uri), &edit["range"]);
            let new = edit["newText"].as_str().unwrap_or_default();
            let _ = writeln!(out, "{} {old:?} -> {new:?}", place(&uri, &edit["range"]));
        }
    }
    out
}

/// The text of a range.
fn under(files: &[(String, String)], uri: &Value, range: &Value) -> String {
    let name = uri.as_str().and_then(|uri| uri.strip_prefix(&format!("file://{ROOT}/"))).unwrap_or_default();
    let Some((_, text)) = files.iter().find(|(file, _)| file == name) else { return "?".to_owned() };
    let offset = |end: &str| {
        let line = usize::try_from(range[end]["line"].as_u64().unwrap_or_default()).unwrap_or_default();
        let column = usize::try_from(range[end]["character"].as_u64().unwrap_or_default()).unwrap_or_default();
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let units = text[start..].char_indices().scan(0, |units, (at, c)| {
            let before = *units;
            *units += c.len_utf16();
            Some((before, at))
        });
        start + units.into_iter().find(|(before, _)| *before >= column).map_or(text.len() - start, |(_, at)| at)
    };
    text[offset("start")..offset("end")].to_owned()
}

/// `line:column class text`
fn tokens(answer: &Value, text: &str) -> String {
    const CLASSES: [&str; 11] = [
        "keyword",
        "class",
        "property",
        "namespace",
        "variable",
        "function",
        "string",
        "number",
        "comment",
        "operator",
        "enumMember",
    ];
    let data: Vec<usize> = answer["data"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|n| n.as_u64().and_then(|n| usize::try_from(n).ok()))
        .collect();
    let (mut line, mut column) = (0, 0);
    let mut out = String::new();
    for token in data.chunks(5) {
        let [lines, columns, len, class, _] = token else { continue };
        column = if *lines == 0 { column + columns } else { *columns };
        line += lines;
        let units: Vec<u16> = text.lines().nth(line).unwrap_or_default().encode_utf16().collect();
        let word = String::from_utf16_lossy(units.get(column..column + len).unwrap_or_default());
        let _ = writeln!(out, "{}:{} {} {word}", line + 1, column + 1, CLASSES[*class]);
    }
    out
}
