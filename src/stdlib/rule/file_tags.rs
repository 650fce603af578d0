//! What the file rules have in common: their paths, their tags, and what is to be said about both.

use std::path::Path;

use super::accept::is_threshold;
use super::bind::RuleCx;
use super::bound::{Check, Leaf, Metric};
use super::condition::{Demand, NumberCondition};
use super::file::{Behind, FileFigure, FileFilter, FilePlace, FileRule, HashAlgorithm, Maker, UriPattern};
use super::operand;
use super::values::bad_regex;
use crate::diag::{Diagnostic, Reported, Safety, codes, suggest};
use crate::source::Span;
use crate::syntax::dqdl::Zone;
use crate::syntax::dqdl::ast::{
    CompareOp, Condition, ConditionKind, ConstantValue, Operand, OperandKind, ParameterValue, Set, StringLit, Tag,
};

/// Tags that choose files.
const FILTERS: [&str; 2] = [RECENT, URI];
const RECENT: &str = "recentFiles";
const URI: &str = "uriRegex";
const ORDER: &str = "filterOrder";
pub(super) const FAIL_FAST: &str = "failFast";
pub(super) const NAMES: &str = "matchFileName";
pub(super) const ALGORITHM: &str = "hashAlgorithm";
pub(super) const ZONE: &str = "timeZone";

/// What the tags of a file rule say.
pub(super) struct Tags {
    pub(super) filters: Vec<FileFilter>,
    pub(super) fail_fast: bool,
    pub(super) names: bool,
    pub(super) algorithm: HashAlgorithm,
    pub(super) zone: Zone,
}

/// Reads the tags of a rule that takes those that choose files and `own`.
pub(super) fn tags(cx: &RuleCx<'_, '_>, own: &[&str]) -> Result<Tags, Reported> {
    unknown(cx, own);
    let takes = |name: &str| own.contains(&name);
    let flag = |name: &str| if takes(name) { switch(cx, name) } else { Ok(false) };
    let (filters, fail_fast, names) = (filters(cx), flag(FAIL_FAST), flag(NAMES));
    let algorithm = if takes(ALGORITHM) { algorithm(cx) } else { Ok(HashAlgorithm::Sha256) };
    // The syntax has said so if it is no zone.
    let zone = text(cx, ZONE).map(|zone| zone.and_then(|zone| Zone::parse(&zone.raw)).unwrap_or(Zone::UTC));
    let tags = Tags { filters: filters?, fail_fast: fail_fast?, names: names?, algorithm: algorithm?, zone: zone? };
    if let Some(threshold) = cx.rule.tags.iter().find(|tag| is_threshold(tag)).filter(|_| tags.fail_fast) {
        let message = "the threshold has no effect: with `failFast` the first file that does not satisfy fails the rule";
        cx.say(Diagnostic::new(&codes::quality::UNUSED_TAG, threshold.span, message).help("leave out one of the two"));
    }
    Ok(tags)
}

/// Tags that mean nothing to the rule type: AWS takes any.
fn unknown(cx: &RuleCx<'_, '_>, own: &[&str]) {
    let known = || FILTERS.into_iter().chain([ORDER]).chain(own.iter().copied());
    for tag in cx.rule.tags.iter().filter(|tag| !is_threshold(tag) && known().all(|name| name != tag.name.text)) {
        // A threshold in quotes: the syntax has said so.
        if tag.name.text.eq_ignore_ascii_case("threshold") {
            continue;
        }
        let message = format!("the tag `{}` has no effect on `{}`", tag.name.text, cx.def.name);
        let unused = Diagnostic::new(&codes::quality::UNUSED_TAG, tag.name.span, message);
        cx.say(unused.suggest_or_list(tag.name.span, &tag.name.text, "it takes", known().collect::<Vec<_>>()));
    }
}

/// The tag of that name; twice is once too often.
fn tag<'c>(cx: &'c RuleCx<'_, '_>, name: &str) -> Result<Option<&'c Tag>, Reported> {
    let mut found = cx.rule.tags.iter().filter(|tag| tag.name.text == name);
    let first = found.next();
    match (first, found.next()) {
        (Some(first), Some(second)) => {
            let twice = Diagnostic::new(&codes::quality::TAG_VALUE, second.span, format!("the tag `{name}` stands twice"));
            Err(cx.error(twice.also(first.span, "the first one").help("remove one of them")))
        }
        _ => Ok(first),
    }
}

