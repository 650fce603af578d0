//! Properties over random tables of every type: what is counted is what there is, and what is recommended holds.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use chrono::DateTime;
use datafusion::arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Date64Array, Decimal128Array, Decimal256Array, DictionaryArray,
    DurationSecondArray, Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, Int64Array, LargeStringArray, ListArray,
    NullArray, RecordBatch, StringArray, StringViewArray, Time32SecondArray, TimestampMicrosecondArray, TimestampNanosecondArray,
    TimestampSecondArray, UInt8Array, UInt64Array, new_null_array,
};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Field, Int32Type, Schema, i256};
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::logical_expr::LogicalPlanBuilder;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use tokio::runtime::Runtime;

use super::recommend::{Strictness, recommend, ruleset};
use super::*;
use crate::diag::Sink;
use crate::run::eval::{EvalRequest, evaluate};
use crate::run::os_world::OsWorld;
use crate::run::quality::{Beside, QualityOptions, prepare};
use crate::run::report::RuleOutcome;
use crate::source::{EmbedMap, SourceMap};
use crate::stdlib::expr::NO_FATES;
use crate::stdlib::rule::{self, Behind, Scope};
use crate::syntax::dqdl::{self, Dialect};
use crate::world::MemoryWorld;

/// Names that rules have to quote in one way or another.
const NAMES: &[&str] = &[
    "a",
    "A",
    "order_id",
    "two words",
    "unit.price",
    "it's",
    "a \"quote\"",
    "back\\slash",
    "`ticks`",
    "tick`s",
    "2024-01-31",
    "12:30",
    "and",
    "null",
    "select",
    "ünï",
    "a,b",
    "{x}",
    "$v",
    "#",
    "id",
    "",
    " ",
    "__gc_row",
    "new\nline",
    "1st",
    "order",
    "x'y\"z",
];

fn plan(batch: &RecordBatch) -> LogicalPlan {
    let table = MemTable::try_new(batch.schema(), vec![vec![batch.clone()]]).unwrap();
    LogicalPlanBuilder::scan("data", provider_as_source(Arc::new(table)), None).unwrap().build().unwrap()
}

/// The profile of a table that is read in pieces: up to each of the cuts.
fn profile_in_pieces(runtime: &Runtime, batch: &RecordBatch, cuts: &[usize]) -> Profile {
    let session = dataset::session(true, DateTime::UNIX_EPOCH);
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| *cut.min(&batch.num_rows())).collect();
    cuts.extend([0, batch.num_rows()]);
    cuts.sort_unstable();
    let pieces = cuts.windows(2).map(|cut| vec![batch.slice(cut[0], cut[1] - cut[0])]).collect();
    let table = MemTable::try_new(batch.schema(), pieces).unwrap();
    let plan = LogicalPlanBuilder::scan("data", provider_as_source(Arc::new(table)), None).unwrap().build().unwrap();
    let progress = Progress::of(&session, &MemoryWorld::default(), std::iter::empty());
    runtime.block_on(of_plans(&session, &plan, &[], DateTime::UNIX_EPOCH, &progress)).unwrap()
}

fn profile_of(runtime: &Runtime, batch: &RecordBatch, references: &[(&str, &RecordBatch)]) -> Profile {
    let session = dataset::session(true, DateTime::UNIX_EPOCH);
    let aliases: Vec<_> = references.iter().map(|(alias, batch)| ((*alias).to_owned(), plan(batch))).collect();
    let progress = Progress::of(&session, &MemoryWorld::default(), std::iter::empty());
    runtime.block_on(of_plans(&session, &plan(batch), &aliases, DateTime::UNIX_EPOCH, &progress)).unwrap()
}

