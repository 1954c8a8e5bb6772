//! A daemon that is absent, dying or no daemon at all: a typed error each time, no panic, no hang.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use ops_core::{Fault, FaultKind};
use ops_pebble::{Client, Combine, Dial as _, Exec, PushOptions, UnixSocket, layer::Layer};
use std::{
    io::{Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

struct Daemon {
    _directory: tempfile::TempDir,
    socket: PathBuf,
}

impl Daemon {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("pebble.socket");
        Self { _directory: directory, socket }
    }

    /// A daemon that hands each connection, with its request head read, to `answer`.
    fn answering(answer: impl Fn(&mut UnixStream) + Send + 'static) -> Self {
        let daemon = Self::new();
        let listener = UnixListener::bind(&daemon.socket).unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
                    head.push(byte[0]);
                }
                answer(&mut stream);
            }
        });
        daemon
    }

    fn saying(text: impl Into<Vec<u8>>) -> Self {
        let text = text.into();
        Self::answering(move |stream| {
            let _ = stream.write_all(&text);
        })
    }

    fn client(&self) -> Client {
        Client::unix(Path::new(&self.socket)).request_timeout(Duration::from_millis(500))
    }
}

fn transient(error: ops_pebble::Error) {
    let text = format!("{error:?}");
    assert_eq!(Fault::from(error).kind(), FaultKind::Transient, "{text}");
}

