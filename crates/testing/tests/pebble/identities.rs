//! Identities: adding, changing, removing.

use crate::support::*;
use ops_pebble::{Access, Identity};
use std::collections::BTreeMap;

cases! {
    an_identity_is_added_and_shown since Identities;
    an_identity_is_added_once since Identities;
    an_identity_is_changed since Identities;
    what_is_not_there_is_not_changed since Identities;
    an_identity_is_replaced_or_removed since Identities;
    an_identity_is_removed since Identities;
    a_password_is_never_given_back since BasicIdentities;
    a_certificate_is_never_given_back since CertIdentities;
}

fn bob(access: Access) -> BTreeMap<String, Identity> {
    BTreeMap::from([("bob".to_owned(), Identity::new(access).local(4242))])
}

fn an_identity_is_added_and_shown(door: &Door) -> Outcome {
    assert!(door.client.identities()?.is_empty());
    door.client.add_identities(&bob(Access::Read))?;
    let shown = &door.client.identities()?["bob"];
    assert_eq!((&shown.access, shown.user_id), (&Access::Read, Some(4242)));
    assert!(!shown.has_password && !shown.has_certificate);
    Ok(())
}

fn an_identity_is_added_once(door: &Door) -> Outcome {
    door.client.add_identities(&bob(Access::Read))?;
    let error = door.client.add_identities(&bob(Access::Admin)).unwrap_err();
    assert!(error.is_status(400) && api_message(&error).ends_with("already exist: bob"));
    Ok(())
}

fn an_identity_is_changed(door: &Door) -> Outcome {
    door.client.add_identities(&bob(Access::Read))?;
    door.client.update_identities(&bob(Access::Admin))?;
    assert_eq!(door.client.identities()?["bob"].access, Access::Admin);
    Ok(())
}

fn what_is_not_there_is_not_changed(door: &Door) -> Outcome {
    door.client.identities()?;
    let error = door.client.update_identities(&bob(Access::Read)).unwrap_err();
    assert!(api_message(&error).ends_with("do not exist: bob"), "{error:?}");
    let error = door.client.remove_identities(&["bob"]).unwrap_err();
    assert!(api_message(&error).ends_with("do not exist: bob"), "{error:?}");
    Ok(())
}

fn an_identity_is_replaced_or_removed(door: &Door) -> Outcome {
    let some = |access| bob(access).into_iter().map(|(name, one)| (name, Some(one))).collect();
    door.client.replace_identities(&some(Access::Read))?;
    door.client.replace_identities(&some(Access::Admin))?;
    assert_eq!(door.client.identities()?["bob"].access, Access::Admin);
    door.client.replace_identities(&BTreeMap::from([("bob".to_owned(), None)]))?;
    assert!(door.client.identities()?.is_empty());
    Ok(())
}

fn an_identity_is_removed(door: &Door) -> Outcome {
    door.client.add_identities(&bob(Access::Read))?;
    door.client.remove_identities(&["bob"])?;
    assert!(door.client.identities()?.is_empty());
    Ok(())
}

fn a_password_is_never_given_back(door: &Door) -> Outcome {
    let hash = Secret::new("$6$salt$hash".to_owned(), "hash");
    let identity = Identity::new(Access::Metrics).basic(hash);
    assert!(!format!("{identity:?}").contains("$6$"));
    door.client.add_identities(&BTreeMap::from([("prometheus".to_owned(), identity)]))?;
    let shown = &door.client.identities()?["prometheus"];
    assert!(shown.has_password && shown.access == Access::Metrics);
    Ok(())
}

fn a_certificate_is_never_given_back(door: &Door) -> Outcome {
    let pem = Secret::new(include_str!("certificate.pem").to_owned(), "pem");
    let identity = Identity::new(Access::Read).cert(pem);
    assert!(!format!("{identity:?}").contains("BEGIN"));
    door.client.add_identities(&BTreeMap::from([("peer".to_owned(), identity)]))?;
    let shown = &door.client.identities()?["peer"];
    assert!(shown.has_certificate && !shown.has_password);
    Ok(())
}