/// Parses, binds and evaluates a ruleset, in which nothing may be wrong.
fn outcomes(
    runtime: &Runtime,
    text: &str,
    batch: &RecordBatch,
    references: &[(&str, &RecordBatch)],
    dialect: Dialect,
) -> Vec<RuleOutcome> {
    let session = dataset::session(true, DateTime::UNIX_EPOCH);
    let aliases: Vec<_> = references.iter().map(|(alias, batch)| ((*alias).to_owned(), plan(batch))).collect();
    let primary = plan(batch);
    let mut map = SourceMap::default();
    let mut sink = Sink::default();
    let file = map.add("rules.dqdl", text);
    let parsed = dqdl::parse(text, &EmbedMap::file(file, text.len()), dialect, &mut sink);
    let now = DateTime::UNIX_EPOCH;
    let scope = Scope {
        engine: &session,
        primary: &primary,
        aliases: &aliases,
        fates: NO_FATES,
        behind: Behind::Files,
        now,
        has_history: false,
        dialect,
    };
    let bound = rule::bind(&parsed, &scope, &mut sink);
    let said: Vec<_> = sink.finish(&map).into_iter().map(|said| format!("{said:?}")).collect();
    assert!(said.is_empty(), "{text}\n{}", said.join("\n"));
    runtime.block_on(async {
        let options = QualityOptions::default();
        let prepared = prepare(&bound, primary.clone(), primary, aliases, &session, &options, Beside::default()).await.unwrap();
        let physical = session.create_physical_plan(prepared.plan()).await.unwrap();
        datafusion::physical_plan::collect(physical, session.task_ctx()).await.unwrap();
        prepared.finish().unwrap().outcomes
    })
}

fn check_recommended(batch: &RecordBatch, references: &[(&str, &RecordBatch)]) {
    let runtime = dataset::runtime().map_err(|Stop(diagnostic)| diagnostic).unwrap();
    let profile = profile_of(&runtime, batch, references);
    for strictness in [Strictness::Usual, Strictness::Strict] {
        let rules = recommend(&profile, strictness);
        let (text, rules) = ruleset("data", &profile, rules);
        assert_eq!(ruleset("data", &profile, recommend(&profile, strictness)).0, text, "the same again");
        for dialect in [Dialect::Superset, Dialect::Strict] {
            let outcomes = outcomes(&runtime, &text, batch, references, dialect);
            assert_eq!(outcomes.len(), rules.len(), "{text}");
            let failed: Vec<_> = outcomes.iter().filter(|outcome| !outcome.passed).collect();
            assert!(failed.is_empty(), "{text}\n{failed:?}\n{profile:?}");
        }
    }
}

fn nullable<T: std::fmt::Debug + Clone + 'static>(
    values: impl Strategy<Value = T> + 'static,
    rows: usize,
) -> BoxedStrategy<Vec<Option<T>>> {
    let values = values.boxed();
    prop_oneof![
        3 => vec(values.clone().prop_map(Some), rows),
        2 => vec(option::weighted(0.9, values), rows),
        1 => Just(vec![None; rows]),
    ]
    .boxed()
}

macro_rules! arrays {
    ($rows:expr, $($array:ty: $values:expr),+ $(,)?) => {
        vec![$(nullable($values, $rows).prop_map(|values| Arc::new(<$array>::from(values)) as ArrayRef).boxed()),+]
    };
}

fn texts() -> BoxedStrategy<String> {
    prop_oneof![
        2 => prop::sample::select(vec!["PENDING", "SHIPPED", "it's", "say \"hi\"", "back\\slash", "", "  "]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["2024-01-31", "12:30", "9:30 AM", "NA"]).prop_map(str::to_owned),
        1 => "[A-Z]{2}-[0-9]{3,5}",
        1 => any::<i32>().prop_map(|number| number.to_string()),
        1 => "\\PC{0,12}",
        1 => any::<String>(),
    ]
    .boxed()
}

/// Columns of one kind of text: what a profile makes something of.
fn text_columns(rows: usize) -> BoxedStrategy<Vec<Option<String>>> {
    let kinds: Vec<BoxedStrategy<String>> = vec![
        texts(),
        "[A-Z]{2}-[0-9]{3,5}".boxed(),
        "[a-z0-9]{4}[.$(+*?|){}][0-9]{2}".boxed(),
        "ORD-[0-9]{7}".boxed(),
        prop::sample::select(vec!["x", "y", "say \"hi\"", "back\\slash", "it's", "a|b", ""]).prop_map(str::to_owned).boxed(),
        any::<i64>().prop_map(|number| number.to_string()).boxed(),
        (-1e6..1e6).prop_map(|number: f64| number.to_string()).boxed(),
        "20[0-9]{2}-0[1-9]-[12][0-9]".boxed(),
        "20[0-9]{2}-0[1-9]-[12][0-9][ T]1[0-9]:[0-5][0-9]:00Z?".boxed(),
        prop::sample::select(vec!["true", "false"]).prop_map(str::to_owned).boxed(),
        prop_oneof![30 => "[0-9]{1,4}", 1 => Just("NA".to_owned())].boxed(),
    ];
    prop::strategy::Union::new(kinds.into_iter().map(move |kind| nullable(kind, rows))).boxed()
}

