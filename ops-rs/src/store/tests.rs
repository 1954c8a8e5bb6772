//! What the store writes, what it leaves alone, and what it never loses.

use super::*;
use std::rc::Rc;

/// A backend in memory that counts how it is used.
#[derive(Debug, Default)]
struct Memory {
    documents: RefCell<BTreeMap<String, String>>,
    loads: RefCell<usize>,
    saves: RefCell<Vec<BTreeMap<String, Option<String>>>>,
    refuses: RefCell<bool>,
}

#[derive(Debug, Clone, Default)]
struct Shared(Rc<Memory>);

impl Backend for Shared {
    fn load(&self) -> Result<Loaded, StoreError> {
        *self.0.loads.borrow_mut() += 1;
        Ok(Loaded { documents: self.0.documents.borrow().clone(), set_aside: Vec::new() })
    }

    fn save(&self, changes: &BTreeMap<String, Option<String>>) -> Result<(), StoreError> {
        if *self.0.refuses.borrow() {
            return Err(StoreError::file("write", "memory", io::Error::other("refused")));
        }
        self.0.saves.borrow_mut().push(changes.clone());
        let mut documents = self.0.documents.borrow_mut();
        for (key, text) in changes {
            match text {
                Some(text) => documents.insert(key.clone(), text.clone()),
                None => documents.remove(key),
            };
        }
        Ok(())
    }
}

impl Shared {
    fn holding(documents: &[(&str, &str)]) -> Self {
        let shared = Self::default();
        let owned = documents.iter().map(|(key, text)| ((*key).into(), (*text).into()));
        *shared.0.documents.borrow_mut() = owned.collect();
        shared
    }

    /// What the next dispatch sees.
    fn store(&self) -> Store {
        Store::new(Box::new(self.clone()))
    }

    fn documents(&self) -> Vec<(String, String)> {
        self.0.documents.borrow().clone().into_iter().collect()
    }

    fn saves(&self) -> usize {
        self.0.saves.borrow().len()
    }
}

fn pair(key: &str, text: &str) -> (String, String) {
    (key.to_owned(), text.to_owned())
}

#[test]
fn what_is_stored_is_there_in_the_next_dispatch() {
    let backend = Shared::default();
    let store = backend.store();
    store.set("a", 1, &vec!["x", "ü\n\"✓"]).unwrap();
    store.commit().unwrap();
    let read: Option<Vec<String>> = backend.store().get("a", 1).unwrap();
    assert_eq!(read.unwrap(), ["x", "ü\n\"✓"]);
    assert_eq!(backend.store().get::<u8>("b", 1).unwrap(), None);
}

#[test]
fn what_was_set_is_seen_before_commit_and_nowhere_else() {
    let backend = Shared::default();
    let store = backend.store();
    store.set("a", 1, &7).unwrap();
    assert_eq!(store.get("a", 1).unwrap(), Some(7));
    assert!(store.is_changed());
    assert_eq!(backend.documents(), []);
}

#[test]
fn a_store_that_nobody_asks_reads_and_writes_nothing() {
    let backend = Shared::default();
    backend.store().commit().unwrap();
    assert_eq!((*backend.0.loads.borrow(), backend.saves()), (0, 0));
}

#[test]
fn the_backend_is_read_once() {
    let backend = Shared::default();
    let store = backend.store();
    for _ in 0..3 {
        assert_eq!(store.get::<u8>("a", 1).unwrap(), None);
        store.set("b", 1, &1).unwrap();
    }
    assert_eq!(*backend.0.loads.borrow(), 1);
}

