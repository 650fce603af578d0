//! Stages at run time: a plan that runs once, its outputs, and the queues or files from which they are read.

mod queue;
mod samples;
mod split;
mod store;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use datafusion::arrow::array::RecordBatch;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::{DataFusionError, Result, internal_datafusion_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::StreamExt;

pub(super) use self::queue::Activity;
use self::queue::Queue;
pub(super) use self::samples::Samples;
pub(super) use self::split::{AtEnd, Judgement, Quarantine, Split};
use self::store::Store;
use crate::plan::Mode;
use crate::plan::nodes::meter::Counter;
use crate::plan::nodes::stage::StageOutput;

/// A stage of a run.
#[derive(Debug)]
pub(super) struct Running {
    plan: OnceLock<(Arc<dyn ExecutionPlan>, Arc<TaskContext>)>,
    split: OnceLock<Split>,
    /// Readers through queues.
    readers: Mutex<Vec<Arc<Reader>>>,
    /// What was stored, by output.
    store: OnceLock<Vec<Store>>,
    counter: Arc<Counter>,
    activity: Arc<Activity>,
    started: AtomicBool,
    /// How many partitions have not come to their end.
    open: AtomicUsize,
    tasks: Mutex<Vec<SpawnedTask<Result<()>>>>,
}

/// One reader of one output of a stage.
#[derive(Debug)]
pub(super) struct Reader {
    stage: Arc<Running>,
    port: usize,
    mode: Mode,
    /// Whether nothing the reader could wait for depends on this stage going on: then the stage may wait for it.
    patient: AtomicBool,
    queues: OnceLock<Vec<Arc<Queue>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere ends the run; what it left behind is not used for results.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Running {
    pub(super) fn new(counter: Arc<Counter>, activity: Arc<Activity>) -> Self {
        Self {
            plan: OnceLock::new(),
            split: OnceLock::new(),
            readers: Mutex::default(),
            store: OnceLock::new(),
            counter,
            activity,
            started: AtomicBool::new(false),
            open: AtomicUsize::new(0),
            tasks: Mutex::default(),
        }
    }

    /// A new reader of an output.
    pub(super) fn reader(self: &Arc<Self>, port: usize, mode: Mode) -> Arc<Reader> {
        let reader =
            Arc::new(Reader { stage: Arc::clone(self), port, mode, patient: AtomicBool::new(false), queues: OnceLock::new() });
        if mode == Mode::Tee {
            lock(&self.readers).push(Arc::clone(&reader));
        }
        reader
    }

    /// Sets what runs. Readers can be planned from here on.
    pub(super) fn planned(&self, plan: Arc<dyn ExecutionPlan>, context: Arc<TaskContext>, split: Split) -> Result<()> {
        let partitions = plan.output_partitioning().partition_count();
        for reader in lock(&self.readers).iter() {
            let partitions = if split.is_at_end(reader.port) { 1 } else { partitions };
            let queues = (0..partitions).map(|_| Arc::new(Queue::new(Arc::clone(&self.activity)))).collect();
            reader.queues.set(queues).map_err(|_| twice())?;
        }
        self.split.set(split).map_err(|_| twice())?;
        self.plan.set((plan, context)).map_err(|_| twice())
    }

    fn partitions(&self) -> usize {
        self.plan.get().map_or(1, |(plan, _)| plan.output_partitioning().partition_count())
    }

    /// Runs every partition in a task of its own, once.
    pub(super) fn start(self: &Arc<Self>) -> Result<()> {
        if self.started.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        let (plan, context) = self.plan.get().ok_or_else(unplanned)?;
        self.open.store(self.partitions(), Ordering::SeqCst);
        for partition in 0..self.partitions() {
            let stream = plan.execute(partition, Arc::clone(context))?;
            let stage = Arc::clone(self);
            lock(&self.tasks).push(SpawnedTask::spawn(async move { stage.pump(partition, stream).await }));
        }
        Ok(())
    }

    /// Waits until every partition has run; starts them if nobody did.
    pub(super) async fn finish(self: &Arc<Self>) -> Result<()> {
        self.start()?;
        let tasks = std::mem::take(&mut *lock(&self.tasks));
        for task in tasks {
            task.join_unwind().await.map_err(|error| DataFusionError::External(Box::new(error)))??;
        }
        Ok(())
    }

    /// Stops what still runs.
    pub(super) fn abort(&self) {
        lock(&self.tasks).clear();
    }

    async fn pump(self: Arc<Self>, partition: usize, stream: SendableRecordBatchStream) -> Result<()> {
        let readers = lock(&self.readers).clone();
        let split = self.split.get().ok_or_else(unplanned)?;
        let ended = self.hand_on(partition, stream, split, &readers).await.map_err(Arc::new);
        let (late, others): (Vec<_>, Vec<_>) = readers.iter().partition(|reader| split.is_at_end(reader.port));
        for queue in others.iter().filter_map(|reader| reader.queue(partition)) {
            queue.end(ended.clone());
        }
        let is_last = self.open.fetch_sub(1, Ordering::SeqCst) == 1;
        for reader in late {
            let Some(queue) = reader.queue(0) else { continue };
            match &ended {
                Err(error) => queue.end(Err(Arc::clone(error))),
                Ok(()) if is_last => match split.at_end(reader.port) {
                    Ok(rows) => {
                        queue.push(rows, true).await?;
                        queue.end(Ok(()));
                    }
                    Err(error) => queue.end(Err(Arc::new(error))),
                },
                Ok(()) => {}
            }
        }
        ended.map_err(DataFusionError::Shared)
    }

    /// Parts the batches of a partition and hands the parts to their readers.
    async fn hand_on(
        &self,
        partition: usize,
        mut stream: SendableRecordBatchStream,
        split: &Split,
        readers: &[Arc<Reader>],
    ) -> Result<()> {
        while let Some(batch) = stream.next().await {
            let outputs = split.apply(&batch?)?;
            self.count(split, &outputs);
            for reader in readers {
                let (Some(Some(batch)), Some(queue)) = (outputs.get(reader.port), reader.queue(partition)) else { continue };
                queue.push(batch.clone(), reader.patient.load(Ordering::Relaxed)).await?;
            }
        }
        Ok(())
    }

    fn count(&self, split: &Split, outputs: &[Option<RecordBatch>]) {
        let counted = outputs.iter().enumerate().filter(|(output, _)| split.counts(*output));
        counted.filter_map(|(_, rows)| rows.as_ref()).for_each(|rows| self.counter.add(rows));
    }

    /// Runs the stage to its end and keeps its outputs in temporary files.
    pub(super) async fn store(self: &Arc<Self>) -> Result<()> {
        self.started.store(true, Ordering::SeqCst);
        let (plan, context) = self.plan.get().ok_or_else(unplanned)?;
        let split = self.split.get().ok_or_else(unplanned)?;
        let mut stores: Vec<Store> = split.schemas().into_iter().map(Store::new).collect();
        let is_kept = |output: usize| split.is_wanted(output) && !split.is_at_end(output);
        for partition in 0..self.partitions() {
            let mut stream = plan.execute(partition, Arc::clone(context))?;
            for (_, store) in stores.iter_mut().enumerate().filter(|(output, _)| is_kept(*output)) {
                store.begin()?;
            }
            while let Some(batch) = stream.next().await {
                let outputs = split.apply(&batch?)?;
                self.count(split, &outputs);
                let parts = outputs.into_iter().zip(&mut stores).enumerate().filter(|(output, _)| is_kept(*output));
                for (_, (rows, store)) in parts {
                    let Some(rows) = rows else { continue };
                    store.write(&rows)?;
                }
            }
            for store in &mut stores {
                store.end()?;
            }
        }
        let late = stores.iter_mut().enumerate().filter(|(output, _)| split.is_wanted(*output) && split.is_at_end(*output));
        for (output, store) in late {
            store.begin()?;
            store.write(&split.at_end(output)?)?;
            store.end()?;
        }
        self.store.set(stores).map_err(|_| twice())
    }
}

impl Reader {
    /// See [`Reader::patient`].
    pub(super) fn set_patient(&self) {
        self.patient.store(true, Ordering::Relaxed);
    }

