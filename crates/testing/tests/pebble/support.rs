//! What the cases share: how one is run, and how its findings are read.

use crate::differences::Difference;
pub(crate) use crate::{
    differences,
    doors::{Door, TALK},
    workload,
};
pub(crate) use ops_core::{Fault, FaultKind, Secret};
pub(crate) use ops_pebble::{
    ChangeStatus, Chunk, Combine, Error, ErrorKind, Exec, Feature, FileKind, MakeDirOptions, Owner,
    Permissions, PushOptions, SelectChanges, ServiceAction, ServiceStatus, Signal,
    layer::{Action, Check, Layer, Level, LogTarget, Override, Service, Startup},
};
pub(crate) use std::time::Duration;
use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// How a case ends: an error is what the daemon is too old for.
pub(crate) type Outcome = Result<(), Error>;

/// A case, and which daemons do it otherwise.
pub(crate) struct Case {
    pub(crate) run: fn(&Door) -> Outcome,
    /// What it needs: an older daemon must say that it lacks it.
    pub(crate) since: Option<Feature>,
    /// Why it fails with older daemons, if it must.
    pub(crate) differs: Option<&'static Difference>,
}

/// Runs a case behind a door, if the door is there.
pub(crate) fn run(door: Option<Door>, case: &Case) {
    let Some(door) = door else { return };
    let version = door.version();
    if let Some(difference) = case.differs.filter(|difference| door.differs(difference)) {
        let outcome = catch_unwind(AssertUnwindSafe(|| (case.run)(&door)));
        let as_today = matches!(outcome, Ok(Ok(())));
        assert!(!as_today, "{version} no longer differs: {}", difference.reason);
        return;
    }
    let lacking = case.since.filter(|feature| version < feature.since());
    match ((case.run)(&door), lacking) {
        (Ok(()), None) => {}
        (Ok(()), Some(feature)) => panic!("{version} is not known to have {}", feature.name()),
        (Err(error), None) => panic!("{version}: {}", chain(error)),
        (Err(error), Some(feature)) => {
            assert_eq!(error.unsupported(), Some(feature), "{}", chain(error));
        }
    }
}

fn chain(error: Error) -> String {
    Fault::from(error).chain().collect::<Vec<_>>().join(": ")
}

pub(crate) fn add(door: &Door, layer: &Layer) {
    door.client.add_layer("test", layer, Combine::Yes).unwrap();
}

pub(crate) fn api_message(error: &Error) -> &str {
    match error.kind() {
        ErrorKind::Api { message, .. } => message,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn status_of(door: &Door, service: &str) -> ServiceStatus {
    door.client.services(&[service]).unwrap().remove(0).current
}

/// Kind and message of a path error.
pub(crate) fn path_error(error: &Error) -> (&str, &str) {
    match error.kind() {
        ErrorKind::Path { kind, message, .. } => (kind, message),
        other => panic!("{other:?}"),
    }
}

/// What the change of a failed command says.
pub(crate) fn change_message(error: &Error) -> &str {
    match error.kind() {
        ErrorKind::Change { err, .. } => err,
        other => panic!("{other:?}"),
    }
}

/// Whether the daemon's own user may give files to others.
pub(crate) fn is_root(door: &Door) -> bool {
    door.client.file_info(&door.root).unwrap().user_id == Some(0)
}

/// Sends a request as it stands and gives back status and body. The client is too well-mannered for some.
pub(crate) fn raw(
    door: &Door,
    method: &str,
    target: &str,
    headers: &str,
    body: &str,
) -> (u16, String) {
    let mut stream = door.dial.dial().unwrap();
    stream.set_timeout(Some(Duration::from_secs(20))).unwrap();
    let length = body.len();
    // A client of the older version gets no chunks; a WebSocket needs the newer one.
    let version = if body.is_empty() { "HTTP/1.1" } else { "HTTP/1.0" };
    let request = format!(
        "{method} {target} {version}\r\nHost: localhost\r\n{headers}Connection: close\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    io::Read::read_to_end(&mut stream, &mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// The message of a refusal.
pub(crate) fn message(body: &str) -> String {
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    body["result"]["message"].as_str().unwrap().to_owned()
}

/// A source or a sink that fails after so many bytes.
pub(crate) struct Breaks(pub(crate) usize);

impl io::Read for Breaks {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = out.len().min(self.0);
        self.0 -= count;
        out[..count].fill(b'x');
        if count == 0 { Err(io::Error::other("broken")) } else { Ok(count) }
    }
}

impl io::Write for Breaks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(self.0);
        self.0 -= count;
        if count == 0 { Err(io::Error::other("broken")) } else { Ok(count) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|number| (number % 251) as u8).collect()
}
