//! `union`: the rows of several inputs.

use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, cast, type_coercion::binary::comparison_coercion};

use super::shape::{has, named, type_of, visible};
use super::{Arity, Input, LowerCx, Lowering, TransformDef};
use crate::diag::{Diagnostic, Reported, codes, suggest};
use crate::spec::param::{Args, Param, ParamType};
use crate::stdlib::types::type_name;

pub(super) static UNION: TransformDef = TransformDef {
    name: "union",
    summary: "puts the rows of several inputs together",
    params: &[
        Param::default("union_type", ParamType::OneOf(&["ALL", "DISTINCT"]), "ALL", "whether equal rows stay or become one"),
        Param::default("by", ParamType::OneOf(&["name", "position"]), "name", "how the columns of the inputs are matched"),
    ],
    inputs: Arity::Several,
    ports: &[],
    lowering: Lowering::Rows(lower),
    since: "0.1.0",
    page: include_str!("union.md"),
};

fn lower(cx: &mut LowerCx<'_>, args: &Args, inputs: &[Input]) -> Result<Vec<LogicalPlan>, Reported> {
    let [first, others @ ..] = inputs else { return Err(cx.wrong_inputs()) };
    let by_name = args.str("by") != Some("position");
    let names = visible(&first.plan);
    let mut types: Vec<DataType> = names.iter().map(|name| type_of(&first.plan, name)).collect();
    let mut sources: Vec<Vec<String>> = vec![names.clone()];
    let mut faulty = false;
    for other in others {
        let theirs = visible(&other.plan);
        let matched = if by_name {
            match_names(cx, &names, &theirs, other, first)
        } else {
            match_positions(cx, &names, &theirs, other, first)
        };
        let Some(matched) = matched else {
            faulty = true;
            continue;
        };
        for ((name, have), source) in names.iter().zip(&mut types).zip(&matched) {
            let theirs = type_of(&other.plan, source);
            if let Some(wider) = widen(have, &theirs) {
                *have = wider;
                continue;
            }
            faulty = true;
            let (a, b) = (type_name(have), type_name(&theirs));
            let message = format!("column `{name}` is `{a}` in one input and `{b}` in another");
            let wrong = Diagnostic::new(&codes::expression::UNION_SCHEMAS, other.span, message);
            let wrong = wrong.here(format!("`{b}` here")).also(first.span, format!("`{a}` here"));
            cx.fault(wrong.help("cast one of them before the union, with `apply_mapping`"));
        }
        sources.push(matched);
    }
    if faulty {
        return Ok(vec![first.plan.clone()]);
    }
    let build = || {
        let mut plans = inputs.iter().zip(&sources).map(|(input, source)| {
            let exprs = source.iter().zip(&names).zip(&types).map(|((from, name), wanted)| {
                let value = if type_of(&input.plan, from) == *wanted { named(from) } else { cast(named(from), wanted.clone()) };
                value.alias(name)
            });
            LogicalPlanBuilder::from(input.plan.clone()).project(exprs.collect::<Vec<_>>())?.build()
        });
        // There is a first input: the list was taken apart above.
        let mut builder = LogicalPlanBuilder::from(plans.next().expect("a first input")?);
        for plan in plans {
            builder = builder.union(plan?)?;
        }
        if args.str("union_type") == Some("DISTINCT") { builder.distinct()?.build() } else { builder.build() }
    };
    let plan: datafusion::common::Result<LogicalPlan> = build();
    Ok(vec![plan.map_err(|error| cx.engine_fault(&error))?])
}

/// The columns of `theirs` in the order of `names`.
fn match_names(cx: &mut LowerCx<'_>, names: &[String], theirs: &[String], other: &Input, first: &Input) -> Option<Vec<String>> {
    let missing: Vec<_> = names.iter().map(String::as_str).filter(|name| !has(theirs, name)).collect();
    let extra: Vec<_> = theirs.iter().map(String::as_str).filter(|name| !has(names, name)).collect();
    if missing.is_empty() && extra.is_empty() {
        let theirs = |name: &String| theirs.iter().find(|other| other.eq_ignore_ascii_case(name)).cloned();
        return names.iter().map(theirs).collect();
    }
    let message = format!("`{}` and `{}` do not have the same columns", first.name, other.name);
    let mut wrong = Diagnostic::new(&codes::expression::UNION_SCHEMAS, other.span, message);
    let list = |names: &[&str]| suggest::list(names.iter().copied(), 6);
    wrong = match (missing.as_slice(), extra.as_slice()) {
        (missing, []) => wrong.here(format!("has no {}", list(missing))).also(first.span, format!("has {}", list(missing))),
        ([], extra) => wrong.here(format!("has {}", list(extra))).also(first.span, format!("has no {}", list(extra))),
        (missing, extra) => wrong
            .here(format!("has {}, and no {}", list(extra), list(missing)))
            .also(first.span, format!("has {}, and no {}", list(missing), list(extra))),
    };
    let renamed = extra.iter().find_map(|have| Some((have, suggest::nearest(have, missing.iter().copied())?)));
    cx.fault(match (renamed, missing.as_slice()) {
        (Some((have, wanted)), _) => {
            wrong.help(format!("if `{have}` is `{wanted}`, rename it before the union, with `rename_field`"))
        }
        (None, []) => wrong.help(format!("drop {} before the union, with `drop_fields`", list(&extra))),
        (None, _) => wrong.help("bring both to the same columns before the union, with `apply_mapping` or `select_fields`"),
    });
    None
}

fn match_positions(
    cx: &mut LowerCx<'_>,
    names: &[String],
    theirs: &[String],
    other: &Input,
    first: &Input,
) -> Option<Vec<String>> {
    if names.len() == theirs.len() {
        return Some(theirs.to_vec());
    }
    let message = format!("`{}` has {} columns, `{}` has {}", first.name, names.len(), other.name, theirs.len());
    let wrong = Diagnostic::new(&codes::expression::UNION_SCHEMAS, other.span, message);
    let help = "select equally many columns before the union, with `select_fields`";
    cx.fault(wrong.here(format!("{} columns", theirs.len())).also(first.span, format!("{} columns", names.len())).help(help));
    None
}

/// The type that holds the values of both; `None` if one would have to be read as something else.
fn widen(a: &DataType, b: &DataType) -> Option<DataType> {
    if a == b || *b == DataType::Null {
        return Some(a.clone());
    }
    if *a == DataType::Null {
        return Some(b.clone());
    }
    if type_name(a) == type_name(b) || (a.is_numeric() && b.is_numeric()) {
        return comparison_coercion(a, b);
    }
    None
}