/// The operand of `with name = operand`.
fn value<'c>(cx: &'c RuleCx<'_, '_>, tag: &'c Tag) -> Result<&'c Operand, Reported> {
    match &tag.condition.kind {
        ConditionKind::Compare(CompareOp::Eq, operand) => Ok(operand::bare(operand)),
        _ => Err(cx.error(wrong(tag, tag.condition.span, "one value behind `=`"))),
    }
}

fn wrong(tag: &Tag, span: Span, wanted: &str) -> Diagnostic {
    Diagnostic::new(&codes::quality::TAG_VALUE, span, format!("the tag `{}` takes {wanted}", tag.name.text))
        .here(format!("expected {wanted}"))
}

/// The text of a tag; constants are looked up.
fn text<'c>(cx: &'c RuleCx<'_, '_>, name: &str) -> Result<Option<&'c StringLit>, Reported> {
    let Some(tag) = tag(cx, name)? else { return Ok(None) };
    let operand = value(cx, tag)?;
    match &operand.kind {
        OperandKind::String(literal) => Ok(Some(literal)),
        OperandKind::Variable(name) => match cx.constant(name, operand.span)? {
            ConstantValue::Text(literal) => Ok(Some(literal)),
            ConstantValue::List(_) => Err(cx.error(wrong(tag, operand.span, "one text, not a list"))),
        },
        _ => Err(cx.error(wrong(tag, operand.span, "a text in quotes"))),
    }
}

/// `= "true"`
fn switch(cx: &RuleCx<'_, '_>, name: &str) -> Result<bool, Reported> {
    let Some(literal) = text(cx, name)? else { return Ok(false) };
    match literal.value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        other => {
            let message = format!("the tag `{name}` is \"true\" or \"false\", not \"{other}\"");
            let wrong = Diagnostic::new(&codes::quality::TAG_VALUE, literal.span, message);
            Err(cx.error(wrong.help(format!("write `with {name} = \"true\"`, or leave it out"))))
        }
    }
}

fn algorithm(cx: &RuleCx<'_, '_>) -> Result<HashAlgorithm, Reported> {
    let Some(literal) = text(cx, ALGORITHM)? else { return Ok(HashAlgorithm::Sha256) };
    let named = HashAlgorithm::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(&literal.value));
    named.ok_or_else(|| {
        let message = format!("no checksum is called `{}`", literal.value);
        let unknown = Diagnostic::new(&codes::quality::TAG_VALUE, literal.span, message);
        let names = HashAlgorithm::ALL.map(HashAlgorithm::name);
        let unknown = unknown.note(format!("`{ALGORITHM}` is {}", names.map(|name| format!("\"{name}\"")).join(", ")));
        let near = suggest::nearest(&literal.value, names);
        cx.error(match near {
            Some(near) => unknown.fix(format!("replace with `{near}`"), literal.span, format!("\"{near}\""), Safety::Unsafe),
            None => unknown,
        })
    })
}

// ── Which files ─────────────────────────────────────────────────────────────────────────────────────────────────────

/// The filters in the order in which they apply.
fn filters(cx: &RuleCx<'_, '_>) -> Result<Vec<FileFilter>, Reported> {
    let (recent, uri, order) = (recent(cx), uri(cx), order(cx));
    let (recent, uri, order) = (recent?, uri?, order?);
    if let (Some(first), Some(second), None) = (tag(cx, RECENT)?, tag(cx, URI)?, &order) {
        let message = format!("`{RECENT}` applies before `{URI}`, and may leave no file for it");
        let end = cx.rule.tags.iter().map(|tag| tag.span.end).max().unwrap_or(second.span.end);
        let behind = Span { start: end, end, ..second.span };
        let other = format!(" with {ORDER} = [\"{URI}\", \"{RECENT}\"]");
        cx.say(
            Diagnostic::new(&codes::quality::FILTER_ORDER, second.span, message)
                .here("looks only at the files that are left")
                .also(first.span, "applies first")
                .help(format!("write `{}` to choose by path first; the other order, written out, is kept", other.trim()))
                .fix("apply the pattern first", behind, other, Safety::Unsafe),
        );
    }
    let mut order = order.unwrap_or_default();
    order.extend(FILTERS.into_iter().filter(|name| !order.contains(name)).collect::<Vec<_>>());
    let of = |name: &str| if name == RECENT { recent.clone() } else { uri.clone() };
    Ok(order.into_iter().filter_map(of).collect())
}

