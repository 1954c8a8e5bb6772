//! Whole directories: what can be copied is, and every failure is reported.

use crate::support::*;
use std::{
    fs,
    os::unix::{
        fs::{PermissionsExt as _, symlink},
        net::UnixListener,
    },
    path::Path,
};

cases! {
    a_directory_is_pushed_with_all_below_it;
    a_push_copies_the_rest_and_reports_every_failure differs STARS_IN_NAMES;
    a_directory_is_pulled_with_all_below_it;
    a_pull_copies_the_rest_and_reports_every_failure;
    a_single_file_is_copied_under_another_name;
    a_tree_that_is_not_there_is_reported;
    options_of_a_push_hold_for_the_whole_tree;
}

fn local_tree(root: &Path) {
    fs::create_dir_all(root.join("a/b")).unwrap();
    fs::create_dir(root.join("empty")).unwrap();
    fs::write(root.join("a/one"), "1").unwrap();
    fs::write(root.join("a/b/two"), "22").unwrap();
    fs::set_permissions(root.join("a/one"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(root.join("a/b"), fs::Permissions::from_mode(0o711)).unwrap();
    symlink("a/one", root.join("link")).unwrap();
}

fn a_directory_is_pushed_with_all_below_it(door: &Door) -> Outcome {
    let local = tempfile::tempdir().unwrap();
    local_tree(local.path());
    let to = format!("{}/new/copy", door.root);
    let copied = door.client.push_path(local.path(), &to, &PushOptions::new()).unwrap();
    assert_eq!(copied, 7, "four directories, two files, one link");
    assert_eq!(door.client.pull(&format!("{to}/a/b/two"))?, b"22");
    assert_eq!(door.client.pull(&format!("{to}/link"))?, b"1");
    let mode = |path: &str| door.client.file_info(&format!("{to}/{path}")).unwrap().permissions;
    assert_eq!(mode("a/one").to_string(), "600");
    assert_eq!(mode("a/b").to_string(), "711");
    assert!(door.client.list(&format!("{to}/empty"))?.is_empty());
    let again = door.client.push_path(local.path(), &to, &PushOptions::new()).unwrap();
    assert_eq!(again, 7, "what is there is no obstacle");
    Ok(())
}

fn a_push_copies_the_rest_and_reports_every_failure(door: &Door) -> Outcome {
    let local = tempfile::tempdir().unwrap();
    local_tree(local.path());
    symlink("nowhere", local.path().join("dangling")).unwrap();
    symlink("a", local.path().join("dirlink")).unwrap();
    fs::write(local.path().join("a/star*"), "x").unwrap();
    let _socket = UnixListener::bind(local.path().join("socket")).unwrap();
    let to = format!("{}/copy", door.root);
    let error = door.client.push_path(local.path(), &to, &PushOptions::new()).unwrap_err();
    let failed: Vec<_> = error
        .failures()
        .map(|failure| failure.path.strip_prefix(local.path()).unwrap().to_str().unwrap())
        .collect();
    assert_eq!(failed, ["a/star*", "dangling", "dirlink", "socket"]);
    assert_eq!(error.copied(), 7);
    let text = format!("push of {} to {to}: 4 failed and 7 copied", local.path().display());
    assert_eq!(error.to_string(), text);
    assert_eq!(door.client.pull(&format!("{to}/a/b/two"))?, b"22");
    Ok(())
}

fn a_directory_is_pulled_with_all_below_it(door: &Door) -> Outcome {
    let there = format!("{}/there", door.root);
    for path in ["dangling", "dirlink", "loop"] {
        door.client.remove(&format!("{there}/{path}"))?;
    }
    let private = PushOptions::new().permissions(0o600);
    door.client.push(&format!("{there}/dir/private"), "secret", &private)?;
    let local = tempfile::tempdir().unwrap();
    let to = local.path().join("new/copy");
    let copied = door.client.pull_path(&there, &to).unwrap();
    assert_eq!(copied, 7, "three directories, three files, one link");
    assert_eq!(fs::read(to.join("dir/inner")).unwrap(), b"inner");
    assert_eq!(fs::read(to.join("link")).unwrap(), b"content\n");
    assert!(to.join("empty").is_dir());
    let mode = fs::metadata(to.join("dir/private")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(door.client.pull_path(&there, &to).unwrap(), 7, "what is here is no obstacle");
    Ok(())
}

fn a_pull_copies_the_rest_and_reports_every_failure(door: &Door) -> Outcome {
    let there = format!("{}/there", door.root);
    let local = tempfile::tempdir().unwrap();
    fs::create_dir(local.path().join("file")).unwrap();
    fs::write(local.path().join("file/in the way"), "x").unwrap();
    let error = door.client.pull_path(&there, local.path()).unwrap_err();
    let failed: Vec<_> = error
        .failures()
        .map(|failure| failure.path.strip_prefix(&there).unwrap().to_str().unwrap())
        .collect();
    assert_eq!(failed, ["dangling", "dirlink", "file", "loop"]);
    assert_eq!(error.copied(), 5);
    assert_eq!(fs::read(local.path().join("dir/inner")).unwrap(), b"inner");
    let mut left: Vec<_> = fs::read_dir(local.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["dir", "empty", "file", "link"], "nothing half-done stays");
    Ok(())
}

fn a_single_file_is_copied_under_another_name(door: &Door) -> Outcome {
    let local = tempfile::tempdir().unwrap();
    let (one, two) = (local.path().join("one"), local.path().join("two"));
    fs::write(&one, "content").unwrap();
    let there = format!("{}/new/name", door.root);
    assert_eq!(door.client.push_path(&one, &there, &PushOptions::new()).unwrap(), 1);
    assert_eq!(door.client.pull_path(&there, &two).unwrap(), 1);
    assert_eq!(fs::read(&two).unwrap(), b"content");
    Ok(())
}

fn a_tree_that_is_not_there_is_reported(door: &Door) -> Outcome {
    let local = tempfile::tempdir().unwrap();
    let nothing = local.path().join("nothing");
    let there = format!("{}/nothing", door.root);
    let error = door.client.push_path(&nothing, &there, &PushOptions::new()).unwrap_err();
    assert_eq!(*error.failures().next().unwrap().error.kind(), ErrorKind::Source);
    assert_eq!(Fault::from(error).kind(), FaultKind::Bug);
    let error = door.client.pull_path(&there, &nothing).unwrap_err();
    assert!(error.failures().next().unwrap().error.is_not_found());
    let fault = Fault::from(error);
    assert_eq!(fault.kind(), FaultKind::Blocked);
    assert_eq!(fault.chain().count(), 3, "{fault:?}");
    Ok(())
}

fn options_of_a_push_hold_for_the_whole_tree(door: &Door) -> Outcome {
    let local = tempfile::tempdir().unwrap();
    local_tree(local.path());
    let to = format!("{}/copy", door.root);
    let own = door.client.file_info(&door.root)?;
    let user = if is_root(door) { "daemon".to_owned() } else { own.user };
    let options = PushOptions::new().permissions(0o640).owner(Owner::new(user.as_str()));
    door.client.push_path(local.path(), &to, &options).unwrap();
    for path in ["", "/a", "/a/b/two", "/link", "/empty"] {
        let info = door.client.file_info(&format!("{to}{path}"))?;
        assert_eq!(info.user, user, "{path}");
        assert!(info.is_dir() || info.permissions == Permissions::new(0o640), "{path}");
    }
    Ok(())
}