fn decimals(rows: usize) -> BoxedStrategy<ArrayRef> {
    let digits = prop_oneof![-1000_i128..1000, -(10_i128.pow(37))..10_i128.pow(37)];
    let types = prop::sample::select(vec![(38_u8, 0_i8), (38, 2), (38, 30), (38, -3)]);
    let narrow = nullable(digits, rows);
    let wide = nullable(any::<i64>(), rows);
    prop_oneof![
        3 => (narrow, types).prop_map(|(values, (precision, scale))| {
            Arc::new(Decimal128Array::from(values).with_precision_and_scale(precision, scale).unwrap()) as ArrayRef
        }),
        1 => wide.prop_map(|values| {
            let values: Decimal256Array = values.into_iter().map(|value| value.map(i256::from)).collect();
            Arc::new(values.with_precision_and_scale(76, 5).unwrap()) as ArrayRef
        }),
    ]
    .boxed()
}

fn column(rows: usize) -> BoxedStrategy<ArrayRef> {
    let small = || prop_oneof![3 => 0_i64..20, 1 => any::<i64>()];
    let mut all = arrays![rows,
        Int8Array: any::<i8>(),
        Int16Array: -50_i16..50,
        Int32Array: prop_oneof![0..5, any::<i32>()],
        Int64Array: small(),
        UInt8Array: any::<u8>(),
        UInt64Array: any::<u64>(),
        Float32Array: prop_oneof![any::<f32>(), -1.0_f32..1.0],
        Float64Array: prop_oneof![any::<f64>(), -1e3..1e3],
        Float64Array: (0..1000).prop_map(|cents| f64::from(cents) / 100.0),
        BooleanArray: any::<bool>(),
        Date32Array: prop_oneof![19_000..20_000, any::<i32>()],
        Date64Array: (0_i64..20_000).prop_map(|days| days * 86_400_000),
        TimestampSecondArray: 0_i64..2_000_000_000,
        TimestampMicrosecondArray: any::<i64>(),
        TimestampNanosecondArray: any::<i64>(),
        Time32SecondArray: 0..86_400,
        DurationSecondArray: 0_i64..1000,
    ];
    all.push(decimals(rows));
    let zoned = nullable(0_i64..2_000_000_000, rows)
        .prop_map(|values| Arc::new(TimestampSecondArray::from(values).with_timezone("+02:00")) as ArrayRef);
    all.push(zoned.boxed());
    let text = || text_columns(rows);
    all.push(text().prop_map(|values| Arc::new(StringArray::from(values)) as ArrayRef).boxed());
    all.push(text().prop_map(|values| Arc::new(StringViewArray::from_iter(values)) as ArrayRef).boxed());
    all.push(text().prop_map(|values| Arc::new(LargeStringArray::from(values)) as ArrayRef).boxed());
    let dictionary = text().prop_map(|values| {
        let values: DictionaryArray<Int32Type> = values.iter().map(Option::as_deref).collect();
        Arc::new(values) as ArrayRef
    });
    all.push(dictionary.boxed());
    let bytes = nullable(vec(any::<u8>(), 0..6), rows)
        .prop_map(|values| Arc::new(values.iter().map(Option::as_deref).collect::<BinaryArray>()) as ArrayRef);
    all.push(bytes.boxed());
    all.push(Just(Arc::new(NullArray::new(rows)) as ArrayRef).boxed());
    let list = vec(option::of(vec(option::of(any::<i32>()), 0..3)), rows)
        .prop_map(|values| Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(values)) as ArrayRef);
    all.push(list.boxed());
    let fields = vec![Field::new("x", DataType::Int32, true)];
    all.push(Just(new_null_array(&DataType::Struct(fields.into()), rows)).prop_map(|array| array as ArrayRef).boxed());
    prop::strategy::Union::new(all).boxed()
}

