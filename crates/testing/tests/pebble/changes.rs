//! Changes and tasks: looking, waiting, giving up.

use crate::support::*;

cases! {
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
