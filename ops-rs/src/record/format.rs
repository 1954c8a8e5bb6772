//! What a recording consists of: one JSON value to a line, [`Line::Begin`] first and [`Line::End`] last.
//!
//! These are shapes only. Who makes them is the recorder, who reads them is the test kit's replay; what a
//! hook command or a request means, neither says here.

use super::base64;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::collections::BTreeMap;

/// The number of this format. A recording of another one is not read.
pub const FORMAT: u32 = 1;

/// One line of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line {
    /// What the dispatch was started with.
    Begin(Begin),
    /// A hook command.
    Call(Call),
    /// A connection to a container's Pebble.
    Pebble(Exchange),
    /// The clock was read.
    Clock(Reading),
    /// Random bytes were drawn.
    Random(Draw),
    /// The dispatch has ended.
    End(End),
}

/// What the dispatch was started with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Begin {
    /// [`FORMAT`].
    pub recording: u32,
    /// The version of the SDK that recorded.
    pub sdk: String,
    /// When, in microseconds since 1970.
    pub began: u64,
    /// What Juju says in the environment of the dispatch; nothing else of it.
    pub environment: BTreeMap<String, String>,
}

/// A hook command and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Call {
    /// Its name.
    pub program: String,
    /// Its arguments, in order.
    pub arguments: Vec<Given>,
    /// What it read, if its input was connected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Data>,
    /// What came of it.
    pub outcome: Came,
}

/// One argument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Given {
    /// The path of a file behind a prefix.
    File {
        /// What stands before the path.
        prefix: String,
        /// What is in the file.
        file: Data,
    },
    /// Text.
    Plain(Data),
}

/// What came of a hook command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Came {
    /// It ended.
    Reply {
        /// Its exit code, or minus the number of the signal that killed it.
        exit: i32,
        /// What it printed.
        stdout: Data,
        /// What it complained of.
        stderr: Data,
    },
    /// There was no reply: `missing`, `start`, `lost`, `deadline` or `flood`.
    Failed(String),
}

/// One connection to a Pebble: a request, its answer, and the messages of a WebSocket.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Exchange {
    /// The container.
    pub container: String,
    /// What was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
    /// What was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<Response>,
    /// What was said over the WebSocket that the connection became.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Message>,
    /// Whether the charm saw the end of it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
    /// Why there was no connection, or what broke it: the name of an `std::io::ErrorKind`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// An HTTP request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Such as `GET`.
    pub method: String,
    /// Path and query.
    pub target: Data,
    /// The body, without chunks, and with [`BOUNDARY`](super::BOUNDARY) between its parts.
    pub body: Data,
}

/// What came back over the connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Response {
    /// An answer.
    Http {
        /// Such as 200.
        status: u16,
        /// Its headers, except those that say how long the body is.
        headers: Vec<(String, String)>,
        /// The body, without chunks.
        body: Data,
    },
    /// What is no whole answer.
    Raw(Data),
}

/// A message over a WebSocket. Those that followed each other in one direction, and are of one kind, are one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Message {
    /// Whether the charm sent it.
    pub sent: bool,
    /// Whether it is text, rather than bytes.
    pub text: bool,
    /// What it says.
    pub data: Data,
}

/// The clock was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Reading {
    /// Whether it is the time of day since 1970, rather than the time that has passed.
    pub of_day: bool,
    /// In nanoseconds.
    pub nanoseconds: u64,
}

/// Random bytes were drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Draw {
    /// How many.
    pub bytes: usize,
    /// The number of the secret that they are; `None` if there were none to have.
    pub redacted: Option<usize>,
}

/// The dispatch has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct End {
    /// Its exit code.
    pub exit: u8,
}

impl Line {
    /// Everything in it that may hold a secret.
    pub fn each_data(&mut self, act: &mut dyn FnMut(&mut Data)) {
        match self {
            Self::Begin(_) | Self::Clock(_) | Self::Random(_) | Self::End(_) => {}
            Self::Call(call) => {
                for given in &mut call.arguments {
                    match given {
                        Given::File { file, .. } => act(file),
                        Given::Plain(text) => act(text),
                    }
                }
                call.input.iter_mut().for_each(&mut *act);
                if let Came::Reply { stdout, stderr, .. } = &mut call.outcome {
                    act(stdout);
                    act(stderr);
                }
            }
            Self::Pebble(exchange) => {
                if let Some(request) = &mut exchange.request {
                    act(&mut request.target);
                    act(&mut request.body);
                }
                match &mut exchange.response {
                    Some(Response::Http { body, .. }) => act(body),
                    Some(Response::Raw(data)) => act(data),
                    None => {}
                }
                exchange.messages.iter_mut().for_each(|message| act(&mut message.data));
            }
        }
    }
}

/// Bytes: as text if they are text, in base64 otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Data(pub Vec<u8>);

impl From<&str> for Data {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => Coded { base64: base64::encode(&self.0) }.serialize(serializer),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Coded {
    base64: String,
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Text(String),
            Coded(Coded),
        }
        match Either::deserialize(deserializer)? {
            Either::Text(text) => Ok(Self(text.into_bytes())),
            Either::Coded(Coded { base64 }) => {
                base64::decode(&base64).map(Self).ok_or_else(|| D::Error::custom("no base64"))
            }
        }
    }
}
