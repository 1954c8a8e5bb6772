//! Frames of WebSockets: the bytes are what the sockets of a command carry.
#![no_main]

#[path = "../../tests/playback/mod.rs"]
#[allow(dead_code)]
mod playback;

use ops_pebble::Exec;

libfuzzer_sys::fuzz_target!(|input: (u8, Vec<u8>, Vec<u8>)| {
    let (step, stdio, stderr) = input;
    let client =
        playback::client(step.into(), move |target| playback::exec(target, &stdio, &stderr));
    let _ = client.exec(&Exec::new(["true"]).stdin("input"));
});
