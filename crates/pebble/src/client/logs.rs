//! What the services printed.

use super::{Client, Error, attempt};
use crate::{
    Timestamp,
    error::Failure,
    http::{Body, BodyReader, Connection, Deadline, percent_encoded},
};
use serde::Deserialize;
use std::{ops::ControlFlow, time::Duration};

/// A line that a service printed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct LogEntry {
    /// When, to the millisecond.
    pub time: Timestamp,
    /// Which service.
    pub service: String,
    /// The line. It may hold whatever the workload prints.
    pub message: String,
}

/// Whose lines are wanted, and how many.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct LogQuery {
    services: Vec<String>,
    last: Option<i64>,
}

impl LogQuery {
    /// The last lines of all services.
    pub fn new() -> Self {
        Self::default()
    }

    /// Those of this service; called again, of that one too.
    pub fn service(mut self, name: impl Into<String>) -> Self {
        self.services.push(name.into());
        self
    }

    /// So many lines, counted over all services. By default 30; none before what is followed.
    pub fn last(mut self, count: u32) -> Self {
        self.last = Some(count.into());
        self
    }

    /// All lines that the daemon still has: 100 KiB for each service.
    pub fn all(mut self) -> Self {
        self.last = Some(-1);
        self
    }

    fn target(&self, follow: bool) -> String {
        let mut query: Vec<String> = self
            .services
            .iter()
            .map(|name| format!("services={}", percent_encoded(name)))
            .collect();
        query.extend(self.last.iter().map(|last| format!("n={last}")));
        if follow {
            query.push("follow=true".to_owned());
        }
        format!("/v1/logs?{}", query.join("&"))
    }
}

/// A line of the answer may take this many bytes.
const LINE_LIMIT: usize = 256 * 1024;

impl Client {
    /// The lines that there are, the oldest first. A service that nobody knows has none.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn logs(&self, query: &LogQuery) -> Result<Vec<LogEntry>, Error> {
        let mut entries = Vec::new();
        let limit = self.request_timeout;
        self.read_logs(&query.target(false), limit, &mut |entry| {
            entries.push(entry);
            ControlFlow::Continue(())
        })
        .map_err(|failure| Error::of(attempt("GET", "/v1/logs"), failure))?;
        Ok(entries)
    }

    /// Hands over each line as it is printed, until `each` breaks or the time is over. A charm that
    /// waits keeps its unit from everything else: seconds, not minutes.
    ///
    /// # Errors
    /// See [`Error`]. That the time is over is none.
    pub fn follow_logs(
        &self,
        query: &LogQuery,
        limit: Duration,
        mut each: impl FnMut(LogEntry) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        match self.read_logs(&query.target(true), limit, &mut each) {
            Err(Failure::Timeout(_)) => Ok(()),
            result => result.map_err(|failure| Error::of(attempt("GET", "/v1/logs"), failure)),
        }
    }

    fn read_logs(
        &self,
        target: &str,
        limit: Duration,
        each: &mut dyn FnMut(LogEntry) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        let mut connection = Connection::open(&*self.dial, Deadline::after(limit))?;
        connection.send("GET", target, "Connection: close\r\n", Body::Empty)?;
        let head = connection.head()?;
        if head.status != 200 {
            return Err(Failure::Protocol("it gives no logs"));
        }
        let mut body: BodyReader = connection.into_body(&head)?;
        let (mut held, mut piece) = (Vec::new(), [0; 8 * 1024]);
        loop {
            let count = body.read(&mut piece)?;
            if count == 0 {
                return Ok(());
            }
            held.extend_from_slice(piece.get(..count).unwrap_or_default());
            while let Some(end) = held.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = held.drain(..=end).collect();
                let entry = serde_json::from_slice(&line)
                    .map_err(|_| Failure::Protocol("its JSON has another shape"))?;
                if each(entry).is_break() {
                    return Ok(());
                }
            }
            if held.len() > LINE_LIMIT {
                return Err(Failure::Protocol("it is too long"));
            }
        }
    }
}
