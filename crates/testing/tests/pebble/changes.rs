//! Changes and tasks: looking, waiting, giving up.

use crate::support::*;

cases! {
    changes_are_listed_in_their_order;
    changes_of_one_service_are_listed;
    a_change_is_begun_without_waiting;
    a_change_that_is_over_cannot_be_given_up;
    an_unknown_change_cannot_be_given_up;
    an_unknown_change_is_not_found;
}

fn an_unknown_change_is_not_found(door: &Door) -> Outcome {
    let error = door.client.change("9999").unwrap_err();
    assert_eq!(api_message(&error), r#"cannot find change with id "9999""#);
    assert!(error.is_not_found());
    let error = door.client.wait_change("9999", Duration::from_secs(1)).unwrap_err();
    assert!(error.is_not_found());
    Ok(())
}

fn run_two(door: &Door) -> Outcome {
    let layer = Layer::new()
        .service("web", Service::new("sleep 1000"))
        .service("db", Service::new("sleep 1000"));
    add(door, &layer);
    door.client.start(&["web"])?;
    door.client.stop(&["web"])?;
    door.client.start(&["db"]).map(|_| ())
}

fn changes_are_listed_in_their_order(door: &Door) -> Outcome {
    run_two(door)?;
    let changes = door.client.changes(SelectChanges::All, None)?;
    let kinds: Vec<&str> = changes.iter().map(|change| change.kind.as_str()).collect();
    assert_eq!(kinds[kinds.len() - 3..], ["start", "stop", "start"]);
    assert!(changes.iter().all(|change| change.ready_time >= Some(change.spawn_time)));
    assert!(door.client.changes(SelectChanges::InProgress, None)?.is_empty());
    Ok(())
}

fn changes_of_one_service_are_listed(door: &Door) -> Outcome {
    run_two(door)?;
    assert_eq!(door.client.changes(SelectChanges::Ready, Some("web"))?.len(), 2);
    assert!(door.client.changes(SelectChanges::All, Some("nobody"))?.is_empty());
    Ok(())
}

fn a_change_is_begun_without_waiting(door: &Door) -> Outcome {
    add(door, &Layer::new().service("web", Service::new("sleep 1000")));
    let id = door.client.begin(ServiceAction::Start, &["web"])?;
    let change = door.client.wait_change(&id, Duration::from_secs(30))?;
    assert_eq!((change.status, change.kind.as_str()), (ChangeStatus::Done, "start"));
    let progress = change.tasks[0].progress.as_ref().unwrap();
    assert_eq!((progress.done, progress.total), (1, 1));
    Ok(())
}

fn a_change_that_is_over_cannot_be_given_up(door: &Door) -> Outcome {
    add(door, &Layer::new().service("web", Service::new("sleep 1000")));
    let id = door.client.start(&["web"])?.id;
    let error = door.client.abort_change(&id).unwrap_err();
    assert_eq!(api_message(&error), format!("cannot abort change {id} with nothing pending"));
    Ok(())
}

fn an_unknown_change_cannot_be_given_up(door: &Door) -> Outcome {
    assert!(door.client.abort_change("9999").unwrap_err().is_not_found());
    Ok(())
}
