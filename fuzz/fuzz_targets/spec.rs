//! The property `project::spec` on what libFuzzer finds.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| glue_compile_fuzz::project::spec(bytes));
