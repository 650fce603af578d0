//! Progress bars: counters that the engine's streams add to, drawn by a thread of its own.
//!
//! Adding is an atomic add, whether anybody watches or not.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What a run has done so far. Clones share their counters.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    lines: Arc<Mutex<Vec<Line>>>,
}

/// The counters of one thing that goes on: a source that is read, a sink that is written.
#[derive(Debug, Clone)]
pub struct Line {
    counters: Arc<Counters>,
}

#[derive(Debug)]
struct Counters {
    name: String,
    /// Bytes that there are to read; 0 if nobody knows.
    total: AtomicU64,
    bytes: AtomicU64,
    rows: AtomicU64,
    done: AtomicBool,
}

impl Progress {
    /// Begins a line. `total` is how many bytes there are, if that is known.
    pub fn line(&self, name: impl Into<String>, total: Option<u64>) -> Line {
        let line = Line {
            counters: Arc::new(Counters {
                name: name.into(),
                total: AtomicU64::new(total.unwrap_or(0)),
                bytes: AtomicU64::new(0),
                rows: AtomicU64::new(0),
                done: AtomicBool::new(false),
            }),
        };
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line.clone());
        line
    }

    /// Draws on standard error from now on, until the handle is dropped: the bars are gone then.
    pub fn draw(&self) -> Drawing {
        let stop = Arc::new(AtomicBool::new(false));
        let progress = self.clone();
        let seen = Arc::clone(&stop);
        let thread = thread::Builder::new().name("progress".to_owned()).spawn(move || progress.draw_until(&seen)).ok();
        Drawing { stop, thread }
    }

    fn draw_until(&self, stop: &AtomicBool) {
        let screen = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        let mut bars: Vec<(Line, ProgressBar)> = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone();
            for line in lines.into_iter().skip(bars.len()) {
                let bar = screen.add(bar(&line));
                bars.push((line, bar));
            }
            for (line, bar) in &bars {
                line.show(bar);
            }
            thread::park_timeout(Duration::from_millis(100));
        }
        for (_, bar) in &bars {
            bar.finish_and_clear();
        }
    }
}

impl Line {
    /// Adds what was read or written just now.
    pub fn add(&self, rows: u64, bytes: u64) {
        self.counters.rows.fetch_add(rows, Ordering::Relaxed);
        self.counters.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Says that nothing more will come.
    pub fn finish(&self) {
        self.counters.done.store(true, Ordering::Relaxed);
    }

    /// Rows and bytes so far.
    pub fn totals(&self) -> (u64, u64) {
        (self.counters.rows.load(Ordering::Relaxed), self.counters.bytes.load(Ordering::Relaxed))
    }

    fn show(&self, bar: &ProgressBar) {
        let (rows, bytes) = self.totals();
        bar.set_position(bytes);
        bar.set_message(format!("{rows} rows"));
        if self.counters.done.load(Ordering::Relaxed) && !bar.is_finished() {
            bar.finish();
        }
    }
}

fn bar(line: &Line) -> ProgressBar {
    let total = line.counters.total.load(Ordering::Relaxed);
    let (bar, template) = if total == 0 {
        (ProgressBar::new_spinner(), "{prefix:>20!} {spinner} {decimal_bytes} {msg}")
    } else {
        (ProgressBar::new(total), "{prefix:>20!} {bar:30} {percent:>3} % {msg}, {eta} left")
    };
    let style = ProgressStyle::with_template(template).expect("the templates above are right");
    bar.set_style(style);
    bar.set_prefix(line.counters.name.clone());
    bar
}

/// Bars that are being drawn.
#[derive(Debug)]
pub struct Drawing {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Drawing {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A thread that only draws has nothing to tell, even if it ended badly.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_their_counters() {
        let progress = Progress::default();
        let line = progress.line("orders", Some(10));
        let drawing = progress.draw();
        line.clone().add(3, 7);
        line.add(1, 1);
        drop(drawing);
        assert_eq!(line.totals(), (4, 8));
    }
}
