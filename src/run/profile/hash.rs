//! Hashes of values that are the same on every machine, so that estimates are.

const FIRST: u64 = 0xa076_1d64_78bd_642f;
const SECOND: u64 = 0xe703_7ed1_a0b4_28db;

/// The hash of a whole number.
pub(super) fn whole(value: i128) -> u64 {
    let bytes = value.to_le_bytes();
    let (low, high) = bytes.split_at(8);
    finish(fold(word(low) ^ FIRST, fold(word(high) ^ SECOND, FIRST)))
}

/// The hash of a floating point number; the two zeros are one value, and so are all that are not a number.
pub(super) fn floating(value: f64) -> u64 {
    let one = match value {
        0.0 => 0.0,
        nan if nan.is_nan() => f64::NAN,
        other => other,
    };
    finish(fold(one.to_bits() ^ SECOND, FIRST))
}

/// The hash of bytes.
pub(super) fn bytes(value: &[u8]) -> u64 {
    let mut state = FIRST;
    let mut chunks = value.chunks_exact(8);
    for chunk in &mut chunks {
        state = fold(state ^ word(chunk), SECOND);
    }
    let mut last = [0; 8];
    let rest = chunks.remainder();
    last[..rest.len()].copy_from_slice(rest);
    finish(fold(state ^ word(&last), FIRST ^ value.len() as u64))
}

/// The hash of a key of two columns.
pub(super) fn pair(left: u64, right: u64) -> u64 {
    finish(fold(left ^ FIRST, right.rotate_left(32) ^ SECOND))
}

fn word(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// Both halves of the product: every bit of the one moves many of the other.
#[expect(clippy::cast_possible_truncation, reason = "the halves of a product, one after the other")]
fn fold(left: u64, right: u64) -> u64 {
    let product = u128::from(left) * u128::from(right);
    (product as u64) ^ ((product >> 64) as u64)
}

/// Spreads what is left together: estimates need every range of hashes to be filled alike.
fn finish(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn different_values_have_different_hashes() {
        let wholes: BTreeSet<_> = (-50_000..50_000).map(whole).collect();
        assert_eq!(wholes.len(), 100_000);
        let texts: BTreeSet<_> = (0..100_000).map(|value| bytes(format!("ORD-{value:07}").as_bytes())).collect();
        assert_eq!(texts.len(), 100_000);
        let floats: BTreeSet<_> = (0..100_000_i32).map(|value| floating(f64::from(value) / 8.0)).collect();
        assert_eq!(floats.len(), 100_000);
        let pairs: BTreeSet<_> = (0..300).flat_map(|a| (0..300).map(move |b| pair(whole(a), whole(b)))).collect();
        assert_eq!(pairs.len(), 90_000);
        assert_ne!(bytes(b"a"), bytes(b"a\0"));
        assert_eq!(floating(0.0), floating(-0.0));
    }

    #[test]
    fn hashes_fill_their_range_alike() {
        let below = (0..10_000).filter(|value| whole(*value) < u64::MAX / 4).count();
        assert!((2_300..2_700).contains(&below), "{below}");
    }

    #[test]
    fn hashes_are_the_same_everywhere() {
        assert_eq!(
            (whole(42), bytes(b"orders"), floating(0.5)),
            (17_922_278_365_854_926_720, 9_999_856_702_448_830_610, 15_197_728_096_777_305_402)
        );
    }
}
