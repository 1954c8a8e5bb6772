//! Files in memory: reading and writing over `/v1/files`.

use super::{Effect, Pebble, Request, Response, bytes, http::find};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct File {
    /// What it holds.
    #[serde(with = "bytes")]
    pub content: Vec<u8>,
    /// Its mode, as `0o644`.
    pub mode: u32,
    /// Its owner, as the client named it; empty for the daemon's own user.
    pub user: String,
    /// Its group, as the client named it; empty for the daemon's own group.
    pub group: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Entry {
    File(File),
    Directory,
}

/// All files and directories, by path. The root is always there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Files(BTreeMap<String, Entry>);

#[derive(Deserialize, Default)]
#[serde(default)]
struct WriteRequest {
    action: String,
    files: Vec<WriteFile>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "kebab-case")]
struct WriteFile {
    path: String,
    make_dirs: bool,
    permissions: Option<String>,
    user: Option<String>,
    user_id: Option<u32>,
    group: Option<String>,
    group_id: Option<u32>,
}

/// A refusal of one path: its kind and its message.
pub(super) type PathError = (&'static str, String);

impl Files {
    pub(super) fn get(&self, path: &str) -> Option<&File> {
        match self.0.get(path) {
            Some(Entry::File(file)) => Some(file),
            Some(Entry::Directory) | None => None,
        }
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        let files = self.0.iter().filter(|(_, entry)| matches!(entry, Entry::File(_)));
        files.map(|(path, _)| path.as_str())
    }

    pub(super) fn entry(&self, path: &str) -> Option<&Entry> {
        self.0.get(path)
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.0.iter().map(|(path, entry)| (path.as_str(), entry))
    }

    pub(super) fn insert(&mut self, path: &str, entry: Entry) {
        self.0.insert(path.to_owned(), entry);
    }

    /// Removes what is at a path, and below it.
    pub(super) fn remove_tree(&mut self, path: &str) {
        let below = format!("{}/", path.trim_end_matches('/'));
        self.0.retain(|known, _| known != path && !known.starts_with(&below));
    }

    pub(super) fn put(&mut self, path: &str, content: Vec<u8>) {
        self.make_parents(path);
        let file = File { content, mode: 0o644, ..File::default() };
        self.0.insert(path.to_owned(), Entry::File(file));
    }

    pub(super) fn make_parents(&mut self, path: &str) {
        let mut path = path;
        while let Some((parent, _)) = path.rsplit_once('/').filter(|(parent, _)| !parent.is_empty())
        {
            self.0.entry(parent.to_owned()).or_insert(Entry::Directory);
            path = parent;
        }
    }

    /// The first part of the way to a path that is no directory.
    pub(super) fn obstacle(&self, path: &str) -> Option<&Entry> {
        let mut parts = path.match_indices('/').skip(1).map(|(at, _)| path.get(..at));
        parts.find_map(|parent| match self.0.get(parent.unwrap_or_default()) {
            Some(Entry::Directory) => None,
            other => Some(other),
        })?
    }

    pub(super) fn parent_exists(&self, path: &str) -> bool {
        match path.rsplit_once('/') {
            Some(("", _)) | None => true,
            Some((parent, _)) => matches!(self.0.get(parent), Some(Entry::Directory)),
        }
    }

    fn read(&self, path: &str) -> Result<&File, PathError> {
        absolute(path)?;
        match self.0.get(path) {
            Some(Entry::File(file)) => Ok(file),
            Some(Entry::Directory) => {
                Err(("generic-file-error", format!("can only read a regular file: {path:?}")))
            }
            None if path == "/" => {
                Err(("generic-file-error", format!("can only read a regular file: {path:?}")))
            }
            None if self.obstacle(path).is_some() => {
                Err(("generic-file-error", format!("stat {path}: not a directory")))
            }
            None => Err(("not-found", format!("stat {path}: no such file or directory"))),
        }
    }

    fn write(&mut self, file: &WriteFile, content: Vec<u8>) -> Result<(), PathError> {
        let path = file.path.as_str();
        absolute(path)?;
        let generic = |message: String| ("generic-file-error", message);
        let mode = match file.permissions.as_deref() {
            None | Some("") => 0o644,
            Some(text) => {
                let mode = u32::from_str_radix(text, 8).ok().filter(|_| text.len() == 3);
                mode.ok_or_else(|| {
                    generic(format!("permissions must be a 3-digit octal string, got {text:?}"))
                })?
            }
        };
        let named = |name: &Option<String>, id: Option<u32>| {
            let id = id.map(|id| id.to_string());
            name.clone().filter(|name| !name.is_empty()).or(id).unwrap_or_default()
        };
        let (user, group) = (named(&file.user, file.user_id), named(&file.group, file.group_id));
        if user.is_empty() && !group.is_empty() {
            return Err(generic(
                "cannot look up user and group: must specify user, not just group".to_owned(),
            ));
        }
        if self.obstacle(path).is_some() {
            return Err(generic(format!("open {path}.1~: not a directory")));
        }
        if file.make_dirs {
            self.make_parents(path);
        } else if !self.parent_exists(path) {
            return Err(("not-found", format!("open {path}.1~: no such file or directory")));
        }
        if path == "/" || matches!(self.0.get(path), Some(Entry::Directory)) {
            return Err(generic(format!("rename {path}.1~ {path}: file exists")));
        }
        self.0.insert(path.to_owned(), Entry::File(File { content, mode, user, group }));
        Ok(())
    }
}

pub(super) fn absolute(path: &str) -> Result<(), PathError> {
    if path.starts_with('/') {
        return Ok(());
    }
    Err(("generic-file-error", format!("paths must be absolute, got {path:?}")))
}

pub(super) fn verdict(path: &str, result: Result<(), PathError>) -> Value {
    match result {
        Ok(()) => json!({ "path": path }),
        Err((kind, message)) => {
            json!({ "path": path, "error": { "kind": kind, "message": message } })
        }
    }
}

const BOUNDARY: &str = "012345678901234567890123456789012345678901234567890123456789";

impl Pebble {
    pub(super) fn get_files(&self, request: &Request) -> Response {
        match request.parameter("action") {
            "read" => {}
            "list" => return self.list_files(request),
            action => return Response::refused(400, "", format!("invalid action {action:?}")),
        }
        let paths: Vec<&str> = request
            .query
            .iter()
            .filter(|(key, _)| key == "path")
            .map(|(_, path)| path.as_str())
            .collect();
        if paths.is_empty() {
            return Response::refused(400, "", "must specify one or more paths");
        }
        if request.header("accept") != "multipart/form-data" {
            return Response::refused(400, "", "must accept multipart/form-data");
        }
        let mut body = Vec::new();
        let mut part = |headers: String, content: &[u8]| {
            let start = if body.is_empty() { "" } else { "\r\n" };
            let head =
                format!("{start}--{BOUNDARY}\r\nContent-Disposition: form-data; {headers}\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
        };
        let mut verdicts = Vec::new();
        for path in paths {
            match self.files.read(path) {
                Ok(file) => {
                    let name = path.replace('\\', "\\\\").replace('"', "\\\"");
                    let headers = format!(
                        "name=\"files\"; filename=\"{name}\"\r\n\
                         Content-Type: application/octet-stream"
                    );
                    part(headers, &file.content);
                    verdicts.push(verdict(path, Ok(())));
                }
                Err(error) => verdicts.push(verdict(path, Err(error))),
            }
        }
        let verdicts = Response::sync(&Value::Array(verdicts));
        let headers = "name=\"response\"\r\nContent-Type: application/json".to_owned();
        part(headers, &verdicts.body);
        body.extend_from_slice(format!("\n\r\n--{BOUNDARY}--\r\n").as_bytes());
        let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
        Response { status: 200, content_type, body }
    }

    pub(super) fn post_files(&mut self, request: &Request) -> Response {
        let refuse = |message: String| Response::refused(400, "", message);
        let content_type = request.header("content-type");
        if content_type.starts_with("application/json") {
            return self.change_files(&request.body);
        }
        let Some(boundary) = content_type.strip_prefix("multipart/form-data; boundary=") else {
            return refuse(format!("invalid media type {content_type:?}"));
        };
        let boundary = boundary.trim_matches('"');
        if boundary.len() < 32 {
            return refuse(format!("invalid boundary {boundary:?}"));
        }
        let mut parts = parts(&request.body, boundary).into_iter();
        let metadata = match parts.next() {
            Some(part) if part.name == "request" => part.content,
            _ => return refuse("metadata field name must be \"request\"".to_owned()),
        };
        let metadata: WriteRequest = match serde_json::from_slice(metadata) {
            Ok(metadata) => metadata,
            Err(error) => return refuse(format!("cannot decode request metadata: {error}")),
        };
        if metadata.action != "write" {
            return refuse(format!(
                "multipart action must be \"write\", got {:?}",
                metadata.action
            ));
        }
        if metadata.files.is_empty() {
            return refuse("must specify one or more files".to_owned());
        }
        let mut results: BTreeMap<String, Result<(), PathError>> = BTreeMap::new();
        for part in parts {
            let path = part.filename;
            let Some(file) = metadata.files.iter().find(|file| file.path == path) else {
                return refuse(format!("no metadata for path {path:?}"));
            };
            let result = self.files.write(file, part.content.to_vec());
            if result.is_ok() {
                self.effects.push(Effect::Push { path: path.clone() });
            }
            results.insert(path, result);
        }
        let verdicts = metadata.files.iter().map(|file| {
            let missing = || Err(("generic-file-error", "no content".to_owned()));
            verdict(&file.path, results.remove(&file.path).unwrap_or_else(missing))
        });
        Response::sync(&verdicts.collect::<Vec<_>>())
    }
}

struct Part<'a> {
    name: String,
    filename: String,
    content: &'a [u8],
}

/// The parts of a multipart body. What is malformed is left out.
fn parts<'a>(body: &'a [u8], boundary: &str) -> Vec<Part<'a>> {
    let first = format!("--{boundary}\r\n");
    let between = format!("\r\n--{boundary}");
    let mut parts = Vec::new();
    let mut rest = body.strip_prefix(first.as_bytes());
    while let Some(bytes) = rest {
        let Some(end) = find(bytes, between.as_bytes()) else { break };
        let part = bytes.get(..end).unwrap_or_default();
        rest = bytes.get(end + between.len()..).and_then(|rest| rest.strip_prefix(b"\r\n"));
        let Some(head_end) = find(part, b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(part.get(..head_end).unwrap_or_default()).into_owned();
        let content = part.get(head_end + 4..).unwrap_or_default();
        parts.push(Part {
            name: parameter(&head, " name=\""),
            filename: parameter(&head, "filename=\""),
            content,
        });
    }
    parts
}

fn parameter(head: &str, start: &str) -> String {
    let mut value = String::new();
    let mut rest = head.split_once(start).map_or("", |(_, rest)| rest).chars();
    while let Some(character) = rest.next() {
        match character {
            '"' => break,
            '\\' => value.extend(rest.next()),
            other => value.push(other),
        }
    }
    value
}
