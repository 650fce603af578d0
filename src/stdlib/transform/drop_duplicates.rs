//! `drop_duplicates`: one row a key.

use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, lit};

use super::shape::{named, quoted, visible};
use super::{Arity, Input, LowerCx, Lowering, TransformDef};
use crate::diag::{Diagnostic, Reported, codes};
use crate::spec::param::{Args, Param, ParamType};
use crate::stdlib::expr::is_hidden;

pub(super) static DROP_DUPLICATES: TransformDef = TransformDef {
    name: "drop_duplicates",
    summary: "keeps one row per key",
    params: &[
        Param::optional("columns", ParamType::OneOrMany(&ParamType::Column), "the columns that make a key; all if left out"),
        Param::optional("keep", ParamType::OneOf(&["first", "last"]), "which row of a key stays, by `order_by`"),
        Param::optional("order_by", ParamType::OneOrMany(ORDER_ITEM), "the order of the rows of a key"),
    ],
    inputs: Arity::One,
    ports: &[],
    lowering: Lowering::Rows(lower),
    since: "0.1.0",
    page: include_str!("drop_duplicates.md"),
};

/// An item of an `order_by`: a column, or a column with a direction.
pub(super) static ORDER_ITEM: &ParamType = &ParamType::Either(&ParamType::Column, &ParamType::Record(ORDER));

static ORDER: &[Param] = &[
    Param::required("column", ParamType::Column, "the column"),
    Param::default("direction", ParamType::OneOf(&["asc", "desc"]), "asc", "smallest first, or greatest first"),
];

const RANK: &str = "__gc_rank";

fn lower(cx: &mut LowerCx<'_>, args: &Args, inputs: &[Input]) -> Result<Vec<LogicalPlan>, Reported> {
    let [input] = inputs else { return Err(cx.wrong_inputs()) };
    let plan = &input.plan;
    let written = args.get("columns").is_some();
    let columns = if written { cx.columns(args.texts("columns"), plan) } else { visible(plan) };
    let order = order(cx, args, plan, args.str("keep") == Some("last"));
    match (args.get("keep"), args.get("order_by")) {
        (Some(keep), None) if !args.misfit("order_by") => {
            let missing = Diagnostic::new(&codes::expression::MISSING_ORDER, keep.span, "`keep` needs an order");
            cx.fault(
                missing.here("first or last by what?").help("add `order_by`, the columns that put the rows of a key in order"),
            );
        }
        (None, Some(order)) if !args.misfit("keep") => {
            let missing = Diagnostic::new(&codes::expression::MISSING_ORDER, order.key, "`order_by` needs `keep`");
            cx.fault(missing.here("which end of this order stays?").help("add `keep: first` or `keep: last`"));
        }
        _ => {}
    }
    if columns.is_empty() {
        return Ok(vec![plan.clone()]);
    }
    let hidden = plan.schema().fields().iter().any(|field| is_hidden(field.name()));
    let whole = visible(plan).iter().all(|name| columns.contains(name));
    let built = if whole && !hidden {
        LogicalPlanBuilder::from(plan.clone()).distinct().and_then(LogicalPlanBuilder::build)
    } else {
        ranked(cx, plan, &columns, &order)
    };
    Ok(vec![built.map_err(|error| cx.engine_fault(&error))?])
}

/// The rows that come first by `order` among those of equal `columns`.
fn ranked(cx: &LowerCx<'_>, plan: &LogicalPlan, columns: &[String], order: &[String]) -> datafusion::common::Result<LogicalPlan> {
    let keys: Vec<_> = columns.iter().map(|name| quoted(name)).collect();
    let order = if order.is_empty() { String::new() } else { format!(" order by {}", order.join(", ")) };
    let sql = format!("row_number() over (partition by {}{order})", keys.join(", "));
    let rank = cx.engine.create_logical_expr(&sql, plan.schema())?.alias(RANK);
    let all: Vec<_> = plan.schema().fields().iter().map(|field| named(field.name())).collect();
    LogicalPlanBuilder::from(plan.clone()).window_plan_of(rank)?.filter(named(RANK).eq(lit(1_u64)))?.project(all)?.build()
}

/// Puts a window expression beside the columns of a plan.
trait WindowPlanOf: Sized {
    fn window_plan_of(self, expr: datafusion::prelude::Expr) -> datafusion::common::Result<Self>;
}

impl WindowPlanOf for LogicalPlanBuilder {
    fn window_plan_of(self, expr: datafusion::prelude::Expr) -> datafusion::common::Result<Self> {
        super::window::beside(self.build()?, vec![expr]).map(Self::from)
    }
}

/// `order_by` as SQL, reversed if asked. NULL is the smallest value, as in Spark.
pub(super) fn order(cx: &mut LowerCx<'_>, args: &Args, plan: &LogicalPlan, reversed: bool) -> Vec<String> {
    let mut sql = Vec::new();
    for item in args.list("order_by") {
        let (column, direction) = match item.record() {
            Some(record) => (record.text("column"), record.str("direction")),
            None => (item.text(), None),
        };
        let Some(name) = column.and_then(|column| cx.column(column, plan)) else { continue };
        let ascending = (direction != Some("desc")) != reversed;
        sql.push(format!("{} {}", quoted(&name), if ascending { "asc nulls first" } else { "desc nulls last" }));
    }
    sql
}
