//! How the rows of `bench/` are written.

use std::fs::{File, create_dir_all, remove_dir_all};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDateTime};
use datafusion::arrow::array::{
    ArrayRef, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray, StringBuilder, TimestampMicrosecondArray,
};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::Compression;
use datafusion::parquet::file::properties::WriterProperties;

use super::rows::{DAYS, EPOCH_MILLIS, Part, Rng, Row, SPAN_MILLIS};

/// Rows that are handed to the Parquet writer at a time.
const BATCH_ROWS: usize = 32_768;

/// How orders are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Parquet,
    Csv,
}

impl Format {
    pub fn parse(name: &str) -> Result<Self, String> {
        match name {
            "parquet" => Ok(Self::Parquet),
            "csv" => Ok(Self::Csv),
            _ => Err(format!("there is no format `{name}`: parquet, csv")),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
        }
    }
}

/// Empties the folder of the orders: another run may have written more files.
pub fn prepare(out: &Path, format: Format) -> io::Result<()> {
    let folder = out.join(format!("orders.{}", format.name()));
    match remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    create_dir_all(folder)
}

/// Writes a part of the orders.
pub fn write_part(out: &Path, format: Format, part: usize, rows: &Part) -> io::Result<()> {
    let path = out.join(format!("orders.{0}/part-{part:03}.{0}", format.name()));
    match format {
        Format::Parquet => write_parquet(&path, rows.rows.chunks(BATCH_ROWS).map(orders_batch)),
        Format::Csv => write_csv(&path, &rows.rows),
    }
}

/// The customers: 1 to `count`.
pub fn write_customers(out: &Path, count: u32, seed: u64) -> io::Result<()> {
    let mut rng = Rng::of(seed, u64::MAX);
    let ids: Vec<i64> = (1..=i64::from(count)).collect();
    let batches = ids.chunks(BATCH_ROWS).map(|ids| customers_batch(ids, &mut rng));
    write_parquet(&folder(out, "customers")?, batches)
}

fn customers_batch(ids: &[i64], rng: &mut Rng) -> RecordBatch {
    let mut draw = |limit: u64| ids.iter().map(|_| rng.below(limit)).collect::<Vec<_>>();
    let tiers = draw(10).into_iter().map(|of_ten| match of_ten {
        0..6 => "bronze",
        6..9 => "silver",
        _ => "gold",
    });
    let tiers: StringArray = tiers.map(Some).collect();
    let signups: TimestampMicrosecondArray = draw(SPAN_MILLIS).into_iter().map(|before| Some(micros(before, -1))).collect();
    let countries = ["US", "DE", "IN", "JP", "BR", "ZA"];
    let countries: StringArray =
        draw(countries.len() as u64).into_iter().map(|which| usize::try_from(which).ok().map(|which| countries[which])).collect();
    let names: StringArray = ids.iter().map(|id| Some(format!("customer {id}"))).collect();
    batch(vec![
        ("id", Arc::new(Int64Array::from(ids.to_vec()))),
        ("name", Arc::new(names)),
        ("tier", Arc::new(tiers)),
        ("signup_ts", Arc::new(signups)),
        ("country", Arc::new(countries)),
    ])
}

/// What the orders were a day ago, for `RowCountMatch`: numbers and moments.
pub fn write_yesterday(out: &Path, count: usize, seed: u64) -> io::Result<()> {
    let mut rng = Rng::of(seed, u64::MAX - 1);
    let ids: Vec<i64> = (0..i64::try_from(count).unwrap_or(i64::MAX)).collect();
    // A file without a row group still has its columns.
    let chunks = if ids.is_empty() { vec![&ids[..]] } else { ids.chunks(BATCH_ROWS).collect() };
    let batches = chunks.into_iter().map(|ids| {
        let moments: TimestampMicrosecondArray = ids.iter().map(|_| Some(micros(rng.below(SPAN_MILLIS), 1))).collect();
        batch(vec![("order_id", Arc::new(Int64Array::from(ids.to_vec()))), ("order_ts", Arc::new(moments))])
    });
    write_parquet(&folder(out, "orders_yesterday")?, batches)
}

/// The one file of a small table.
fn folder(out: &Path, table: &str) -> io::Result<PathBuf> {
    let folder = out.join(format!("{table}.parquet"));
    create_dir_all(&folder)?;
    Ok(folder.join("part-000.parquet"))
}

/// Microseconds since 1970 of a moment so far behind (`1`) or before (`-1`) the first day.
fn micros(millis: u64, direction: i64) -> i64 {
    (EPOCH_MILLIS + direction * i64::try_from(millis).expect("540 days")) * 1000
}

