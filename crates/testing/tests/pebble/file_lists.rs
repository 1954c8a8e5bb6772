//! What is there: lists, kinds, directories made and removed.

use crate::support::*;

cases! {
    a_directory_is_listed_by_name;
    a_list_is_narrowed_by_a_pattern;
    a_file_is_listed_alone;
    a_path_is_looked_at_itself;
    what_is_not_there_is_a_path_error;
    a_malformed_pattern_is_a_path_error;
    whether_something_exists_is_told;
    the_time_of_a_change_is_told;
    a_directory_is_made differs EXACT_MODES;
    a_directory_is_made_with_those_above_it differs EXACT_MODES;
    a_directory_that_is_there_is_left_alone_or_refused;
    a_directory_in_the_way_of_a_file_is_refused differs EXACT_MODES;
    a_file_and_an_empty_directory_are_removed;
    a_link_is_removed_and_not_what_it_leads_to;
    a_full_directory_is_only_removed_with_all_in_it;
}

fn a_directory_is_listed_by_name(door: &Door) -> Outcome {
    let there = format!("{}/there", door.root);
    let listed = door.client.list(&there)?;
    let seen: Vec<_> = listed
        .iter()
        .map(|info| (info.name.as_str(), info.kind.as_str(), info.size, info.permissions.bits()))
        .collect();
    assert_eq!(
        seen,
        [
            ("dangling", "symlink", None, 0o777),
            ("dir", "directory", None, 0o755),
            ("dirlink", "symlink", None, 0o777),
            ("empty", "directory", None, 0o755),
            ("file", "file", Some(8), 0o644),
            ("link", "symlink", None, 0o777),
            ("loop", "symlink", None, 0o777),
        ]
    );
    assert_eq!(listed[1].path, format!("{there}/dir"));
    assert!(listed[1].is_dir() && listed[4].is_file() && !listed[5].is_file());
    assert!(door.client.list(&format!("{there}/empty"))?.is_empty());
    let through = door.client.list(&format!("{there}/dirlink"))?;
    assert_eq!(through[0].path, format!("{there}/dirlink/inner"));
    Ok(())
}

fn a_list_is_narrowed_by_a_pattern(door: &Door) -> Outcome {
    let there = format!("{}/there", door.root);
    let names = |pattern: &str| -> Vec<String> {
        let listed = door.client.list_matching(&there, pattern).unwrap();
        listed.into_iter().map(|info| info.name).collect()
    };
    assert_eq!(names("*link"), ["dirlink", "link"]);
    assert_eq!(names("[d-e]*[^k]"), ["dangling", "dir", "empty"]);
    assert_eq!(names("????"), ["file", "link", "loop"]);
    assert_eq!(names("fil\\e"), ["file"]);
    assert!(names("*/inner").is_empty());
    assert!(names("nothing").is_empty());
    Ok(())
}

fn a_file_is_listed_alone(door: &Door) -> Outcome {
    let file = format!("{}/there/file", door.root);
    let listed = door.client.list(&file)?;
    assert_eq!((listed.len(), listed[0].path.as_str()), (1, file.as_str()));
    assert_eq!(door.client.list_matching(&file, "f*")?.len(), 1);
    assert!(door.client.list_matching(&file, "g*")?.is_empty());
    Ok(())
}

fn a_path_is_looked_at_itself(door: &Door) -> Outcome {
    let there = format!("{}/there", door.root);
    let info = door.client.file_info(&there)?;
    assert_eq!((info.name.as_str(), info.path.as_str()), ("there", there.as_str()));
    assert!(info.is_dir());
    let link = door.client.file_info(&format!("{there}/link"))?;
    assert_eq!((link.name.as_str(), &link.kind, link.size), ("link", &FileKind::File, Some(8)));
    let root = door.client.file_info("/")?;
    assert_eq!((root.path.as_str(), root.name.as_str()), ("/", "/"));
    Ok(())
}

