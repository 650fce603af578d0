//! `FileMatch "data/in/" "data/archive/"`, `FileMatch "data/a.csv" in ["3ee0…"]`: files have the contents of others, or
//! given checksums.

use super::bind::{Listed, RuleCx};
use super::bound::Leaf;
use super::condition::Demand;
use super::def::{Arity, Eval, RuleDef, RuleParam, Takes, Usable};
use super::file::{FileDemand, FileFigure, FileRule, FileSet, HashAlgorithm};
use super::file_tags::{self, ALGORITHM, NAMES, Tags};
use crate::diag::{Diagnostic, Reported, codes};
use crate::source::Span;
use crate::syntax::dqdl::ast::{CompareOp, Condition, ConditionKind, Operand, Set};

pub(super) static FILE_MATCH: RuleDef = RuleDef {
    name: "FileMatch",
    summary: "files have the contents of others, or given checksums",
    parameters: &[RuleParam::text("FilePath"), RuleParam::text("OtherFilePath")],
    arity: Arity::Between(0, 2),
    takes: Takes::TextOrNothing,
    filter: false,
    threshold: false,
    usable: Usable::Rules,
    eval: Eval::By(eval),
    page: include_str!("file_match.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let (place, tags) = (file_tags::place(cx, 0), file_tags::tags(cx, &[ALGORITHM, NAMES]));
    let demand = match (&cx.rule.condition, &tags) {
        (Some(condition), Ok(tags)) => checksums(cx, condition, tags),
        (None, Ok(tags)) => file_tags::place(cx, 1).map(|place| FileDemand::Same {
            others: FileSet { place, filters: tags.filters.clone() },
            algorithm: tags.algorithm,
            names: tags.names,
        }),
        (_, Err(reported)) => Err(*reported),
    };
    let files = FileSet { place: place?, filters: tags?.filters };
    let rule = FileRule { files, demand: demand?, fail_fast: false };
    file_tags::leaf(cx, rule, &[("FileCount", FileFigure::Count)], Demand::ALL)
}

fn checksums(cx: &RuleCx<'_, '_>, condition: &Condition, tags: &Tags) -> Result<FileDemand, Reported> {
    let (negated, listed) = match &condition.kind {
        ConditionKind::Compare(operator @ (CompareOp::Eq | CompareOp::Ne), operand) => {
            (*operator == CompareOp::Ne, vec![(cx.string(operand)?.value.clone(), operand.span)])
        }
        ConditionKind::In { negated, set } => (*negated, listed(cx, set)?),
        _ => {
            let message = "`FileMatch` compares checksums by `=` and `in`, and by `!=` and `not in`";
            let wrong = Diagnostic::new(&codes::quality::OPERAND_NOT_SUPPORTED, condition.span, message);
            return Err(cx.error(wrong.help("a checksum is equal to another one or it is not: it has no order")));
        }
    };
    for (checksum, span) in &listed {
        odd_checksum(cx, checksum, *span, tags.algorithm);
    }
    let listed = listed.into_iter().map(|(checksum, _)| checksum.to_ascii_lowercase()).collect();
    Ok(FileDemand::Checksum { algorithm: tags.algorithm, negated, listed, names: tags.names })
}

/// What stands in a list, each with its place.
fn listed(cx: &RuleCx<'_, '_>, set: &Set) -> Result<Vec<(String, Span)>, Reported> {
    let one = |operand: &Operand, set: &Set| {
        let found = cx.listed(set)?;
        let texts = found.into_iter().map(|item| match item {
            Listed::Text(text) => Ok((text, operand.span)),
            Listed::Keyword(_) => Err(cx.unsupported(operand, "a checksum is needed here")),
        });
        texts.collect::<Result<Vec<_>, _>>()
    };
    match set {
        Set::Listed(operands) => {
            let found: Vec<_> = operands.iter().map(|operand| one(operand, &Set::Listed(vec![operand.clone()]))).collect();
            found.into_iter().collect::<Result<Vec<_>, _>>().map(|found| found.concat())
        }
        Set::Variable(name) => Ok(cx
            .listed(set)?
            .into_iter()
            .filter_map(|item| if let Listed::Text(text) = item { Some((text, name.span)) } else { None })
            .collect()),
    }
}

/// A text that no file can have as its checksum.
fn odd_checksum(cx: &RuleCx<'_, '_>, checksum: &str, span: Span, algorithm: HashAlgorithm) {
    let is_hexadecimal = checksum.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hexadecimal && checksum.len() == algorithm.digits() {
        return;
    }
    let message = format!("no file has this {} checksum: it has {} hexadecimal digits", algorithm.name(), algorithm.digits());
    let never = Diagnostic::new(&codes::lint::NEVER_HOLDS, span, message);
    let other = HashAlgorithm::ALL.into_iter().find(|other| is_hexadecimal && other.digits() == checksum.len());
    cx.say(match other {
        Some(other) if cx.rule.tags.iter().all(|tag| tag.name.text != ALGORITHM) => {
            let never = never.here(format!("has the {} digits of {}", checksum.len(), other.name()));
            let (end, text) = (cx.rule.span.end, format!(" with {ALGORITHM} = \"{}\"", other.name()));
            let behind = Span { start: end, end, ..span };
            never.help(format!("write `{}`", text.trim())).fix(
                format!("calculate {} checksums", other.name()),
                behind,
                text,
                crate::diag::Safety::Unsafe,
            )
        }
        Some(other) => {
            let never = never.here(format!("has the {} digits of {}", checksum.len(), other.name()));
            never.help(format!("write `with {ALGORITHM} = \"{}\"`", other.name()))
        }
        None if is_hexadecimal => never.here(format!("has {} digits", checksum.len())).help("copy it whole"),
        None => never.here("is no hexadecimal number").help("write the checksum: digits and the letters a to f"),
    });
}
