//! Writes one partition of a sink's input: splits rows over folders, rolls files, bounds open files and memory.

use std::fs;
use std::sync::Arc;

use datafusion::arrow::array::{BooleanArray, RecordBatch, UInt32Array};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::{concat_batches, filter_record_batch, take_record_batch};
use datafusion::arrow::error::ArrowError;

use super::failure::{encode_failure, io_failure};
use super::format::{Dictionaries, FileOptions, Output, WrittenFile};
use super::partition::Partitions;
use super::settings::Format;
use super::writer::Shared;
use crate::stdlib::failure::RunFailure;

/// Beyond this many open files, the one that was not written to for longest rests: it is opened again when there is more
/// for it. Every partition of the input has as many, and a process may have only some hundred.
const OPEN_FILES: usize = 32;

/// Up to this many folders a batch is split at once; beyond, rows are gathered first, so that no file gets crumbs.
const FEW_FOLDERS: usize = 16;

/// Rows to gather for each folder.
const ROWS_PER_FOLDER: usize = 512;

/// Rows to gather at most.
const MOST_GATHERED: usize = 262_144;

/// The writer of one partition of the input. It can be sent to the thread that computes the partition.
pub struct PartitionWriter {
    shared: Arc<Shared>,
    number: usize,
    partitions: Partitions,
    /// By the partitions' numbers.
    folders: Vec<Folder>,
    /// The folders whose file is open and does not rest.
    open: Vec<u32>,
    /// Counts writes, to know which file was not used for longest.
    clock: u64,
    memory: usize,
    gathered: Gathered,
    dictionaries: Option<Dictionaries>,
    closed: Vec<WrittenFile>,
}

/// A folder that files are written to.
#[derive(Default)]
struct Folder {
    output: Option<Output>,
    /// Whether the file is among the open ones.
    awake: bool,
    /// How many files were begun in it.
    begun: u32,
    last_used: u64,
    memory: usize,
}

/// Rows that wait for more, and the folder of each.
#[derive(Default)]
struct Gathered {
    batches: Vec<RecordBatch>,
    numbers: Vec<u32>,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Every file, in the order of their names.
    pub files: Vec<WrittenFile>,
    /// The rows in them.
    pub rows: u64,
    /// Their size.
    pub bytes: u64,
}

impl Written {
    /// Adds what another partition wrote.
    pub fn add(&mut self, other: Self) {
        self.files.extend(other.files);
        self.rows += other.rows;
        self.bytes += other.bytes;
    }
}

impl PartitionWriter {
    pub(super) fn new(shared: Arc<Shared>, number: usize) -> Self {
        Self {
            partitions: Partitions::new(shared.layout.keys.iter().cloned()),
            shared,
            number,
            folders: Vec::new(),
            open: Vec::new(),
            clock: 0,
            memory: 0,
            gathered: Gathered::default(),
            dictionaries: None,
            closed: Vec::new(),
        }
    }

