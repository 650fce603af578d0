//! Writes the raw data of `pipelines/orders`: orders in Hive partitions, customers, and yesterday's orders.
//!
//! `cargo run --example generate_orders -- OUT [--rows N] [--seed S]`
//!
//! The same N and S always give the same bytes, on every machine. The dirt is planted in fixed shares, and at least once of
//! each kind, so that a small run is as dirty as a big one. Amounts are quarters: sums of them are exact in a double, and a
//! total does not depend on the order in which an engine adds.

use std::fs::{File, create_dir_all};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The days the orders fall on: two of May and eight of June 2026.
const DAYS: [(u32, u32); 10] = [(5, 30), (5, 31), (6, 1), (6, 2), (6, 3), (6, 4), (6, 5), (6, 6), (6, 7), (6, 8)];

const FIRST_NAMES: [&str; 16] = [
    "Ada",
    "Björn",
    "Chloé",
    "Dmitri",
    "Eszter",
    "Fatma",
    "Gülşen",
    "Håkon",
    "Ingrid",
    "José",
    "Kateřina",
    "Łukasz",
    "Māra",
    "Nguyễn",
    "Siân",
    "Zoë",
];
const LAST_NAMES: [&str; 14] = [
    "Andersson",
    "Błaszczyk",
    "Çelik",
    "D'Angelo",
    "Etxeberria",
    "Fernández",
    "García",
    "Ibsen",
    "Jansen",
    "Kovács",
    "Müller",
    "O'Neil",
    "van der Berg",
    "Žukauskas",
];
/// Whole names that a careless CSV reader stumbles over.
const HARD_NAMES: [&str; 6] =
    ["李小龍", "Doe, John", "Dwayne \"The Rock\" Johnson", "Søren, \"Sørine\"", "Иванов, Пётр", "نجيب محفوظ"];

const REGIONS: [&str; 3] = ["eu", "us", "apac"];
const NOTES: [&str; 8] = [
    "",
    "",
    "",
    "leave at the door",
    "gift, wrap it",
    "says \"fragile\"",
    "übermorgen, bitte",
    "two boxes, one \"small\", one \"big\"",
];

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dirt {
    None,
    /// No order id.
    NullOrderId,
    /// Blanks for an order id: not null, and still nothing.
    BlankOrderId,
    /// An order id of another shape.
    OddOrderId,
    NullCustomer,
    /// A customer nobody knows.
    UnknownCustomer,
    NegativeAmount,
    HugeAmount,
    NullAmount,
    /// Exactly 0 and exactly 100000, the ends of the range.
    EdgeAmount,
    UnknownStatus,
    BlankStatus,
    /// Text that is no point in time, or none at all.
    BadTimestamp,
    /// No customer, a negative amount and an unknown status at once.
    Several,
    UnknownRegion,
    BlankRegion,
    /// Text in the amount's place: the row cannot be read.
    UnreadableAmount,
    /// A field is missing.
    ShortRow,
    /// There is a field too many.
    LongRow,
    /// An earlier order again, with a later state.
    Repeated,
}

/// Each kind of dirt and how many rows of a thousand have it.
const SHARES: [(Dirt, f64); 19] = [
    (Dirt::NullOrderId, 4.0),
    (Dirt::BlankOrderId, 1.0),
    (Dirt::OddOrderId, 1.0),
    (Dirt::NullCustomer, 5.0),
    (Dirt::UnknownCustomer, 5.0),
    (Dirt::NegativeAmount, 5.0),
    (Dirt::HugeAmount, 2.0),
    (Dirt::NullAmount, 2.0),
    (Dirt::EdgeAmount, 2.0),
    (Dirt::UnknownStatus, 4.0),
    (Dirt::BlankStatus, 1.0),
    (Dirt::BadTimestamp, 3.0),
    (Dirt::Several, 1.5),
    (Dirt::UnknownRegion, 3.0),
    (Dirt::BlankRegion, 8.0),
    (Dirt::UnreadableAmount, 2.0),
    (Dirt::ShortRow, 1.0),
    (Dirt::LongRow, 0.5),
    (Dirt::Repeated, 10.0),
];

/// What the command line asks for.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder that receives `orders/`, `orders_yesterday.csv` and `customers.csv`.
    pub out: PathBuf,
    /// How many order rows to write.
    pub rows: usize,
    /// What the random numbers start from.
    pub seed: u64,
}

