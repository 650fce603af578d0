//! Checksums of text, in hexadecimal digits, and the hash that Spark parts rows by.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType,
};
use datafusion::common::{Result, exec_err};
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use super::def::{Call, Function, Run, Want, int};
use crate::stdlib::types::type_name;

const BYTES: &[Want] = &[Want::Bytes];

pub(super) static MD5: Function = Function {
    name: "md5",
    takes: BYTES,
    run: Run::Batch(|call| digest(call, |bytes| hex(&Md5::digest(bytes)))),
    summary: "`md5(s)`: the MD5 checksum",
    ..Function::BASE
};

pub(super) static SHA1: Function = Function {
    name: "sha1",
    aliases: &["sha"],
    takes: BYTES,
    run: Run::Batch(|call| digest(call, |bytes| hex(&Sha1::digest(bytes)))),
    summary: "`sha1(s)`: the SHA-1 checksum",
    ..Function::BASE
};

pub(super) static SHA2: Function = Function {
    name: "sha2",
    takes: &[Want::Bytes, Want::Int],
    run: Run::Batch(|call| {
        let bits = call.int(1);
        let (values, single) = (call.column(0).array.as_binary_view(), call.column(0).single);
        call.strings(|row| {
            let at = if single { 0 } else { row };
            let Some(bits) = bits.get(row).filter(|_| values.is_valid(at)) else { return Ok(None) };
            let bytes = values.value(at);
            Ok(match bits {
                224 => Some(hex(&Sha224::digest(bytes))),
                0 | 256 => Some(hex(&Sha256::digest(bytes))),
                384 => Some(hex(&Sha384::digest(bytes))),
                512 => Some(hex(&Sha512::digest(bytes))),
                _ => None,
            })
        })
    }),
    summary: "`sha2(s, bits)`: the SHA-2 checksum of 224, 256, 384 or 512 bits",
    ..Function::BASE
};

pub(super) static HASH: Function = Function {
    name: "hash",
    more: Some(Want::Any),
    returns: int,
    run: Run::Batch(|call| {
        call.values::<Int32Type>(|row| {
            let mut seed = 42;
            for at in 0..call.count() {
                let column = call.column(at);
                seed = murmur(&column.array, if column.single { 0 } else { row }, seed)?;
            }
            Ok(Some(seed.cast_signed()))
        })
    }),
    summary: "`hash(a, …)`: Spark's hash of values, an `int`",
    ..Function::BASE
};

fn hex(bytes: &[u8]) -> String {
    let digit = |four: u8| char::from_digit(u32::from(four), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn digest(call: &Call, run: impl Fn(&[u8]) -> String) -> Result<ArrayRef> {
    let (values, single) = (call.column(0).array.as_binary_view(), call.column(0).single);
    call.strings(|row| {
        let at = if single { 0 } else { row };
        Ok(values.is_valid(at).then(|| run(values.value(at))))
    })
}

/// Murmur3 of one value, as Spark computes it.
fn murmur(array: &ArrayRef, at: usize, seed: u32) -> Result<u32> {
    if array.is_null(at) || *array.data_type() == DataType::Null {
        return Ok(seed);
    }
    let int = |value: i32| finish(mix(seed, value.cast_unsigned()), 4);
    let long = |value: i64| {
        let bits = value.cast_unsigned();
        #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
        finish(mix(mix(seed, bits as u32), (bits >> 32) as u32), 8)
    };
    Ok(match array.data_type() {
        DataType::Boolean => int(i32::from(array.as_boolean().value(at))),
        DataType::Int8 => int(i32::from(array.as_primitive::<Int8Type>().value(at))),
        DataType::Int16 => int(i32::from(array.as_primitive::<Int16Type>().value(at))),
        DataType::Int32 => int(array.as_primitive::<Int32Type>().value(at)),
        DataType::Date32 => int(array.as_primitive::<Date32Type>().value(at)),
        DataType::Int64 => long(array.as_primitive::<Int64Type>().value(at)),
        DataType::Timestamp(..) => long(array.as_primitive::<TimestampMicrosecondType>().value(at)),
        DataType::Float32 => {
            let value = array.as_primitive::<Float32Type>().value(at);
            int((if value == 0.0 { 0.0_f32 } else { value }).to_bits().cast_signed())
        }
        DataType::Float64 => {
            let value = array.as_primitive::<Float64Type>().value(at);
            long((if value == 0.0 { 0.0_f64 } else { value }).to_bits().cast_signed())
        }
        DataType::Decimal128(precision, _) if *precision <= 18 => {
            long(i64::try_from(array.as_primitive::<Decimal128Type>().value(at)).unwrap_or(0))
        }
        DataType::Decimal128(..) => {
            let bytes = array.as_primitive::<Decimal128Type>().value(at).to_be_bytes();
            let fill = if bytes[0] >= 0x80 { 0xff } else { 0 };
            let mut start = bytes.iter().take_while(|byte| **byte == fill).count().min(15);
            if start > 0 && (bytes[start] >= 0x80) != (fill == 0xff) {
                start -= 1;
            }
            of_bytes(&bytes[start..], seed)
        }
        DataType::Utf8View => of_bytes(array.as_string_view().value(at).as_bytes(), seed),
        DataType::BinaryView => of_bytes(array.as_binary_view().value(at), seed),
        other => return exec_err!("`hash` of a `{}` is not supported", type_name(other)),
    })
}

fn of_bytes(bytes: &[u8], seed: u32) -> u32 {
    let words = bytes.chunks_exact(4);
    let rest = words.remainder();
    let mut hash = words.fold(seed, |hash, word| mix(hash, u32::from_le_bytes([word[0], word[1], word[2], word[3]])));
    // The bytes left over are mixed one by one, each with its sign.
    for byte in rest {
        hash = mix(hash, i32::from(byte.cast_signed()).cast_unsigned());
    }
    finish(hash, u32::try_from(bytes.len()).unwrap_or(0))
}

fn mix(hash: u32, word: u32) -> u32 {
    let word = word.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    (hash ^ word).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64)
}

fn finish(hash: u32, length: u32) -> u32 {
    let hash = hash ^ length;
    let hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    let hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}