/// `with recentFiles = 5`
fn recent(cx: &RuleCx<'_, '_>) -> Result<Option<FileFilter>, Reported> {
    let Some(tag) = tag(cx, RECENT)? else { return Ok(None) };
    let operand = value(cx, tag)?;
    if let OperandKind::Number(number) = &operand.kind
        && let Ok(count) = number.parse::<usize>()
        && count > 0
    {
        return Ok(Some(FileFilter::Newest(count)));
    }
    let diagnostic = wrong(tag, operand.span, "a whole number from 1").here("how many files count, the last modified first");
    Err(cx.error(match &operand.kind {
        OperandKind::String(literal) if literal.value.parse::<usize>().is_ok_and(|count| count > 0) => {
            diagnostic.fix("remove the quotes", operand.span, literal.value.clone(), Safety::Safe)
        }
        _ => diagnostic.help("write a number: `with recentFiles = 3`"),
    }))
}

/// `with uriRegex = "\.csv$"`
fn uri(cx: &RuleCx<'_, '_>) -> Result<Option<FileFilter>, Reported> {
    let Some(literal) = text(cx, URI)? else { return Ok(None) };
    UriPattern::new(&literal.raw)
        .map(|pattern| Some(FileFilter::Uri(pattern)))
        .map_err(|fault| cx.error(bad_regex(literal, &fault)))
}

/// `with filterOrder = ["uriRegex", "recentFiles"]`
fn order(cx: &RuleCx<'_, '_>) -> Result<Option<Vec<&'static str>>, Reported> {
    let Some(tag) = tag(cx, ORDER)? else { return Ok(None) };
    let ConditionKind::In { set: Set::Listed(operands), .. } = &tag.condition.kind else {
        let span = operand::operands(&tag.condition).first().map_or(tag.condition.span, |operand| operand.span);
        let one = match operand::operands(&tag.condition).first().map(|operand| &operand.kind) {
            Some(OperandKind::String(literal)) => Some(format!("[\"{}\"]", literal.raw)),
            _ => None,
        };
        let diagnostic = wrong(tag, span, &format!("a list: `[\"{URI}\", \"{RECENT}\"]`"));
        return Err(cx.error(match one {
            Some(one) => diagnostic.fix("put brackets around it", span, one, Safety::Safe),
            None => diagnostic,
        }));
    };
    let mut named = Vec::new();
    for operand in operands {
        let OperandKind::String(literal) = &operand::bare(operand).kind else {
            return Err(cx.error(wrong(tag, operand.span, "texts in quotes")));
        };
        let Some(name) = FILTERS.into_iter().find(|name| *name == literal.value) else {
            let message = format!("`{}` is no tag that chooses files", literal.value);
            let unknown = Diagnostic::new(&codes::quality::TAG_VALUE, literal.span, message);
            let mut unknown = unknown.suggest_or_list(literal.span, &literal.value, "these do:", FILTERS);
            for edit in unknown.fix.iter_mut().flat_map(|fix| &mut fix.edits) {
                edit.text = format!("\"{}\"", edit.text);
            }
            return Err(cx.error(unknown));
        };
        if cx.rule.tags.iter().all(|tag| tag.name.text != name) {
            let message = format!("`{name}` is ordered and is no tag of the rule");
            let absent = Diagnostic::new(&codes::quality::TAG_VALUE, literal.span, message);
            return Err(cx.error(absent.help(format!("write `with {name} = …`, or leave it out of `{ORDER}`"))));
        }
        if named.contains(&name) {
            let message = format!("`{name}` stands twice in `{ORDER}`");
            let twice = Diagnostic::new(&codes::quality::TAG_VALUE, literal.span, message);
            return Err(cx.error(twice.help("name each tag once")));
        }
        named.push(name);
    }
    Ok(Some(named))
}

// ── Where they are ──────────────────────────────────────────────────────────────────────────────────────────────────

