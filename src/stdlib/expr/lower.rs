//! Spark's forms in the engine's words, before types are known: `if(…)` is `case`, `extract(year from t)` is `year(t)`,
//! `s rlike p` is a function, `x <=> y` compares with NULL.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    self, BinaryOperator, CaseWhen, CastKind, DataType, DateTimeField, ExactNumberInfo, Expr, Function, FunctionArg,
    FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident, ObjectName, ObjectNamePart, UnaryOperator, Value, VisitMut,
    VisitorMut,
};

/// Puts a whole tree in the engine's words.
pub(super) fn lower(node: &mut impl VisitMut) {
    let _ = VisitMut::visit(node, &mut Lower);
}

struct Lower;

impl VisitorMut for Lower {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let taken = std::mem::replace(expr, Expr::Value(Value::Null.into()));
        *expr = one(taken);
        ControlFlow::Continue(())
    }
}

fn one(expr: Expr) -> Expr {
    match expr {
        Expr::Function(call) => function(call),
        Expr::Extract { field, syntax, expr } => match part(&field.to_string()) {
            Some(name) => call(name, vec![*expr]),
            None => Expr::Extract { field, syntax, expr },
        },
        Expr::Trim { expr, trim_where, trim_what, trim_characters: None } => {
            let name = match trim_where {
                None | Some(ast::TrimWhereField::Both) => "btrim",
                Some(ast::TrimWhereField::Leading) => "ltrim",
                Some(ast::TrimWhereField::Trailing) => "rtrim",
            };
            match (trim_what, name) {
                (None, "btrim") => call("trim", vec![*expr]),
                (None, name) => call(name, vec![*expr]),
                (Some(what), "btrim") => call(name, vec![*expr, *what]),
                // Their marks come first.
                (Some(what), name) => call(name, vec![*what, *expr]),
            }
        }
        Expr::Substring { expr, substring_from, substring_for, .. } => {
            let all = [Some(expr), substring_from, substring_for];
            call("substring", all.into_iter().flatten().map(|part| *part).collect())
        }
        Expr::Position { expr, r#in } => call("locate", vec![*expr, *r#in]),
        Expr::Overlay { expr, overlay_what, overlay_from, overlay_for } => {
            let all = [Some(expr), Some(overlay_what), Some(overlay_from), overlay_for];
            call("overlay", all.into_iter().flatten().map(|part| *part).collect())
        }
        Expr::Ceil { expr, field: ast::CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => call("ceil", vec![*expr]),
        Expr::Floor { expr, field: ast::CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => call("floor", vec![*expr]),
        Expr::RLike { negated, expr, pattern, .. } => {
            let found = call("rlike", vec![*expr, *pattern]);
            if negated { not(found) } else { found }
        }
        Expr::BinaryOp { left, op: BinaryOperator::StringConcat, right } => call("concat", vec![*left, *right]),
        Expr::IsNotDistinctFrom(left, right) => binary(*left, BinaryOperator::Spaceship, *right),
        Expr::IsDistinctFrom(left, right) => not(binary(*left, BinaryOperator::Spaceship, *right)),
        Expr::UnaryOp { op: UnaryOperator::BangNot, expr } => Expr::UnaryOp { op: UnaryOperator::Not, expr },
        // All bits turned over.
        Expr::UnaryOp { op: UnaryOperator::BitwiseNot, expr } => {
            binary(Expr::UnaryOp { op: UnaryOperator::Minus, expr }, BinaryOperator::Minus, number(1))
        }
        Expr::Case { operand: Some(operand), conditions, else_result, case_token, end_token } => {
            let conditions = conditions
                .into_iter()
                .map(|when| CaseWhen {
                    condition: binary((*operand).clone(), BinaryOperator::Eq, when.condition),
                    result: when.result,
                })
                .collect();
            Expr::Case { operand: None, conditions, else_result, case_token, end_token }
        }
        Expr::Cast { kind, expr, data_type, array, format } => {
            Expr::Cast { kind, expr, data_type: known_type(data_type), array, format }
        }
        other => other,
    }
}

/// `date_add(month, 1, t)`: the unit is a word, not a column.
pub(super) fn units(node: &mut impl VisitMut) {
    let _ = VisitMut::visit(node, &mut Units);
}

struct Units;

impl VisitorMut for Units {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let Expr::Function(called) = expr else { return ControlFlow::Continue(()) };
        let name = match super::function::name(called).as_str() {
            "date_add" | "dateadd" | "timestampadd" => "timestampadd",
            "date_diff" | "datediff" | "timestampdiff" => "timestampdiff",
            _ => return ControlFlow::Continue(()),
        };
        let changed = ident(called, name);
        let FunctionArguments::List(list) = &mut called.args else { return ControlFlow::Continue(()) };
        if let [FunctionArg::Unnamed(FunctionArgExpr::Expr(unit)), _, _] = list.args.as_mut_slice()
            && let Expr::Identifier(word) = unit
        {
            *unit = Expr::Value(Value::SingleQuotedString(word.value.to_ascii_uppercase()).with_span(word.span));
            called.name = ObjectName(vec![ObjectNamePart::Identifier(changed)]);
        }
        ControlFlow::Continue(())
    }
}

/// The function that takes a field out of a date or time.
pub(super) fn part(field: &str) -> Option<&'static str> {
    Some(match field.to_ascii_uppercase().as_str() {
        "YEAR" | "Y" | "YEARS" | "YR" | "YRS" => "year",
        "YEAROFWEEK" => "__yearofweek",
        "QUARTER" | "QTR" => "quarter",
        "MONTH" | "MON" | "MONS" | "MONTHS" => "month",
        "WEEK" | "W" | "WEEKS" => "weekofyear",
        "DAY" | "D" | "DAYS" => "day",
        "DAYOFWEEK" | "DOW" => "dayofweek",
        "DOY" => "dayofyear",
        "DAYOFWEEK_ISO" | "DOW_ISO" => "__isodow",
        "HOUR" | "H" | "HOURS" | "HR" | "HRS" => "hour",
        "MINUTE" | "M" | "MIN" | "MINS" | "MINUTES" => "minute",
        "SECOND" | "S" | "SEC" | "SECONDS" | "SECS" => "__seconds",
        _ => return None,
    })
}

fn known_type(data_type: DataType) -> DataType {
    match data_type {
        DataType::Decimal(ExactNumberInfo::None)
        | DataType::Numeric(ExactNumberInfo::None)
        | DataType::Dec(ExactNumberInfo::None) => DataType::Decimal(ExactNumberInfo::PrecisionAndScale(10, 0)),
        DataType::Binary(None) => DataType::Bytea,
        DataType::Custom(name, arguments) if arguments.is_empty() => match name.to_string().to_ascii_lowercase().as_str() {
            "long" => DataType::BigInt(None),
            "short" => DataType::SmallInt(None),
            "byte" => DataType::TinyInt(None),
            "timestamp_ntz" => DataType::Timestamp(None, ast::TimezoneInfo::None),
            _ => DataType::Custom(name, arguments),
        },
        other => other,
    }
}

/// The type that a function like `int(…)` casts to.
fn cast_function(name: &str) -> Option<DataType> {
    Some(match name {
        "tinyint" => DataType::TinyInt(None),
        "smallint" => DataType::SmallInt(None),
        "int" => DataType::Int(None),
        "bigint" => DataType::BigInt(None),
        "float" => DataType::Float(ExactNumberInfo::None),
        "double" => DataType::Double(ExactNumberInfo::None),
        "decimal" => DataType::Decimal(ExactNumberInfo::PrecisionAndScale(10, 0)),
        "boolean" => DataType::Boolean,
        "string" => DataType::String(None),
        "date" => DataType::Date,
        "binary" => DataType::Bytea,
        "timestamp" => DataType::Timestamp(None, ast::TimezoneInfo::None),
        _ => return None,
    })
}

/// Names of functions that are only other words for forms of SQL, or for functions of the engine.
pub(super) static FORMS: &[&str] = &[
    "if",
    "nvl",
    "ifnull",
    "nvl2",
    "isnull",
    "isnotnull",
    "nullif",
    "decode",
    "equal_null",
    "mod",
    "like",
    "ilike",
    "tinyint",
    "smallint",
    "int",
    "bigint",
    "float",
    "double",
    "decimal",
    "boolean",
    "string",
    "binary",
    "date",
    "timestamp",
    "date_part",
    "datepart",
    "curdate",
    "localtimestamp",
    "current_timezone",
    "try_divide",
    "getbit",
    "array_size",
];

/// Spark's names of the engine's functions over rows.
pub(super) static OVER_ROWS: &[(&str, &str)] = &[
    ("any", "bool_or"),
    ("any_value", "first_value"),
    ("approx_count_distinct", "approx_distinct"),
    ("every", "bool_and"),
    ("first", "first_value"),
    ("last", "last_value"),
    ("some", "bool_or"),
    ("std", "stddev"),
    ("variance", "var_samp"),
];

/// The names of functions that are only other words.
pub fn forms() -> Vec<&'static str> {
    FORMS.iter().copied().chain(OVER_ROWS.iter().map(|(spark, _)| *spark)).collect()
}

