#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| duologue_fuzz_smoke::run("journal_record", data));
