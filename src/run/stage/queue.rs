//! A queue between a stage and one reader, bounded in memory.
//!
//! A full queue makes the stage wait, unless waiting could last for ever: when the reader has not begun, or when it may
//! itself be waiting for something that this stage has yet to make (it reads two outputs of the job, say for a join).
//! Then batches overflow into a temporary file and are read from there in their order.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::{DataFusionError, Result};
use tokio::sync::Notify;

use super::lock;
use super::store::Overflow;

/// How many batches wait in memory.
const CAPACITY: usize = 4;
/// How long a stage waits before it looks again whether waiting makes sense.
const PATIENCE: Duration = Duration::from_millis(5);

/// What the readers of a run are doing.
#[derive(Debug, Default)]
pub(in crate::run) struct Activity {
    /// How many readers wait for a batch.
    waiting: AtomicUsize,
}

#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Notify,
    room: Notify,
    activity: Arc<Activity>,
}

#[derive(Debug, Default)]
struct State {
    batches: VecDeque<RecordBatch>,
    overflow: Option<Overflow>,
    opened: bool,
    dropped: bool,
    ended: Option<Result<(), Arc<DataFusionError>>>,
}

impl Queue {
    pub(super) fn new(activity: Arc<Activity>) -> Self {
        Self { state: Mutex::default(), changed: Notify::new(), room: Notify::new(), activity }
    }

    /// Hands a batch on. `patient`: the reader waits for nothing but this queue.
    pub(super) async fn push(&self, batch: RecordBatch, patient: bool) -> Result<()> {
        let mut first_look = true;
        loop {
            {
                let mut state = lock(&self.state);
                if state.dropped {
                    return Ok(());
                }
                if let Some(overflow) = &mut state.overflow {
                    overflow.write(&batch)?;
                    self.changed.notify_one();
                    return Ok(());
                }
                if state.batches.len() < CAPACITY {
                    state.batches.push_back(batch);
                    self.changed.notify_one();
                    return Ok(());
                }
                // The second look gives a reader that is merely busy its time.
                let starving = !patient && !first_look && self.activity.waiting.load(Ordering::SeqCst) > 0;
                if starving || (!state.opened && !first_look) {
                    let mut overflow = Overflow::new(&batch.schema())?;
                    overflow.write(&batch)?;
                    state.overflow = Some(overflow);
                    self.changed.notify_one();
                    return Ok(());
                }
            }
            first_look = false;
            let _ = tokio::time::timeout(PATIENCE, self.room.notified()).await;
        }
    }

    /// No batch comes any more.
    pub(super) fn end(&self, how: Result<(), Arc<DataFusionError>>) {
        lock(&self.state).ended = Some(how);
        self.changed.notify_one();
    }

    /// The reading end.
    pub(super) fn open(self: Arc<Self>) -> Receiver {
        lock(&self.state).opened = true;
        Receiver { queue: self }
    }

    /// The next batch if there is one; `Some(None)` at the end.
    fn take(&self) -> Option<Option<Result<RecordBatch>>> {
        let mut state = lock(&self.state);
        if let Some(batch) = state.batches.pop_front() {
            self.room.notify_one();
            return Some(Some(Ok(batch)));
        }
        if let Some(overflow) = &mut state.overflow {
            match overflow.read() {
                Ok(Some(batch)) => return Some(Some(Ok(batch))),
                // All that overflowed was read: from here on the queue is enough again.
                Ok(None) => state.overflow = None,
                Err(error) => return Some(Some(Err(error))),
            }
        }
        match state.ended.clone() {
            None => None,
            Some(Ok(())) => Some(None),
            Some(Err(error)) => {
                // Said once; then the stream is over.
                state.ended = Some(Ok(()));
                Some(Some(Err(DataFusionError::Shared(error))))
            }
        }
    }
}

/// The reading end of a queue. Dropping it tells the stage that nobody reads any more.
pub(super) struct Receiver {
    queue: Arc<Queue>,
}

