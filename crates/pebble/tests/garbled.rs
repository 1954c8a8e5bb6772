//! Answers of any bytes, and those of old daemons: no panic, no hang, bounded memory. What is parsed (heads, chunks,
//! parts, frames, JSON, plans) is reached through the client, as a daemon would reach it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod playback;

use ops_pebble::{Exec, LogQuery, PushOptions};
use playback::{client, exec, json};
use proptest::prelude::*;
use std::{cell::Cell, ops::ControlFlow, rc::Rc, time::Duration};

/// A frame of a daemon: how it begins, what it says of its length, and what comes.
fn frame() -> impl Strategy<Value = Vec<u8>> {
    let end = Just(b"\x81\x11{\"command\":\"end\"}".to_vec());
    let whole = (any::<u8>(), proptest::collection::vec(any::<u8>(), 0..125)).prop_map(
        |(first, content)| {
            let length = u8::try_from(content.len()).unwrap();
            [&[first, length][..], &content].concat()
        },
    );
    let output = proptest::collection::vec(any::<u8>(), 0..125)
        .prop_map(|content| [&[0x82, content.len() as u8][..], &content].concat());
    let lying = (any::<u8>(), any::<u64>()).prop_map(|(first, length)| {
        [&[first, 127][..], &length.to_be_bytes(), b"not so much"].concat()
    });
    let junk = proptest::collection::vec(any::<u8>(), 0..40);
    prop_oneof![3 => end, 2 => whole, 4 => output, 1 => lying, 1 => junk]
}

fn frames() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(frame(), 0..8).prop_map(|frames| frames.concat())
}

/// An answer that is nearly one: pieces of what Pebble says, in any order.
fn answer() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just("HTTP/1.1 200 OK\r\n".to_owned()),
        Just("HTTP/1.1 101 Switching Protocols\r\n".to_owned()),
        Just("Transfer-Encoding: chunked\r\n".to_owned()),
        Just("Content-Type: multipart/form-data; boundary=B\r\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("--B\r\n".to_owned()),
        Just("--B--\r\n".to_owned()),
        Just("Content-Disposition: form-data; name=\"files\"\r\n\r\n".to_owned()),
        Just("Content-Disposition: form-data; name=\"response\"\r\n\r\n".to_owned()),
        Just(r#"{"type":"sync","status-code":200,"result":"#.to_owned()),
        Just(r#"[{"path":"/a"}]}"#.to_owned()),
        Just("\"services:\\n    a:\\n        override: replace\\n\"}".to_owned()),
        (0_u64..100).prop_map(|length| format!("Content-Length: {length}\r\n")),
        any::<u64>().prop_map(|length| format!("{length:x}\r\n")),
        (0_u64..64).prop_map(|length| format!("{length:x}\r\n")),
        ".{0,12}",
    ];
    let pieces = proptest::collection::vec(piece, 0..24);
    let head = prop_oneof![Just(""), Just("HTTP/1.1 200 OK\r\n")];
    (head, pieces).prop_map(|(head, pieces)| format!("{head}{}", pieces.concat()).into_bytes())
}

proptest! {
    #[test]
    fn whatever_a_daemon_answers_is_a_result_or_a_typed_error(bytes in answer(), step in 1_usize..80) {
        let client = client(step, move |_| bytes.clone());
        // That it comes back at all is what is asked; its kind is held case by case.
        let _ = client.plan();
        let _ = client.list("/a");
        let _ = client.pull("/a");
        let _ = client.push("/a", "content", &PushOptions::new());
        let _ = client.logs(&LogQuery::new());
        let _ = client.follow_logs(&LogQuery::new(), Duration::from_secs(1), |_| ControlFlow::Continue(()));
        let _ = client.exec(&Exec::new(["true"]));
    }

    #[test]
    fn frames_in_any_order_end_a_command(
        stdio in frames(), stderr in frames(), step in 1_usize..80,
    ) {
        let client = client(step, move |target| exec(target, &stdio, &stderr));
        if let Ok(output) = client.exec(&Exec::new(["true"]).stdin("input")) {
            prop_assert!(output.stdout.len() + output.stderr.len() < 8 * 256);
        }
        let mut process = client.spawn(&Exec::new(["true"])).unwrap();
        while let Ok(Some(_)) = process.next_chunk() {}
    }
}

#[test]
fn a_daemon_too_old_to_wait_is_asked_until_the_change_is_ready() {
    let asked = Rc::new(Cell::new(0));
    let counter = Rc::clone(&asked);
    let client = client(1000, move |target| {
        if target.contains("/wait") {
            let refusal = r#"{"type":"error","status-code":404,"result":{"message":"invalid API endpoint requested"}}"#;
            return json("404 Not Found", refusal);
        }
        counter.set(counter.get() + 1);
        let ready = counter.get() == 3;
        let status = if ready { "Done" } else { "Doing" };
        let change = format!(
            r#"{{"id":"7","kind":"start","summary":"","status":"{status}","ready":{ready},"spawn-time":"2026-01-01T00:00:00Z"}}"#
        );
        json("200 OK", &format!(r#"{{"type":"sync","status-code":200,"result":{change}}}"#))
    });
    assert!(client.wait_change("7", Duration::from_secs(30)).unwrap().ready);
    assert_eq!(asked.get(), 3);
}

#[test]
fn a_daemon_that_says_null_for_no_changed_checks_is_understood() {
    let answer = r#"{"type":"sync","status-code":200,"result":{"changed":null}}"#;
    let client = client(1000, move |_| json("200 OK", answer));
    assert!(client.start_checks(&["up"]).unwrap().is_empty());
}

#[test]
fn a_daemon_tells_where_else_it_listens() {
    let info =
        r#"{"boot-id":"b","version":"v1.32.1","http-address":":4000","https-address":":4443"}"#;
    let answer = format!(r#"{{"type":"sync","status-code":200,"result":{info}}}"#);
    let info = client(7, move |_| json("200 OK", &answer)).system_info().unwrap();
    assert_eq!((info.boot_id.as_str(), info.http_address.as_deref()), ("b", Some(":4000")));
    assert_eq!(info.https_address.as_deref(), Some(":4443"));
}