/// Year and month of each day.
pub fn months() -> Vec<(i32, i32)> {
    (0..DAYS).map(|day| moment(day * 86_400_000)).map(|day| (day.year(), i32::try_from(day.month()).expect("1 to 12"))).collect()
}

fn moment(millis: u64) -> NaiveDateTime {
    DateTime::from_timestamp_micros(micros(millis, 1)).expect("540 days from 2025 on").naive_utc()
}

fn orders_batch(rows: &[Row]) -> RecordBatch {
    let months = months();
    let (mut ids, mut emails, mut notes) = (StringBuilder::new(), StringBuilder::new(), StringBuilder::new());
    let mut text = String::new();
    for row in rows {
        ids.append_option(row.id.map(order_id));
        text.clear();
        let email = row.write_email(&mut text);
        emails.append_option(email.then_some(text.as_str()));
        text.clear();
        let note = row.write_note(&mut text);
        notes.append_option(note.then_some(text.as_str()));
    }
    let customers: Int64Array = rows.iter().map(|row| row.customer.map(i64::from)).collect();
    let moments: TimestampMicrosecondArray = rows.iter().map(|row| Some(micros(row.millis, 1))).collect();
    // Cents over 100 is the double that `12.34` is read as: division rounds to the nearest.
    let amounts: Float64Array = rows.iter().map(|row| row.cents.map(|cents| f64::from(cents) / 100.0)).collect();
    let quantities: Int32Array = rows.iter().map(|row| Some(i32::from(row.quantity))).collect();
    let statuses: StringArray = rows.iter().map(|row| Some(row.status_text())).collect();
    let regions: StringArray = rows.iter().map(|row| Some(row.region_text())).collect();
    let years: Int32Array = rows.iter().map(|row| Some(months[row.day()].0)).collect();
    let of_year: Int32Array = rows.iter().map(|row| Some(months[row.day()].1)).collect();
    batch(vec![
        ("order_id", Arc::new(ids.finish())),
        ("customer_id", Arc::new(customers)),
        ("order_ts", Arc::new(moments)),
        ("total_amount", Arc::new(amounts)),
        ("quantity", Arc::new(quantities)),
        ("status", Arc::new(statuses)),
        ("region", Arc::new(regions)),
        ("email", Arc::new(emails.finish())),
        ("notes", Arc::new(notes.finish())),
        ("year", Arc::new(years)),
        ("month", Arc::new(of_year)),
    ])
}

/// All columns may hold NULL, as files of unknown origin say.
fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let columns = columns.into_iter().map(|(name, values)| (name, values, true));
    RecordBatch::try_from_iter_with_nullable(columns).expect("the columns have one length")
}

/// One row group: a file holds no more than one has room for.
fn write_parquet(path: &Path, mut batches: impl Iterator<Item = RecordBatch>) -> io::Result<()> {
    let Some(first) = batches.next() else { return Ok(()) };
    let properties =
        WriterProperties::builder().set_compression(Compression::SNAPPY).set_max_row_group_row_count(Some(1_250_000)).build();
    let mut writer = ArrowWriter::try_new(File::create(path)?, first.schema(), Some(properties))?;
    writer.write(&first)?;
    for batch in batches {
        writer.write(&batch)?;
    }
    writer.close()?;
    Ok(())
}

/// No value holds a comma, a quote or a line's end; NULL is an empty field.
fn write_csv(path: &Path, rows: &[Row]) -> io::Result<()> {
    let months = months();
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(file, "order_id,customer_id,order_ts,total_amount,quantity,status,region,email,notes,year,month")?;
    let mut text = String::new();
    for row in rows {
        text.clear();
        text.push_str(&row.id.map(order_id).unwrap_or_default());
        text.push(',');
        text.push_str(&row.customer.map(|customer| customer.to_string()).unwrap_or_default());
        let (year, month) = months[row.day()];
        let day = moment(row.millis).day();
        let (second, milli) = (row.millis / 1000 % 86_400, row.millis % 1000);
        text.push_str(&format!(
            ",{year}-{month:02}-{day:02} {:02}:{:02}:{:02}.{milli:03},",
            second / 3600,
            second / 60 % 60,
            second % 60
        ));
        if let Some(cents) = row.cents {
            let sign = if cents < 0 { "-" } else { "" };
            text.push_str(&format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100));
        }
        text.push_str(&format!(",{},{},{},", row.quantity, row.status_text(), row.region_text()));
        row.write_email(&mut text);
        text.push(',');
        row.write_note(&mut text);
        writeln!(file, "{text},{year},{month}")?;
    }
    file.flush()
}

fn order_id(number: u32) -> String {
    format!("ORD-{number:010}")
}
