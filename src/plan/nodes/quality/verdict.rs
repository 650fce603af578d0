//! Three-valued verdicts of a batch's rows as two bit maps, which cannot lose a row: passes, fails, or neither.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::common::{Result, exec_err};

use super::spec::Tree;

/// Which rows count.
#[derive(Debug, Clone)]
pub enum Mask {
    /// All of them.
    All,
    /// Those with a bit.
    Some(BooleanBuffer),
}

impl Mask {
    /// The rows for which a condition is true; null is not.
    pub fn of(condition: &ArrayRef) -> Result<Self> {
        Ok(Self::Some(Verdict::of(condition)?.pass))
    }

    /// How many of a batch's rows count.
    pub fn count(&self, rows: usize) -> u64 {
        match self {
            Self::All => rows as u64,
            Self::Some(mask) => mask.count_set_bits() as u64,
        }
    }
}

/// Rows that pass and rows that fail; never both.
#[derive(Debug, Clone)]
pub(super) struct Verdict {
    pub(super) pass: BooleanBuffer,
    pub(super) fail: BooleanBuffer,
}

impl Verdict {
    /// Of a test: true passes, false fails, null does neither.
    pub(super) fn of(test: &ArrayRef) -> Result<Self> {
        let Some(test) = test.as_boolean_opt() else {
            if test.is_empty() || test.logical_null_count() == test.len() {
                return Ok(Self::undecided(test.len()));
            }
            return exec_err!("a test is `{}`, not boolean", test.data_type());
        };
        let values = test.values();
        Ok(match test.nulls() {
            None => Self { pass: values.clone(), fail: !values },
            Some(valid) => Self { pass: valid.inner() & values, fail: valid.inner() & &!values },
        })
    }

    pub(super) fn undecided(rows: usize) -> Self {
        Self { pass: BooleanBuffer::new_unset(rows), fail: BooleanBuffer::new_unset(rows) }
    }

    /// Only the rows that count.
    pub(super) fn within(&self, mask: &Mask) -> Self {
        match mask {
            Mask::All => self.clone(),
            Mask::Some(mask) => Self { pass: &self.pass & mask, fail: &self.fail & mask },
        }
    }

    /// The others pass.
    pub(super) fn passing_outside(mut self, mask: &Mask) -> Self {
        if let Mask::Some(mask) = mask {
            self.pass = &self.pass | &!mask;
        }
        self
    }

    /// Combines the leaves' verdicts: SQL's AND and OR.
    pub(super) fn combine(tree: &Tree, leaves: &[Self]) -> Self {
        let parts = |parts: &[Tree]| -> Vec<Self> { parts.iter().map(|part| Self::combine(part, leaves)).collect() };
        match tree {
            Tree::Leaf(at) => leaves[*at].clone(),
            Tree::And(all) => {
                let fold = |a: Self, b: Self| Self { pass: &a.pass & &b.pass, fail: &a.fail | &b.fail };
                parts(all).into_iter().reduce(fold).expect("a composite has parts")
            }
            Tree::Or(any) => {
                let fold = |a: Self, b: Self| Self { pass: &a.pass | &b.pass, fail: &a.fail & &b.fail };
                parts(any).into_iter().reduce(fold).expect("a composite has parts")
            }
        }
    }
}
