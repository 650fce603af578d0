//! What the workloads must find, counted from what was planted.
//!
//! Checksums couple the columns of a row: `bench/verify` computes the same numbers from what a program wrote, in SQL.

use serde_json::{Value, json};

use super::Options;
use super::rows::{CANCELLED, Email, GOOD_STATUSES, LONGEST_NOTE, Note, Part, Row, SPAN_MILLIS};

/// The rules of W1 that judge rows, in their order in `bench/w1.dqdl`.
const ROW_RULES: [&str; 8] = [
    "customer_id_complete",
    "order_id_complete",
    "order_id_unique",
    "amount_between",
    "status_in_set",
    "customer_ref",
    "email_regex",
    "notes_length",
];
/// The sum of checksums stays below 2^63 for 9 * 10^12 rows.
const MODULUS: i64 = 1_000_003;
/// Makes amounts positive: a remainder of negative numbers differs between languages.
const CENTS_OFFSET: i64 = 20_000_000;
/// A customer's moments stay apart from the next one's: the span is below 2^36 milliseconds.
const MILLIS_BITS: u32 = 36;

/// Rows, the sum of their amounts, and their checksum.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    rows: u64,
    cents: i64,
    checksum: i64,
}

impl Sum {
    fn add(&mut self, cents: Option<i32>, checksum: i64) {
        self.rows += 1;
        self.cents += cents.map_or(0, i64::from);
        self.checksum += checksum % MODULUS;
    }

    fn join(&mut self, other: Self) {
        self.rows += other.rows;
        self.cents += other.cents;
        self.checksum += other.checksum;
    }

    fn json(self) -> Value {
        json!({ "rows": self.rows, "cents": self.cents, "checksum": self.checksum })
    }
}

/// An order that W2 keeps.
#[derive(Debug, Clone, Copy)]
struct Kept {
    /// The customer, then the moment: to be sorted by.
    key: u64,
    id: Option<u32>,
    cents: Option<i32>,
    region: u8,
}

