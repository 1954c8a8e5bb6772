//! The table of stages, cell by cell.

use super::*;
use crate::event::{Event, RelationEvent, SecretEvent, StorageEvent};
use ops_core::names::{ContainerName, EndpointName, RelationId, SecretId, StorageName};

/// One wake of each kind that a row of the table names.
fn wakes(row: Row) -> Vec<Wake> {
    let relation = || RelationEvent {
        endpoint: EndpointName::new("database").unwrap(),
        id: RelationId::new(7),
        application: None,
        unit: None,
    };
    let storage = || StorageEvent {
        storage: StorageName::new("data").unwrap(),
        index: Some(0),
        location: None,
    };
    let secret = || SecretEvent { id: SecretId::parse("abc").unwrap(), label: None };
    let container = || ContainerName::new("web").unwrap();
    let (id, kind, key) = ("1".to_owned(), "custom".to_owned(), "a.b/c".to_owned());
    let events = match row {
        Row::Ordinary => vec![
            Event::ConfigChanged,
            Event::UpdateStatus,
            Event::RelationChanged(relation()),
            Event::SecretChanged(secret()),
            Event::PebbleReady { container: container() },
            Event::PebbleCustomNotice { container: container(), id, kind, key },
            Event::PebbleCheckFailed { container: container(), check: "up".into() },
        ],
        Row::Unknown => vec![Event::Unknown { name: "new-hook".into() }],
        Row::RelationEnding => vec![
            Event::RelationBroken(relation()),
            Event::RelationDeparted { relation: relation(), departing: None },
        ],
        Row::Teardown => vec![Event::StorageDetaching(storage()), Event::Stop, Event::Remove],
        Row::Action => {
            return vec![Wake::Action { name: "backup".into(), id: "7".into() }];
        }
        Row::Restricted => vec![Event::CollectMetrics, Event::MeterStatusChanged],
    };
    events.into_iter().map(Wake::Hook).collect()
}

#[derive(Debug, Clone, Copy)]
enum Row {
    Ordinary,
    Unknown,
    RelationEnding,
    Teardown,
    Action,
    Restricted,
}

/// One test for each cell: the row, the column, and what stands there.
macro_rules! cells {
    ($($name:ident: $row:ident, $column:ident == $value:expr;)+) => {
        $(
            #[test]
            fn $name() {
                for wake in wakes(Row::$row) {
                    assert_eq!(Stages::of(&wake).$column, $value, "{wake:?}");
                }
            }
        )+
    };
}

cells! {
    an_ordinary_hook_handles_deferred_events: Ordinary, deferred == true;
    an_ordinary_hook_runs_its_handler: Ordinary, handler == true;
    an_ordinary_hook_converges_in_full: Ordinary, converge == Converge::Full;
    an_ordinary_hook_commits_the_queue: Ordinary, commits_queue == true;

    an_unknown_hook_handles_deferred_events: Unknown, deferred == true;
    an_unknown_hook_has_no_handler: Unknown, handler == false;
    an_unknown_hook_converges_in_full: Unknown, converge == Converge::Full;
    an_unknown_hook_commits_the_queue: Unknown, commits_queue == true;

    an_ending_relation_handles_deferred_events: RelationEnding, deferred == true;
    an_ending_relation_runs_its_handler: RelationEnding, handler == true;
    an_ending_relation_is_finalized_and_then_all_converges:
        RelationEnding, converge == Converge::FinalizeScopeThenFull;
    an_ending_relation_commits_the_queue: RelationEnding, commits_queue == true;

    a_teardown_handles_deferred_events: Teardown, deferred == true;
    a_teardown_runs_its_handler: Teardown, handler == true;
    a_teardown_never_converges_towards_up: Teardown, converge == Converge::FinalizeOnly;
    a_teardown_commits_the_queue: Teardown, commits_queue == true;

    an_action_handles_no_deferred_events: Action, deferred == false;
    an_action_has_no_event_handler: Action, handler == false;
    an_action_converges_only_if_it_asks: Action, converge == Converge::No;
    an_action_never_touches_the_queue: Action, commits_queue == false;

    a_restricted_hook_handles_no_deferred_events: Restricted, deferred == false;
    a_restricted_hook_runs_its_handler: Restricted, handler == true;
    a_restricted_hook_does_not_converge: Restricted, converge == Converge::No;
    a_restricted_hook_does_not_ask_for_the_queue: Restricted, commits_queue == false;
}
