#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ekscompute_fuzz::node_log(bytes));
