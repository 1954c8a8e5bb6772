//! Directories: what is in them, making them, and removing what is there.

use super::{
    Effect, Pebble, Request, Response,
    file::{Entry, Files, PathError, absolute, verdict},
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Changes {
    action: String,
    dirs: Vec<MakeDirectory>,
    paths: Vec<Remove>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "kebab-case")]
struct MakeDirectory {
    path: String,
    make_parents: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Remove {
    path: String,
    recursive: bool,
}

impl Files {
    fn is_directory(&self, path: &str) -> bool {
        path == "/" || matches!(self.entry(path), Some(Entry::Directory))
    }

    /// The names in a directory, in order.
    fn names<'a>(&'a self, directory: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        let start = directory.trim_end_matches('/');
        self.entries()
            .filter_map(move |(path, _)| path.strip_prefix(start)?.strip_prefix('/'))
            .filter(|name| !name.contains('/'))
    }

    fn info(&self, path: &str) -> Value {
        let (kind, mode, size) = match self.entry(path) {
            Some(Entry::File(file)) => ("file", file.mode, Some(file.content.len())),
            _ => ("directory", 0o755, None),
        };
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        let mut info = json!({
            "path": path,
            "name": if name.is_empty() { "/" } else { name },
            "type": kind,
            "permissions": format!("{mode:03o}"),
            "last-modified": "2026-01-01T00:00:00Z",
            "user-id": 0,
            "user": "root",
            "group-id": 0,
            "group": "root",
        });
        if let (Some(info), Some(size)) = (info.as_object_mut(), size) {
            info.insert("size".to_owned(), size.into());
        }
        info
    }

    fn make_directory(&mut self, wanted: &MakeDirectory) -> Result<(), PathError> {
        let path = wanted.path.as_str();
        absolute(path)?;
        let generic = |why: &str| ("generic-file-error", format!("mkdir {path}: {why}"));
        if self.is_directory(path) {
            return if wanted.make_parents { Ok(()) } else { Err(generic("file exists")) };
        }
        if self.entry(path).is_some() {
            let why = if wanted.make_parents { "not a directory" } else { "file exists" };
            return Err(generic(why));
        }
        if self.obstacle(path).is_some() {
            return Err(generic("not a directory"));
        }
        if wanted.make_parents {
            self.make_parents(path);
        } else if !self.parent_exists(path) {
            return Err(("not-found", format!("mkdir {path}: no such file or directory")));
        }
        self.insert(path, Entry::Directory);
        Ok(())
    }

    fn remove(&mut self, unwanted: &Remove) -> Result<(), PathError> {
        let path = unwanted.path.as_str();
        absolute(path)?;
        if unwanted.recursive {
            self.remove_tree(path);
            return Ok(());
        }
        if self.is_directory(path) && self.names(path).next().is_some() {
            return Err(("generic-file-error", format!("remove {path}: directory not empty")));
        }
        if self.entry(path).is_none() {
            return Err(("not-found", format!("remove {path}: no such file or directory")));
        }
        self.remove_tree(path);
        Ok(())
    }
}

impl Pebble {
    pub(super) fn list_files(&self, request: &Request) -> Response {
        let path = request.parameter("path");
        if !path.starts_with('/') {
            return Response::refused(400, "", format!("path must be absolute, got {path:?}"));
        }
        let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
        if !self.files.is_directory(path) && self.files.entry(path).is_none() {
            let message = format!("stat {path}: no such file or directory");
            return Response::refused(404, "not-found", message);
        }
        let pattern = request.parameter("pattern");
        if request.parameter("itself") == "true" || !self.files.is_directory(path) {
            return Response::sync(&[self.files.info(path)]);
        }
        let start = path.trim_end_matches('/');
        let names = self.files.names(path).filter(|name| pattern.is_empty() || fits(pattern, name));
        let infos = names.map(|name| self.files.info(&format!("{start}/{name}")));
        Response::sync(&infos.collect::<Vec<_>>())
    }

    /// Makes directories, or removes what is there.
    pub(super) fn change_files(&mut self, body: &[u8]) -> Response {
        let request: Changes = match serde_json::from_slice(body) {
            Ok(request) => request,
            Err(error) => {
                let message = format!("cannot decode request body: {error}");
                return Response::refused(400, "", message);
            }
        };
        let verdicts: Vec<Value> = match request.action.as_str() {
            "make-dirs" => {
                let made = request.dirs.iter().map(|directory| {
                    let result = self.files.make_directory(directory);
                    if result.is_ok() {
                        let path = directory.path.clone();
                        self.effects.push(Effect::MakeDirectory { path });
                    }
                    verdict(&directory.path, result)
                });
                made.collect()
            }
            "remove" => {
                let removed = request.paths.iter().map(|unwanted| {
                    let result = self.files.remove(unwanted);
                    if result.is_ok() {
                        self.effects.push(Effect::Remove { path: unwanted.path.clone() });
                    }
                    verdict(&unwanted.path, result)
                });
                removed.collect()
            }
            action => {
                return Response::refused(400, "", format!("invalid action {action:?}"));
            }
        };
        Response::sync(&verdicts)
    }
}

/// Whether a name fits a pattern in which `*` is any text and `?` any character.
fn fits(pattern: &str, name: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => name.is_empty(),
        Some('*') => {
            let ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
            let mut tails = ends.filter_map(|at| name.get(at..));
            tails.any(|tail| fits(rest.as_str(), tail))
        }
        Some(wanted) => {
            let mut name = name.chars();
            let found = name.next();
            found.is_some_and(|found| wanted == '?' || wanted == found)
                && fits(rest.as_str(), name.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn patterns_are_those_of_a_shell() {
        for (pattern, name, expected) in [
            ("*.txt", "a.txt", true),
            ("*.txt", "a.txt.old", false),
            ("a?c*", "abcdef", true),
            ("a?c", "ac", false),
            ("*", "", true),
            ("*a*b*", "xxaxxbxx", true),
            ("é?", "éü", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
