//! Files, directories and symbolic links in memory.

use super::{Owner, Stat, StatKind, problem::Problem};
use ops_pebble::Permissions;
use std::collections::BTreeMap;

/// A tree, by path. The root is always there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::emulator::pebble) struct Tree(BTreeMap<String, Node>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    content: Content,
    mode: Permissions,
    owner: Owner,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    File(Vec<u8>),
    Directory,
    Link(String),
}

/// As many links as Linux follows.
const LINKS: usize = 40;

impl Tree {
    pub(super) fn put(&mut self, path: &str, content: Vec<u8>) {
        self.make_parents(path, &Owner::default());
        let mode = Permissions::new(0o644);
        self.insert(path, Content::File(content), mode, Owner::default());
    }

    pub(super) fn put_dir(&mut self, path: &str) {
        self.make_parents(path, &Owner::default());
        self.insert(path, Content::Directory, Permissions::new(0o755), Owner::default());
    }

    pub(super) fn link(&mut self, path: &str, target: &str) {
        self.make_parents(path, &Owner::default());
        let mode = Permissions::new(0o777);
        self.insert(path, Content::Link(target.to_owned()), mode, Owner::default());
    }

    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        let files = self.0.iter().filter(|(_, node)| matches!(node.content, Content::File(_)));
        files.map(|(path, _)| path.as_str())
    }

    pub(super) fn stat(&self, path: &str, follow: bool) -> Result<Stat, Problem> {
        let path = self.resolve(path, follow)?;
        if path.is_empty() {
            let (kind, mode, owner) =
                (StatKind::Directory, Permissions::new(0o755), Owner::default());
            return Ok(Stat { kind, mode, owner, modified: None });
        }
        let node = self.0.get(&path).ok_or(Problem::NotFound)?;
        let kind = match &node.content {
            Content::File(content) => {
                StatKind::File(u64::try_from(content.len()).unwrap_or_default())
            }
            Content::Directory => StatKind::Directory,
            Content::Link(_) => StatKind::Symlink,
        };
        Ok(Stat { kind, mode: node.mode, owner: node.owner.clone(), modified: None })
    }

    pub(super) fn read(&self, path: &str) -> Result<&[u8], Problem> {
        let path = self.resolve(path, true)?;
        match self.0.get(&path).map(|node| &node.content) {
            Some(Content::File(content)) => Ok(content),
            Some(_) => Err(Problem::IsDirectory),
            None if path.is_empty() => Err(Problem::IsDirectory),
            None => Err(Problem::NotFound),
        }
    }

    /// The names in a directory, in order.
    pub(super) fn names(&self, path: &str) -> Result<Vec<String>, Problem> {
        let path = self.resolve(path, true)?;
        let start = format!("{path}/");
        let inside = self.0.range(start.clone()..);
        let names = inside.map_while(|(found, _)| found.strip_prefix(&start));
        Ok(names.filter(|name| !name.contains('/')).map(str::to_owned).collect())
    }

    /// Puts a file in the place of what is there. A link is replaced.
    pub(super) fn write(
        &mut self,
        path: &str,
        content: Vec<u8>,
        mode: Permissions,
        owner: Owner,
    ) -> Result<(), Problem> {
        let path = self.place(path)?;
        match self.0.get(&path) {
            Some(Node { content: Content::Directory, .. }) => Err(Problem::Exists),
            _ => {
                self.insert(&path, Content::File(content), mode, owner);
                Ok(())
            }
        }
    }

    pub(super) fn make_dir(
        &mut self,
        path: &str,
        mode: Permissions,
        owner: Owner,
    ) -> Result<(), Problem> {
        let path = self.place(path)?;
        if self.0.contains_key(&path) {
            return Err(Problem::Exists);
        }
        self.insert(&path, Content::Directory, mode, owner);
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &str) -> Result<(), Problem> {
        let path = self.resolve(path, false)?;
        let node = self.0.get(&path).ok_or(Problem::NotFound)?;
        if node.content == Content::Directory && !self.names(&path)?.is_empty() {
            return Err(Problem::NotEmpty);
        }
        self.0.remove(&path);
        Ok(())
    }

    pub(super) fn remove_all(&mut self, path: &str) -> Result<(), Problem> {
        let path = match self.resolve(path, false) {
            Ok(path) => path,
            Err(Problem::NotFound) => return Ok(()),
            Err(problem) => return Err(problem),
        };
        let below = format!("{path}/");
        self.0.retain(|found, _| *found != path && !found.starts_with(&below));
        Ok(())
    }

    fn insert(&mut self, path: &str, content: Content, mode: Permissions, owner: Owner) {
        self.0.insert(path.to_owned(), Node { content, mode, owner });
    }

    fn make_parents(&mut self, path: &str, owner: &Owner) {
        for (at, _) in path.match_indices('/').skip(1) {
            let parent = path.get(..at).unwrap_or_default();
            if !self.0.contains_key(parent) {
                self.insert(parent, Content::Directory, Permissions::new(0o755), owner.clone());
            }
        }
    }

    /// Where something new of this path would be: its directory must be there.
    fn place(&self, path: &str) -> Result<String, Problem> {
        let path = path.trim_end_matches('/');
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        if name.is_empty() {
            return Err(Problem::Exists);
        }
        let parent = self.resolve(parent, true)?;
        match self.0.get(&parent).map(|node| &node.content) {
            None if parent.is_empty() => {}
            Some(Content::Directory) => {}
            Some(_) => return Err(Problem::NotDirectory),
            None => return Err(Problem::NotFound),
        }
        Ok(format!("{parent}/{name}"))
    }

    /// The path without links and dots; empty for the root. Its last part need not be there.
    fn resolve(&self, path: &str, follow: bool) -> Result<String, Problem> {
        let mut pending: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let mut resolved = String::new();
        let mut links = 0;
        while let Some(part) = pending.pop() {
            let is_last = pending.iter().all(String::is_empty);
            match part.as_str() {
                "" | "." => continue,
                ".." => {
                    resolved.truncate(resolved.rfind('/').unwrap_or(0));
                    continue;
                }
                _ => {}
            }
            let next = format!("{resolved}/{part}");
            match self.0.get(&next).map(|node| &node.content) {
                Some(Content::Link(target)) if follow || !is_last => {
                    links += 1;
                    if links > LINKS {
                        return Err(Problem::Other("too many levels of symbolic links".to_owned()));
                    }
                    if target.starts_with('/') {
                        resolved.clear();
                    }
                    pending.extend(target.split('/').rev().map(str::to_owned));
                }
                Some(Content::File(_)) if !is_last => return Err(Problem::NotDirectory),
                None if !is_last => return Err(Problem::NotFound),
                _ => resolved = next,
            }
        }
        Ok(resolved)
    }
}