#[test]
fn only_changed_keys_are_written() {
    let backend = Shared::holding(&[
        ("a", r#"{"version":1,"data":1}"#),
        ("b", r#"{"version":1,"data":2}"#),
        ("c", r#"{"version":1,"data":3}"#),
    ]);
    let store = backend.store();
    store.set("a", 1, &1).unwrap();
    store.set("b", 1, &20).unwrap();
    store.remove("c").unwrap();
    store.remove("never there").unwrap();
    store.commit().unwrap();
    let written =
        [("b".to_owned(), Some(r#"{"version":1,"data":20}"#.to_owned())), ("c".to_owned(), None)];
    assert_eq!(*backend.0.saves.borrow(), [BTreeMap::from(written)]);
}

#[test]
fn setting_what_is_there_already_is_no_write() {
    let backend = Shared::holding(&[("a", r#"{"version":1,"data":1}"#)]);
    let store = backend.store();
    store.set("a", 1, &1).unwrap();
    assert!(!store.is_changed());
    store.set("a", 1, &2).unwrap();
    store.set("a", 1, &1).unwrap();
    store.commit().unwrap();
    assert_eq!(backend.saves(), 0);
}

#[test]
fn a_second_commit_writes_only_what_came_after_the_first() {
    let backend = Shared::default();
    let store = backend.store();
    store.set("a", 1, &1).unwrap();
    store.commit().unwrap();
    store.commit().unwrap();
    assert_eq!(backend.saves(), 1);
    assert_eq!(store.get("a", 1).unwrap(), Some(1));
    store.remove("a").unwrap();
    store.commit().unwrap();
    assert_eq!(backend.documents(), []);
}

#[test]
fn a_refused_commit_keeps_what_was_to_be_written() {
    let backend = Shared::default();
    let store = backend.store();
    store.set("a", 1, &1).unwrap();
    *backend.0.refuses.borrow_mut() = true;
    assert!(store.commit().is_err());
    assert!(store.is_changed());
    *backend.0.refuses.borrow_mut() = false;
    store.commit().unwrap();
    assert_eq!(backend.store().get("a", 1).unwrap(), Some(1));
}

#[test]
fn what_is_discarded_is_neither_seen_nor_written() {
    let backend = Shared::holding(&[("a", r#"{"version":1,"data":1}"#)]);
    let store = backend.store();
    store.set("a", 1, &2).unwrap();
    store.set("b", 1, &2).unwrap();
    store.discard();
    assert_eq!((store.get("a", 1).unwrap(), store.get::<u8>("b", 1).unwrap()), (Some(1), None));
    store.commit().unwrap();
    assert_eq!(backend.saves(), 0);
}

#[test]
fn a_document_that_cannot_be_read_is_set_aside_whole() {
    for corrupt in [
        "",
        "not json",
        "{",
        "null",
        "[]",
        "7",
        "{}",
        r#"{"version":1}"#,
        r#"{"version":"1","data":7}"#,
        r#"{"version":-1,"data":7}"#,
        r#"{"version":1,"data":"seven"}"#,
        r#"{"version":1,"data":null}"#,
        "\u{0}\u{1}",
    ] {
        let backend = Shared::holding(&[("a", corrupt), ("b", r#"{"version":1,"data":2}"#)]);
        let store = backend.store();
        assert_eq!(store.get::<u8>("a", 1).unwrap(), None, "{corrupt:?}");
        store.commit().unwrap();
        assert_eq!(
            backend.documents(),
            [pair("a.aside.1", corrupt), pair("b", r#"{"version":1,"data":2}"#)]
        );
    }
}

#[test]
fn a_document_of_another_version_is_set_aside_whole() {
    for version in ["0", "2", "18446744073709551615"] {
        let text = format!(r#"{{"version":{version},"data":{{"new":"shape"}}}}"#);
        let backend = Shared::holding(&[("a", &text)]);
        let store = backend.store();
        assert_eq!(store.get::<u8>("a", 1).unwrap(), None);
        store.commit().unwrap();
        assert_eq!(backend.documents(), [pair("a.aside.1", &text)]);
    }
}

#[test]
fn setting_aside_again_overwrites_nothing() {
    let backend =
        Shared::holding(&[("a", "third"), ("a.aside.1", "first"), ("a.aside.2", "second")]);
    let store = backend.store();
    assert_eq!(store.get::<u8>("a", 1).unwrap(), None);
    store.set("a", 1, &7).unwrap();
    store.commit().unwrap();
    assert_eq!(
        backend.documents(),
        [
            pair("a", r#"{"version":1,"data":7}"#),
            pair("a.aside.1", "first"),
            pair("a.aside.2", "second"),
            pair("a.aside.3", "third"),
        ]
    );
}

#[test]
fn a_document_set_aside_is_not_set_aside_twice_in_one_dispatch() {
    let backend = Shared::holding(&[("a", "corrupt")]);
    let store = backend.store();
    for _ in 0..3 {
        assert_eq!(store.get::<u8>("a", 1).unwrap(), None);
    }
    store.commit().unwrap();
    assert_eq!(backend.documents(), [pair("a.aside.1", "corrupt")]);
}

#[test]
fn what_is_wrong_with_a_document_is_said_without_quoting_it() {
    for text in
        [r#"{"version":1,"data":"hunter2"}"#, "hunter2", r#"{"version":9,"data":"hunter2"}"#]
    {
        let problem = decode::<u8>(text, 1).unwrap_err();
        assert!(!problem.contains("hunter2"), "{problem}");
    }
    let problem = decode::<u8>(r#"{"version":9,"data":7}"#, 1).unwrap_err();
    assert_eq!(problem, "has version 9, and this charm reads 1");
}

#[test]
fn numbers_keep_every_digit() {
    let backend = Shared::default();
    let store = backend.store();
    store.set("a", 1, &(u64::MAX, i64::MIN, 0.1_f64)).unwrap();
    store.commit().unwrap();
    assert_eq!(backend.store().get("a", 1).unwrap(), Some((u64::MAX, i64::MIN, 0.1_f64)));
}

#[test]
fn a_value_without_json_is_a_bug_that_names_the_document() {
    let map = BTreeMap::from([((1, 2), 3)]);
    let error = Shared::default().store().set("a", 1, &map).unwrap_err();
    assert_eq!(error.to_string(), "cannot write document a");
    assert_eq!(ops_core::Fault::from(error).kind(), FaultKind::Bug);
}

#[test]
fn a_file_error_has_the_kind_of_its_cause() {
    for (cause, kind) in [
        (io::ErrorKind::StorageFull, FaultKind::Exhausted),
        (io::ErrorKind::QuotaExceeded, FaultKind::Exhausted),
        (io::ErrorKind::PermissionDenied, FaultKind::Denied),
        (io::ErrorKind::Interrupted, FaultKind::Transient),
    ] {
        let error = StoreError::file("write", "/srv/state", cause.into());
        assert_eq!(error.to_string(), "cannot write /srv/state");
        assert_eq!(ops_core::Fault::from(error).kind(), kind);
    }
}