fn main() -> ExitCode {
    let options = match options(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => return fail(&format!("{message}\nusage: generate_orders OUT [--rows N] [--seed S]"), 2),
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
    let mut options = Options { out: PathBuf::new(), rows: 2000, seed: 2026 };
    while let Some(word) = words.next() {
        let mut number =
            || words.next().and_then(|text| text.parse::<u64>().ok()).ok_or_else(|| format!("{word} takes a number"));
        match word.as_str() {
            "--rows" => options.rows = usize::try_from(number()?).map_err(|_| "that is too many rows".to_owned())?,
            "--seed" => options.seed = number()?,
            _ if word.starts_with('-') => return Err(format!("there is no {word}")),
            _ => options.out = word.into(),
        }
    }
    if options.out.as_os_str().is_empty() { Err("a folder to write to is missing".to_owned()) } else { Ok(options) }
}

/// Writes all files.
pub fn generate(options: &Options) -> io::Result<()> {
    let customers = (options.rows / 16).clamp(10, 100_000);
    let mut rng = Rng(options.seed);
    write_customers(&options.out.join("customers.csv"), customers, &mut rng)?;
    write_orders(options, customers, &mut rng)
}

fn write_customers(path: &Path, count: usize, rng: &mut Rng) -> io::Result<()> {
    let mut file = create(path)?;
    writeln!(file, "id,name,email,signup_date")?;
    for id in 1..=count {
        let name = match id % 25 {
            7 => HARD_NAMES[id / 25 % HARD_NAMES.len()].to_owned(),
            _ => format!("{} {}", rng.pick(&FIRST_NAMES), rng.pick(&LAST_NAMES)),
        };
        // A few customers never gave an address.
        let email = if rng.below(40) == 0 { String::new() } else { format!("customer{id}@example.com") };
        let signup = format!("20{}-{:02}-{:02}", 19 + rng.below(7), 1 + rng.below(12), 1 + rng.below(28));
        write_record(&mut file, &[&id.to_string(), &name, &email, &signup])?;
    }
    file.flush()
}

fn write_orders(options: &Options, customers: usize, rng: &mut Rng) -> io::Result<()> {
    let dirt = plant(options.rows, rng);
    let mut yesterday = create(&options.out.join("orders_yesterday.csv"))?;
    writeln!(yesterday, "order_id,total_amount,status")?;
    for (day_index, &(month, day)) in DAYS.iter().enumerate() {
        let rows = share_of_day(options.rows, day_index)..share_of_day(options.rows, day_index + 1);
        let folder = options.out.join(format!("orders/year=2026/month={month:02}/day={day:02}"));
        let mut file = create(&folder.join("part-0.csv"))?;
        writeln!(file, "order_id,customer_id,order_ts,total_amount,status,region,note")?;
        let count = rows.len().max(1);
        for (position, row) in rows.clone().enumerate() {
            let order = Order::new(row, customers, (month, day), seconds_of_day(position, count, rng), rng);
            // Yesterday's snapshot had every day but the last.
            if day_index + 1 < DAYS.len() && dirt[row] != Dirt::Repeated {
                write_record(&mut yesterday, &[&order.id, &order.amount, &order.status])?;
            }
            order.soil(dirt[row], row, rng).write(&mut file)?;
        }
        file.flush()?;
    }
    yesterday.flush()
}

/// The first row of a day.
fn share_of_day(rows: usize, day: usize) -> usize {
    rows * day / DAYS.len()
}

/// A moment of the day, later for each further row.
fn seconds_of_day(position: usize, count: usize, rng: &mut Rng) -> u64 {
    let slot = 86_400 / count as u64;
    position as u64 * 86_400 / count as u64 + if slot > 1 { rng.below(slot) } else { 0 }
}

/// Says for each row what is wrong with it.
fn plant(rows: usize, rng: &mut Rng) -> Vec<Dirt> {
    let mut dirt = vec![Dirt::None; rows];
    for (kind, share) in SHARES {
        // A share of the rows; a row once, however small the run.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
        let wanted = ((rows as f64 * share / 1000.0).round() as usize).max(1).min(rows / 40 + 1);
        let mut placed = 0;
        for _ in 0..wanted * 20 {
            let row = below(rng, rows);
            // An order can only be repeated once there was one.
            if dirt[row] == Dirt::None && (kind != Dirt::Repeated || row > rows / 10) && placed < wanted {
                dirt[row] = kind;
                placed += 1;
            }
        }
    }
    dirt
}

fn below(rng: &mut Rng, limit: usize) -> usize {
    usize::try_from(rng.below(limit.max(1) as u64)).unwrap_or(0)
}

/// An order row, each field as it will stand in the file.
#[derive(Debug)]
struct Order {
    id: String,
    customer: String,
    timestamp: String,
    amount: String,
    status: String,
    region: String,
    note: String,
    /// What the row ends with after its last field.
    extra: Option<&'static str>,
    /// Whether the last field is left out.
    short: bool,
}

impl Order {
    fn new(row: usize, customers: usize, (month, day): (u32, u32), second: u64, rng: &mut Rng) -> Self {
        let status = match rng.below(100) {
            0..8 => "PENDING",
            8..20 => "PROCESSING",
            20..45 => "SHIPPED",
            45..93 => "DELIVERED",
            _ => "CANCELLED",
        };
        // Many small orders, few big ones.
        let quarters = 20 + rng.below(400) + if rng.below(10) == 0 { rng.below(8000) } else { 0 };
        Self {
            id: order_id(row),
            customer: (1 + rng.below(customers as u64)).to_string(),
            timestamp: format!("2026-{month:02}-{day:02} {:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60),
            amount: format!("{}.{:02}", quarters / 4, quarters % 4 * 25),
            status: status.to_owned(),
            region: (*rng.pick(&REGIONS)).to_owned(),
            note: (*rng.pick(&NOTES)).to_owned(),
            extra: None,
            short: false,
        }
    }

    /// The order with `dirt` on it.
    fn soil(mut self, dirt: Dirt, row: usize, rng: &mut Rng) -> Self {
        match dirt {
            Dirt::None => {}
            Dirt::NullOrderId => self.id.clear(),
            Dirt::BlankOrderId => "           ".clone_into(&mut self.id),
            Dirt::OddOrderId => self.id = format!("test-{row}"),
            Dirt::NullCustomer => self.customer.clear(),
            Dirt::UnknownCustomer => self.customer = (900_000 + rng.below(100)).to_string(),
            Dirt::NegativeAmount => self.amount = format!("-{}", self.amount),
            Dirt::HugeAmount => self.amount = format!("{}.50", 100_001 + rng.below(900_000)),
            Dirt::NullAmount => self.amount.clear(),
            Dirt::EdgeAmount => (*rng.pick(&["0.00", "100000.00"])).clone_into(&mut self.amount),
            Dirt::UnknownStatus => (*rng.pick(&["LOST", "shipped", "RETURNED"])).clone_into(&mut self.status),
            Dirt::BlankStatus => self.status.clear(),
            Dirt::BadTimestamp => {
                let bad = ["2026-06-31 10:00:00", "08/06/2026 10:00", "soon", ""];
                (*rng.pick(&bad)).clone_into(&mut self.timestamp);
            }
            Dirt::Several => {
                self.customer.clear();
                self.amount = format!("-{}", self.amount);
                "LOST".clone_into(&mut self.status);
            }
            Dirt::UnknownRegion => (*rng.pick(&["mars", "EU "])).clone_into(&mut self.region),
            Dirt::BlankRegion => self.region.clear(),
            Dirt::UnreadableAmount => (*rng.pick(&["N/A", "12,50", "ca. 30"])).clone_into(&mut self.amount),
            Dirt::ShortRow => self.short = true,
            Dirt::LongRow => self.extra = Some("see attachment"),
            Dirt::Repeated => {
                self.id = order_id(row - 1 - below(rng, row.min(400) / 2));
                "DELIVERED".clone_into(&mut self.status);
            }
        }
        self
    }

    fn write(&self, file: &mut impl Write) -> io::Result<()> {
        let mut fields: Vec<&str> =
            vec![&self.id, &self.customer, &self.timestamp, &self.amount, &self.status, &self.region, &self.note];
        if self.short {
            fields.truncate(4);
        }
        fields.extend(self.extra);
        write_record(file, &fields)
    }
}

fn order_id(row: usize) -> String {
    format!("ORD-{:07}", row + 1)
}

fn create(path: &Path) -> io::Result<BufWriter<File>> {
    if let Some(folder) = path.parent() {
        create_dir_all(folder)?;
    }
    File::create(path).map(BufWriter::new)
}

/// Writes a CSV record; fields are quoted where they must be.
fn write_record(file: &mut impl Write, fields: &[&str]) -> io::Result<()> {
    let quoted: Vec<String> =
        fields
            .iter()
            .map(|field| {
                if field.contains(['"', ',', '\n']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { (*field).to_owned() }
            })
            .collect();
    writeln!(file, "{}", quoted.join(","))
}

/// `SplitMix64` (Steele, Lea, Flood 2014): small, and the same everywhere.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `limit`; the bias of the remainder does not matter here.
    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[usize::try_from(self.below(items.len() as u64)).unwrap_or(0)]
    }
}
