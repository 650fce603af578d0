//! Works on spilled rows pile by pile. Of a pile only what is noted of its rows is held; the rows are read again when
//! the results are there.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::{DataFusionError, Result, resources_datafusion_err};
use datafusion::execution::memory_pool::MemoryReservation;

use super::part::{Hold, Part, size_of_batch};
use super::resolve::resolve_here;
use super::results::Results;
use super::spec::Spec;
use super::spill::{Batches, DEEPEST, PILES, Spill, Spilled};

/// So many bytes a pile may always have: with less nothing can be done, and parting it would not help.
const LEAST: usize = if cfg!(test) { 1 << 16 } else { 1 << 20 };

/// The piles that one partition of the output works on.
pub(super) struct Piles {
    spec: Arc<Spec>,
    reservation: MemoryReservation,
    /// The last one is next.
    left: Vec<Pile>,
    current: Option<Current>,
}

/// A pile: of each partition of the input its rows in a file.
struct Pile {
    files: Arc<Vec<Spilled>>,
    number: usize,
}

/// A pile whose results are there.
struct Current {
    /// For each partition of the input its batches, with what was found for each.
    parts: std::vec::IntoIter<(Batches, Vec<Results>)>,
    open: Option<(Batches, std::vec::IntoIter<Results>)>,
    /// Its files live as long as they are read.
    _files: Arc<Vec<Spilled>>,
}

impl Piles {
    /// The share of one partition of so many.
    pub(super) fn new(
        spec: &Arc<Spec>,
        files: &Arc<Vec<Spilled>>,
        partition: usize,
        partitions: usize,
        reservation: MemoryReservation,
    ) -> Self {
        let numbers = (0..PILES).rev().filter(|number| number % partitions == partition);
        let left = numbers.map(|number| Pile { files: Arc::clone(files), number }).collect();
        Self { spec: Arc::clone(spec), reservation, left, current: None }
    }

    /// The next batch of the output.
    pub(super) fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(current) = &mut self.current {
                if let Some((batch, results)) = current.next()? {
                    let batch = results.apply(&self.spec, &batch)?;
                    if batch.num_rows() > 0 {
                        return Ok(Some(batch));
                    }
                    continue;
                }
                self.current = None;
                self.reservation.free();
            }
            let Some(pile) = self.left.pop() else { return Ok(None) };
            match self.notes(&pile)? {
                Some(parts) => {
                    let results = resolve_here(&self.spec, parts);
                    let open = |(file, results): (&Spilled, Vec<Results>)| Ok((file.whole(pile.number)?, results));
                    let parts: Vec<_> = pile.files.iter().zip(results).map(open).collect::<Result<_>>()?;
                    self.current = Some(Current { parts: parts.into_iter(), open: None, _files: pile.files });
                }
                None => self.part_again(&pile)?,
            }
        }
    }

    /// Notes the rows of a pile; `None` if they are too many.
    fn notes(&self, pile: &Pile) -> Result<Option<Vec<Part>>> {
        let mut parts = Vec::new();
        let mut before = 0;
        for (number, file) in pile.files.iter().enumerate() {
            let mut part = Part::new(number)?;
            for batch in file.narrow(pile.number)? {
                let batch = batch?;
                let fits = part.has_room(batch.num_rows());
                let size = size_of_batch(&batch);
                part.add(&self.spec, &self.spec.narrow, batch, Hold::Notes, size)?;
                let bytes = before + part.bytes();
                if !fits || (bytes > LEAST && self.reservation.try_resize(bytes).is_err()) {
                    self.reservation.free();
                    return self.too_many(file.level, bytes);
                }
            }
            before += part.bytes();
            parts.push(part);
        }
        Ok(Some(parts))
    }

    fn too_many(&self, level: u32, bytes: usize) -> Result<Option<Vec<Part>>> {
        if level < DEEPEST {
            return Ok(None);
        }
        let name = self.spec.name();
        Err(resources_datafusion_err!("rows of equal keys do not fit into memory: {name} holds {bytes} bytes of one key"))
    }

    /// Parts a pile by more bits of the hashes.
    fn part_again(&mut self, pile: &Pile) -> Result<()> {
        let part = |file: &Spilled| -> Result<Spilled, DataFusionError> {
            let mut spill: Option<Spill> = None;
            for batch in file.whole(pile.number)? {
                let batch = batch?;
                let spill = match &mut spill {
                    Some(spill) => spill,
                    None => spill.insert(Spill::new(&self.spec, batch.schema(), file.level + 1, &file.place)?),
                };
                spill.add(&batch)?;
            }
            match spill {
                Some(spill) => spill.finish(),
                None => Spill::new(&self.spec, Arc::clone(&self.spec.schema), file.level + 1, &file.place)?.finish(),
            }
        };
        let files = Arc::new(pile.files.iter().map(part).collect::<Result<Vec<_>>>()?);
        self.left.extend((0..PILES).rev().map(|number| Pile { files: Arc::clone(&files), number }));
        Ok(())
    }
}

impl Current {
    fn next(&mut self) -> Result<Option<(RecordBatch, Results)>> {
        loop {
            if let Some((batches, results)) = &mut self.open
                && let (Some(batch), Some(results)) = (batches.next(), results.next())
            {
                return Ok(Some((batch?, results)));
            }
            let Some((batches, results)) = self.parts.next() else { return Ok(None) };
            self.open = Some((batches, results.into_iter()));
        }
    }
}
