//! Writes the data of `bench/`: orders as Parquet and CSV, customers, yesterday's orders, and what is known of them.
//!
//! `cargo run --release --example bench_data -- OUT [--rows N] [--seed S] [--formats parquet,csv]`
//!
//! The same rows and seed always give the same data, on every machine and on any number of cores. Faults are planted in fixed
//! shares, and `manifest.json` says what every workload must find: counted row by row from what was planted, without an engine.
//! (`generate_orders` is the other generator: small CSV files, as dirty as such files are, for `pipelines/orders`.)

#![allow(unreachable_pub, reason = "in a binary `pub(crate)` would say nothing that `pub` does not")]

mod files;
mod rows;
mod tally;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

pub use files::Format;
use rows::Part;
use tally::{PartTally, Totals};

const USAGE: &str = "usage: bench_data OUT [--rows N] [--seed S] [--formats parquet,csv]";
/// Orders come in at least this many files, so that every core has one to read.
const LEAST_PARTS: usize = 8;
/// A file holds at most this many orders, one row group: memory does not grow with the rows asked for.
const MOST_ROWS_OF_A_PART: usize = 1_250_000;
/// Order numbers and the moments of orders are distinct up to here.
const MOST_ROWS: usize = 500_000_000;

/// What the command line asks for.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder that receives everything.
    pub out: PathBuf,
    /// How many orders to write.
    pub rows: usize,
    /// What the random numbers start from.
    pub seed: u64,
    /// How orders are written.
    pub formats: Vec<Format>,
}

fn main() -> ExitCode {
    let options = match options(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => return fail(&format!("{message}\n{USAGE}"), 2),
    };
    match generate(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("cannot write to {}: {error}", options.out.display()), 1),
    }
}

fn fail(message: &str, status: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "{message}");
    ExitCode::from(status)
}

fn options(mut words: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options { out: PathBuf::new(), rows: 1_000_000, seed: 42, formats: vec![Format::Parquet, Format::Csv] };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} takes a value"));
        match word.as_str() {
            "--rows" => options.rows = number(&value()?)?,
            "--seed" => options.seed = number(&value()?)?,
            "--formats" => options.formats = value()?.split(',').map(Format::parse).collect::<Result<_, _>>()?,
            _ if word.starts_with('-') => return Err(format!("there is no {word}")),
            _ => options.out = word.into(),
        }
    }
    match options.rows {
        _ if options.out.as_os_str().is_empty() => Err("a folder to write to is missing".to_owned()),
        1..=MOST_ROWS => Ok(options),
        _ => Err(format!("--rows is a number from 1 to {MOST_ROWS}")),
    }
}

/// A whole number; `10_000_000` is easier to get right than `10000000`.
fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.replace('_', "").parse().map_err(|_| format!("`{text}` is not a whole number"))
}

/// Writes all files.
pub fn generate(options: &Options) -> io::Result<()> {
    let customers = customers(options.rows);
    files::write_customers(&options.out, customers, options.seed)?;
    let yesterday = yesterday(options.rows);
    files::write_yesterday(&options.out, yesterday, options.seed)?;
    for format in &options.formats {
        files::prepare(&options.out, *format)?;
    }
    let mut totals = Totals::new(options, customers, yesterday);
    // In the order of the parts, whichever was ready first.
    for tally in orders(options, customers)? {
        totals.add(tally);
    }
    let text = serde_json::to_string_pretty(&totals.manifest())?;
    std::fs::write(options.out.join("manifest.json"), text + "\n")
}

/// A customer orders 20 times on the average.
fn customers(rows: usize) -> u32 {
    u32::try_from((rows / 20).max(10)).expect("there are fewer customers than orders")
}

/// Yesterday's snapshot has 3 % less.
fn yesterday(rows: usize) -> usize {
    rows * 97 / 100
}

/// Generates, counts and writes the orders, a part at a time on every core.
fn orders(options: &Options, customers: u32) -> io::Result<Vec<PartTally>> {
    let parts = LEAST_PARTS.max(options.rows.div_ceil(MOST_ROWS_OF_A_PART));
    let next = AtomicUsize::new(0);
    let done = Mutex::new((0..parts).map(|_| None).collect::<Vec<Option<io::Result<PartTally>>>>());
    let work = || {
        loop {
            let part = next.fetch_add(1, Ordering::Relaxed);
            if part >= parts {
                return;
            }
            let range = options.rows * part / parts..options.rows * (part + 1) / parts;
            let rows = Part::generate(range, customers, options.seed);
            let written = options.formats.iter().try_for_each(|format| files::write_part(&options.out, *format, part, &rows));
            let tally = written.map(|()| PartTally::count(&rows, customers));
            done.lock().unwrap_or_else(PoisonError::into_inner)[part] = Some(tally);
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect()
}
