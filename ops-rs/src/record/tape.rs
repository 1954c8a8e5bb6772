//! The file of one recording: lines in their order, without secrets at any moment that they are known.
//!
//! Lines go to `NAME.partial` as they come; a secret that becomes known later may stand in earlier ones, so the
//! file is written anew then. At the end it gets its name. Nothing that goes wrong here reaches the dispatch:
//! there is one warning, and no recording.

use super::{
    format::{Data, End, Line},
    redaction::Redaction,
};
use crate::host::Messages;
use std::{
    cell::RefCell,
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Seek as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
    rc::Rc,
};

/// The most that one recording holds: 256 MiB. It is kept in memory, too.
const LIMIT: usize = 256 << 20;

/// One recording.
pub(super) struct Tape {
    name: PathBuf,
    messages: Rc<dyn Messages>,
    inner: RefCell<Option<Inner>>,
}

struct Inner {
    file: File,
    lines: Vec<Option<Line>>,
    /// How many are in the file.
    written: usize,
    /// Whether what is in the file holds a secret that was not known then.
    stale: bool,
    size: usize,
    redaction: Redaction,
}

/// The place of a line that is not complete yet.
#[derive(Debug)]
pub(super) struct Place(usize);

impl Tape {
    /// Begins the file. It is readable by its owner alone.
    pub(super) fn begin(name: PathBuf, messages: Rc<dyn Messages>, first: Line) -> Self {
        let tape = Self { name, messages, inner: RefCell::new(None) };
        if !tape.name.is_absolute() {
            tape.give_up("this is no absolute path");
            return tape;
        }
        let partial = tape.partial();
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(partial) {
            Ok(file) => {
                *tape.inner.borrow_mut() = Some(Inner {
                    file,
                    lines: Vec::new(),
                    written: 0,
                    stale: false,
                    size: 0,
                    redaction: Redaction::default(),
                });
                tape.add(first);
            }
            Err(why) => tape.give_up(&why.to_string()),
        }
        tape
    }

    fn partial(&self) -> PathBuf {
        self.name.with_extension("partial")
    }

    /// Adds a line.
    pub(super) fn add(&self, line: Line) {
        if let Some(place) = self.keep_place() {
            self.fill(&place, line);
        }
    }

    /// Keeps the place of a line that comes later.
    pub(super) fn keep_place(&self) -> Option<Place> {
        let mut inner = self.inner.borrow_mut();
        let inner = inner.as_mut()?;
        inner.lines.push(None);
        Some(Place(inner.lines.len() - 1))
    }

    /// Puts a line in its place.
    pub(super) fn fill(&self, place: &Place, mut line: Line) {
        let written = match self.inner.borrow_mut().as_mut() {
            None => return,
            Some(inner) => {
                line.each_data(&mut |data| inner.size += data.0.len());
                if let Some(kept) = inner.lines.get_mut(place.0) {
                    *kept = Some(line);
                }
                match inner.size {
                    0..LIMIT => inner.write().map_err(|why| why.to_string()),
                    _ => Err(format!("it would have more than {} MiB", LIMIT >> 20)),
                }
            }
        };
        if let Err(why) = written {
            self.give_up(&why);
        }
    }

    /// Makes a value a secret, and says its number.
    pub(super) fn learn(&self, value: &[u8]) -> Option<usize> {
        let mut inner = self.inner.borrow_mut();
        let inner = inner.as_mut()?;
        let before = inner.redaction.count();
        let number = inner.redaction.learn(value);
        inner.stale |= inner.redaction.count() > before;
        number
    }

    /// Ends the recording, and gives the file its name.
    pub(super) fn end(&self, exit: u8) {
        let finished = match self.inner.borrow_mut().as_mut() {
            None => return,
            Some(inner) => {
                // A connection that somebody still holds has no end to tell of.
                inner.lines.retain(Option::is_some);
                inner.lines.push(Some(Line::End(End { exit })));
                inner.stale = true;
                inner.write().and_then(|()| inner.file.sync_all())
            }
        };
        let named = finished.and_then(|()| fs::rename(self.partial(), &self.name));
        if let Err(why) = named {
            self.give_up(&why.to_string());
        }
    }

