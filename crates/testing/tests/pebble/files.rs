//! Files: pushing and pulling.

use crate::support::*;

cases! {
    files_are_pushed_and_pulled;
    files_that_cannot_be_had_are_path_errors;
}

fn files_are_pushed_and_pulled(door: &Door) -> Outcome {
    let options = PushOptions::new();
    let large: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    for (name, content) in [
        ("plain", b"text\n".to_vec()),
        ("empty", Vec::new()),
        ("binary", b"\r\n--\0\xff\r\n\r\n--".to_vec()),
        ("a \"name\" with ü", b"x".to_vec()),
        ("large", large),
    ] {
        let path = format!("{}/{name}", door.root);
        door.client.push(&path, content.clone(), &options).unwrap();
        assert_eq!(door.client.pull(&path).unwrap(), content, "{name}");
    }
    let path = format!("{}/a/b/secret", door.root);
    let secret = Secret::new("hunter2".to_owned(), "secret:1/token@1");
    let options = options.make_dirs().permissions(0o600);
    door.client.push(&path, ops_core::Text::from(secret), &options).unwrap();
    assert_eq!(door.client.pull(&path).unwrap(), b"hunter2");
    door.client.push(&path, "again", &options).unwrap();
    assert_eq!(door.client.pull(&path).unwrap(), b"again");
    Ok(())
}

fn path_kind(error: &Error) -> &str {
    match error.kind() {
        ErrorKind::Path { kind, .. } => kind,
        other => panic!("{other:?}"),
    }
}

fn files_that_cannot_be_had_are_path_errors(door: &Door) -> Outcome {
    let missing = format!("{}/missing", door.root);
    let error = door.client.pull(&missing).unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.to_string(), format!("pull of {missing} failed"));
    assert_eq!(Fault::from(error).kind(), FaultKind::Blocked);
    assert_eq!(path_kind(&door.client.pull(&door.root).unwrap_err()), "generic-file-error");
    assert_eq!(path_kind(&door.client.pull("relative").unwrap_err()), "generic-file-error");

    let options = PushOptions::new();
    let orphan = format!("{}/no/parent", door.root);
    assert!(door.client.push(&orphan, "x", &options).unwrap_err().is_not_found());
    let error = door.client.push(&door.root, "x", &options).unwrap_err();
    assert_eq!(path_kind(&error), "generic-file-error");
    let error = door.client.push("relative", "x", &options).unwrap_err();
    assert_eq!(path_kind(&error), "generic-file-error");
    Ok(())
}
