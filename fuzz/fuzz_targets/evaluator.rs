//! The properties of `evaluator.rs` on what libFuzzer finds.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| glue_compile_fuzz::evaluator::holds(bytes));