fn table() -> BoxedStrategy<RecordBatch> {
    let rows = prop_oneof![Just(0_usize), Just(1), 2_usize..12, 100_usize..160];
    let names = prop::sample::subsequence(NAMES, 1..5).prop_shuffle();
    (rows, names)
        .prop_flat_map(|(rows, names)| vec(column(rows), names.len()).prop_map(move |columns| batch(&names, columns)))
        .boxed()
}

fn batch(names: &[&str], columns: Vec<ArrayRef>) -> RecordBatch {
    let fields: Vec<Field> =
        names.iter().zip(&columns).map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Rules for any table parse without a word in both dialects and hold on it.
    #[test]
    fn what_is_recommended_holds(batch in table()) {
        check_recommended(&batch, &[]);
    }

    /// The same with another data set that has some of its values.
    #[test]
    fn memberships_hold(batch in table(), kept in 0.5_f64..1.0) {
        let at = |row: &usize| (*row as f64) < batch.num_rows() as f64 * kept;
        let rows: Int64Array = (0..batch.num_rows()).filter(at).map(|row| Some(i64::try_from(row).unwrap())).collect();
        let columns = batch.columns().iter().map(|column| take(column, &rows, None).unwrap()).collect();
        let other = RecordBatch::try_new(batch.schema(), columns).unwrap();
        check_recommended(&batch, &[("other", &other)]);
    }

    /// Counts are those of counting.
    #[test]
    fn counts_are_exact(batch in table()) {
        let runtime = dataset::runtime().map_err(|Stop(diagnostic)| diagnostic).unwrap();
        let profile = profile_of(&runtime, &batch, &[]);
        prop_assert_eq!(profile.rows, batch.num_rows() as u64);
        let shown = batch.schema().fields().iter().filter(|field| !field.name().starts_with("__gc_")).count();
        prop_assert_eq!(profile.columns.len() + profile.skipped.len(), shown);
        for column in &profile.columns {
            let (at, _) = batch.schema().column_with_name(&column.name).map(|(at, field)| (at, field.clone())).unwrap();
            let array = batch.column(at);
            let nulls = array.logical_nulls().map_or(0, |nulls| nulls.null_count());
            let nulls = if *array.data_type() == DataType::Null { array.len() } else { nulls };
            prop_assert_eq!(column.nulls, nulls as u64, "{}", &column.name);
            prop_assert_eq!(column.values, (array.len() - nulls) as u64);
            prop_assert!(column.distinct_is_exact);
            if column.values == 0 {
                prop_assert_eq!(column.distinct, 0);
                continue;
            }
            let valid = array.logical_nulls();
            let mut counts: BTreeMap<String, u64> = BTreeMap::new();
            for row in (0..array.len()).filter(|row| valid.as_ref().is_none_or(|valid| valid.is_valid(*row))) {
                let text = array_value_to_string(array, row).unwrap();
                *counts.entry(if text == "-0.0" { "0.0".to_owned() } else { text }).or_default() += 1;
            }
            // Beyond the digits of a double, values of this type are one.
            if !matches!(array.data_type(), DataType::Decimal256(..) | DataType::Date64) {
                prop_assert_eq!(column.distinct, counts.len() as u64, "{:?}", array);
                let singles = counts.values().filter(|count| **count == 1).count() as u64;
                prop_assert_eq!(column.singles, Some(singles));
            }
            prop_assert_eq!(column.frequent.iter().map(|(_, count)| *count).max(), counts.values().copied().max());
            if let Some(text) = &column.text {
                let all: Vec<&String> = counts.keys().collect();
                let length = |text: &&String| text.chars().count() as u64;
                prop_assert_eq!(Some(text.shortest), all.iter().map(&length).min());
                prop_assert_eq!(Some(text.longest), all.iter().map(&length).max());
                prop_assert_eq!(text.empty, counts.get("").copied().unwrap_or(0));
                prop_assert_eq!(text.least.as_ref(), counts.keys().next());
            }
        }
    }

    /// Pieces say what the whole says, wherever it is cut.
    #[test]
    fn pieces_say_what_the_whole_says(batch in table(), cuts in vec(0..160_usize, 0..5)) {
        let runtime = dataset::runtime().map_err(|Stop(diagnostic)| diagnostic).unwrap();
        let mut whole = profile_of(&runtime, &batch, &[]);
        let mut pieces = profile_in_pieces(&runtime, &batch, &cuts);
        // Sums of doubles depend on their order in the last places.
        let by_columns = |profile: &mut Profile| {
            let mut found = std::mem::take(&mut profile.correlations);
            found.sort_by(|a, b| a.columns.cmp(&b.columns));
            found
        };
        let (of_whole, of_pieces) = (by_columns(&mut whole), by_columns(&mut pieces));
        prop_assert_eq!(&whole, &pieces);
        for (one, other) in of_whole.iter().zip(&of_pieces).filter(|(one, _)| one.rows > 2) {
            prop_assert_eq!(&one.columns, &other.columns);
            prop_assert!(one.rows == other.rows && (one.value - other.value).abs() < 1e-6, "{one:?} {other:?}");
        }
    }

    /// No word of a ruleset is lost when it is laid out, and nothing is moved: it is laid out already.
    #[test]
    fn rulesets_are_laid_out(batch in table()) {
        let runtime = dataset::runtime().map_err(|Stop(diagnostic)| diagnostic).unwrap();
        let profile = profile_of(&runtime, &batch, &[]);
        let (text, _) = ruleset("data", &profile, recommend(&profile, Strictness::Usual));
        let laid_out = dqdl::format(&text);
        prop_assert_eq!(laid_out.unwrap(), text);
    }
}

