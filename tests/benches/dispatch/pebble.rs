//! The Pebble of the settled unit: the service runs, the check is up, and the plan is what both charms ask for.
//!
//! Canned answers, as a real Pebble 1.32.1 gave them, so that the figures are those of the charm alone.
//! SEAM: the emulated Pebble of `ops_testing`, served on the same socket, can take the place of this file.

use serde_json::{Value, json};
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    thread,
};

const PLAN: &str = include_str!("plan.yaml");

/// Answers on this socket until the process ends.
pub(crate) fn serve(socket: &Path) -> io::Result<()> {
    let listener = UnixListener::bind(socket)?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that goes away has seen all it wanted.
            let _ = converse(stream);
        }
    });
    Ok(())
}

fn converse(stream: UnixStream) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let (mut length, mut close) = (0, false);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let line = line.trim().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            close |= line == "connection: close";
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let mut words = first.split_whitespace();
        let method = words.next().unwrap_or_default();
        let path = words.next().unwrap_or_default().split('?').next().unwrap_or_default();
        let text = reply(method, path).to_string();
        write!(
            writer,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
            text.len()
        )?;
        if close {
            return Ok(());
        }
    }
}

fn reply(method: &str, path: &str) -> Value {
    let result = match (method, path) {
        ("GET", "/v1/system-info") => json!({"version": "v1.32.1", "boot-id": "bench"}),
        ("GET", "/v1/services") => {
            json!([{"name": "hook-service", "startup": "disabled", "current": "active"}])
        }
        ("GET", "/v1/checks") => {
            json!([{"name": "ready", "startup": "enabled", "status": "up", "threshold": 3, "change-id": "2"}])
        }
        ("GET", "/v1/plan") => json!(PLAN),
        ("POST", "/v1/layers") => json!(true),
        ("POST", "/v1/services") => {
            return json!({"type": "async", "status-code": 202, "status": "Accepted", "change": "1", "result": null});
        }
        (_, path) if path.starts_with("/v1/changes/") => json!({
            "id": "1", "kind": "replan", "summary": "Replan", "status": "Done", "ready": true,
            "spawn-time": "2026-01-01T00:00:00Z", "ready-time": "2026-01-01T00:00:00Z", "tasks": [],
        }),
        _ => Value::Null,
    };
    json!({"type": "sync", "status-code": 200, "status": "OK", "result": result})
}
