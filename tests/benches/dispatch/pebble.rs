//! The Pebble of the settled unit: the service runs, the check is up, and a layer that is added is kept.
//!
//! SEAM: the emulated Pebble of `ops_testing` takes the place of this file, on the same socket: serve it
//! with a container in which `hook-service` runs and `ready` is up, and delete what is below.

use serde_json::{Value, json};
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    thread,
};

/// Answers on this socket until the process ends.
pub(crate) fn serve(socket: &Path) -> io::Result<()> {
    let listener = UnixListener::bind(socket)?;
    thread::spawn(move || {
        let mut plan = "services: {}\n".to_owned();
        for stream in listener.incoming().flatten() {
            // A client that goes away has seen all it wanted.
            let _ = converse(stream, &mut plan);
        }
    });
    Ok(())
}

fn converse(stream: UnixStream, plan: &mut String) -> io::Result<()> {
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
        let text = reply(method, path, &body, plan).to_string();
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

fn reply(method: &str, path: &str, body: &[u8], plan: &mut String) -> Value {
    let result = match (method, path) {
        ("GET", "/v1/system-info") => json!({"version": "v1.32.1", "boot-id": "bench"}),
        ("GET", "/v1/services") => {
            json!([{"name": "hook-service", "startup": "disabled", "current": "active"}])
        }
        ("GET", "/v1/checks") => {
            json!([{"name": "ready", "startup": "enabled", "status": "up", "threshold": 3, "change-id": "2"}])
        }
        ("GET", "/v1/plan") => json!(plan),
        ("POST", "/v1/layers") => {
            let layer = serde_json::from_slice::<Value>(body).unwrap_or_default();
            *plan = layer.get("layer").and_then(Value::as_str).unwrap_or_default().to_owned();
            json!(true)
        }
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