/// The command line's way, over every file of data that is shipped.
#[test]
fn shipped_data_passes_its_recommended_rules() {
    let pipelines = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines");
    let files: Vec<PathBuf> =
        ["**/*.csv", "**/*.csv.gz"].iter().flat_map(|glob| OsWorld.glob(&pipelines, glob).unwrap()).collect();
    assert!(files.len() > 10, "{files:?}");
    let folder = tempfile::tempdir().unwrap();
    let mut unreadable = 0;
    for file in files.into_iter().filter(|file| !file.components().any(|part| part.as_os_str() == "out")) {
        let customers = pipelines.join("orders/data/raw/customers.csv");
        let references = IndexMap::from([("customers".to_owned(), customers)]);
        let request = ProfileRequest { data: file.clone(), references: references.clone() };
        // Four days of orders have lines that are no rows, for the pipeline to find.
        let Ok(profile) = profile(&OsWorld, &request, &crate::run::progress::Unwatched) else {
            unreadable += 1;
            continue;
        };
        for (strictness, strict) in [(Strictness::Usual, false), (Strictness::Strict, true)] {
            let (text, _) = ruleset("data", &profile, recommend(&profile, strictness));
            let rules = folder.path().join("rules.dqdl");
            std::fs::write(&rules, &text).unwrap();
            let checked = crate::check(&OsWorld, &rules, &crate::CheckOptions::default());
            assert!(checked.diagnostics.is_empty(), "{}\n{text}\n{:?}", file.display(), checked.diagnostics);
            let request = EvalRequest {
                ruleset: rules,
                data: file.clone(),
                references: references.clone(),
                strict,
                ..EvalRequest::default()
            };
            let found = evaluate(&OsWorld, &request);
            // What is always said of a rule of its type, or of two that AWS names alike, is no fault of what was recommended.
            let known = ["truncating-cast", "shared-metric"];
            let said: Vec<_> = found.diagnostics.iter().filter(|said| !known.contains(&said.code.name)).collect();
            assert!(said.is_empty(), "{}\n{text}\n{said:?}", file.display());
            let failed: Vec<_> = found.report.unwrap().outcomes.into_iter().filter(|outcome| !outcome.passed).collect();
            assert!(failed.is_empty(), "{}\n{text}\n{failed:?}", file.display());
        }
    }
    assert_eq!(unreadable, 4);
}

#[test]
fn numbers_have_the_figures_of_counting() {
    let runtime = dataset::runtime().map_err(|Stop(diagnostic)| diagnostic).unwrap();
    let values: Vec<f64> = (0..1000).map(|at| f64::from((at * 37) % 1000) / 4.0).collect();
    let batch = batch(&["v"], vec![Arc::new(Float64Array::from(values))]);
    let profile = profile_of(&runtime, &batch, &[]);
    let numbers = profile.columns[0].numbers.as_ref().unwrap();
    assert_eq!(numbers.range, Some((0.0, 249.75)));
    assert!((numbers.mean.unwrap() - 124.875).abs() < 1e-9);
    assert!((numbers.deviation.unwrap() - 72.168_7).abs() < 1e-3);
    assert_eq!(numbers.quantiles.as_deref().unwrap()[3].to_string(), "124.75");
}

