//! What a rule about single values lets pass: which values, and whether null.

use datafusion::arrow::datatypes::DataType;

use super::domain::{Place, Scale, Set, satisfying};
use super::text::{Pattern, Texts};
use super::{Column, Judged};
use crate::stdlib::rule::operand::{self, Kind};
use crate::stdlib::types::type_name;
use crate::syntax::dqdl::Dialect;
use crate::syntax::dqdl::ast::{CompareOp, Condition, ConditionKind, Keyword, Operand, OperandKind};

/// What becomes of null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Null {
    /// A null makes the rule fail.
    Fails,
    /// Nulls are looked past, and some value must not be null.
    Ignored,
    /// Null satisfies.
    Passes,
}

/// What a rule about the values of a column lets pass.
#[derive(Debug)]
pub(super) struct Domain {
    /// The column.
    pub(super) column: Column,
    /// What is judged: `values`, `days`, `texts`, `lengths`; sets of different kinds are not compared.
    pub(super) kind: &'static str,
    /// The values that satisfy.
    pub(super) values: Values,
    /// What becomes of null.
    pub(super) null: Null,
    /// Whether the rule holds only if every value satisfies. `ColumnLength … != 5` is judged by the shortest and the longest.
    pub(super) each: bool,
}

/// Numbers or strings.
#[derive(Debug)]
pub(super) enum Values {
    /// Numbers, days, lengths: those that satisfy, and all that the type has, if it has an end.
    Numbers {
        /// Those that satisfy, whatever the type.
        set: Set,
        /// All that can be.
        all: Set,
    },
    /// Strings.
    Texts(Texts),
}

impl Domain {
    /// Whether no value satisfies.
    pub(super) fn is_empty(&self) -> bool {
        match &self.values {
            Values::Numbers { set, all } => set.and(all).is_empty(),
            Values::Texts(texts) => texts.is_empty(),
        }
    }

    /// Whether no value satisfies both, so that both rules hold for nothing but nulls.
    pub(super) fn excludes(&self, other: &Self) -> bool {
        if self.null == Null::Passes && other.null == Null::Passes {
            return false;
        }
        match (&self.values, &other.values) {
            (Values::Numbers { set, all }, Values::Numbers { set: other, .. }) => set.and(all).and(other).is_empty(),
            (Values::Texts(texts), Values::Texts(other)) => texts.excludes(other),
            _ => false,
        }
    }

    /// Whether the other rule holds wherever this one does.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        if self.null > other.null || (!self.each && other.each) {
            return false;
        }
        match (&self.values, &other.values) {
            (Values::Numbers { set, all }, Values::Numbers { set: other, .. }) => {
                let set = set.and(all);
                // Two rules about the shortest and the longest say the same only of the same length.
                if self.each { set.is_within(other) } else { set == other.and(all) }
            }
            (Values::Texts(texts), Values::Texts(other)) => texts.is_within(other),
            _ => false,
        }
    }
}

/// The values that a rule lets pass; `None` if it is no such rule, or if it cannot be said exactly.
pub(super) fn domain(judged: &Judged<'_>) -> Option<Domain> {
    let condition = judged.rule.condition.as_ref()?;
    if judged.leaf.threshold {
        return None;
    }
    let column = judged.column(0)?;
    match judged.leaf.def.name {
        "ColumnValues" => match kind(condition) {
            Kind::Number => numbers(column, condition),
            Kind::Date => days(column, condition),
            Kind::Text if column.is_text() => texts(judged, column, condition),
            _ => None,
        },
        "ColumnLength" => lengths(judged, column, condition),
        _ => None,
    }
}

/// Which of AWS's three readings applies.
pub(super) fn kind(condition: &Condition) -> Kind {
    let kinds = operand::operands(condition).into_iter().filter_map(|operand| operand::kind(operand).ok());
    let first = kinds.into_iter().find(|kind| *kind != Kind::Null);
    match condition.kind {
        ConditionKind::Matches { .. } => Kind::Text,
        ConditionKind::In { .. } if operand::operands(condition).is_empty() => Kind::Text,
        _ => first.unwrap_or(Kind::Number),
    }
}

/// The numbers that a column's type can hold, and how they are counted; `None` if they have no exact order.
pub(super) fn numbers_of(data_type: &DataType) -> Option<(Scale, Set)> {
    let whole = |low: i128, high: i128| Some((Scale::WHOLE, Set::between(low, high)));
    match data_type {
        DataType::Int8 => whole(i8::MIN.into(), i8::MAX.into()),
        DataType::Int16 => whole(i16::MIN.into(), i16::MAX.into()),
        DataType::Int32 => whole(i32::MIN.into(), i32::MAX.into()),
        DataType::Int64 => whole(i64::MIN.into(), i64::MAX.into()),
        DataType::UInt8 => whole(0, u8::MAX.into()),
        DataType::UInt16 => whole(0, u16::MAX.into()),
        DataType::UInt32 => whole(0, u32::MAX.into()),
        DataType::UInt64 => whole(0, u64::MAX.into()),
        DataType::Decimal128(precision, scale) => {
            let most = 10_i128.checked_pow(u32::from(*precision))? - 1;
            Some((Scale::Decimal(u32::try_from(*scale).ok().filter(|scale| *scale <= 18)?), Set::between(-most, most)))
        }
        DataType::Float32 => Some((Scale::Single, Set::all())),
        DataType::Float64 | DataType::Float16 | DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            Some((Scale::Double, Set::all()))
        }
        _ => None,
    }
}

