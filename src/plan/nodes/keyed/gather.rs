//! Reads all partitions side by side, notes their rows, and lets the results be found. When memory is refused, rows go
//! to files instead.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::RecordBatch;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::{DataFusionError, Result, internal_datafusion_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use futures::StreamExt;

use super::part::{Hold, Part, size_of_batch};
use super::piles::Piles;
use super::resolve::resolve;
use super::results::Results;
use super::spec::Spec;
use super::spill::{Place, Spill, compact};

/// The output, by partition.
pub(super) struct Gathered {
    spec: Arc<Spec>,
    outputs: Mutex<Vec<Option<Output>>>,
}

/// The output of a partition.
pub(super) enum Output {
    /// Rows that are held, with what was found for them.
    Held(Held),
    /// Rows in files.
    Piles(Piles),
}

/// Rows that are held.
pub(super) struct Held {
    spec: Arc<Spec>,
    batches: VecDeque<(RecordBatch, Results, usize)>,
    reservation: MemoryReservation,
}

/// How rows are read.
struct Reading {
    spec: Arc<Spec>,
    /// Whether there is a limit to what may be held.
    is_bounded: bool,
    /// Where rows go that do not fit.
    place: Place,
    /// Memory was refused to one of the partitions.
    spilling: AtomicBool,
}

/// What a partition has when it is read.
struct Read {
    part: Part,
    spill: Option<Spill>,
    reservation: MemoryReservation,
}

/// Memory for each of so many partitions, none of it taken yet.
pub(super) fn reservations(spec: &Spec, partitions: usize, pool: &Arc<dyn MemoryPool>) -> Vec<MemoryReservation> {
    let consumer = |partition| MemoryConsumer::new(format!("{}[{partition}]", spec.name())).with_can_spill(true);
    (0..partitions).map(|partition| consumer(partition).register(pool)).collect()
}

/// Reads the partitions to their ends and finds the results.
pub(super) async fn gather(
    spec: Arc<Spec>,
    inputs: Vec<SendableRecordBatchStream>,
    reservations: Vec<MemoryReservation>,
    context: Arc<TaskContext>,
) -> Result<Gathered> {
    let is_bounded = matches!(context.memory_pool().memory_limit(), MemoryLimit::Finite(_));
    let reading =
        Arc::new(Reading { spec: Arc::clone(&spec), is_bounded, place: Place::of(&context), spilling: AtomicBool::new(false) });
    let partitions = inputs.len();
    let schema = inputs.first().map(|input| input.schema());
    let tasks: Vec<_> = inputs
        .into_iter()
        .zip(reservations)
        .enumerate()
        .map(|(partition, (input, reservation))| {
            let reading = Arc::clone(&reading);
            SpawnedTask::spawn(async move { reading.read(partition, input, reservation).await })
        })
        .collect();
    let mut parts = Vec::with_capacity(partitions);
    for task in tasks {
        parts.push(task.join_unwind().await.map_err(|error| DataFusionError::External(Box::new(error)))??);
    }
    let outputs = match schema {
        Some(schema) if reading.spilling.load(SeqCst) => {
            let mut files = Vec::with_capacity(partitions);
            let mut reservations = Vec::with_capacity(partitions);
            for Read { part, spill, reservation } in parts {
                let mut spill = spill.map_or_else(|| Spill::new(&spec, Arc::clone(&schema), 0, &reading.place), Ok)?;
                part.batches.iter().try_for_each(|batch| spill.add(batch))?;
                drop(part);
                reservation.free();
                files.push(spill.finish()?);
                reservations.push(reservation);
            }
            let files = Arc::new(files);
            let piles = |(partition, reservation)| Piles::new(&spec, &files, partition, partitions, reservation);
            reservations.into_iter().enumerate().map(piles).map(Output::Piles).collect::<Vec<_>>()
        }
        _ => held(&spec, parts).await?,
    };
    Ok(Gathered { spec, outputs: Mutex::new(outputs.into_iter().map(Some).collect()) })
}

async fn held(spec: &Arc<Spec>, parts: Vec<Read>) -> Result<Vec<Output>> {
    let threads = parts.len();
    let (parts, reservations): (Vec<Part>, Vec<_>) = parts.into_iter().map(|read| (read.part, read.reservation)).unzip();
    let (parts, results) = resolve(spec, parts, threads).await?;
    let output = |((part, results), reservation): ((Part, Vec<Results>), MemoryReservation)| {
        let sizes: Vec<usize> = part.sizes().map(|(_, bytes)| bytes).collect();
        let batches = part.batches.into_iter().zip(results).zip(sizes);
        let batches = batches.map(|((batch, results), bytes)| (batch, results, bytes)).collect();
        Output::Held(Held { spec: Arc::clone(spec), batches, reservation })
    };
    Ok(parts.into_iter().zip(results).zip(reservations).map(output).collect())
}

impl Reading {
    async fn read(&self, partition: usize, mut input: SendableRecordBatchStream, reservation: MemoryReservation) -> Result<Read> {
        let mut part = Part::new(partition)?;
        let mut spill: Option<Spill> = None;
        while let Some(batch) = input.next().await {
            let batch = batch?;
            if batch.num_rows() == 0 {
                continue;
            }
            if let Some(spill) = &mut spill {
                spill.add(&batch)?;
                continue;
            }
            let is_full = self.spilling.load(SeqCst) || !part.has_room(batch.num_rows());
            if is_full || !self.hold(&mut part, batch.clone(), &reservation)? {
                self.spilling.store(true, SeqCst);
                let spill = spill.insert(Spill::new(&self.spec, batch.schema(), 0, &self.place)?);
                let held = std::mem::replace(&mut part, Part::new(partition)?);
                for batch in held.batches {
                    spill.add(&batch)?;
                }
                reservation.free();
                if is_full {
                    spill.add(&batch)?;
                }
            }
        }
        Ok(Read { part, spill, reservation })
    }

    /// Holds a batch; tells whether there is memory for it.
    fn hold(&self, part: &mut Part, batch: RecordBatch, reservation: &MemoryReservation) -> Result<bool> {
        if !self.is_bounded {
            part.add(&self.spec, &self.spec.layout, batch, Hold::Rows, 0)?;
            return Ok(true);
        }
        // What it holds must be what it is counted for.
        let batch = compact(&batch)?;
        let size = size_of_batch(&batch);
        part.add(&self.spec, &self.spec.layout, batch, Hold::Rows, size)?;
        Ok(reservation.try_resize(part.bytes()).is_ok())
    }
}

impl Gathered {
    /// The output of a partition, once.
    pub(super) fn take(&self, partition: usize) -> Result<Output> {
        let mut outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
        let output = outputs.get_mut(partition).and_then(Option::take);
        output.ok_or_else(|| internal_datafusion_err!("{} was read twice", self.spec.name()))
    }
}

impl Output {
    /// The next batch.
    pub(super) fn next(&mut self) -> Result<Option<RecordBatch>> {
        match self {
            Self::Held(held) => held.next(),
            Self::Piles(piles) => piles.next(),
        }
    }
}

impl Held {
    fn next(&mut self) -> Result<Option<RecordBatch>> {
        while let Some((batch, results, bytes)) = self.batches.pop_front() {
            let output = results.apply(&self.spec, &batch)?;
            drop(batch);
            self.reservation.shrink(bytes.min(self.reservation.size()));
            if output.num_rows() > 0 {
                return Ok(Some(output));
            }
        }
        Ok(None)
    }
}
