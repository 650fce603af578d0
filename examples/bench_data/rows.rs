//! The rows of `bench/`, as values and faults. Whole numbers only: floating point differs in the last digit between machines.

use std::ops::Range;

/// The states of an order; what follows the first five is none.
pub const STATUSES: [&str; 9] =
    ["PENDING", "PROCESSING", "SHIPPED", "DELIVERED", "CANCELLED", "UNKNOWN", "pending", "RETURNED?", "N/A"];
/// How many of `STATUSES` are states.
pub const GOOD_STATUSES: u8 = 5;
/// `CANCELLED`.
pub const CANCELLED: u8 = 4;
/// Regions and how many of 100 orders come from them.
const REGION_SHARES: [(&str, u64); 8] = [
    ("us-east-1", 28),
    ("us-west-2", 17),
    ("eu-west-1", 16),
    ("eu-central-1", 12),
    ("ap-south-1", 10),
    ("ap-northeast-1", 9),
    ("sa-east-1", 5),
    ("af-south-1", 3),
];
/// What notes and addresses are made of.
pub const WORDS: [&str; 20] = [
    "gift",
    "wrap",
    "leave",
    "at",
    "door",
    "fragile",
    "call",
    "before",
    "delivery",
    "expedite",
    "reorder",
    "partial",
    "backorder",
    "express",
    "standard",
    "priority",
    "loyalty",
    "coupon",
    "applied",
    "review",
];
/// Where customers have their mail.
pub const DOMAINS: [&str; 5] = ["example.com", "mail.example.org", "shop.test", "corp.example.net", "inbox.example"];
/// What is no address.
pub const BAD_EMAILS: [&str; 5] = ["not-an-email", "a@b", "two@@example.com", "@example.com", "x y@example.com"];
/// A long note says the same so many times: 8 times four words of at least two letters are over 200 characters for all but a few.
pub const LONG_NOTE_REPEATS: usize = 8;
/// `ColumnLength "notes" <= 200`
pub const LONGEST_NOTE: usize = 200;

/// 2025-01-01T00:00:00Z in milliseconds since 1970.
pub const EPOCH_MILLIS: i64 = 1_735_689_600_000;
/// Orders fall on 540 days.
pub const DAYS: u64 = 540;
/// Those days in milliseconds.
pub const SPAN_MILLIS: u64 = DAYS * 86_400_000;
/// Steps of this many milliseconds, taken round the span, meet no moment twice: the two have no divisor in common. (It is the
/// golden section of the span, so that neighbouring orders are far apart.) No two orders are of one moment, so the latest of
/// several and a running sum are what they are in whatever order an engine reads.
const STRIDE_MILLIS: u64 = 28_834_993_717;

/// Above this an amount is too big: `between 0 and 100000`, in cents.
const HUGE_CENTS: i32 = 10_000_100;
/// Customers from here on, behind the last one, are nobody.
const STRANGERS: u32 = 1000;
/// A repeated order repeats one of so many before it.
const REPEATED_WITHIN: u64 = 1000;

/// How many of a million rows have a fault. A row may have several.
mod share {
    pub const ID_REPEATED: u64 = 2000;
    pub const ID_NULL: u64 = 500;
    pub const CUSTOMER_UNKNOWN: u64 = 600;
    pub const CUSTOMER_NULL: u64 = 800;
    pub const AMOUNT_NEGATIVE: u64 = 2000;
    pub const AMOUNT_HUGE: u64 = 300;
    pub const AMOUNT_NULL: u64 = 500;
    pub const STATUS_BAD: u64 = 1500;
    pub const EMAIL_BAD: u64 = 2000;
    pub const EMAIL_NULL: u64 = 10_000;
    pub const NOTE_LONG: u64 = 1000;
    /// No fault: three orders of ten have no note.
    pub const NOTE_NULL: u64 = 300_000;
}

/// An address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Email {
    Null,
    /// One of `BAD_EMAILS`.
    Bad(u8),
    /// `word.number@domain`
    Good {
        word: u8,
        number: u32,
        domain: u8,
    },
}

/// A note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    Null,
    Words([u8; 4]),
    /// The four words, `LONG_NOTE_REPEATS` times.
    Long([u8; 4]),
}

/// An order. Numbers of texts are places in the lists above.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub id: Option<u32>,
    pub customer: Option<u32>,
    /// Since `EPOCH_MILLIS`; no two rows have the same.
    pub millis: u64,
    pub cents: Option<i32>,
    pub quantity: u8,
    pub status: u8,
    pub region: u8,
    pub email: Email,
    pub note: Note,
}

impl Row {
    /// The day of the order, 0 first.
    pub fn day(&self) -> usize {
        usize::try_from(self.millis / 86_400_000).expect("there are 540 days")
    }

    /// The address as text, in `text`; false for NULL.
    pub fn write_email(&self, text: &mut String) -> bool {
        match self.email {
            Email::Null => return false,
            Email::Bad(which) => text.push_str(BAD_EMAILS[usize::from(which)]),
            Email::Good { word, number, domain } => {
                text.push_str(WORDS[usize::from(word)]);
                text.push('.');
                text.push_str(&number.to_string());
                text.push('@');
                text.push_str(DOMAINS[usize::from(domain)]);
            }
        }
        true
    }

    /// The note as text, in `text`; false for NULL.
    pub fn write_note(&self, text: &mut String) -> bool {
        let (words, repeats) = match self.note {
            Note::Null => return false,
            Note::Words(words) => (words, 1),
            Note::Long(words) => (words, LONG_NOTE_REPEATS),
        };
        for _ in 0..repeats {
            for (position, word) in words.iter().enumerate() {
                if position > 0 {
                    text.push(' ');
                }
                text.push_str(WORDS[usize::from(*word)]);
            }
        }
        true
    }