/// A daemon whose every answer has these fields beside its result.
fn announcing(fields: &str) -> Daemon {
    let body =
        format!(r#"{{"type":"sync","status-code":200,{fields},"result":{{"version":"v1"}}}}"#);
    let length = body.len();
    Daemon::saying(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}"))
}

#[test]
fn a_warning_and_a_maintenance_beside_the_result_are_readable_and_change_nothing() {
    let daemon = announcing(
        r#""latest-warning":"2024-01-02T03:04:05.000000006Z","maintenance":{"kind":"daemon-restart","message":"soon"}"#,
    );
    let client = daemon.client();
    assert_eq!(client.system_info().unwrap().version, "v1");
    let said = client.announcements().unwrap();
    assert_eq!(said.latest_warning.unwrap().to_string(), "2024-01-02T03:04:05.000000006Z");
    let maintenance = said.maintenance.unwrap();
    assert_eq!((&*maintenance.kind, &*maintenance.message), ("daemon-restart", "soon"));
}

#[test]
fn announcements_of_another_shape_do_not_spoil_the_result() {
    for fields in [r#""latest-warning":7,"maintenance":7"#, r#""maintenance":null"#] {
        let daemon = announcing(fields);
        let client = daemon.client();
        assert_eq!(client.system_info().unwrap().version, "v1");
        assert_eq!(client.announcements().unwrap(), ops_pebble::Announcements::default());
    }
}

#[test]
fn no_socket() {
    let daemon = Daemon::new();
    assert!(!daemon.client().can_connect().unwrap());
    let error = daemon.client().plan().unwrap_err();
    assert!(error.is_connection());
    assert_eq!(error.to_string(), "GET /v1/plan failed");
    transient(error);
}

#[test]
fn a_socket_path_of_200_characters() {
    let client = Client::unix(format!("/{}", "long/".repeat(40)));
    let error = client.plan().unwrap_err();
    assert!(error.is_connection(), "{error:?}");
    let mut next: Option<&dyn std::error::Error> = Some(&error);
    let causes = std::iter::from_fn(|| next.inspect(|error| next = error.source()));
    let causes: Vec<String> = causes.map(ToString::to_string).collect();
    let said = ["GET /v1/plan failed", "cannot connect to the daemon"];
    assert_eq!(causes.get(..2).unwrap(), said);
    assert!(causes.last().unwrap().starts_with("File name too long"), "{causes:?}");
}

#[test]
fn a_socket_that_nobody_listens_on() {
    let daemon = Daemon::new();
    drop(UnixListener::bind(&daemon.socket).unwrap());
    assert!(daemon.socket.exists());
    assert!(!daemon.client().can_connect().unwrap());
    assert!(daemon.client().start(&["web"]).unwrap_err().is_connection());
}

#[test]
fn a_daemon_that_accepts_nobody() {
    let daemon = Daemon::new();
    let _listener = UnixListener::bind(&daemon.socket).unwrap();
    let mut waiting = Vec::new();
    // Fills the queue of connections that nobody has accepted.
    while let Ok(stream) = UnixSocket::new(&daemon.socket).dial() {
        waiting.push(stream);
        assert!(waiting.len() < 100_000);
    }
    let error = daemon.client().plan().unwrap_err();
    assert!(error.is_connection(), "{error:?}");
    transient(error);
}

#[test]
fn a_daemon_that_hangs() {
    let daemon = Daemon::answering(|_| thread::sleep(Duration::from_secs(60)));
    let error = daemon.client().services(&[]).unwrap_err();
    assert!(error.is_timeout());
    transient(error);
}

#[test]
fn a_daemon_that_drips() {
    let daemon = Daemon::answering(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        while stream.write_all(b" ").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    let error = daemon.client().services(&[]).unwrap_err();
    assert!(error.is_timeout(), "the deadline covers the request, not each read: {error:?}");
}

#[test]
fn a_daemon_that_closes_before_and_within_its_answer() {
    for text in [
        "",
        "HTTP/1.1 200 OK\r\nCont",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"type\":",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n{\"type\":",
    ] {
        let daemon = Daemon::saying(text);
        let error = daemon.client().plan().unwrap_err();
        assert!(error.is_connection(), "{text}: {error:?}");
        transient(error);
    }
}

#[test]
fn garbage() {
    for text in [
        "lorem ipsum\r\n\r\n",
        "\0\u{1}\u{2}\r\n\r\n",
        "SSH-2.0-OpenSSH_9.6\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nlorem",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        "HTTP/1.1 200 OK\r\nContent-Length: nine\r\n\r\n[]",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nlorem\r\n",
    ] {
        let daemon = Daemon::saying(text);
        let error = daemon.client().plan().unwrap_err();
        assert!(error.is_protocol(), "{text}: {error:?}");
        transient(error);
    }
}

#[test]
fn a_content_length_that_is_too_short_cuts_the_answer() {
    let daemon = Daemon::saying("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"type\":\"sync\"}");
    assert!(daemon.client().plan().unwrap_err().is_protocol());
}

#[test]
fn headers_without_end() {
    let daemon = Daemon::answering(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX: ");
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    });
    assert!(daemon.client().plan().unwrap_err().is_protocol());
}

#[test]
fn a_body_without_end() {
    let daemon = Daemon::answering(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    });
    assert!(daemon.client().body_limit(100_000).plan().unwrap_err().is_protocol());
}

fn json(text: &str) -> Daemon {
    Daemon::saying(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}", text.len()))
}

#[test]
fn json_of_another_shape_is_refused_without_quoting_it() {
    for text in [
        r#"{"type":"sync","result":{"hunter2":"hunter2"}}"#,
        r#"{"type":"sync","result":"a: [hunter2]\n"}"#,
        r#"{"type":"sync","result":"services:\n    w:\n        user-id: hunter2\n"}"#,
        r#"{"type":"sync"}"#,
    ] {
        let error = json(text).client().plan().unwrap_err();
        assert!(error.is_protocol(), "{error:?}");
        let chain: Vec<String> = Fault::from(error).chain().collect();
        assert!(!chain.join("\n").contains("hunter2"), "{chain:?}");
    }
}

#[test]
fn a_refusal_without_json_is_still_a_refusal() {
    let daemon = Daemon::saying("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno");
    assert!(daemon.client().plan().unwrap_err().is_status(502));
}

#[test]
fn an_async_answer_without_a_change_is_refused() {
    let daemon = json(r#"{"type":"async","result":null}"#);
    assert!(daemon.client().replan().unwrap_err().is_protocol());
    assert!(daemon.client().exec(&Exec::new(["true"])).unwrap_err().is_protocol());
}

#[test]
fn sockets_that_do_not_upgrade_or_talk_nonsense_end_an_exec() {
    let exec = r#"{"type":"async","change":"1","result":{"task-id":"1"}}"#;
    let posted = format!("HTTP/1.1 202 Accepted\r\nContent-Length: {}\r\n\r\n{exec}", exec.len());
    for upgraded in [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n\u{1}\u{2}\u{3}\u{4}",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    ] {
        let daemon = Daemon::new();
        let listener = UnixListener::bind(&daemon.socket).unwrap();
        let answers = (posted.clone(), upgraded.to_owned());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut buffer = [0; 4096];
                let count = stream.read(&mut buffer).unwrap_or(0);
                let post = buffer[..count].starts_with(b"POST");
                let answer = if post { &answers.0 } else { &answers.1 };
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        let exec = Exec::new(["true"]).timeout(Duration::from_millis(100));
        let error = daemon.client().exec(&exec).unwrap_err();
        assert!(error.is_protocol() || error.is_connection(), "{upgraded:?}: {error:?}");
    }
}

#[test]
fn a_multipart_answer_that_is_broken_is_refused() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: multipart/form-data; boundary=BB\r\n";
    for body in [
        "",
        "--BB\r\n",
        "--BB--\r\n",
        "--BB\r\nContent-Disposition: form-data; name=\"files\"\r\n\r\nhunter2\r\n--BB--\r\n",
        "--BB\r\nContent-Disposition: form-data; name=\"response\"\r\n\r\n{}\r\n--BB--\r\n",
    ] {
        let text = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
        let error = Daemon::saying(text).client().pull("/p").unwrap_err();
        assert!(error.is_protocol(), "{body}: {error:?}");
    }
}

#[test]
fn a_daemon_that_refuses_before_it_has_read_everything_is_heard() {
    let body = r#"{"type":"error","result":{"message":"access denied","kind":"login-required"}}"#;
    let daemon = Daemon::saying(format!(
        "HTTP/1.1 401 Unauthorized\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    let large = vec![b'x'; 4 * 1024 * 1024];
    let error = daemon.client().push("/p", large, &PushOptions::new()).unwrap_err();
    // The operating system may drop an answer that stands behind unread data; it must not hang.
    assert!(error.is_status(401) || error.is_connection(), "{error:?}");
    let error = daemon.client().add_layer("a", &Layer::new(), Combine::Yes).unwrap_err();
    assert_eq!(error.fault_kind(), FaultKind::Denied);
}