    fn queue(&self, partition: usize) -> Option<Arc<Queue>> {
        self.queues.get().and_then(|queues| queues.get(partition)).cloned()
    }
}

impl StageOutput for Reader {
    fn partitions(&self) -> usize {
        let is_at_end = self.stage.split.get().is_some_and(|split| split.is_at_end(self.port));
        if is_at_end { 1 } else { self.stage.partitions() }
    }

    fn open(&self, partition: usize) -> Result<SendableRecordBatchStream> {
        if self.mode == Mode::Store {
            let stores = self.stage.store.get().ok_or_else(unplanned)?;
            return stores.get(self.port).ok_or_else(unplanned)?.open(partition);
        }
        let queue = self.queue(partition).ok_or_else(unplanned)?;
        let schema = self.stage.split.get().ok_or_else(unplanned)?.schema(self.port);
        let receiver = queue.open();
        self.stage.start()?;
        let stream = futures::stream::unfold(receiver, |receiver| async move {
            let batch = receiver.next().await?;
            Some((batch, receiver))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream)))
    }

    fn patient(&self) {
        self.set_patient();
    }
}

fn twice() -> DataFusionError {
    internal_datafusion_err!("a stage was set up twice")
}

fn unplanned() -> DataFusionError {
    internal_datafusion_err!("a stage was read before it was set up")
}
