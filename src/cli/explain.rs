//! `explain`: the page of a diagnostic, a transform, a rule type, a connector or a setting.

use clap::Args;
use serde::Serialize;

use super::exit::Exit;
use super::format::Format;
use super::output::Output;
use super::topics::{self, Topic};
use crate::diag::suggest;

/// Show what a diagnostic, a rule type, a transform, a connector or a setting means
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  glue-compile explain                   everything there is a page for
  glue-compile explain GC0402            a diagnostic, by its number
  glue-compile explain unknown-column    or by its name
  glue-compile explain join              a transform with its settings
  glue-compile explain partition_keys    a setting, wherever there is one of that name")]
pub(super) struct ExplainArgs {
    /// A code (`GC0402`), its name, a rule type, a transform, a connector or a setting
    #[arg(value_name = "WORD")]
    word: Option<String>,
}

/// The document of `--format json`.
#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    topics: Vec<TopicView<'a>>,
}

/// A topic of it; its page only where it was asked for.
#[derive(Serialize)]
struct TopicView<'a> {
    kind: &'a str,
    name: &'a str,
    names: &'a [&'a str],
    summary: &'a str,
    /// Only where it is not: a rule type that AWS's parser rejects.
    #[serde(skip_serializing_if = "is_true")]
    portable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'a str>,
}

/// Writes the page, or the list of all pages.
pub(super) fn run(args: &ExplainArgs, output: &Output) -> Exit {
    if !matches!(output.format(), Format::Text | Format::Json) {
        return output.usage("`explain` writes `text` and `json` only");
    }
    let topics = topics::all();
    let Some(word) = &args.word else { return written(output, &list(&topics), &topics.iter().collect::<Vec<_>>(), false) };
    let found: Vec<&Topic> =
        topics.iter().filter(|topic| topic.names.iter().any(|name| name.eq_ignore_ascii_case(word))).collect();
    if !found.is_empty() {
        let page: Vec<_> = found.iter().map(|topic| topic.page.as_str()).collect();
        return written(output, &page.join("\n"), &found, true);
    }
    let settings = settings(&topics, word);
    if settings.is_empty() {
        return unknown(word, &topics, output);
    }
    written(output, &format!("# {word}\n\nA setting of:\n\n{settings}"), &[], true)
}

fn written(output: &Output, text: &str, topics: &[&Topic], whole: bool) -> Exit {
    let text = match output.format() {
        Format::Json => {
            let document = Document { version: 1, topics: topics.iter().map(|topic| view(topic, whole)).collect() };
            serde_json::to_string_pretty(&document).expect("the views hold only strings") + "\n"
        }
        _ if output.result_style().color => styled(text),
        _ => text.to_owned(),
    };
    output.result(&text).err().unwrap_or(Exit::Fine)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_true(portable: &bool) -> bool {
    *portable
}

fn view(topic: &Topic, whole: bool) -> TopicView<'_> {
    let page = whole.then_some(topic.page.as_str());
    TopicView {
        kind: topic.kind,
        name: topic.names[0],
        names: &topic.names,
        summary: topic.summary,
        portable: topic.portable,
        page,
    }
}

/// The settings of that name, each with what it is a setting of.
fn settings(topics: &[Topic], word: &str) -> String {
    let mut out = String::new();
    for topic in topics {
        for (side, params) in &topic.settings {
            let of = if side.is_empty() { topic.kind } else { side };
            for (path, param) in topics::named(params, word) {
                let within = path.iter().fold(String::new(), |all, name| all + ", in `" + name + "`");
                let line = topics::setting_line(param);
                let line = line.trim_start_matches("- ");
                out.push_str(&format!("- {of} `{}`{within}: {line}", topic.names[0]));
            }
        }
    }
    out
}

fn unknown(word: &str, topics: &[Topic], output: &Output) -> Exit {
    let settings = topics.iter().flat_map(|topic| &topic.settings).flat_map(|(_, params)| topics::names(params));
    let names = topics.iter().flat_map(|topic| topic.names.iter().copied()).chain(settings);
    let near = suggest::nearest(word, names).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    output.usage(&format!("there is no page for `{word}`{near}\n\n`glue-compile explain` lists all pages"))
}

fn list(topics: &[Topic]) -> String {
    let mut out = String::new();
    let mut kind = "";
    for topic in topics {
        if topic.kind != kind {
            kind = topic.kind;
            let gap = if out.is_empty() { "" } else { "\n" };
            out.push_str(&format!("{gap}# {}s\n\n", kind[..1].to_uppercase() + &kind[1..]));
        }
        let not_portable = if topic.portable { "" } else { " (not portable to AWS)" };
        out.push_str(&format!("{:<40} {}{not_portable}\n", topic.names.join(" "), topic.summary));
    }
    out
}

/// Markdown with its headings bold and its fences taken for an indented block.
fn styled(page: &str) -> String {
    let mut out = String::new();
    let mut in_block = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
            let name = line.split_whitespace().nth(1).filter(|_| in_block);
            out.push_str(&name.map(|name| format!("    \u{1b}[2m{name}\u{1b}[0m\n")).unwrap_or_default());
        } else if in_block {
            out.push_str(&format!("    \u{1b}[36m{line}\u{1b}[0m\n"));
        } else if line.starts_with('#') {
            out.push_str(&format!("\u{1b}[1m{}\u{1b}[0m\n", line.trim_start_matches('#').trim()));
        } else {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}
