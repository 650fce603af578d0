//! Numbers for people: thousands apart, bytes and times with units.

use std::time::Duration;

/// `1,234,567`
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 row`, `1,234 rows`
pub(super) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number))
}

/// `512 B`, `1.4 MiB`
pub(super) fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = number as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{number} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

/// `850 µs`, `12 ms`, `3.4 s`, `2 min 5 s`
pub(super) fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 0.001 {
        format!("{} µs", duration.as_micros())
    } else if seconds < 1.0 {
        format!("{} ms", duration.as_millis())
    } else if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{} min {} s", duration.as_secs() / 60, duration.as_secs() % 60)
    }
}

/// `4.2 %` of a whole; `0 %` of nothing.
pub(super) fn share(part: u64, whole: u64) -> String {
    if part == 0 || whole == 0 {
        return "0 %".to_owned();
    }
    let percent = part as f64 * 100.0 / whole as f64;
    if percent < 0.1 { format!("{percent:.3} %") } else { format!("{percent:.1} %") }
}

/// A metric as short as it can be said exactly enough: whole numbers whole, others with up to six places.
pub(super) fn metric(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return format!("{value:.0}");
    }
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!([0, 12, 1234, 1_234_567].map(count), ["0", "12", "1,234", "1,234,567"]);
        assert_eq!([0, 1, 1234].map(|rows| counted(rows, "row")), ["0 rows", "1 row", "1,234 rows"]);
        assert_eq!([0, 1023, 1024, 1_500_000].map(bytes), ["0 B", "1023 B", "1.0 KiB", "1.4 MiB"]);
        assert_eq!(
            [850, 12_300, 3_400_000, 125_000_000].map(|us| time(Duration::from_micros(us))),
            ["850 µs", "12 ms", "3.4 s", "2 min 5 s"]
        );
        assert_eq!([(0, 0), (1, 3), (1, 100_000)].map(|(part, whole)| share(part, whole)), ["0 %", "33.3 %", "0.001 %"]);
        assert_eq!([1.0, 0.25, 2.0 / 3.0, f64::NAN].map(metric), ["1", "0.25", "0.666667", "NaN"]);
    }
}
