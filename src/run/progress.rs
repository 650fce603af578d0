//! Progress bars: the counters of the scans, drawn by a thread of its own while a job runs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::execute::Watch;
use crate::stdlib::connector::ScanProgress;

/// What is watched: sources by name, with their counters.
type Scans = Vec<(String, Arc<ScanProgress>)>;

/// Bars on standard error, a source each, gone when the run ends.
#[derive(Debug, Default)]
pub struct Bars {
    drawing: Mutex<Option<Drawing>>,
}

#[derive(Debug)]
struct Drawing {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Bars {
    /// Begins to draw.
    pub fn begin(&self, scans: Scans) {
        let stop = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stop);
        // Without a thread there are no bars, and the run goes on.
        let Ok(thread) = thread::Builder::new().name("progress".to_owned()).spawn(move || draw(&scans, &seen)) else { return };
        self.swap(Some(Drawing { stop, thread }));
    }

    /// Takes the bars away.
    pub fn end(&self) {
        self.swap(None);
    }

    fn swap(&self, next: Option<Drawing>) {
        let before = std::mem::replace(&mut *self.drawing.lock().unwrap_or_else(PoisonError::into_inner), next);
        if let Some(Drawing { stop, thread }) = before {
            stop.store(true, Ordering::Relaxed);
            thread.thread().unpark();
            // A thread that only draws has nothing to tell, even if it ended badly.
            let _ = thread.join();
        }
    }
}

impl Watch for Bars {
    fn begin(&self, scans: Scans) {
        Self::begin(self, scans);
    }

    fn end(&self) {
        Self::end(self);
    }
}

/// Looks at nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn begin(&self, _: Scans) {}

    fn end(&self) {}
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.end();
    }
}

fn draw(scans: &Scans, stop: &AtomicBool) {
    // Short runs are over before anybody would look.
    thread::park_timeout(Duration::from_millis(300));
    if stop.load(Ordering::Relaxed) {
        return;
    }
    let screen = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
    let bars: Vec<_> = scans.iter().map(|(name, scan)| (screen.add(bar(name)), scan)).collect();
    while !stop.load(Ordering::Relaxed) {
        for (bar, scan) in &bars {
            bar.set_length(scan.bytes_total.load(Ordering::Relaxed));
            bar.set_position(scan.bytes_read.load(Ordering::Relaxed));
            bar.set_message(format!("{} rows", indicatif::HumanCount(scan.rows.load(Ordering::Relaxed))));
        }
        thread::park_timeout(Duration::from_millis(100));
    }
    for (bar, _) in &bars {
        bar.finish_and_clear();
    }
}

fn bar(name: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix:>20!} {bar:30} {percent:>3} % of {decimal_total_bytes}, {msg}, {eta} left");
    let bar = ProgressBar::new(0);
    bar.set_style(style.expect("the template is right"));
    bar.set_prefix(name.to_owned());
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_begin_and_end() {
        let scan = Arc::new(ScanProgress::default());
        let bars = Bars::default();
        bars.begin(vec![("orders".to_owned(), Arc::clone(&scan))]);
        scan.bytes_total.store(10, Ordering::Relaxed);
        thread::sleep(Duration::from_millis(350));
        bars.end();
        bars.end();
        assert_eq!(Arc::strong_count(&scan), 1, "the thread is gone");
    }
}
