//! What keys take of the memory that a run may take.

use std::path::{Path, PathBuf};

use datafusion::common::Result;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryReservation};
use datafusion::execution::runtime_env::RuntimeEnv;

/// An account with the run's memory; without a limit it says yes to everything.
#[derive(Debug, Default)]
pub struct Account(Option<Limited>);

#[derive(Debug)]
struct Limited {
    reservation: MemoryReservation,
    folder: Option<PathBuf>,
}

impl Account {
    /// Of keys that must be held.
    pub fn held(runtime: &RuntimeEnv, holder: &str) -> Self {
        Self::new(runtime, MemoryConsumer::new(holder.to_owned()))
    }

    /// Of keys that go to files when memory is refused.
    pub fn spilling(runtime: &RuntimeEnv, holder: &str) -> Self {
        Self::new(runtime, MemoryConsumer::new(holder.to_owned()).with_can_spill(true))
    }

    fn new(runtime: &RuntimeEnv, consumer: MemoryConsumer) -> Self {
        if !matches!(runtime.memory_pool.memory_limit(), MemoryLimit::Finite(_)) {
            return Self(None);
        }
        let folder = runtime.disk_manager.temp_dir_paths().into_iter().next();
        Self(Some(Limited { reservation: consumer.register(&runtime.memory_pool), folder }))
    }

    /// Notes that so many bytes are taken; an error if there are not so many.
    pub(super) fn take(&self, bytes: usize) -> Result<()> {
        self.0.as_ref().map_or(Ok(()), |limited| limited.reservation.try_resize(bytes))
    }

    /// Where files are made.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.0.as_ref()?.folder.as_deref()
    }
}
