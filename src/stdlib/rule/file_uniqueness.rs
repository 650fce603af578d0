//! `FileUniqueness "data/in/" = 1`: no two files have the same contents.

use super::bind::RuleCx;
use super::bound::Leaf;
use super::condition::Demand;
use super::def::{Arity, Eval, RuleDef, RuleParam, Takes, Usable};
use super::file::{FileDemand, FileFigure, FileRule, FileSet};
use super::file_tags::{self, NAMES};
use crate::diag::Reported;

pub(super) static FILE_UNIQUENESS: RuleDef = RuleDef {
    name: "FileUniqueness",
    summary: "the share of files whose contents no other file has satisfies the condition",
    parameters: &[RuleParam::text("FilePath")],
    arity: Arity::Between(0, 1),
    takes: Takes::Number,
    filter: false,
    threshold: false,
    usable: Usable::Rules,
    eval: Eval::By(eval),
    page: include_str!("file_uniqueness.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let (place, tags) = (file_tags::place(cx, 0), file_tags::tags(cx, &[NAMES]));
    let condition = file_tags::fixed(cx, cx.condition());
    let tags = tags?;
    let rule = FileRule {
        files: FileSet { place: place?, filters: tags.filters },
        demand: FileDemand::Unique { names: tags.names },
        fail_fast: false,
    };
    let reported = [("FileUniquenessRatio", FileFigure::Compliance), ("FileCount", FileFigure::Count)];
    file_tags::leaf(cx, rule, &reported, Demand::Known(condition?))
}