impl Receiver {
    pub(super) async fn next(&self) -> Option<Result<RecordBatch>> {
        loop {
            if let Some(next) = self.queue.take() {
                return next;
            }
            let _waiting = Waiting::new(&self.queue.activity);
            self.queue.changed.notified().await;
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let mut state = lock(&self.queue.state);
        state.dropped = true;
        state.batches.clear();
        state.overflow = None;
        drop(state);
        self.queue.room.notify_one();
    }
}

/// Counts a reader as waiting for as long as it lives, cancelled or not.
struct Waiting<'a>(&'a Activity);

impl<'a> Waiting<'a> {
    fn new(activity: &'a Activity) -> Self {
        activity.waiting.fetch_add(1, Ordering::SeqCst);
        Self(activity)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{AsArray, Int64Array};
    use datafusion::arrow::datatypes::Int64Type;

    use super::*;

    fn batch(value: i64) -> RecordBatch {
        RecordBatch::try_from_iter([("a", Arc::new(Int64Array::from(vec![value])) as _)]).unwrap()
    }

    fn queue() -> Arc<Queue> {
        Arc::new(Queue::new(Arc::default()))
    }

    async fn values(receiver: &Receiver) -> Vec<i64> {
        let mut found = Vec::new();
        while let Some(batch) = receiver.next().await {
            found.push(batch.unwrap().column(0).as_primitive::<Int64Type>().value(0));
        }
        found
    }

    #[tokio::test]
    async fn a_reader_that_begins_late_misses_nothing() {
        let queue = queue();
        for value in 0..50 {
            queue.push(batch(value), true).await.unwrap();
        }
        queue.end(Ok(()));
        let receiver = Arc::clone(&queue).open();
        assert_eq!(values(&receiver).await, (0..50).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_patient_reader_makes_the_stage_wait() {
        let queue = queue();
        let receiver = Arc::clone(&queue).open();
        let writer = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move {
                for value in 0..100 {
                    queue.push(batch(value), true).await.unwrap();
                }
                queue.end(Ok(()));
            }
        });
        tokio::time::sleep(Duration::from_millis(30)).await;
        assert!(lock(&queue.state).overflow.is_none());
        assert_eq!(values(&receiver).await, (0..100).collect::<Vec<_>>());
        writer.await.unwrap();
    }

    #[tokio::test]
    async fn one_reader_waits_for_the_other_and_both_get_all() {
        // The reader drains its second input before it looks at the first, as a join does.
        let activity: Arc<Activity> = Arc::default();
        let (first, second) = (Arc::new(Queue::new(Arc::clone(&activity))), Arc::new(Queue::new(activity)));
        let (one, two) = (Arc::clone(&first).open(), Arc::clone(&second).open());
        let writer = tokio::spawn(async move {
            for value in 0..200 {
                first.push(batch(value), false).await.unwrap();
                second.push(batch(value), false).await.unwrap();
            }
            first.end(Ok(()));
            second.end(Ok(()));
        });
        assert_eq!(values(&two).await.len(), 200);
        assert_eq!(values(&one).await, (0..200).collect::<Vec<_>>());
        writer.await.unwrap();
    }

    #[tokio::test]
    async fn an_error_comes_through_after_the_rows() {
        let queue = queue();
        let receiver = Arc::clone(&queue).open();
        queue.push(batch(1), true).await.unwrap();
        queue.end(Err(Arc::new(DataFusionError::Execution("no more".into()))));
        assert!(receiver.next().await.unwrap().is_ok());
        assert!(receiver.next().await.unwrap().is_err());
        assert!(receiver.next().await.is_none());
    }

    #[tokio::test]
    async fn nobody_waits_for_a_reader_that_is_gone() {
        let queue = queue();
        drop(Arc::clone(&queue).open());
        for value in 0..20 {
            queue.push(batch(value), true).await.unwrap();
        }
    }
}
