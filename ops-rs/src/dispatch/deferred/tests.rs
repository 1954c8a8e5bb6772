//! Order, repetition and storage of the deferred queue.

use super::*;
use crate::{
    hook_command::{Reply, fake::Fake},
    store::UnitState,
};

fn store(fake: &std::rc::Rc<Fake>) -> Store {
    Store::new(Box::new(UnitState::new(fake.juju())))
}

fn events(queue: &mut Queue) -> Vec<(Event, String, u32)> {
    queue.take().into_iter().map(|entry| (entry.event, entry.why, entry.tries)).collect()
}

#[test]
fn a_queue_keeps_its_order_through_storage() {
    let fake = Fake::new([Reply::ok("null")]);
    let store = store(&fake);
    let mut queue = Queue::load(&store).unwrap();
    queue.defer(Event::Start, "first".into());
    queue.defer(Event::Install, "second".into());
    queue.store(&store).unwrap();
    let mut again = Queue::load(&store).unwrap();
    assert_eq!(
        events(&mut again),
        [(Event::Start, "first".into(), 1), (Event::Install, "second".into(), 1)]
    );
}

#[test]
fn the_same_event_waits_once() {
    let mut queue = Queue(Vec::new());
    queue.defer(Event::Start, "first".into());
    queue.defer(Event::Start, "second".into());
    assert_eq!(events(&mut queue), [(Event::Start, "first".into(), 1)]);
}

#[test]
fn another_try_is_counted_and_says_its_own_reason() {
    let entry = Entry { event: Event::Start, why: "first".into(), tries: 1 };
    let again = entry.again("second".into());
    assert_eq!((again.why.as_str(), again.tries), ("second", 2));
    let last = Entry { tries: u32::MAX, ..again };
    assert_eq!(last.again(String::new()).tries, u32::MAX);
}

#[test]
fn an_empty_queue_takes_no_room_in_juju() {
    let fake = Fake::new([Reply::ok("null")]);
    let store = store(&fake);
    Queue::load(&store).unwrap().store(&store).unwrap();
    store.commit().unwrap();
    assert_eq!(fake.typed(), ["state-get --format=json"]);
}

#[test]
fn a_queue_that_ran_empty_is_removed() {
    let stored = r#"{"ops.deferred":"{\"version\":1,\"data\":[{\"event\":\"start\",\"why\":\"x\",\"tries\":3}]}"}"#;
    let fake = Fake::new([Reply::ok(stored)]);
    let store = store(&fake);
    let mut queue = Queue::load(&store).unwrap();
    assert_eq!(events(&mut queue), [(Event::Start, "x".into(), 3)]);
    queue.store(&store).unwrap();
    store.commit().unwrap();
    assert_eq!(fake.typed(), ["state-get --format=json", "state-delete -- ops.deferred"]);
}

#[test]
fn a_queue_that_stays_as_it_was_is_not_written() {
    let stored = r#"{"ops.deferred":"{\"version\":1,\"data\":[{\"event\":\"start\",\"why\":\"x\",\"tries\":3}]}"}"#;
    let fake = Fake::new([Reply::ok(stored)]);
    let store = store(&fake);
    Queue::load(&store).unwrap().store(&store).unwrap();
    store.commit().unwrap();
    assert_eq!(fake.typed(), ["state-get --format=json"]);
}