fn what_is_not_there_is_a_path_error(door: &Door) -> Outcome {
    let there = format!("{}/there", door.root);
    let error = door.client.list(&format!("{there}/nothing")).unwrap_err();
    let text = format!("stat {there}/nothing: no such file or directory");
    assert_eq!(path_error(&error), ("not-found", text.as_str()));
    assert_eq!(error.to_string(), format!("list of {there}/nothing failed"));
    assert!(door.client.list(&format!("{there}/dangling")).unwrap_err().is_not_found());
    let error = door.client.list(&format!("{there}/loop")).unwrap_err();
    assert_eq!(path_error(&error).0, "generic-file-error");
    let error = door.client.list("relative").unwrap_err();
    assert_eq!(api_message(&error), r#"path must be absolute, got "relative""#);
    let error = door.client.list("").unwrap_err();
    assert_eq!(api_message(&error), "must specify path");
    Ok(())
}

fn a_malformed_pattern_is_a_path_error(door: &Door) -> Outcome {
    let there = format!("{}/there", door.root);
    for pattern in ["[", "a[", "[]a]", "\\"] {
        let error = door.client.list_matching(&there, pattern).unwrap_err();
        let expected = ("generic-file-error", "syntax error in pattern");
        assert_eq!(path_error(&error), expected, "{pattern}");
    }
    Ok(())
}

fn whether_something_exists_is_told(door: &Door) -> Outcome {
    let there = format!("{}/there", door.root);
    let client = &door.client;
    for (path, exists, is_dir) in [
        ("file", true, false),
        ("link", true, false),
        ("dir", true, true),
        ("dirlink", true, true),
        ("dangling", false, false),
        ("nothing", false, false),
        ("nothing/below", false, false),
    ] {
        let path = format!("{there}/{path}");
        assert_eq!((client.exists(&path)?, client.is_dir(&path)?), (exists, is_dir), "{path}");
    }
    assert!(client.exists("relative").is_err());
    Ok(())
}

fn the_time_of_a_change_is_told(door: &Door) -> Outcome {
    let modified = door.client.file_info(&format!("{}/there/file", door.root))?.modified;
    assert!(
        modified >= ops_pebble::Timestamp::parse("2026-01-01T00:00:00Z").unwrap(),
        "{modified}"
    );
    Ok(())
}

fn a_directory_is_made(door: &Door) -> Outcome {
    let client = &door.client;
    let path = format!("{}/made", door.root);
    client.make_dir(&path, &MakeDirOptions::new())?;
    assert_eq!(client.file_info(&path)?.permissions.to_string(), "755");
    let private = format!("{path}/private");
    client.make_dir(&private, &MakeDirOptions::new().permissions(0o777))?;
    assert_eq!(client.file_info(&private)?.permissions.to_string(), "777");
    if is_root(door) {
        let owned = format!("{path}/owned");
        client.make_dir(&owned, &MakeDirOptions::new().owner(Owner::new("daemon")))?;
        assert_eq!(client.file_info(&owned)?.user, "daemon");
    }
    Ok(())
}

fn a_directory_is_made_with_those_above_it(door: &Door) -> Outcome {
    let client = &door.client;
    let path = format!("{}/a/b/c", door.root);
    let error = client.make_dir(&path, &MakeDirOptions::new()).unwrap_err();
    let text = format!("mkdir {path}.mkdir-new: no such file or directory");
    assert_eq!(path_error(&error), ("not-found", text.as_str()));
    client.make_dir(&path, &MakeDirOptions::new().parents().permissions(0o750))?;
    for path in ["a", "a/b", "a/b/c"] {
        let info = client.file_info(&format!("{}/{path}", door.root))?;
        assert_eq!(info.permissions.to_string(), "750", "{path}");
    }
    Ok(())
}

fn a_directory_that_is_there_is_left_alone_or_refused(door: &Door) -> Outcome {
    let client = &door.client;
    let path = format!("{}/there/dir", door.root);
    let error = client.make_dir(&path, &MakeDirOptions::new()).unwrap_err();
    let text = format!("mkdir {path}: file exists");
    assert_eq!(path_error(&error), ("generic-file-error", text.as_str()));
    client.make_dir(&path, &MakeDirOptions::new().parents().permissions(0o700))?;
    assert_eq!(client.file_info(&path)?.permissions.to_string(), "755");
    Ok(())
}

fn a_directory_in_the_way_of_a_file_is_refused(door: &Door) -> Outcome {
    let file = format!("{}/there/file", door.root);
    for options in [MakeDirOptions::new(), MakeDirOptions::new().parents()] {
        let error = door.client.make_dir(&file, &options).unwrap_err();
        let text = format!("mkdir {file}: not a directory");
        assert_eq!(path_error(&error), ("generic-file-error", text.as_str()));
    }
    let below = format!("{file}/below");
    let error = door.client.make_dir(&below, &MakeDirOptions::new().parents()).unwrap_err();
    assert_eq!(path_error(&error).1, format!("mkdir {file}: not a directory"));
    let error = door.client.make_dir(&below, &MakeDirOptions::new()).unwrap_err();
    assert_eq!(path_error(&error).1, format!("mkdir {below}.mkdir-new: not a directory"));
    let error = door.client.make_dir("relative", &MakeDirOptions::new()).unwrap_err();
    assert_eq!(path_error(&error).1, r#"paths must be absolute, got "relative""#);
    Ok(())
}

fn a_file_and_an_empty_directory_are_removed(door: &Door) -> Outcome {
    let there = format!("{}/there", door.root);
    for path in ["file", "empty"] {
        let path = format!("{there}/{path}");
        door.client.remove(&path)?;
        assert!(!door.client.exists(&path)?);
        let error = door.client.remove(&path).unwrap_err();
        let text = format!("remove {path}: no such file or directory");
        assert_eq!(path_error(&error), ("not-found", text.as_str()));
        door.client.remove_all(&path)?;
    }
    let error = door.client.remove_all("relative").unwrap_err();
    assert_eq!(path_error(&error).1, r#"paths must be absolute, got "relative""#);
    Ok(())
}

fn a_link_is_removed_and_not_what_it_leads_to(door: &Door) -> Outcome {
    let there = format!("{}/there", door.root);
    door.client.remove(&format!("{there}/link"))?;
    door.client.remove_all(&format!("{there}/dirlink"))?;
    door.client.remove(&format!("{there}/dangling"))?;
    let names: Vec<String> = door.client.list(&there)?.into_iter().map(|info| info.name).collect();
    assert_eq!(names, ["dir", "empty", "file", "loop"]);
    assert_eq!(door.client.pull(&format!("{there}/dir/inner"))?, b"inner");
    Ok(())
}

fn a_full_directory_is_only_removed_with_all_in_it(door: &Door) -> Outcome {
    let there = format!("{}/there", door.root);
    let error = door.client.remove(&there).unwrap_err();
    let text = format!("remove {there}: directory not empty");
    assert_eq!(path_error(&error), ("generic-file-error", text.as_str()));
    door.client.remove_all(&there)?;
    assert!(!door.client.exists(&there)?);
    Ok(())
}