/// What one part has.
#[derive(Debug, Default)]
pub struct PartTally {
    planted: [(&'static str, u64); 10],
    failed: [u64; 8],
    negative: u64,
    nulls: [(&'static str, u64); 5],
    good: Sum,
    quarantine: Sum,
    reasons: u64,
    kept: Vec<Kept>,
    /// The latest active order without an id: all of them are one to W2.
    nameless: Option<Kept>,
}

impl PartTally {
    /// Counts a part. `customers` is how many there are.
    pub fn count(part: &Part, customers: u32) -> Self {
        let mut tally = Self::default();
        let copies = copies(part);
        let mut latest: Vec<Option<Kept>> = vec![None; part.rows.len()];
        let mut text = String::new();
        for row in &part.rows {
            let faults = Faults { row, customers, copies: row.id.map_or(0, |id| copies[(id - part.start) as usize]) };
            tally.judge(&faults, &mut text);
            tally.plant(&faults);
            let Some(kept) = faults.active() else { continue };
            match row.id {
                Some(id) => keep_latest(&mut latest[(id - part.start) as usize], kept),
                None => keep_latest(&mut tally.nameless, kept),
            }
        }
        tally.kept = latest.into_iter().flatten().collect();
        tally
    }

    /// The rules of W1.
    fn judge(&mut self, faults: &Faults<'_>, text: &mut String) {
        let row = faults.row;
        let lengths = [length(text, |text| row.write_email(text)), length(text, |text| row.write_note(text))];
        let fails = [
            row.customer.is_none(),
            row.id.is_none(),
            // Every copy fails, and so does a row without an id.
            faults.copies != 1,
            row.cents.is_none_or(|cents| cents <= 0 || cents >= 10_000_000),
            row.status >= GOOD_STATUSES,
            !faults.is_known(),
            !matches!(row.email, Email::Good { .. }),
            lengths[1] > LONGEST_NOTE,
        ];
        let reasons = fails.iter().filter(|fails| **fails).count() as u64;
        for (count, fails) in self.failed.iter_mut().zip(fails) {
            *count += u64::from(fails);
        }
        self.reasons += reasons;
        let side = if reasons == 0 { &mut self.good } else { &mut self.quarantine };
        side.add(row.cents, checksum(row, lengths));
    }

    fn plant(&mut self, faults: &Faults<'_>) {
        let row = faults.row;
        let facts = [
            ("order_id_null", row.id.is_none()),
            ("order_id_repeated", faults.copies > 1),
            ("customer_null", row.customer.is_none()),
            ("customer_unknown", row.customer.is_some() && !faults.is_known()),
            ("amount_null", row.cents.is_none()),
            ("amount_negative", row.cents.is_some_and(|cents| cents < 0)),
            ("status_bad", row.status >= GOOD_STATUSES),
            ("email_bad", matches!(row.email, Email::Bad(_))),
            ("email_null", row.email == Email::Null),
            ("note_long", matches!(row.note, Note::Long(_))),
        ];
        add_facts(&mut self.planted, facts);
        let nulls = [
            ("order_id", row.id.is_none()),
            ("customer_id", row.customer.is_none()),
            ("total_amount", row.cents.is_none()),
            ("email", row.email == Email::Null),
            ("notes", row.note == Note::Null),
        ];
        add_facts(&mut self.nulls, nulls);
        self.negative += u64::from(row.cents.is_some_and(|cents| cents < 0));
    }
}

fn add_facts<const N: usize>(counts: &mut [(&'static str, u64); N], facts: [(&'static str, bool); N]) {
    for (count, (name, holds)) in counts.iter_mut().zip(facts) {
        *count = (name, count.1 + u64::from(holds));
    }
}

/// A row with what others say of it.
struct Faults<'a> {
    row: &'a Row,
    customers: u32,
    /// How many rows have its id; 0 where it has none.
    copies: u32,
}

impl Faults<'_> {
    fn is_known(&self) -> bool {
        self.row.customer.is_some_and(|customer| customer <= self.customers)
    }

    /// What W2 goes on with: a known customer, and not cancelled.
    fn active(&self) -> Option<Kept> {
        let row = self.row;
        let customer = row.customer.filter(|_| self.is_known() && row.status != CANCELLED)?;
        let key = u64::from(customer) << MILLIS_BITS | row.millis;
        Some(Kept { key, id: row.id, cents: row.cents, region: row.region })
    }
}

fn keep_latest(place: &mut Option<Kept>, kept: Kept) {
    if place.is_none_or(|before| kept.millis() > before.millis()) {
        *place = Some(kept);
    }
}

impl Kept {
    fn millis(&self) -> u64 {
        self.key & ((1 << MILLIS_BITS) - 1)
    }

    fn customer(&self) -> u64 {
        self.key >> MILLIS_BITS
    }
}

/// How many rows have an id, by its place in the part.
fn copies(part: &Part) -> Vec<u32> {
    let mut copies = vec![0; part.rows.len()];
    for id in part.rows.iter().filter_map(|row| row.id) {
        copies[(id - part.start) as usize] += 1;
    }
    copies
}

fn length(text: &mut String, write: impl Fn(&mut String) -> bool) -> usize {
    text.clear();
    write(text);
    text.len()
}

/// See `bench/verify/verify.glue.yaml`: NULL counts as 0, seconds are those since 2025.
fn checksum(row: &Row, lengths: [usize; 2]) -> i64 {
    let number = |number: Option<u32>| number.map_or(0, i64::from);
    let size = |length: usize| i64::try_from(length).expect("a text is short");
    7919 * number(row.id)
        + 104_729 * number(row.customer)
        + row.cents.map_or(0, i64::from)
        + CENTS_OFFSET
        + 31 * i64::from(row.quantity)
        + 101 * size(lengths[0])
        + 211 * size(lengths[1])
        + 17 * size(row.status_text().len())
        + 13 * size(row.region_text().len())
        + 7 * i64::try_from(row.millis / 1000).expect("18 months are few seconds")
}

/// What all parts have.
#[derive(Debug)]
pub struct Totals {
    rows: usize,
    seed: u64,
    customers: u32,
    yesterday: usize,
    tally: PartTally,
}

impl Totals {
    pub fn new(options: &Options, customers: u32, yesterday: usize) -> Self {
        Self { rows: options.rows, seed: options.seed, customers, yesterday, tally: PartTally::default() }
    }

    /// Adds the next part.
    pub fn add(&mut self, part: PartTally) {
        let all = &mut self.tally;
        for (count, (name, more)) in all.planted.iter_mut().zip(part.planted) {
            *count = (name, count.1 + more);
        }
        for (count, (name, more)) in all.nulls.iter_mut().zip(part.nulls) {
            *count = (name, count.1 + more);
        }
        for (count, more) in all.failed.iter_mut().zip(part.failed) {
            *count += more;
        }
        all.negative += part.negative;
        all.reasons += part.reasons;
        all.good.join(part.good);
        all.quarantine.join(part.quarantine);
        all.kept.extend(part.kept);
        if let Some(kept) = part.nameless {
            keep_latest(&mut all.nameless, kept);
        }
    }

    /// Everything that is known, as one document.
    pub fn manifest(mut self) -> Value {
        let tally = &mut self.tally;
        tally.kept.extend(tally.nameless);
        tally.kept.sort_unstable_by_key(|kept| kept.key);
        let counts =
            |pairs: &[(&'static str, u64)]| pairs.iter().map(|(name, count)| ((*name).to_owned(), json!(count))).collect();
        let (planted, nulls): (Value, Value) = (Value::Object(counts(&tally.planted)), Value::Object(counts(&tally.nulls)));
        let failed = ROW_RULES.iter().zip(tally.failed).map(|(name, count)| ((*name).to_owned(), json!(count))).collect();
        json!({
            "version": 1,
            "rows": self.rows,
            "seed": self.seed,
            "customers": self.customers,
            "yesterday": self.yesterday,
            "planted": planted,
            "w1": {
                "input": self.rows,
                "good": tally.good.json(),
                "quarantine": tally.quarantine.json(),
                "reasons": tally.reasons,
                "failed": Value::Object(failed),
                "negative": tally.negative,
            },
            "w2": { "orders": orders(&tally.kept), "monthly": monthly(&tally.kept) },
            "w3": { "nulls": nulls },
        })
    }
}

/// The kept orders with the running sum of each customer. `kept` is sorted by customer and moment.
fn orders(kept: &[Kept]) -> Value {
    let mut sum = Sum::default();
    let (mut customer, mut running, mut running_sum, mut running_checksum) = (0, 0, 0, 0);
    for order in kept {
        if order.customer() != customer {
            (customer, running) = (order.customer(), 0);
        }
        running += order.cents.map_or(0, i64::from);
        running_sum += running;
        let id = order.id.map_or(0, i64::from);
        running_checksum += (running + CENTS_OFFSET * 100 + 7919 * id) % MODULUS;
        let row = 7919 * id
            + 104_729 * signed(order.customer())
            + order.cents.map_or(0, i64::from)
            + CENTS_OFFSET
            + 13 * i64::from(order.region_length())
            + 7 * signed(order.millis() / 1000);
        sum.add(order.cents, row);
    }
    json!({ "rows": sum.rows, "cents": sum.cents, "checksum": sum.checksum, "running_cents": running_sum, "running_checksum": running_checksum })
}

impl Kept {
    fn region_length(&self) -> u8 {
        let row = Row { region: self.region, ..NOTHING };
        u8::try_from(row.region_text().len()).expect("a region's name is short")
    }
}

/// Any row, to ask a region for its name.
const NOTHING: Row = Row {
    id: None,
    customer: None,
    millis: 0,
    cents: None,
    quantity: 0,
    status: 0,
    region: 0,
    email: Email::Null,
    note: Note::Null,
};

/// Revenue a customer and month.
fn monthly(kept: &[Kept]) -> Value {
    let months = super::files::months();
    let (mut groups, mut cents, mut orders, mut checksum, mut averages) = (0_u64, 0, 0, 0, 0.0);
    let mut rest = kept;
    while let Some(first) = rest.first() {
        let month_of = |order: &Kept| months[usize::try_from(order.millis() / 86_400_000).expect("540 days")];
        let (year, month) = month_of(first);
        // Sorted by customer and moment: a month of a customer is a run.
        let end = rest.iter().position(|order| order.customer() != first.customer() || month_of(order) != (year, month));
        let (group, others) = rest.split_at(end.unwrap_or(rest.len()));
        let revenue: i64 = group.iter().filter_map(|order| order.cents).map(i64::from).sum();
        let count = signed(group.iter().filter(|order| order.id.is_some()).count() as u64);
        let amounts = group.iter().filter(|order| order.cents.is_some()).count();
        if amounts > 0 {
            averages += revenue as f64 / 100.0 / amounts as f64;
        }
        groups += 1;
        cents += revenue;
        orders += count;
        checksum += (revenue
            + CENTS_OFFSET * 100
            + 104_729 * signed(first.customer())
            + 7919 * i64::from(year * 12 + month)
            + 31 * count)
            % MODULUS;
        rest = others;
    }
    json!({ "rows": groups, "cents": cents, "orders": orders, "checksum": checksum, "averages": averages })
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).expect("it is below 2^63")
}

// The key of `Kept` holds a moment whole.
const _: () = assert!(SPAN_MILLIS < 1 << MILLIS_BITS);
