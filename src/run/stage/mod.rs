//! Stages at run time: a plan that runs once, its outputs, and the queues or files from which they are read.

mod queue;
mod samples;
mod split;
mod store;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::{DataFusionError, Result, internal_datafusion_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::StreamExt;

pub(super) use self::queue::Activity;
use self::queue::Queue;
pub(super) use self::samples::Samples;
pub(super) use self::split::{Quarantine, Split};
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

    async fn pump(self: Arc<Self>, partition: usize, mut stream: SendableRecordBatchStream) -> Result<()> {
        let readers = lock(&self.readers).clone();
        let split = self.split.get().ok_or_else(unplanned)?;
        let queue = |reader: &Arc<Reader>| reader.queues.get().and_then(|queues| queues.get(partition).cloned());
        let mut ended = Ok(());
        while let Some(batch) = stream.next().await {
            let outputs = match batch.and_then(|batch| split.apply(&batch)) {
                Ok(outputs) => outputs,
                Err(error) => {
                    ended = Err(Arc::new(error));
                    break;
                }
            };
            for output in outputs.iter().flatten() {
                self.counter.add(output);
            }
            for reader in &readers {
                let (Some(Some(batch)), Some(queue)) = (outputs.get(reader.port), queue(reader)) else { continue };
                queue.push(batch.clone(), reader.patient.load(Ordering::Relaxed)).await?;
            }
        }
        for queue in readers.iter().filter_map(queue) {
            queue.end(ended.clone());
        }
        ended.map_err(DataFusionError::Shared)
    }

    /// Runs the stage to its end and keeps its outputs in temporary files.
    pub(super) async fn store(self: &Arc<Self>, schemas: &[SchemaRef]) -> Result<()> {
        self.started.store(true, Ordering::SeqCst);
        let (plan, context) = self.plan.get().ok_or_else(unplanned)?;
        let split = self.split.get().ok_or_else(unplanned)?;
        let mut stores: Vec<Store> = schemas.iter().map(|schema| Store::new(Arc::clone(schema))).collect();
        for partition in 0..self.partitions() {
            let mut stream = plan.execute(partition, Arc::clone(context))?;
            for store in &mut stores {
                store.begin()?;
            }
            while let Some(batch) = stream.next().await {
                for (output, store) in split.apply(&batch?)?.into_iter().zip(&mut stores) {
                    let Some(output) = output else { continue };
                    self.counter.add(&output);
                    store.write(&output)?;
                }
            }
            for store in &mut stores {
                store.end()?;
            }
        }
        self.store.set(stores).map_err(|_| twice())
    }
}

impl Reader {
    /// See [`Reader::patient`].
    pub(super) fn set_patient(&self) {
        self.patient.store(true, Ordering::Relaxed);
    }
}

impl StageOutput for Reader {
    fn partitions(&self) -> usize {
        self.stage.partitions()
    }

    fn open(&self, partition: usize) -> Result<SendableRecordBatchStream> {
        if self.mode == Mode::Store {
            let stores = self.stage.store.get().ok_or_else(unplanned)?;
            return stores.get(self.port).ok_or_else(unplanned)?.open(partition);
        }
        let queue = self.queues.get().and_then(|queues| queues.get(partition)).cloned().ok_or_else(unplanned)?;
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
