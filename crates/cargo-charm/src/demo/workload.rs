//! The stand-in for the Hook Service: this program, started under that name by a real Pebble.

use rustix::net::{self, AddressFamily, SocketFlags, SocketType};
use std::{
    env,
    ffi::OsString,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddrV4, TcpListener, TcpStream},
    path::Path,
    process::ExitCode,
    time::Duration,
};

/// The name under which this program is the workload.
pub(super) const NAME: &str = "hook-service";
/// What `hook-service version` prints.
pub(super) const VERSION: &str = "App Version: v1.0.0\n";
/// A program in its place that exits as soon as it is to serve. It cannot be started again: Pebble tries, and whoever
/// looked meanwhile would see it run.
pub(super) const BROKEN: &str = "#!/bin/sh\n\
    [ \"$1\" = version ] && echo 'App Version: v1.0.0' && exit\n\
    echo 'hook-service: exiting, as the demo wants it' >&2\n\
    chmod a-x \"$0\"\n\
    exit 1\n";
/// Where it listens.
pub(super) const PORT: u16 = 8080;

const STATUS: &str = "/api/v0/status";
const HOOK: &str = "/api/v0/hook/hydra";
/// A request with more than this has no answer.
const MOST: u64 = 64 * 1024;

/// Does what the Hook Service does, if this program was started under its name.
pub(crate) fn stand_in(arguments: &[OsString]) -> Option<ExitCode> {
    let name = Path::new(arguments.first()?).file_name()?;
    if name != NAME {
        return None;
    }
    let outcome = match arguments.get(1).and_then(|word| word.to_str()) {
        Some("version") => io::stdout().write_all(VERSION.as_bytes()),
        Some("serve") => serve(),
        _ => Err(io::Error::other("expected `version` or `serve`")),
    };
    Some(match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{NAME}: {error}");
            ExitCode::FAILURE
        }
    })
}

fn serve() -> io::Result<()> {
    // It must not outlive a Pebble that was killed.
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM))?;
    let listener = listen()?;
    // As a service does that one would like to see configured. Its log is no place for a secret.
    let of = |name: &str| env::var(name).unwrap_or_default();
    let traces = of("OTEL_HTTP_ENDPOINT");
    let traces = if traces.is_empty() { "nowhere" } else { &traces };
    let level = of("LOG_LEVEL");
    writeln!(io::stdout(), "listening on port {PORT}; log level {level}; traces go to {traces}")?;
    for stream in listener.incoming() {
        // A client that goes away is no reason to stop.
        let _ = stream.and_then(|stream| answer(&stream));
    }
    Ok(())
}

/// Several units of a sandbox share this machine and its port, where each would have a pod of its own.
fn listen() -> io::Result<TcpListener> {
    let flags = SocketFlags::CLOEXEC;
    let socket = net::socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
    net::sockopt::set_socket_reuseaddr(&socket, true)?;
    net::sockopt::set_socket_reuseport(&socket, true)?;
    net::bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, PORT))?;
    net::listen(&socket, 128)?;
    Ok(socket.into())
}

/// Anybody may ask for the status; Hydra has to bring the token that the charm told it.
fn answer(stream: &TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut reader = BufReader::new(stream.take(MOST));
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let (mut token, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => value.trim().clone_into(&mut token),
            "content-length" => length = value.trim().parse().map_err(io::Error::other)?,
            _ => {}
        }
    }
    // A connection that is closed before all is read is one that failed.
    io::copy(&mut reader.take(length), &mut io::sink())?;
    let mut words = request.split(' ');
    let (status, body) = match (words.next(), words.next()) {
        (Some("GET"), Some(STATUS)) => ("200 OK", r#"{"status":"ok"}"#),
        (Some("POST"), Some(HOOK)) if is_right(&token) => {
            ("200 OK", r#"{"session":{"access_token":{"groups":[]},"id_token":{"groups":[]}}}"#)
        }
        (Some("POST"), Some(HOOK)) => ("401 Unauthorized", "{}"),
        _ => ("404 Not Found", "{}"),
    };
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn is_right(token: &str) -> bool {
    !token.is_empty() && env::var("API_TOKEN").is_ok_and(|wanted| wanted == token)
}