    pub fn status_text(&self) -> &'static str {
        STATUSES[usize::from(self.status)]
    }

    pub fn region_text(&self) -> &'static str {
        REGION_SHARES[usize::from(self.region)].0
    }
}

/// The orders of one file. An order is only ever repeated in its own file.
#[derive(Debug)]
pub struct Part {
    /// The number of its first order.
    pub start: u32,
    pub rows: Vec<Row>,
}

impl Part {
    /// The orders of `range`; they depend on nothing else but the number of customers and the seed.
    pub fn generate(range: Range<usize>, customers: u32, seed: u64) -> Self {
        let mut rng = Rng::of(seed, range.start as u64);
        let start = u32::try_from(range.start).expect("there are fewer than 2^32 orders");
        let rows = range.enumerate().map(|(position, number)| row(number as u64, position as u64, customers, seed, &mut rng));
        Self { start, rows: rows.collect() }
    }
}

fn row(number: u64, position: u64, customers: u32, seed: u64, rng: &mut Rng) -> Row {
    let repeats = position > 0 && rng.has(share::ID_REPEATED);
    let id = if repeats { number - 1 - rng.below(position.min(REPEATED_WITHIN)) } else { number };
    let id = (!rng.has(share::ID_NULL)).then(|| small(id));
    let known = 1 + small(rng.below(u64::from(customers)));
    let customer = if rng.has(share::CUSTOMER_UNKNOWN) { known + customers + STRANGERS } else { known };
    let customer = (!rng.has(share::CUSTOMER_NULL)).then_some(customer);
    let status = match rng.below(100) {
        0..8 => 0,
        8..20 => 1,
        20..45 => 2,
        45..92 => 3,
        _ => CANCELLED,
    };
    let bad_statuses = STATUSES.len() as u64 - u64::from(GOOD_STATUSES);
    let status = if rng.has(share::STATUS_BAD) { GOOD_STATUSES + tiny(rng.below(bad_statuses)) } else { status };
    Row {
        id,
        customer,
        millis: (number * STRIDE_MILLIS + seed % SPAN_MILLIS) % SPAN_MILLIS,
        cents: amount(rng),
        quantity: 1 + tiny(rng.below(11)),
        status,
        region: region(rng.below(100)),
        email: email(rng),
        note: note(rng),
    }
}

/// Many small amounts and few big ones: half octaves by the number of bits set in 40, which is close to a normal distribution of
/// the logarithm (median 65, standard deviation of a factor of 3), and evenly within a half octave.
fn amount(rng: &mut Rng) -> Option<i32> {
    let half_octaves = (rng.next() >> 24).count_ones();
    let base = [1024, 1448][(half_octaves % 2) as usize] << (half_octaves / 2);
    // 6502 = 2^12.67 cents are the median, at 20 half octaves of 1024.
    let cents = (base + rng.below(base * 414 / 1000)) * 6502 / (1024 << 10);
    let cents = i32::try_from(cents.max(1)).expect("40 bits are below 2^23 cents");
    let cents = if rng.has(share::AMOUNT_NEGATIVE) { -cents } else { cents };
    let cents = if rng.has(share::AMOUNT_HUGE) { cents.abs() + HUGE_CENTS } else { cents };
    (!rng.has(share::AMOUNT_NULL)).then_some(cents)
}

fn region(mut percent: u64) -> u8 {
    for (index, (_, share)) in REGION_SHARES.iter().enumerate() {
        if percent < *share {
            return tiny(index as u64);
        }
        percent -= share;
    }
    0
}

fn email(rng: &mut Rng) -> Email {
    let good = Email::Good { word: word(rng), number: 1 + small(rng.below(10_000_000)), domain: pick(&DOMAINS, rng) };
    let email = if rng.has(share::EMAIL_BAD) { Email::Bad(pick(&BAD_EMAILS, rng)) } else { good };
    if rng.has(share::EMAIL_NULL) { Email::Null } else { email }
}

fn note(rng: &mut Rng) -> Note {
    let words = [word(rng), word(rng), word(rng), word(rng)];
    let note = if rng.has(share::NOTE_LONG) { Note::Long(words) } else { Note::Words(words) };
    if rng.has(share::NOTE_NULL) { Note::Null } else { note }
}

fn word(rng: &mut Rng) -> u8 {
    pick(&WORDS, rng)
}

fn pick(items: &[&str], rng: &mut Rng) -> u8 {
    tiny(rng.below(items.len() as u64))
}

fn small(number: u64) -> u32 {
    u32::try_from(number).expect("it was drawn below 2^32")
}

fn tiny(number: u64) -> u8 {
    u8::try_from(number).expect("it was drawn below 256")
}

/// `SplitMix64` (Steele, Lea, Flood 2014): small, and the same everywhere.
#[derive(Debug)]
pub struct Rng(u64);

impl Rng {
    /// The numbers of one part of the data.
    pub fn of(seed: u64, part: u64) -> Self {
        let mut rng = Self(seed);
        let mixed = rng.next();
        Self(mixed ^ part.wrapping_mul(0xD6E8_FEB8_6659_FD93))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `limit`; the bias of the remainder does not matter here.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// Whether a row has what so many of a million have.
    fn has(&mut self, of_a_million: u64) -> bool {
        self.below(1_000_000) < of_a_million
    }
}