    fn give_up(&self, why: &str) {
        let mut inner = self.inner.borrow_mut();
        if inner.take().is_some() {
            // Half a recording would pass for that of a crash.
            let _ = fs::remove_file(self.partial());
        }
        let name = self.name.display();
        self.messages
            .line(&format!("cannot record this dispatch in {name}, and goes on without: {why}"));
    }
}

/// What it holds is not printed: there are secrets in it.
impl fmt::Debug for Tape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tape({:?})", self.name)
    }
}

impl Inner {
    /// Writes what is complete.
    fn write(&mut self) -> io::Result<()> {
        if self.stale {
            self.file.set_len(0)?;
            self.file.rewind()?;
            (self.written, self.stale) = (0, false);
        }
        let mut text = Vec::new();
        while let Some(Some(line)) = self.lines.get(self.written) {
            let mut line = line.clone();
            line.each_data(&mut |data| *data = Data(self.redaction.redact(&data.0)));
            serde_json::to_writer(&mut text, &line)?;
            text.push(b'\n');
            self.written += 1;
        }
        self.file.write_all(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::format::{Call, Came};
    use std::path::Path;

    #[derive(Debug, Default)]
    struct Lines(RefCell<Vec<String>>);

    impl Messages for Lines {
        fn line(&self, text: &str) {
            self.0.borrow_mut().push(text.to_owned());
        }
    }

    fn said(text: &str) -> Line {
        let (stdout, stderr) = (Data::from(text), Data::default());
        let outcome = Came::Reply { exit: 0, stdout, stderr };
        let program = "relation-get".to_owned();
        Line::Call(Call { program, arguments: Vec::new(), input: None, outcome })
    }

    fn read(path: &Path) -> String {
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn a_secret_that_becomes_known_later_leaves_the_lines_before_it() {
        let directory = tempfile::tempdir().unwrap();
        let name = directory.path().join("x.recording");
        let messages = Rc::new(Lines::default());
        let tape =
            Tape::begin(name.clone(), Rc::clone(&messages) as Rc<dyn Messages>, said("first"));
        tape.add(said("KEY=hunter22"));
        assert_eq!(tape.learn(b"hunter22\n"), Some(1));
        tape.add(said("again hunter22"));
        let partial = read(&name.with_extension("partial"));
        assert!(!partial.contains("hunter22") && partial.lines().count() == 3, "{partial}");
        tape.end(0);
        let whole = read(&name);
        assert!(
            whole.starts_with(&partial) && whole.ends_with("{\"end\":{\"exit\":0}}\n"),
            "{whole}"
        );
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        assert!(messages.0.borrow().is_empty());
    }

    #[test]
    fn lines_stand_where_they_began_and_those_that_never_ended_are_left_out() {
        let directory = tempfile::tempdir().unwrap();
        let name = directory.path().join("x.recording");
        let tape = Tape::begin(name.clone(), Rc::new(Lines::default()), said("first"));
        let place = tape.keep_place().unwrap();
        let _lost = tape.keep_place().unwrap();
        tape.add(said("third"));
        tape.fill(&place, said("second"));
        tape.end(3);
        let whole = read(&name);
        let at = |text: &str| whole.find(text).unwrap();
        assert!(at("first") < at("second") && at("second") < at("third"), "{whole}");
        assert_eq!(whole.lines().count(), 4);
    }

    #[test]
    fn what_is_too_large_is_one_warning_and_no_file() {
        let directory = tempfile::tempdir().unwrap();
        let messages = Rc::new(Lines::default());
        let name = directory.path().join("x.recording");
        let tape = Tape::begin(name, Rc::clone(&messages) as Rc<dyn Messages>, said("first"));
        tape.inner.borrow_mut().as_mut().unwrap().size = LIMIT - 4;
        tape.add(said("large"));
        tape.add(said("more"));
        tape.end(0);
        assert_eq!(messages.0.borrow().len(), 1, "{:?}", messages.0.borrow());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
