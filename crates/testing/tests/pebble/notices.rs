//! Notices: recording, listing, waiting.

use crate::support::*;
use ops_pebble::{NoticeFilter, NoticeType, Notify};

cases! {
    a_notice_is_recorded_and_found since Notices;
    a_notice_that_happens_again_is_the_same_one since Notices;
    data_that_is_not_repeated_is_forgotten since Notices;
    a_repetition_too_soon_wakes_nobody since Notices;
    notices_are_filtered_by_type_and_key since Notices;
    only_what_is_new_is_listed since Notices;
    a_wait_ends_at_once_with_what_is_there since Notices;
    a_wait_for_nothing_ends_empty since Notices;
    a_notice_that_is_not_there_is_not_found since Notices;
    a_malformed_key_is_refused since Notices;
    too_much_data_is_refused since Notices;
    the_notices_of_all_users_are_listed since Notices;
}

const KEY: &str = "example.com/backup";

fn custom() -> NoticeFilter {
    NoticeFilter::new().kind(NoticeType::Custom)
}

fn a_notice_is_recorded_and_found(door: &Door) -> Outcome {
    let id = door.client.notify(&Notify::new(KEY).data("path", "/tmp/x"))?;
    let notice = door.client.notice(&id)?;
    assert_eq!(
        (notice.kind, notice.key.as_str(), notice.occurrences),
        (NoticeType::Custom, KEY, 1)
    );
    assert_eq!(notice.last_data["path"], "/tmp/x");
    assert_eq!(notice.first_occurred, notice.last_repeated);
    assert_eq!(notice.repeat_after, None);
    assert_eq!(notice.expire_after, Some(Duration::from_secs(7 * 24 * 3600)));
    Ok(())
}

fn a_notice_that_happens_again_is_the_same_one(door: &Door) -> Outcome {
    let id = door.client.notify(&Notify::new(KEY))?;
    assert_eq!(door.client.notify(&Notify::new(KEY))?, id);
    let notice = door.client.notice(&id)?;
    assert_eq!(notice.occurrences, 2);
    assert!(notice.last_repeated > notice.first_occurred);
    Ok(())
}

fn data_that_is_not_repeated_is_forgotten(door: &Door) -> Outcome {
    let id = door.client.notify(&Notify::new(KEY).data("a", "1"))?;
    door.client.notify(&Notify::new(KEY))?;
    assert!(door.client.notice(&id)?.last_data.is_empty());
    Ok(())
}

fn a_repetition_too_soon_wakes_nobody(door: &Door) -> Outcome {
    let notify = Notify::new(KEY).repeat_after(Duration::from_secs(3600));
    let id = door.client.notify(&notify)?;
    let first = door.client.notice(&id)?;
    assert_eq!(first.repeat_after, Some(Duration::from_secs(3600)));
    door.client.notify(&notify)?;
    let again = door.client.notice(&id)?;
    assert_eq!(again.last_repeated, first.last_repeated);
    assert!(again.last_occurred > first.last_occurred);
    Ok(())
}

fn notices_are_filtered_by_type_and_key(door: &Door) -> Outcome {
    door.client.notify(&Notify::new(KEY))?;
    door.client.notify(&Notify::new("example.com/other"))?;
    let keys = |filter: &NoticeFilter| -> Result<Vec<String>, Error> {
        Ok(door.client.notices(filter)?.into_iter().map(|notice| notice.key).collect())
    };
    assert_eq!(keys(&custom())?, [KEY, "example.com/other"]);
    assert_eq!(keys(&custom().key("example.com/other"))?, ["example.com/other"]);
    assert!(keys(&NoticeFilter::new().kind(NoticeType::Other("dreams".into())))?.is_empty());
    Ok(())
}

fn only_what_is_new_is_listed(door: &Door) -> Outcome {
    let first = door.client.notify(&Notify::new(KEY))?;
    let after = door.client.notice(&first)?.last_repeated;
    assert!(door.client.notices(&custom().after(after))?.is_empty());
    door.client.notify(&Notify::new("example.com/other"))?;
    let new = door.client.notices(&custom().after(after))?;
    assert_eq!(new.len(), 1, "nanoseconds count");
    assert_eq!(new[0].key, "example.com/other");
    Ok(())
}

fn a_wait_ends_at_once_with_what_is_there(door: &Door) -> Outcome {
    door.client.notify(&Notify::new(KEY))?;
    assert_eq!(door.client.wait_notices(&custom(), Duration::from_secs(600))?.len(), 1);
    Ok(())
}

fn a_wait_for_nothing_ends_empty(door: &Door) -> Outcome {
    assert!(door.client.wait_notices(&custom(), Duration::from_millis(50))?.is_empty());
    Ok(())
}

fn a_notice_that_is_not_there_is_not_found(door: &Door) -> Outcome {
    match door.client.notice("9999") {
        Err(error) if error.unsupported().is_some() => Err(error),
        result => {
            let error = result.unwrap_err();
            assert!(error.is_not_found());
            assert_eq!(api_message(&error), r#"cannot find notice with ID "9999""#);
            Ok(())
        }
    }
}

fn refused(door: &Door, notify: &Notify, message: &str) -> Outcome {
    door.client.notices(&custom())?;
    let error = door.client.notify(notify).unwrap_err();
    assert_eq!(api_message(&error), message);
    Ok(())
}

fn a_malformed_key_is_refused(door: &Door) -> Outcome {
    for key in ["foo", "example.com", "example/x", "Example.com/x", "example.com/-x", "a.b/x_y"] {
        let format = match door.differs(&differences::KEY_WORDING) {
            true => "domain.com/key",
            false => "example.com/path",
        };
        let message = format!("invalid key {key:?} (must be in {format:?} format)");
        refused(door, &Notify::new(key), &message)?;
    }
    let long = format!("example.com/{}", "x".repeat(256));
    refused(door, &Notify::new(long), "key must be 256 bytes or less")
}

fn too_much_data_is_refused(door: &Door) -> Outcome {
    let notify = Notify::new(KEY).data("a", "x".repeat(5000));
    refused(door, &notify, "total size of data must be 4096 bytes or less")
}

fn the_notices_of_all_users_are_listed(door: &Door) -> Outcome {
    door.client.notify(&Notify::new(KEY))?;
    assert_eq!(door.client.notices(&custom().all_users())?.len(), 1);
    Ok(())
}