/// Where the files of a parameter are; without it, those behind the data set.
pub(super) fn place(cx: &RuleCx<'_, '_>, at: usize) -> Result<FilePlace, Reported> {
    let Some(parameter) = cx.rule.parameters.get(at) else {
        return match cx.scope.behind {
            Behind::Files => Ok(FilePlace::Source),
            Behind::Made(maker) => Err(cx.error(no_files(cx, maker))),
        };
    };
    let (text, span) = (cx.text(at)?.value, parameter.span);
    let wrong = |message: String| Diagnostic::new(&codes::quality::FILE_PATH, span, message);
    let path = match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("file") => rest,
        Some((scheme, _)) => {
            let diagnostic = wrong(format!("`{scheme}://` paths cannot be read by this version"))
                .here("only local files and folders can")
                .note("relative paths begin at the folder of the project; for `quality eval`, at the current one");
            let constant = match &parameter.value {
                ParameterValue::Variable(_) => "give the constant the path of a local copy",
                ParameterValue::Quoted(_) | ParameterValue::Bare(_) => {
                    "name a local copy, or leave the path out: then the rule is about the files that the data set is read from"
                }
            };
            return Err(cx.error(diagnostic.help(constant)));
        }
        None => text.as_str(),
    };
    if path.trim().is_empty() {
        return Err(cx.error(wrong("a path that names nothing".to_owned()).help("name a file, a folder or a glob")));
    }
    let faulty = Path::new(path).iter().find_map(|part| glob::Pattern::new(&part.to_string_lossy()).err());
    if let Some(fault) = faulty {
        return Err(cx.error(
            wrong(format!("`{path}` is no glob"))
                .here(fault.msg.to_lowercase())
                .help("`*` and `?` stop at `/`; `**` stands alone between two `/` and crosses folders; `[a-c]` is a class"),
        ));
    }
    Ok(FilePlace::Path(path.to_owned()))
}

/// There is no path, and the data set is not read from files.
fn no_files(cx: &RuleCx<'_, '_>, maker: &Maker) -> Diagnostic {
    let span = cx.rule.rule_type.span;
    let message = format!("`{}` needs a path: `{}` is not read from files", cx.def.name, maker.name);
    let diagnostic = Diagnostic::new(&codes::quality::NO_FILES_BEHIND, span, message)
        .here("about which files?")
        .also(maker.span, format!("`{}` {}", maker.name, maker.what))
        .note("a rule without a path is about the files of the source that the quality node reads directly, as on AWS");
    match &maker.path {
        Some(path) => {
            let behind = Span { start: span.end, ..span };
            diagnostic.help(format!("name the path, `{} \"{path}\"`, or let the quality node read the source", cx.def.name)).fix(
                "name the path of the source",
                behind,
                format!(" \"{path}\""),
                Safety::Unsafe,
            )
        }
        None => diagnostic.help("name the path of the files, or let the quality node read the source"),
    }
}

// ── What must hold ──────────────────────────────────────────────────────────────────────────────────────────────────

/// A condition whose operands are known: of files there is no history.
pub(super) fn fixed(cx: &RuleCx<'_, '_>, condition: &Condition) -> Result<NumberCondition, Reported> {
    if let Some(call) = operand::operands(condition).into_iter().find_map(call) {
        return Err(cx.unsupported(call, "rules about files do not look at earlier runs: write the number"));
    }
    match cx.numbers(condition)? {
        Demand::Known(condition) => Ok(condition),
        // Nothing but a call is computed from earlier runs.
        Demand::Dynamic(_) | Demand::Forecast => Ok(NumberCondition::Never),
    }
}

fn call(operand: &Operand) -> Option<&Operand> {
    match &operand.kind {
        OperandKind::Call { .. } => Some(operand),
        OperandKind::Parenthesized(inner) => call(inner),
        OperandKind::Arithmetic { left, right, .. } => call(left).or_else(|| call(right)),
        _ => None,
    }
}

/// The share of files that must satisfy: `with threshold …`, else all.
pub(super) fn share(cx: &RuleCx<'_, '_>) -> Result<Demand, Reported> {
    if let Some(tag) = cx.rule.tags.iter().find(|tag| is_threshold(tag)) {
        fixed(cx, &tag.condition)?;
    }
    cx.threshold()
}

/// A rule about files: the figures that are reported, by AWS's names, and what the share that satisfies must be.
pub(super) fn leaf(
    cx: &RuleCx<'_, '_>,
    rule: FileRule,
    reported: &[(&str, FileFigure)],
    condition: Demand,
) -> Result<Leaf, Reported> {
    let metric = |figure| Metric::Files(figure, Box::new(rule.clone()));
    let metrics = reported.iter().map(|(name, figure)| (format!("Dataset.*.{name}"), metric(*figure))).collect();
    let check = Check { metric: metric(FileFigure::Compliance), condition };
    Ok(Leaf { detail: rule.files.to_string(), ..cx.dataset(metrics, vec![check])? })
}