    /// Writes all rows of a batch with the columns of the sink's input.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), RunFailure> {
        self.write_selected(batch, None)
    }

    /// Writes the rows of a batch that `rows` has a set bit for. One copy less than filtering before.
    pub fn write_rows(&mut self, batch: &RecordBatch, rows: &BooleanBuffer) -> Result<(), RunFailure> {
        match rows.count_set_bits() {
            0 => Ok(()),
            all if all == batch.num_rows() => self.write_selected(batch, None),
            _ => self.write_selected(batch, Some(rows)),
        }
    }

    /// Ends all files.
    pub fn close(mut self) -> Result<Written, RunFailure> {
        self.flush_gathered()?;
        for at in 0..self.folders.len() {
            self.end_file(at)?;
        }
        let mut files = std::mem::take(&mut self.closed);
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let (rows, bytes) = files.iter().fold((0, 0), |(rows, bytes), file| (rows + file.rows, bytes + file.bytes));
        Ok(Written { files, rows, bytes })
    }

    fn write_selected(&mut self, batch: &RecordBatch, rows: Option<&BooleanBuffer>) -> Result<(), RunFailure> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let projected = self.engine(self.shared.layout.project(batch))?;
        if self.shared.layout.keys.is_empty() {
            let selected = self.engine(select(projected, rows))?;
            return self.write_to(0, selected);
        }
        let numbers = self.partitions.number(batch);
        let numbers = self.engine(numbers)?;
        if self.gathered.batches.is_empty() && batch.num_rows() >= self.enough() {
            return self.scatter(&projected, &numbers, rows);
        }
        match rows {
            None => self.gathered.numbers.extend_from_slice(&numbers),
            Some(rows) => self.gathered.numbers.extend(rows.set_indices().map(|row| numbers[row])),
        }
        let selected = self.engine(select(projected, rows))?;
        self.gathered.batches.push(selected);
        if self.gathered.numbers.len() >= self.enough() { self.flush_gathered() } else { Ok(()) }
    }

    /// How many rows are worth splitting over the folders met so far.
    fn enough(&self) -> usize {
        match self.partitions.len() {
            few if few <= FEW_FOLDERS => 0,
            many => (many * ROWS_PER_FOLDER).min(MOST_GATHERED),
        }
    }

    fn flush_gathered(&mut self) -> Result<(), RunFailure> {
        let Gathered { batches, numbers } = std::mem::take(&mut self.gathered);
        let Some(first) = batches.first() else { return Ok(()) };
        let all = self.engine(concat_batches(&first.schema(), &batches))?;
        drop(batches);
        self.scatter(&all, &numbers, None)
    }

    /// Sends each row to its folder: one counting sort by number, one `take` of all, a slice for each folder.
    fn scatter(&mut self, batch: &RecordBatch, numbers: &[u32], rows: Option<&BooleanBuffer>) -> Result<(), RunFailure> {
        let mut ends = vec![0_u32; self.partitions.len()];
        match rows {
            None => numbers.iter().for_each(|number| ends[*number as usize] += 1),
            Some(rows) => rows.set_indices().for_each(|row| ends[numbers[row] as usize] += 1),
        }
        let counts: Vec<(u32, u32)> =
            (0_u32..).zip(&ends).filter(|(_, count)| **count > 0).map(|(number, count)| (number, *count)).collect();
        if let [(number, count)] = counts[..]
            && count as usize == batch.num_rows()
        {
            return self.write_to(number, batch.clone());
        }
        let mut total = 0;
        for end in &mut ends {
            total += std::mem::replace(end, total);
        }
        // `ends` now holds where each folder's rows begin, and moves to where they end.
        let mut order = vec![0_u32; total as usize];
        let mut place = |row: usize| {
            let end = &mut ends[numbers[row] as usize];
            order[*end as usize] = u32::try_from(row).expect("a batch has fewer than u32::MAX rows");
            *end += 1;
        };
        match rows {
            None => (0..numbers.len()).for_each(&mut place),
            Some(rows) => rows.set_indices().for_each(&mut place),
        }
        let sorted = self.engine(take_record_batch(batch, &UInt32Array::from(order)))?;
        let mut start = 0;
        for (number, count) in counts {
            self.write_to(number, sorted.slice(start, count as usize))?;
            start += count as usize;
        }
        Ok(())
    }

    /// Adds rows to the file of a folder, beginning new ones where the settings say so.
    fn write_to(&mut self, number: u32, batch: RecordBatch) -> Result<(), RunFailure> {
        let converted = self.engine(self.shared.layout.convert(&batch));
        let mut rest = converted?;
        let most = self.shared.settings.max_rows_per_file.unwrap_or(u64::MAX);
        let largest = self.shared.settings.target_file_size.unwrap_or(u64::MAX);
        while rest.num_rows() > 0 {
            let output = self.output(number, &rest)?;
            let room = usize::try_from(most - output.rows()).unwrap_or(usize::MAX).min(rest.num_rows());
            let wrote = output.write(&rest.slice(0, room));
            let full = output.rows() >= most || (largest < u64::MAX && output.size() >= largest);
            let memory = output.memory();
            wrote.map_err(|failure| self.shared.at(failure))?;
            rest = rest.slice(room, rest.num_rows() - room);
            let folder = &mut self.folders[number as usize];
            self.memory = self.memory - folder.memory + memory;
            folder.memory = memory;
            if full {
                self.end_file(number as usize)?;
            }
        }
        if self.memory > self.shared.memory() { self.relieve() } else { Ok(()) }
    }

    /// The open file of a folder; begins one if there is none. `head` are the rows it begins with.
    fn output(&mut self, number: u32, head: &RecordBatch) -> Result<&mut Output, RunFailure> {
        let at = number as usize;
        if self.folders.len() <= at {
            self.folders.resize_with(at + 1, Folder::default);
        }
        if !self.folders[at].awake {
            self.make_room();
            self.folders[at].awake = true;
            self.open.push(number);
        }
        if self.folders[at].output.is_none() {
            let output = self.begin_file(number, head).map_err(|failure| self.shared.at(failure))?;
            self.folders[at].output = Some(output);
            self.folders[at].begun += 1;
        }
        self.clock += 1;
        let folder = &mut self.folders[at];
        folder.last_used = self.clock;
        Ok(folder.output.as_mut().expect("it was there or has just been begun"))
    }

    fn begin_file(&mut self, number: u32, head: &RecordBatch) -> Result<Output, RunFailure> {
        let shared = Arc::clone(&self.shared);
        let folder = self.partitions.folder(number);
        let begun = self.folders[number as usize].begun;
        let file = shared.file_name(self.number, begun);
        let name = if folder.is_empty() { file } else { format!("{folder}/{file}") };
        let path = shared.staging.folder().join(&name);
        if begun == 0
            && let Some(parent) = path.parent()
        {
            fs::create_dir_all(parent).map_err(|error| io_failure(parent, &error))?;
        }
        if self.dictionaries.is_none() && shared.settings.format == Format::Parquet {
            self.dictionaries = Dictionaries::of(head);
        }
        let undecided = Dictionaries::default();
        let dictionaries = self.dictionaries.as_ref().unwrap_or(&undecided);
        let options = FileOptions { settings: &shared.settings, schema: &shared.layout.schema, dictionaries };
        Output::create(path, name, &options)
    }

    /// Lets the file rest that was not used for longest if too many are open.
    fn make_room(&mut self) {
        if self.open.len() < OPEN_FILES {
            return;
        }
        let oldest = (0..self.open.len()).min_by_key(|at| self.folders[self.open[*at] as usize].last_used);
        let Some(oldest) = oldest else { return };
        let number = self.open.swap_remove(oldest);
        let folder = &mut self.folders[number as usize];
        folder.awake = false;
        if let Some(output) = &folder.output {
            output.rest();
        }
    }

    /// Writes the largest unfinished row groups, until half of the memory is free.
    fn relieve(&mut self) -> Result<(), RunFailure> {
        let mut largest: Vec<&mut Folder> = self.folders.iter_mut().filter(|folder| folder.memory > 0).collect();
        largest.sort_by_key(|folder| std::cmp::Reverse(folder.memory));
        for folder in largest {
            if self.memory <= self.shared.memory() / 2 {
                break;
            }
            self.memory -= std::mem::take(&mut folder.memory);
            let Some(output) = &mut folder.output else { continue };
            output.relieve().map_err(|failure| self.shared.at(failure))?;
            if !folder.awake {
                output.rest();
            }
        }
        Ok(())
    }

    /// Ends the file of a folder, if it has one; more rows for the folder begin another.
    fn end_file(&mut self, at: usize) -> Result<(), RunFailure> {
        let folder = &mut self.folders[at];
        self.memory -= std::mem::take(&mut folder.memory);
        let Some(output) = folder.output.take() else { return Ok(()) };
        self.closed.push(output.close().map_err(|failure| self.shared.at(failure))?);
        Ok(())
    }

    fn engine<T>(&self, result: Result<T, ArrowError>) -> Result<T, RunFailure> {
        result.map_err(|error| self.shared.at(encode_failure(self.shared.staging.folder(), &error)))
    }
}

fn select(batch: RecordBatch, rows: Option<&BooleanBuffer>) -> Result<RecordBatch, ArrowError> {
    match rows {
        None => Ok(batch),
        Some(rows) => filter_record_batch(&batch, &BooleanArray::new(rows.clone(), None)),
    }
}