#[test]
fn a_key_of_two_columns_is_found() {
    let runtime = dataset::runtime().map_err(|Stop(diagnostic)| diagnostic).unwrap();
    let rows = 0..40_000_i64;
    let day: ArrayRef = Arc::new(rows.clone().map(|row| Some(row / 200)).collect::<Int64Array>());
    let number: ArrayRef = Arc::new(rows.clone().map(|row| Some(row % 200)).collect::<Int64Array>());
    let noise: ArrayRef = Arc::new(rows.map(|row| Some(row % 7)).collect::<Int64Array>());
    let profile = profile_of(&runtime, &batch(&["noise", "day", "number"], vec![noise, day, number]), &[]);
    assert_eq!(profile.keys, [["day", "number"]]);
    let rules = recommend(&profile, Strictness::Usual);
    assert!(rules.iter().any(|rule| rule.rule == r#"IsPrimaryKey "day" "number""#), "{rules:?}");
}

#[test]
fn more_values_than_are_counted_are_measured_where_they_look_unique() {
    let runtime = dataset::runtime().map_err(|Stop(diagnostic)| diagnostic).unwrap();
    let ids: ArrayRef = Arc::new((0..50_000_i64).map(Some).collect::<Int64Array>());
    let almost: ArrayRef =
        Arc::new((0..50_000_i64).map(|row| Some(if row % 100 == 0 { 1 } else { row })).collect::<Int64Array>());
    let profile = profile_of(&runtime, &batch(&["id", "almost"], vec![ids, almost]), &[]);
    let [id, almost] = profile.columns.as_slice() else { panic!("{profile:?}") };
    assert!(id.distinct_is_exact && id.singles.is_none());
    assert_eq!((id.distinct, id.uniqueness), (50_000, Some(1.0)));
    assert_eq!(almost.distinct, 49_500);
    // 500 rows are 1, and so is one of the others.
    assert!((almost.uniqueness.unwrap() - 49_499.0 / 50_000.0).abs() < 1e-9);
    assert_eq!(profile.keys, [["id"]]);
    assert_eq!(almost.frequent.first().map(|(value, _)| value.as_str()), Some("1"));
}

#[test]
fn pieces_of_more_values_than_are_counted_say_what_the_whole_says() {
    let runtime = dataset::runtime().map_err(|Stop(diagnostic)| diagnostic).unwrap();
    let rows = 0..60_000_i64;
    let id: ArrayRef = Arc::new(rows.clone().map(|row| Some((row * 7_919) % 60_013)).collect::<Int64Array>());
    let code: ArrayRef = Arc::new(
        rows.clone().map(|row| (row % 9 > 0).then(|| format!("ORD-{:05}", (row * 31) % 59_000))).collect::<StringViewArray>(),
    );
    let amount: ArrayRef =
        Arc::new(rows.clone().map(|row| Some(((row * 104_729) % 30_011) as f64 / 100.0)).collect::<Float64Array>());
    let few: ArrayRef = Arc::new(rows.map(|row| Some(row % 12)).collect::<Int64Array>());
    let batch = batch(&["id", "code", "amount", "few"], vec![id, code, amount, few]);
    let whole = profile_of(&runtime, &batch, &[]);
    for cuts in [&[1, 20_000, 20_001, 45_000][..], &[59_990]] {
        let pieces = profile_in_pieces(&runtime, &batch, cuts);
        assert_eq!((whole.rows, &whole.keys), (pieces.rows, &pieces.keys));
        assert_eq!(whole.columns[3], pieces.columns[3], "what is counted is the same");
        for (one, other) in whole.columns.iter().zip(&pieces.columns) {
            assert_eq!((one.values, one.nulls, one.distinct), (other.values, other.nulls, other.distinct));
            assert_eq!((one.distinct_is_exact, one.uniqueness), (other.distinct_is_exact, other.uniqueness));
            assert_eq!((&one.extremes, &one.text), (&other.extremes, &other.text));
            let (Some(one), Some(other)) = (&one.numbers, &other.numbers) else { continue };
            assert_eq!((one.range, one.quantiles_are_exact), (other.range, other.quantiles_are_exact));
            let (least, greatest) = one.range.unwrap();
            let near = |a: f64, b: f64, by: f64| assert!((a - b).abs() <= by * (greatest - least), "{one:?}\n{other:?}");
            near(one.mean.unwrap(), other.mean.unwrap(), 1e-9);
            near(one.deviation.unwrap(), other.deviation.unwrap(), 1e-9);
            one.quantiles.iter().flatten().zip(other.quantiles.iter().flatten()).for_each(|(a, b)| near(*a, *b, 0.005));
        }
    }
    let [id, code, amount, few] = whole.columns.as_slice() else { panic!("{whole:?}") };
    assert_eq!((id.distinct, id.uniqueness), (60_000, Some(1.0)));
    assert_eq!(code.text.as_ref().unwrap().pattern.as_ref().unwrap().matching, code.values);
    assert!(!amount.distinct_is_exact && (amount.distinct as f64 / 30_011.0 - 1.0).abs() < 0.04, "{}", amount.distinct);
    assert!(few.numbers.as_ref().unwrap().quantiles_are_exact && !amount.numbers.as_ref().unwrap().quantiles_are_exact);
}

#[test]
fn a_column_that_nearly_identifies_needs_another_for_the_rest() {
    let runtime = dataset::runtime().map_err(|Stop(diagnostic)| diagnostic).unwrap();
    // Of every hundred rows the last two have one time, but not among the first.
    let time = |row: i64| if row > 10_000 && row % 100 == 99 { row - 1 } else { row };
    let at: ArrayRef = Arc::new((0..40_000_i64).map(|row| Some(time(row))).collect::<TimestampMicrosecondArray>());
    let machine: ArrayRef = Arc::new((0..40_000_i64).map(|row| Some(format!("m{}", row % 2))).collect::<StringViewArray>());
    let site: ArrayRef = Arc::new((0..40_000_i64).map(|row| Some(row % 100 / 50)).collect::<Int64Array>());
    let batch = batch(&["machine", "site", "at"], vec![machine, site, at]);
    // Such times are told apart by the machine and not by the site.
    let profile = profile_in_pieces(&runtime, &batch, &[13_000, 31_000]);
    assert_eq!(profile.keys, [["machine", "at"]]);
    assert_eq!(profile.columns[2].uniqueness, Some(0.985));
}

#[test]
fn keys_of_another_data_set_are_found() {
    let runtime = dataset::runtime().map_err(|Stop(diagnostic)| diagnostic).unwrap();
    let customers: ArrayRef = Arc::new((0..30_000_i64).map(Some).collect::<Int64Array>());
    let reference = batch(&["id"], vec![customers]);
    let known: ArrayRef = Arc::new((0..50_000_i64).map(|row| Some(row % 30_300)).collect::<Int64Array>());
    let small: ArrayRef = Arc::new((0..50_000_i64).map(|row| Some(row % 5)).collect::<Int64Array>());
    let data = batch(&["customer_id", "quantity"], vec![known, small]);
    let profile = profile_of(&runtime, &data, &[("customers", &reference)]);
    let [found] = profile.memberships.as_slice() else { panic!("{profile:?}") };
    assert_eq!((found.column.as_str(), found.key.as_str()), ("customer_id", "id"));
    assert!((found.share - 49_700.0 / 50_000.0).abs() < 1e-9, "{}", found.share);
}

#[test]
fn rulesets_stay_within_what_aws_takes() {
    let runtime = dataset::runtime().map_err(|Stop(diagnostic)| diagnostic).unwrap();
    let names: Vec<String> = (0..900).map(|at| format!("a_column_with_a_long_name_{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let column: ArrayRef = Arc::new((0..50_i64).map(Some).collect::<Int64Array>());
    let data = batch(&names, vec![column; 900]);
    let profile = profile_of(&runtime, &data, &[]);
    let (text, rules) = ruleset("data", &profile, recommend(&profile, Strictness::Usual));
    assert!(text.chars().count() <= 65_536 && rules.len() <= 2000, "{} characters", text.chars().count());
    assert!(text.contains("more rules were left out"));
    assert!(outcomes(&runtime, &text, &data, &[], Dialect::Strict).iter().all(|outcome| outcome.passed));
}
