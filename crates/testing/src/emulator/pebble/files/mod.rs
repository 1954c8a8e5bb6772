//! Files, in memory or of a directory: `/v1/files`.

mod directory;
mod multipart;
mod pattern;
mod problem;
mod tree;

use super::{Effect, Pebble, Request, Response};
use ops_pebble::{Account, Permissions, Timestamp};
use problem::{PathError, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use tree::Tree;

/// A file. Its content is not printed by `Debug`.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct File {
    /// What it holds.
    pub content: Vec<u8>,
    /// Its mode, as `0o644`.
    pub mode: u32,
    /// Its owner, as the client named it; empty for the daemon's own user.
    pub user: String,
    /// Its group, as the client named it; empty for the daemon's own group.
    pub group: String,
}

/// All files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Files {
    Memory(Tree),
    /// A directory of this machine. Copies share it.
    Directory(PathBuf),
}

impl Default for Files {
    fn default() -> Self {
        Self::Memory(Tree::default())
    }
}

/// Whose something is, as the client said; nobody in particular is the daemon's own user.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Owner {
    user: Option<Account>,
    group: Option<Account>,
}

/// What is at a path.
#[derive(Debug)]
struct Stat {
    kind: StatKind,
    mode: Permissions,
    owner: Owner,
    modified: Option<Timestamp>,
}

#[derive(Debug, PartialEq, Eq)]
enum StatKind {
    /// With its size.
    File(u64),
    Directory,
    Symlink,
    Other(&'static str),
}

/// When everything in memory was last changed.
const MODIFIED: &str = "2026-01-01T00:00:00Z";

impl Files {
    pub(super) fn over(directory: &Path) -> Self {
        Self::Directory(directory.to_owned())
    }

    pub(super) fn get(&self, path: &str) -> Option<File> {
        let stat = self.stat(path, true).ok()?;
        let content = self.read(path).ok()?;
        let named = |account: Option<Account>| match account {
            None => String::new(),
            Some(Account::Name(name)) => name,
            Some(Account::Id(id)) => id.to_string(),
        };
        let (user, group) = (named(stat.owner.user), named(stat.owner.group));
        Some(File { content, mode: stat.mode.bits(), user, group })
    }

    pub(super) fn paths(&self) -> Vec<String> {
        match self {
            Self::Memory(tree) => tree.files().map(str::to_owned).collect(),
            Self::Directory(root) => directory::files(root),
        }
    }

    /// Puts a file there, and the directories above it.
    pub(super) fn put(&mut self, path: &str, content: Vec<u8>) {
        match self {
            Self::Memory(tree) => tree.put(path, content),
            Self::Directory(_) => {
                // Whoever looks for it sees that it is not there.
                let _ = self.make_parents(path, &Owner::default());
                let _ = self.write(path, content, Permissions::new(0o644), Owner::default());
            }
        }
    }

    pub(super) fn put_dir(&mut self, path: &str) {
        match self {
            Self::Memory(tree) => tree.put_dir(path),
            Self::Directory(_) => {
                let _ = self.make_all(path, Permissions::new(0o755), &Owner::default());
            }
        }
    }

    pub(super) fn link(&mut self, path: &str, target: &str) {
        match self {
            Self::Memory(tree) => tree.link(path, target),
            Self::Directory(root) => {
                let path = root.join(path.trim_start_matches('/'));
                let _ = std::os::unix::fs::symlink(target, path);
            }
        }
    }

    pub(super) fn is_dir(&self, path: &str) -> bool {
        self.stat(path, true).is_ok_and(|stat| stat.kind == StatKind::Directory)
    }

