//! Expressions about one column of texts of which there are few different ones: judged once for each text.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringViewArray, UInt16Array};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr_common::physical_expr::is_volatile;
use hashbrown::HashTable;

use crate::plan::nodes::quality::keys::hasher;

/// So many different texts are few.
const MOST: usize = 256;

/// A column is given up early if the first rows have more different texts than this.
const FIRST_ROWS: usize = 1024;
const MOST_OF_FIRST: usize = 64;

/// Telling the texts of a column apart costs about as much as one comparison with a list: with one expression nothing
/// would be won.
const WORTHWHILE: usize = 2;

/// The expressions about a column, and its texts so far.
#[derive(Debug)]
pub(super) struct Memo {
    column: usize,
    expressions: Vec<Entry>,
    /// The column by itself.
    schema: SchemaRef,
    texts: Texts,
    /// Whether there are too many texts.
    given_up: bool,
}

#[derive(Debug)]
struct Entry {
    /// Its place among all expressions.
    at: usize,
    expression: Arc<dyn PhysicalExpr>,
    /// Its value for each text, and before them for null.
    values: ArrayRef,
}

/// Different texts, numbered from 1; null is 0.
#[derive(Debug, Default)]
struct Texts {
    table: HashTable<(u64, u16)>,
    texts: Vec<Box<str>>,
}

/// What is worth remembering of expressions over a schema.
pub(super) fn memos(expressions: &[Arc<dyn PhysicalExpr>], input: &Schema) -> Result<Vec<Memo>> {
    let mut columns: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, expression) in expressions.iter().enumerate() {
        let read: Vec<Column> = collect_columns(expression).into_iter().collect();
        if let [column] = read.as_slice()
            && input.field(column.index()).data_type().is_string()
            && !expression.is::<Column>()
            && !is_volatile(expression)
        {
            columns.entry(column.index()).or_default().push(at);
        }
    }
    let worthwhile = columns.into_iter().filter(|(_, about)| about.len() >= WORTHWHILE);
    worthwhile.map(|(column, about)| Memo::new(column, &about, expressions, input)).collect()
}

impl Memo {
    fn new(column: usize, about: &[usize], expressions: &[Arc<dyn PhysicalExpr>], input: &Schema) -> Result<Self> {
        let field = input.field(column).clone().with_nullable(true);
        let alone = |expression: &Arc<dyn PhysicalExpr>| {
            let moved = Arc::clone(expression).transform(|part| match part.downcast_ref::<Column>() {
                Some(read) => Ok(Transformed::yes(Arc::new(Column::new(read.name(), 0)) as Arc<dyn PhysicalExpr>)),
                None => Ok(Transformed::no(part)),
            });
            moved.map(|moved| moved.data)
        };
        let mut memo = Self {
            column,
            expressions: Vec::new(),
            schema: Arc::new(Schema::new(vec![field])),
            texts: Texts::default(),
            given_up: false,
        };
        for at in about {
            let expression = alone(&expressions[*at])?;
            memo.expressions.push(Entry { at: *at, expression, values: Arc::new(BooleanArray::new_null(0)) });
        }
        Ok(memo)
    }

    /// The values of the expressions on a batch with their places; none once the column has too many texts.
    pub(super) fn evaluate(&mut self, batch: &RecordBatch) -> Result<Vec<(usize, ArrayRef)>> {
        if self.given_up || batch.num_rows() == 0 {
            return Ok(Vec::new());
        }
        let column = cast(batch.column(self.column), &DataType::Utf8View)?;
        let column = column.as_string_view();
        let known = self.texts.texts.len();
        let Some(numbers) = self.texts.numbers(column) else {
            self.given_up = true;
            self.texts = Texts::default();
            return Ok(Vec::new());
        };
        if known == 0 || self.texts.texts.len() > known {
            self.judge()?;
        }
        let mut met = [false; MOST + 1];
        numbers.iter().for_each(|number| met[*number as usize] = true);
        let numbers = UInt16Array::from(numbers);
        self.expressions.iter().map(|entry| Ok((entry.at, spread(&entry.values, &numbers, &met)?))).collect()
    }

    /// Evaluates the expressions on null and all texts.
    fn judge(&mut self) -> Result<()> {
        let texts: StringViewArray = std::iter::once(None).chain(self.texts.texts.iter().map(|text| Some(&**text))).collect();
        let texts = cast(&texts, self.schema.field(0).data_type())?;
        let batch = RecordBatch::try_new(self.schema.clone(), vec![texts])?;
        for entry in &mut self.expressions {
            entry.values = entry.expression.evaluate(&batch)?.into_array(batch.num_rows())?;
        }
        Ok(())
    }
}

impl Texts {
    /// The number of every row's text; `None` if there are too many texts.
    fn numbers(&mut self, column: &StringViewArray) -> Option<Vec<u16>> {
        let hasher = hasher();
        let mut numbers = Vec::with_capacity(column.len());
        for row in 0..column.len() {
            if column.is_null(row) {
                numbers.push(0);
                continue;
            }
            let text = column.value(row);
            let hash = hasher.hash_one(text);
            let found = self.table.find(hash, |(known, number)| *known == hash && *self.texts[usize::from(*number) - 1] == *text);
            if let Some((_, number)) = found {
                numbers.push(*number);
                continue;
            }
            if self.texts.len() == MOST || (row < FIRST_ROWS && self.texts.len() == MOST_OF_FIRST) {
                return None;
            }
            self.texts.push(text.into());
            let number = u16::try_from(self.texts.len()).ok()?;
            self.table.insert_unique(hash, (hash, number), |(hash, _)| *hash);
            numbers.push(number);
        }
        Some(numbers)
    }
}

/// The value of every row, by the number of its text. `met` are the numbers there are: often all of them have one value.
fn spread(values: &ArrayRef, numbers: &UInt16Array, met: &[bool]) -> Result<ArrayRef> {
    if let Some(truths) = values.as_boolean_opt()
        && truths.null_count() == 0
    {
        let mut all = (0..truths.len()).filter(|number| met[*number]).map(|number| truths.value(number));
        let first = all.next().unwrap_or(true);
        if all.all(|truth| truth == first) {
            let rows = numbers.len();
            let bits = if first { BooleanBuffer::new_set(rows) } else { BooleanBuffer::new_unset(rows) };
            return Ok(Arc::new(BooleanArray::new(bits, None)));
        }
    }
    Ok(take(values, numbers, None)?)
}
