//! Queries that only count rows of the primary data set: the main pass counts them too, so they need no pass of their own.

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::expr::Alias;
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan, lit, when};

use super::bind::{PRIMARY, reference};
use super::bound::{Tally, TallyKind};

/// The aggregate that a query is: `select count(*) from primary where …`, or `count(column)`. `None` for any other.
pub(super) fn counting_query(plan: &LogicalPlan) -> Option<Tally> {
    let aggregate = aggregate(plan)?;
    let (None, [one]) = (aggregate.group_expr.first(), aggregate.aggr_expr.as_slice()) else { return None };
    let counted = counted(one)?;
    let conditions = conditions(&aggregate.input)?;
    let argument = match conditions.into_iter().chain(counted.map(Expr::is_not_null)).reduce(Expr::and) {
        Some(condition) => when(unqualified(condition).ok()?, lit(1_i64)).end().ok()?,
        None => lit(1_i64),
    };
    Some(Tally { kind: TallyKind::Count, arguments: vec![argument] })
}

/// The aggregate below the projection that names its column.
fn aggregate(plan: &LogicalPlan) -> Option<&Aggregate> {
    match plan {
        LogicalPlan::Aggregate(aggregate) => Some(aggregate),
        LogicalPlan::Projection(projection) => match projection.expr.as_slice() {
            [one] if matches!(bare(one), Expr::Column(_)) => aggregate(&projection.input),
            _ => None,
        },
        _ => None,
    }
}

fn bare(expression: &Expr) -> &Expr {
    match expression {
        Expr::Alias(Alias { expr, .. }) => bare(expr),
        other => other,
    }
}

/// The column that a `count` counts; inside, none for `count(*)`.
fn counted(aggregate: &Expr) -> Option<Option<Expr>> {
    let Expr::AggregateFunction(call) = bare(aggregate) else { return None };
    let plain = !call.params.distinct && call.params.filter.is_none() && call.params.order_by.is_empty();
    match (call.func.name(), call.params.args.as_slice()) {
        ("count", [Expr::Literal(value, _)]) if plain && !value.is_null() => Some(None),
        ("count", [column @ Expr::Column(_)]) if plain => Some(Some(column.clone())),
        _ => None,
    }
}

/// The conditions between an aggregate and the primary data set, if nothing else stands there.
fn conditions(plan: &LogicalPlan) -> Option<Vec<Expr>> {
    match plan {
        LogicalPlan::Filter(filter) if is_of_the_row(&filter.predicate) => {
            let mut all = conditions(&filter.input)?;
            all.push(filter.predicate.clone());
            Some(all)
        }
        LogicalPlan::SubqueryAlias(alias) if alias.alias.table() == PRIMARY => Some(Vec::new()),
        // `from primary p`
        LogicalPlan::SubqueryAlias(alias) if matches!(&*alias.input, LogicalPlan::SubqueryAlias(_)) => conditions(&alias.input),
        _ => None,
    }
}

/// Whether a condition looks at its row and at nothing else.
fn is_of_the_row(condition: &Expr) -> bool {
    let foreign = |part: &Expr| {
        let subquery =
            matches!(part, Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_) | Expr::OuterReferenceColumn(..));
        Ok(subquery)
    };
    !condition.is_volatile() && !condition.exists(foreign).unwrap_or(true)
}

/// The condition with columns as rules name them.
fn unqualified(condition: Expr) -> Result<Expr> {
    let plain = condition.transform(|part| match part {
        Expr::Column(column) => Ok(Transformed::yes(reference(&column.name))),
        other => Ok(Transformed::no(other)),
    })?;
    Ok(plain.data)
}