    fn stat(&self, path: &str, follow: bool) -> Result<Stat, Problem> {
        match self {
            Self::Memory(tree) => tree.stat(path, follow),
            Self::Directory(root) => directory::stat(root, path, follow),
        }
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Problem> {
        match self {
            Self::Memory(tree) => tree.read(path).map(<[u8]>::to_vec),
            Self::Directory(root) => directory::read(root, path),
        }
    }

    fn names(&self, path: &str) -> Result<Vec<String>, Problem> {
        match self {
            Self::Memory(tree) => tree.names(path),
            Self::Directory(root) => directory::names(root, path),
        }
    }

    fn write(
        &mut self,
        path: &str,
        content: Vec<u8>,
        mode: Permissions,
        owner: Owner,
    ) -> Result<(), Problem> {
        match self {
            Self::Memory(tree) => tree.write(path, content, mode, owner),
            Self::Directory(root) => directory::write(root, path, &content, mode),
        }
    }

    fn make_one(&mut self, path: &str, mode: Permissions, owner: &Owner) -> Result<(), Problem> {
        match self {
            Self::Memory(tree) => tree.make_dir(path, mode, owner.clone()),
            Self::Directory(root) => directory::make_dir(root, path, mode),
        }
    }

    fn remove(&mut self, path: &str) -> Result<(), Problem> {
        match self {
            Self::Memory(tree) => tree.remove(path),
            Self::Directory(root) => directory::remove(root, path),
        }
    }

    fn remove_all(&mut self, path: &str) -> Result<(), Problem> {
        match self {
            Self::Memory(tree) => tree.remove_all(path),
            Self::Directory(root) => directory::remove_all(root, path),
        }
    }

    /// Makes a directory. The texts are those of Pebble, which makes it under another name first.
    fn make_dir(
        &mut self,
        path: &str,
        mode: Permissions,
        owner: &Owner,
        parents: bool,
    ) -> Result<(), PathError> {
        match self.stat(path, true) {
            Ok(found) if found.kind != StatKind::Directory => {
                Err(Problem::NotDirectory.of(&format!("mkdir {path}")))
            }
            Ok(_) if parents => Ok(()),
            Ok(_) => Err(Problem::Exists.of(&format!("mkdir {path}"))),
            Err(_) if parents => self.make_all(path, mode, owner),
            Err(_) => {
                let made = self.make_one(path, mode, owner);
                made.map_err(|problem| problem.of(&format!("mkdir {path}.mkdir-new")))
            }
        }
    }

    fn make_all(&mut self, path: &str, mode: Permissions, owner: &Owner) -> Result<(), PathError> {
        let ends = path.match_indices('/').skip(1).map(|(at, _)| at).chain([path.len()]);
        for end in ends {
            let part = path.get(..end).unwrap_or_default();
            match self.stat(part, true) {
                Ok(found) if found.kind == StatKind::Directory => {}
                Ok(_) => return Err(Problem::NotDirectory.of(&format!("mkdir {part}"))),
                Err(_) => {
                    let made = self.make_one(part, mode, owner);
                    made.map_err(|problem| problem.of(&format!("mkdir {part}.mkdir-new")))?;
                }
            }
        }
        Ok(())
    }

    fn make_parents(&mut self, path: &str, owner: &Owner) -> Result<(), PathError> {
        match path.rsplit_once('/') {
            Some((parent, _)) if !parent.is_empty() => {
                self.make_all(parent, Permissions::new(0o755), owner)
            }
            _ => Ok(()),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WriteRequest {
    action: String,
    files: Vec<Item>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PathsRequest {
    action: String,
    dirs: Vec<Item>,
    paths: Vec<Item>,
}

/// One path of a request, with what any action says about it.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "kebab-case")]
struct Item {
    path: String,
    make_dirs: bool,
    make_parents: bool,
    recursive: bool,
    permissions: Option<String>,
    user: Option<String>,
    user_id: Option<u32>,
    group: Option<String>,
    group_id: Option<u32>,
}

impl Item {
    fn mode(&self, default: u32) -> Result<Permissions, PathError> {
        match self.permissions.as_deref() {
            None | Some("") => Ok(Permissions::new(default)),
            Some(text) => match u32::from_str_radix(text, 8) {
                Ok(mode) if text.len() == 3 => Ok(Permissions::new(mode)),
                _ => Err(PathError::generic(format!(
                    "permissions must be a 3-digit octal string, got {text:?}"
                ))),
            },
        }
    }
}

fn absolute(path: &str) -> Result<(), PathError> {
    if path.starts_with('/') {
        return Ok(());
    }
    Err(PathError::generic(format!("paths must be absolute, got {path:?}")))
}

fn verdict(path: &str, result: Result<(), PathError>) -> Value {
    match result {
        Ok(()) => json!({ "path": path }),
        Err(PathError { kind, message }) => {
            json!({ "path": path, "error": { "kind": kind, "message": message } })
        }
    }
}

const BOUNDARY: &str = "012345678901234567890123456789012345678901234567890123456789";

fn refuse(message: impl Into<String>) -> Response {
    Response::refused(400, "", message)
}

impl Pebble {
    pub(super) fn get_files(&self, request: &Request) -> Response {
        match request.parameter("action") {
            "read" => self.read_files(request),
            "list" => match request.parameter("path") {
                "" => refuse("must specify path"),
                path => {
                    self.list_files(path, request.parameter("pattern"), request.parameter("itself"))
                }
            },
            action => refuse(format!("invalid action {action:?}")),
        }
    }

    fn read_files(&self, request: &Request) -> Response {
        let paths = request.query.iter().filter(|(key, _)| key == "path");
        let paths: Vec<&str> = paths.map(|(_, path)| path.as_str()).collect();
        if paths.is_empty() {
            return refuse("must specify one or more paths");
        }
        if request.header("accept") != "multipart/form-data" {
            return refuse("must accept multipart/form-data");
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
            match self.read_file(path) {
                Ok(content) => {
                    let name = path.replace('\\', "\\\\").replace('"', "\\\"");
                    let headers = format!(
                        "name=\"files\"; filename=\"{name}\"\r\n\
                         Content-Type: application/octet-stream"
                    );
                    part(headers, &content);
                    verdicts.push(verdict(path, Ok(())));
                }
                Err(error) => verdicts.push(verdict(path, Err(error))),
            }
        }
        let verdicts = Response::sync(&Value::Array(verdicts));
        let headers = "name=\"response\"\r\nContent-Type: application/json".to_owned();
        part(headers, &verdicts.body);
        body.extend_from_slice(format!("\n\r\n--{BOUNDARY}--\r\n").as_bytes());
        let content_type = format!("multipart/form-data; boundary={BOUNDARY}").into();
        Response { status: 200, content_type, body }
    }

    fn read_file(&self, path: &str) -> Result<Vec<u8>, PathError> {
        absolute(path)?;
        let stat = self.files.stat(path, true);
        match stat.map_err(|problem| problem.of(&format!("stat {path}")))?.kind {
            StatKind::File(_) => {
                self.files.read(path).map_err(|problem| problem.of(&format!("open {path}")))
            }
            _ => Err(PathError::generic(format!("can only read a regular file: {path:?}"))),
        }
    }

    fn list_files(&self, path: &str, pattern: &str, itself: &str) -> Response {
        if !matches!(itself, "" | "true" | "false") {
            return refuse("itself parameter must be \"true\" or \"false\"");
        }
        if !path.starts_with('/') {
            return refuse(format!("path must be absolute, got {path:?}"));
        }
        match self.entries(path, pattern, itself == "true") {
            Ok(entries) => Response::sync(&entries),
            Err(PathError { kind, message }) => {
                let status = match kind {
                    "not-found" => 404,
                    "permission-denied" => 403,
                    _ => 400,
                };
                Response::refused(status, kind, message)
            }
        }
    }

    fn entries(&self, path: &str, pattern: &str, itself: bool) -> Result<Vec<Value>, PathError> {
        let stat = self.files.stat(path, true);
        let stat = stat.map_err(|problem| problem.of(&format!("stat {path}")))?;
        let trimmed = path.trim_end_matches('/');
        let mut found = Vec::new();
        if itself || stat.kind != StatKind::Directory {
            let (parent, name) = trimmed.rsplit_once('/').unwrap_or(("", "/"));
            found.push((parent.to_owned(), name.to_owned(), stat));
        } else {
            let names = self.files.names(path);
            for name in names.map_err(|problem| problem.of(&format!("open {path}")))? {
                let inside = format!("{trimmed}/{name}");
                let stat = self.files.stat(&inside, false);
                let stat = stat.map_err(|problem| problem.of(&format!("lstat {inside}")))?;
                found.push((trimmed.to_owned(), name, stat));
            }
        }
        let mut entries = Vec::new();
        for (parent, name, stat) in found {
            let fits = pattern.is_empty()
                || pattern::matches(pattern, &name)
                    .map_err(|_| PathError::generic("syntax error in pattern"))?;
            if fits {
                entries.push(self.entry(&parent, &name, &stat));
            }
        }
        Ok(entries)
    }

    fn entry(&self, parent: &str, name: &str, stat: &Stat) -> Value {
        let path = if name == "/" { name.to_owned() } else { format!("{parent}/{name}") };
        let kind = match stat.kind {
            StatKind::File(_) => "file",
            StatKind::Directory => "directory",
            StatKind::Symlink => "symlink",
            StatKind::Other(kind) => kind,
        };
        let (user_id, user) = self.users.user(stat.owner.user.as_ref());
        let group = stat.owner.group.as_ref().or(stat.owner.user.as_ref());
        let (group_id, group) = self.users.group(group);
        let modified = stat.modified.map_or(MODIFIED.to_owned(), |time| time.to_string());
        // The daemon tells whole seconds.
        let modified = match modified.split_once('.') {
            Some((whole, _)) => format!("{whole}Z"),
            None => modified,
        };
        let mut entry = json!({
            "path": path, "name": name, "type": kind, "permissions": stat.mode,
            "last-modified": modified, "user-id": user_id, "user": user,
            "group-id": group_id, "group": group,
        });
        if let (StatKind::File(size), Some(entry)) = (&stat.kind, entry.as_object_mut()) {
            entry.insert("size".to_owned(), json!(size));
        }
        entry
    }

    pub(super) fn post_files(&mut self, request: &Request) -> Response {
        let content_type = request.header("content-type");
        let (media, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
        match media.trim() {
            "multipart/form-data" => {
                let boundary = parameters.trim().strip_prefix("boundary=").unwrap_or_default();
                let boundary = boundary.trim_matches('"');
                if boundary.len() < 32 {
                    return refuse(format!("invalid boundary {boundary:?}"));
                }
                self.write_files(&request.body, boundary)
            }
            "application/json" => self.post_paths(&request.body),
            "" => refuse("invalid Content-Type \"\""),
            media => refuse(format!("invalid media type {media:?}")),
        }
    }

    fn post_paths(&mut self, body: &[u8]) -> Response {
        let request: PathsRequest = match serde_json::from_slice(body) {
            Ok(request) => request,
            Err(error) => return refuse(format!("cannot decode request body: {error}")),
        };
        let verdicts: Vec<Value> = match request.action.as_str() {
            "make-dirs" => {
                request.dirs.iter().map(|item| verdict(&item.path, self.make_dir(item))).collect()
            }
            "remove" => {
                request.paths.iter().map(|item| verdict(&item.path, self.remove(item))).collect()
            }
            "write" => return refuse("must use multipart with \"write\" action"),
            action => return refuse(format!("invalid action {action:?}")),
        };
        Response::sync(&verdicts)
    }

    fn make_dir(&mut self, item: &Item) -> Result<(), PathError> {
        absolute(&item.path)?;
        let mode = item.mode(0o755)?;
        let owner = self.owner(item)?;
        self.files.make_dir(&item.path, mode, &owner, item.make_parents)?;
        self.effects.push(Effect::MakeDirectory { path: item.path.clone() });
        Ok(())
    }

    fn remove(&mut self, item: &Item) -> Result<(), PathError> {
        absolute(&item.path)?;
        let removed = if item.recursive {
            self.files.remove_all(&item.path)
        } else {
            self.files.remove(&item.path)
        };
        removed.map_err(|problem| problem.of(&format!("remove {}", item.path)))?;
        self.effects.push(Effect::Remove { path: item.path.clone() });
        Ok(())
    }

    fn owner(&self, item: &Item) -> Result<Owner, PathError> {
        let Item { user, user_id, group, group_id, .. } = item;
        let cannot =
            |why: String| PathError::generic(format!("cannot look up user and group: {why}"));
        let by_number = user.as_deref().unwrap_or_default().is_empty() && user_id.is_some();
        let has_group = group_id.is_some() || group.as_deref().is_some_and(|name| !name.is_empty());
        if by_number && !has_group && self.owner_needs_a_group() {
            return Err(cannot("must specify group, not just UID".to_owned()));
        }
        let found = self.users.owner(user.as_deref(), *user_id, group.as_deref(), *group_id);
        let (user, group) = found.map_err(cannot)?;
        Ok(Owner { user, group })
    }

    fn write_files(&mut self, body: &[u8], boundary: &str) -> Response {
        let mut parts = multipart::parts(body, boundary).into_iter();
        let metadata = match parts.next() {
            Some(part) if part.name == "request" => part.content,
            Some(part) => {
                return refuse(format!(
                    "metadata field name must be \"request\", got {:?}",
                    part.name
                ));
            }
            None => return refuse("cannot read request metadata: multipart: NextPart: EOF"),
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
            return refuse("must specify one or more files");
        }
        let mut results: BTreeMap<String, Result<(), PathError>> = BTreeMap::new();
        for part in parts {
            if part.name != "files" {
                return refuse(format!("field name must be \"files\", got {:?}", part.name));
            }
            let path = part.filename;
            let Some(item) = metadata.files.iter().find(|file| file.path == path) else {
                return refuse(format!("no metadata for path {path:?}"));
            };
            let result = self.write_file(item, part.content);
            if result.is_ok() {
                self.effects.push(Effect::Push { path: path.clone() });
            }
            results.insert(path, result);
        }
        let verdicts = metadata.files.iter().map(|file| {
            let missing =
                || Err(PathError::generic(format!("no file content for path {:?}", file.path)));
            verdict(&file.path, results.remove(&file.path).unwrap_or_else(missing))
        });
        Response::sync(&verdicts.collect::<Vec<_>>())
    }

    fn write_file(&mut self, item: &Item, content: &[u8]) -> Result<(), PathError> {
        let path = item.path.as_str();
        absolute(path)?;
        let owner = self.owner(item)?;
        if item.make_dirs {
            self.files.make_parents(path, &owner).map_err(|error| {
                let message = format!("cannot create directory: {}", error.message);
                PathError { message, ..error }
            })?;
        }
        let mode = item.mode(0o644)?;
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        if name.contains('*') && !self.takes_stars_in_names() {
            return Err(PathError::generic(format!(
                "cannot create tempfile for filename containing '*': {name:?}"
            )));
        }
        self.files.write(path, content.to_vec(), mode, owner).map_err(|problem| match problem {
            Problem::Exists => problem.of(&format!("rename {path}.1~ {path}")),
            problem => problem.of(&format!("open {path}.1~")),
        })
    }
}