/// Whether a function is only another word for a form of SQL or for a function of the engine.
pub fn is_form(name: &str) -> bool {
    FORMS.contains(&name)
        || OVER_ROWS.iter().any(|(spark, _)| *spark == name)
        || matches!(name, "ceil" | "cardinality" | "printf")
}

fn function(mut called: Function) -> Expr {
    let name = super::function::name(&called);
    if let Some((_, engine)) = OVER_ROWS.iter().find(|(spark, _)| *spark == name) {
        called.name = ObjectName(vec![ObjectNamePart::Identifier(ident(&called, engine))]);
        return Expr::Function(called);
    }
    if called.over.is_some() {
        return Expr::Function(called);
    }
    let FunctionArguments::List(FunctionArgumentList { args, duplicate_treatment: None, clauses }) = &called.args else {
        return Expr::Function(called);
    };
    if !clauses.is_empty() {
        return Expr::Function(called);
    }
    let mut values = Vec::new();
    for argument in args {
        match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => values.push(value.clone()),
            _ => return Expr::Function(called),
        }
    }
    let renamed =
        |called: &mut Function, name: &str| called.name = ObjectName(vec![ObjectNamePart::Identifier(ident(called, name))]);
    match (name.as_str(), values.as_slice()) {
        ("if", [condition, yes, no]) => case(vec![(condition.clone(), yes.clone())], Some(no.clone())),
        ("nvl2", [value, yes, no]) => case(vec![(Expr::IsNotNull(Box::new(value.clone())), yes.clone())], Some(no.clone())),
        ("isnull", [value]) => Expr::Nested(Box::new(Expr::IsNull(Box::new(value.clone())))),
        ("isnotnull", [value]) => Expr::Nested(Box::new(Expr::IsNotNull(Box::new(value.clone())))),
        ("nullif", [value, other]) => {
            let same = binary(value.clone(), BinaryOperator::Eq, other.clone());
            case(vec![(same, Expr::Value(Value::Null.into()))], Some(value.clone()))
        }
        ("decode", [value, pairs @ ..]) if pairs.len() >= 2 => {
            let mut chunks = pairs.chunks_exact(2);
            let when = |pair: &[Expr]| (binary(value.clone(), BinaryOperator::Spaceship, pair[0].clone()), pair[1].clone());
            let whens = chunks.by_ref().map(when).collect();
            let otherwise = chunks.remainder().first().cloned();
            case(whens, otherwise)
        }
        ("equal_null", [left, right]) => binary(left.clone(), BinaryOperator::Spaceship, right.clone()),
        ("mod", [left, right]) => binary(left.clone(), BinaryOperator::Modulo, right.clone()),
        ("try_divide", [left, right]) => binary(left.clone(), BinaryOperator::Divide, right.clone()),
        ("like", [value, pattern]) => like(value, pattern, false),
        ("ilike", [value, pattern]) => like(value, pattern, true),
        ("date_part" | "datepart", [Expr::Value(field), value]) => {
            match field.clone().value.into_string().as_deref().and_then(part) {
                Some(name) => call(name, vec![value.clone()]),
                None => Expr::Function(called),
            }
        }
        ("current_timezone", []) => Expr::Value(Value::SingleQuotedString("UTC".to_owned()).into()),
        ("nvl" | "ifnull", [_, _]) => {
            renamed(&mut called, "coalesce");
            Expr::Function(called)
        }
        ("unix_timestamp", []) => call("unix_timestamp", vec![call("now", Vec::new())]),
        ("curdate", []) => {
            renamed(&mut called, "current_date");
            Expr::Function(called)
        }
        ("localtimestamp", []) => {
            renamed(&mut called, "now");
            Expr::Function(called)
        }
        ("getbit", _) => {
            renamed(&mut called, "bit_get");
            Expr::Function(called)
        }
        ("cardinality", [_]) => {
            renamed(&mut called, "size");
            Expr::Function(called)
        }
        ("array_size", [value]) => {
            case(vec![(Expr::IsNotNull(Box::new(value.clone())), call("size", vec![value.clone()]))], None)
        }
        // The engine's has them the other way round.
        ("array_prepend", [list, item]) => call("array_prepend", vec![item.clone(), list.clone()]),
        (name, [value]) if cast_function(name).is_some() => Expr::Cast {
            kind: CastKind::Cast,
            expr: Box::new(value.clone()),
            data_type: cast_function(name).unwrap_or(DataType::Unspecified),
            array: false,
            format: None,
        },
        _ => Expr::Function(called),
    }
}

