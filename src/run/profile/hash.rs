//! Hashes of values that are the same on every machine, so that estimates are.
//!
//! Of numbers of up to 64 bits no two have the same one: every step can be taken back.

const FIRST: u64 = 0xa076_1d64_78bd_642f;
const SECOND: u64 = 0xe703_7ed1_a0b4_28db;

/// The hash of a whole number of any size; the same as [`long`] where that takes it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the halves of the number, one after the other")]
pub(super) fn whole(value: i128) -> u64 {
    match i64::try_from(value) {
        Ok(value) => long(value),
        Err(_) => finish(fold(value as u64 ^ FIRST, fold((value >> 64) as u64 ^ SECOND, FIRST))),
    }
}

/// The hash of a whole number.
pub(super) fn long(value: i64) -> u64 {
    finish(value.cast_unsigned() ^ FIRST)
}

/// The hash of a floating point number; the two zeros are one value, and so are all that are not a number.
pub(super) fn floating(value: f64) -> u64 {
    let one = match value {
        0.0 => 0.0,
        nan if nan.is_nan() => f64::NAN,
        other => other,
    };
    finish(one.to_bits() ^ SECOND)
}

/// The hash of bytes.
pub(super) fn bytes(value: &[u8]) -> u64 {
    let (words, _) = value.as_chunks::<8>();
    let state = words.iter().fold(FIRST, |state, word| fold(state ^ u64::from_le_bytes(*word), SECOND));
    finish(fold(state ^ end(value), FIRST ^ value.len() as u64))
}

/// The last eight bytes, or all of them if they are fewer.
fn end(value: &[u8]) -> u64 {
    if let Some(last) = value.last_chunk::<8>() {
        return u64::from_le_bytes(*last);
    }
    if let (Some(first), Some(last)) = (value.first_chunk::<4>(), value.last_chunk::<4>()) {
        return u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last));
    }
    value.iter().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// The hash of a key of two columns.
pub(super) fn pair(left: u64, right: u64) -> u64 {
    finish(fold(left ^ FIRST, right.rotate_left(32) ^ SECOND))
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
        let wide: BTreeSet<_> = (0..100_000).map(|value| whole((value << 64) - 7)).collect();
        assert_eq!(wide.len(), 100_000);
        let texts: BTreeSet<_> = (0..100_000).map(|value| bytes(format!("ORD-{value:07}").as_bytes())).collect();
        assert_eq!(texts.len(), 100_000);
        let floats: BTreeSet<_> = (0..100_000_i32).map(|value| floating(f64::from(value) / 8.0)).collect();
        assert_eq!(floats.len(), 100_000);
        let pairs: BTreeSet<_> = (0..300).flat_map(|a| (0..300).map(move |b| pair(whole(a), whole(b)))).collect();
        assert_eq!(pairs.len(), 90_000);
        let short: BTreeSet<_> = (0..20)
            .flat_map(|length| (0..20).map(move |at| (length, at)))
            .map(|(length, at)| {
                let mut text = vec![b'a'; length];
                text.iter_mut().skip(at).take(1).for_each(|byte| *byte = b'b');
                (bytes(&text), text)
            })
            .collect();
        let hashes: BTreeSet<_> = short.iter().map(|(hash, _)| *hash).collect();
        let texts: BTreeSet<_> = short.iter().map(|(_, text)| text).collect();
        assert_eq!(hashes.len(), texts.len());
        assert_ne!(bytes(b"a"), bytes(b"a\0"));
        assert_eq!(floating(0.0), floating(-0.0));
        assert_eq!(floating(f64::NAN), floating(-f64::NAN));
    }

    #[test]
    fn hashes_fill_their_range_alike() {
        let below = (0..10_000).filter(|value| whole(*value) < u64::MAX / 4).count();
        assert!((2_300..2_700).contains(&below), "{below}");
        let below = (0..10_000_i32).filter(|value| floating(f64::from(*value)) < u64::MAX / 4).count();
        assert!((2_300..2_700).contains(&below), "{below}");
    }

    #[test]
    fn hashes_are_the_same_everywhere() {
        assert_eq!(
            (whole(42), bytes(b"orders"), floating(0.5)),
            (17_284_785_068_437_029_306, 4_293_967_829_318_619_509, 2_113_193_638_260_293_469)
        );
    }
}
