//! Durations (`60s`, `1h30m`) and sizes (`128MiB`) as text.

use std::time::Duration;

/// Units of durations with their milliseconds.
const DURATIONS: &[(&str, u64)] = &[("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
/// Units of sizes with their bytes.
const SIZES: &[(&str, u64)] = &[
    ("b", 1),
    ("kb", 1000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
];

/// `500ms`, `60s`, `1h30m`: whole numbers, each with its unit, the greatest first.
pub fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    let mut total: u64 = 0;
    let mut last = u64::MAX;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        let after = &rest[digits..];
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (_, unit) = DURATIONS.iter().find(|(name, _)| *name == &after[..letters])?;
        if *unit >= last {
            return None;
        }
        last = *unit;
        total = total.checked_add(number.checked_mul(*unit)?)?;
        rest = &after[letters..];
    }
    Some(Duration::from_millis(total))
}

/// `128MiB`, `1.5GB`, `512` (bytes), the unit in any case and with or without a blank before it.
pub fn size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let unit = text[digits..].trim().to_ascii_lowercase();
    let (_, bytes) = SIZES.iter().find(|(name, _)| *name == if unit.is_empty() { "b" } else { unit.as_str() })?;
    if let Ok(whole) = text[..digits].parse::<u64>() {
        return whole.checked_mul(*bytes);
    }
    let number: f64 = text[..digits].parse().ok()?;
    let value = number * (*bytes as f64);
    // Sizes that a file or a memory can have are far below 2^53.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "digits and a dot make no negative number, and the bound is checked"
    )]
    (value < 9e15).then_some(value as u64)
}

/// What a plain scalar that is text in YAML 1.2 is in YAML 1.1, if that is something else.
pub fn other_yaml(word: &str) -> Option<&'static str> {
    let is_word = |words: [&str; 2]| {
        // In lower case, in upper case, or with a capital: no other way.
        let cased =
            |known: &str| word == known || word == known.to_uppercase() || word == known[..1].to_uppercase() + &known[1..];
        words.into_iter().any(cased)
    };
    if is_word(["yes", "on"]) {
        return Some("`true`");
    }
    if is_word(["no", "off"]) {
        return Some("`false`");
    }
    let unsigned = word.strip_prefix(['-', '+']).unwrap_or(word);
    let octal = unsigned
        .strip_prefix('0')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|digit| (b'0'..b'8').contains(&digit)));
    if octal {
        return Some("a number in octal digits");
    }
    let mut parts = unsigned.split(':');
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let first = parts.next().is_some_and(|part| digits(part) && !part.starts_with('0'));
    let rest: Vec<&str> = parts.collect();
    let sixtieth = |part: &&str| digits(part) && part.len() <= 2 && part.parse::<u8>().is_ok_and(|value| value < 60);
    (first && !rest.is_empty() && rest.iter().all(sixtieth)).then_some("a number of base 60")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_something_else_in_yaml_1_1() {
        for (word, other) in [
            ("no", Some("`false`")),
            ("On", Some("`true`")),
            ("YES", Some("`true`")),
            ("oN", None),
            ("none", None),
            ("0123", Some("a number in octal digits")),
            ("089", None),
            ("0", None),
            ("12:30", Some("a number of base 60")),
            ("12:30:59", Some("a number of base 60")),
            ("12:60", None),
            ("08:15", None),
            ("a:1", None),
            ("", None),
        ] {
            assert_eq!(other_yaml(word), other, "{word}");
        }
    }

    #[test]
    fn durations_need_units() {
        let check = |text: &str, expected: Option<u64>| assert_eq!(duration(text), expected.map(Duration::from_millis), "{text}");
        check("500ms", Some(500));
        check("60s", Some(60_000));
        check("1h30m", Some(5_400_000));
        check("90d", Some(7_776_000_000));
        for wrong in
            ["", "60", "60 s", "s", "1m1h", "-5s", "1.5h", "60sec", "99999999999999999999d", "9999999999999999999d", "é", "5é"]
        {
            check(wrong, None);
        }
    }

    #[test]
    fn sizes_may_have_units() {
        let check = |text: &str, expected: Option<u64>| assert_eq!(size(text), expected, "{text}");
        check("512", Some(512));
        check("128MiB", Some(128 << 20));
        check("1 gb", Some(1_000_000_000));
        check("1.5KiB", Some(1536));
        for wrong in ["", "MiB", "-1MB", "128M", "1..5MB", "12 parsecs", "99999999999TiB", "é"] {
            check(wrong, None);
        }
    }
}