/// For a sentence: what a type's values are.
pub(super) fn described(column: &Column) -> String {
    let name = type_name(&column.data_type);
    match column.data_type {
        DataType::Int8 => format!("`{name}`, whole numbers from -128 to 127"),
        DataType::Int16 => format!("`{name}`, whole numbers from -32768 to 32767"),
        DataType::UInt8 => format!("`{name}`, whole numbers from 0 to 255"),
        DataType::Int32 | DataType::Int64 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => {
            format!("`{name}`, whole numbers")
        }
        _ => format!("`{name}`"),
    }
}

fn is_null(operand: &Operand) -> bool {
    matches!(operand::bare(operand).kind, OperandKind::Keyword(Keyword::Null))
}

fn is_negated(kind: &ConditionKind) -> bool {
    matches!(kind, ConditionKind::Compare(CompareOp::Ne, _) | ConditionKind::In { negated: true, .. })
}

/// The text of a plain number.
pub(super) fn plain(operand: &Operand) -> Option<&str> {
    match &operand::bare(operand).kind {
        OperandKind::Number(text) => Some(text),
        _ => None,
    }
}

fn numbers(column: Column, condition: &Condition) -> Option<Domain> {
    let (scale, all) = numbers_of(&column.data_type)?;
    let operands = operand::operands(condition);
    let lists_null = operands.iter().any(|operand| is_null(operand));
    let written: Option<Vec<&str>> = operands.iter().filter(|operand| !is_null(operand)).map(|operand| plain(operand)).collect();
    let places: Option<Vec<Place>> = written?.iter().map(|text| scale.place(text)).collect();
    let places = places?;
    let negated = is_negated(&condition.kind);
    let set =
        if places.is_empty() { if negated { Set::all() } else { Set::default() } } else { satisfying(&condition.kind, &places)? };
    let null = if lists_null == negated { Null::Fails } else { Null::Passes };
    Some(Domain { column, kind: "values", values: Values::Numbers { set, all }, null, each: true })
}

/// Conditions on written days; `now()` is another day tomorrow.
fn days(column: Column, condition: &Condition) -> Option<Domain> {
    let operands = operand::operands(condition);
    let lists_null = operands.iter().any(|operand| is_null(operand));
    let days: Option<Vec<Place>> = operands
        .iter()
        .filter(|operand| !is_null(operand))
        .map(|operand| match &operand::bare(operand).kind {
            OperandKind::Date(text) => {
                let day = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
                Some(Place::on(chrono::Datelike::num_days_from_ce(&day).into()))
            }
            _ => None,
        })
        .collect();
    let set = satisfying(&condition.kind, &days?)?;
    let negated = is_negated(&condition.kind) || matches!(condition.kind, ConditionKind::Between { negated: true, .. });
    let null = if lists_null == negated { Null::Fails } else { Null::Passes };
    Some(Domain { column, kind: "days", values: Values::Numbers { set, all: Set::all() }, null, each: true })
}

fn texts(judged: &Judged<'_>, column: Column, condition: &Condition) -> Option<Domain> {
    let domain =
        |texts: Texts, null: Null| Some(Domain { column, kind: "texts", values: Values::Texts(texts), null, each: true });
    if let ConditionKind::Matches { negated, pattern } = &condition.kind {
        let literal = judged.string(pattern)?;
        return domain(Texts::Pattern(Pattern::new(&literal.raw, *negated)), Null::Fails);
    }
    let folds = judged.rule.tags.iter().any(|tag| tag.name.text == "ignoreCase") && judged.cx.scope.dialect == Dialect::Superset;
    if folds || !matches!(condition.kind, ConditionKind::Compare(..) | ConditionKind::In { .. }) {
        return None;
    }
    let negated = is_negated(&condition.kind);
    let (mut lists_null, mut lists_keyword, mut blanks) = (false, false, false);
    let mut texts = std::collections::BTreeSet::new();
    for (keyword, text) in judged.listed(condition)? {
        match keyword {
            Some(Keyword::Null) => lists_null = true,
            Some(Keyword::WhitespacesOnly) => (lists_keyword, blanks) = (true, true),
            Some(Keyword::Empty) => {
                lists_keyword = true;
                texts.insert(String::new());
            }
            None => {
                texts.insert(text.to_owned());
            }
        }
    }
    // Where null is decided by nothing, a `where` lets a column of nulls pass after all.
    if lists_keyword && !lists_null && judged.rule.filter.is_some() {
        return None;
    }
    let passes = if negated { !lists_null && !lists_keyword } else { lists_null };
    domain(Texts::Listed { negated, texts, blanks }, if passes { Null::Passes } else { Null::Fails })
}

fn lengths(judged: &Judged<'_>, column: Column, condition: &Condition) -> Option<Domain> {
    let operands = operand::operands(condition);
    let written: Option<Vec<&str>> = operands.iter().map(|operand| plain(operand)).collect();
    let places: Option<Vec<Place>> = written?.iter().map(|text| Scale::WHOLE.place(text)).collect();
    let places = places?;
    let lists_zero = places.iter().any(|place| place.point() == Some(0));
    let set = satisfying(&condition.kind, &places)?;
    let all = Set::between(0, i64::MAX.into());
    let null = match &condition.kind {
        ConditionKind::Compare(..) | ConditionKind::Between { negated: false, .. } => Null::Ignored,
        ConditionKind::In { negated: false, .. } if lists_zero => Null::Passes,
        ConditionKind::In { negated: false, .. } => Null::Fails,
        ConditionKind::In { .. } | ConditionKind::Between { .. } if !lists_zero => Null::Passes,
        // Null is decided by nothing there.
        _ if judged.rule.filter.is_some() => return None,
        _ => Null::Fails,
    };
    let each = !matches!(condition.kind, ConditionKind::Compare(CompareOp::Ne, _));
    Some(Domain { column, kind: "lengths", values: Values::Numbers { set, all }, null, each })
}
