//! `FileSize "data/in/" < 10 MB`: the files have the size they should have.

use super::bind::RuleCx;
use super::bound::Leaf;
use super::def::{Arity, Eval, RuleDef, RuleParam, Takes, Usable};
use super::file::{FileDemand, FileFigure, FileRule, FileSet};
use super::file_tags::{self, FAIL_FAST};
use crate::diag::Reported;

pub(super) static FILE_SIZE: RuleDef = RuleDef {
    name: "FileSize",
    summary: "the files have a size that satisfies the condition",
    parameters: &[RuleParam::text("FilePath")],
    arity: Arity::Between(0, 1),
    takes: Takes::Size,
    filter: false,
    threshold: true,
    usable: Usable::Rules,
    eval: Eval::By(eval),
    page: include_str!("file_size.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let (place, tags, share) = (file_tags::place(cx, 0), file_tags::tags(cx, &[FAIL_FAST]), file_tags::share(cx));
    let condition = file_tags::fixed(cx, cx.condition());
    let tags = tags?;
    let rule = FileRule {
        files: FileSet { place: place?, filters: tags.filters },
        demand: FileDemand::Size(condition?),
        fail_fast: tags.fail_fast,
    };
    let reported = [
        ("FileSize.Compliance", FileFigure::Compliance),
        ("FileCount", FileFigure::Count),
        ("MaximumFileSize", FileFigure::Greatest),
        ("MinimumFileSize", FileFigure::Smallest),
    ];
    file_tags::leaf(cx, rule, &reported, share?)
}