fn ident(called: &Function, name: &str) -> Ident {
    let mut ident = Ident::new(name);
    if let Some(written) = called.name.0.first().and_then(|part| part.as_ident()) {
        ident.span = written.span;
    }
    ident
}

/// A call of one of our functions.
fn call(name: &str, args: Vec<Expr>) -> Expr {
    let args = args.into_iter().map(|value| FunctionArg::Unnamed(FunctionArgExpr::Expr(value))).collect();
    Expr::Function(Function {
        name: ObjectName(vec![ObjectNamePart::Identifier(Ident::new(name))]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList { duplicate_treatment: None, args, clauses: Vec::new() }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    let nested = |expr: Expr| Box::new(Expr::Nested(Box::new(expr)));
    Expr::Nested(Box::new(Expr::BinaryOp { left: nested(left), op, right: nested(right) }))
}

fn not(expr: Expr) -> Expr {
    Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(Expr::Nested(Box::new(expr))) }
}

fn number(value: i64) -> Expr {
    Expr::Value(Value::Number(value.to_string(), false).into())
}

fn like(value: &Expr, pattern: &Expr, any_case: bool) -> Expr {
    let (expr, pattern) = (Box::new(value.clone()), Box::new(pattern.clone()));
    if any_case {
        Expr::ILike { negated: false, any: false, expr, pattern, escape_char: None }
    } else {
        Expr::Like { negated: false, any: false, expr, pattern, escape_char: None }
    }
}

fn case(whens: Vec<(Expr, Expr)>, otherwise: Option<Expr>) -> Expr {
    let conditions = whens.into_iter().map(|(condition, result)| CaseWhen { condition, result }).collect();
    Expr::Case {
        case_token: ast::helpers::attached_token::AttachedToken::empty(),
        end_token: ast::helpers::attached_token::AttachedToken::empty(),
        operand: None,
        conditions,
        else_result: otherwise.map(Box::new),
    }
}
