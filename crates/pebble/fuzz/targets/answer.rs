//! Heads, chunks, parts, JSON and plans: the bytes are a daemon's answer to whatever it is asked.
#![no_main]

#[path = "../../tests/playback/mod.rs"]
#[allow(dead_code)]
mod playback;

use ops_pebble::LogQuery;

libfuzzer_sys::fuzz_target!(|input: (u8, Vec<u8>)| {
    let (step, bytes) = input;
    let client = playback::client(step.into(), move |_| bytes.clone());
    let _ = client.plan();
    let _ = client.list("/a");
    let _ = client.pull("/a");
    let _ = client.logs(&LogQuery::new());
});
