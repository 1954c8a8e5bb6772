//! Files as streams: read into anything, written from anything, of any size.

use crate::support::*;
use std::io::{BufRead as _, Cursor, Read as _};

cases! {
    a_file_is_pulled_into_a_writer;
    a_file_is_read_line_by_line;
    a_file_larger_than_the_limit_is_read_as_a_stream;
    a_large_file_goes_there_and_back_through_streams;
    content_that_looks_like_a_boundary_comes_back;
    a_sink_that_fails_is_told_apart;
    a_source_that_fails_leaves_the_old_file;
    a_stream_of_what_cannot_be_read_does_not_begin;
    permissions_are_exact;
    permissions_of_a_local_file_are_cut_to_what_pebble_knows;
    a_pushed_link_is_replaced_and_a_pulled_one_followed;
    names_with_line_ends_and_quotes_are_kept;
    a_name_with_a_star_is_refused differs STARS_IN_NAMES;
    missing_directories_are_made_on_request;
    what_is_in_the_way_is_named;
    an_owner_is_given_by_name_or_by_number differs OWNER_WITHOUT_GROUP;
    an_unknown_owner_is_refused differs OWNER_WITHOUT_GROUP;
}

fn a_file_is_pulled_into_a_writer(door: &Door) -> Outcome {
    let path = format!("{}/there/file", door.root);
    let mut sink = Vec::new();
    assert_eq!(door.client.pull_to(&path, &mut sink)?, 8);
    assert_eq!(sink, b"content\n");
    let empty = format!("{}/empty", door.root);
    door.client.push(&empty, "", &PushOptions::new())?;
    assert_eq!(door.client.pull_to(&empty, &mut sink)?, 0);
    Ok(())
}

fn a_file_is_read_line_by_line(door: &Door) -> Outcome {
    let path = format!("{}/lines", door.root);
    door.client.push(&path, "one\ntwo\n\nfour", &PushOptions::new())?;
    let lines: Vec<String> = door.client.open(&path)?.lines().map(Result::unwrap).collect();
    assert_eq!(lines, ["one", "two", "", "four"]);
    let mut reader = door.client.open(&path)?;
    let mut first = [0; 3];
    reader.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"one");
    drop(reader);
    assert_eq!(door.client.pull(&path)?.len(), 13, "one that was left in the middle harms nobody");
    Ok(())
}

fn a_file_larger_than_the_limit_is_read_as_a_stream(door: &Door) -> Outcome {
    let path = format!("{}/large", door.root);
    let content = pattern(1_000_000);
    door.client.push(&path, content.clone(), &PushOptions::new())?;
    let small = door.client.clone().body_limit(100_000);
    assert!(small.pull(&path).unwrap_err().is_protocol());
    let mut read = Vec::new();
    small.open(&path)?.read_to_end(&mut read).unwrap();
    assert!(read == content);
    Ok(())
}

fn a_large_file_goes_there_and_back_through_streams(door: &Door) -> Outcome {
    let path = format!("{}/large", door.root);
    for size in [65_535, 65_536, 65_537, 3_000_000] {
        let content = pattern(size);
        door.client.push_from(&path, &mut Cursor::new(&content), &PushOptions::new())?;
        assert_eq!(door.client.file_info(&path)?.size, Some(size as u64));
        let mut back = Vec::new();
        door.client.pull_to(&path, &mut back)?;
        assert!(back == content, "{size}");
    }
    Ok(())
}

fn content_that_looks_like_a_boundary_comes_back(door: &Door) -> Outcome {
    let path = format!("{}/hostile", door.root);
    for content in
        ["\r\n", "\r\n--", "--\r\n--\r\n--", "\r\n\r\n\r\n--x", "\r\n--0123456789\r\n", "\r", "-"]
    {
        let content = content.repeat(3);
        door.client.push(&path, content.as_str(), &PushOptions::new())?;
        assert_eq!(door.client.pull(&path)?, content.as_bytes(), "{content:?}");
    }
    Ok(())
}

fn a_sink_that_fails_is_told_apart(door: &Door) -> Outcome {
    let path = format!("{}/there/file", door.root);
    let error = door.client.pull_to(&path, &mut Breaks(3)).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Sink);
    let chain: Vec<String> = Fault::from(error).chain().collect();
    assert_eq!(chain[1..], ["what was received cannot be written", "broken"]);
    Ok(())
}

fn a_source_that_fails_leaves_the_old_file(door: &Door) -> Outcome {
    let path = format!("{}/there/file", door.root);
    let before = door.client.list(&format!("{}/there", door.root))?.len();
    let pushed = door.client.push_from(&path, &mut Breaks(100_000), &PushOptions::new());
    assert_eq!(*pushed.unwrap_err().kind(), ErrorKind::Source);
    assert_eq!(door.client.pull(&path)?, b"content\n");
    // The daemon removes what it had begun once it sees that the client is gone. A list that meets the file on
    // its way out fails: Pebble reads the names first, and then looks at each.
    let began = std::time::Instant::now();
    let is_clean = || {
        let listed = door.client.list(&format!("{}/there", door.root));
        listed.is_ok_and(|files| files.len() == before)
    };
    while !is_clean() {
        assert!(began.elapsed() < Duration::from_secs(60), "half a file stays");
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

fn a_stream_of_what_cannot_be_read_does_not_begin(door: &Door) -> Outcome {
    let there = format!("{}/there", door.root);
    assert!(door.client.open(&format!("{there}/nothing")).unwrap_err().is_not_found());
    assert!(door.client.open(&format!("{there}/dangling")).unwrap_err().is_not_found());
    let error = door.client.open(&there).unwrap_err();
    let text = format!("can only read a regular file: {there:?}");
    assert_eq!(path_error(&error), ("generic-file-error", text.as_str()));
    let error = door.client.open("relative").unwrap_err();
    assert_eq!(path_error(&error).1, r#"paths must be absolute, got "relative""#);
    let error = door.client.open(&format!("{there}/file/below")).unwrap_err();
    assert_eq!(path_error(&error).1, format!("stat {there}/file/below: not a directory"));
    Ok(())
}

fn permissions_are_exact(door: &Door) -> Outcome {
    let path = format!("{}/modes", door.root);
    for (mode, expected) in [(None, 0o644), (Some(0), 0), (Some(0o7), 0o7), (Some(0o777), 0o777)] {
        let options = PushOptions::new();
        let options = mode.map_or(options.clone(), |mode| options.permissions(mode));
        door.client.push(&path, "x", &options)?;
        assert_eq!(door.client.file_info(&path)?.permissions, Permissions::new(expected));
    }
    Ok(())
}

fn permissions_of_a_local_file_are_cut_to_what_pebble_knows(door: &Door) -> Outcome {
    let path = format!("{}/modes", door.root);
    door.client.push(&path, "x", &PushOptions::new().permissions(0o104_755))?;
    assert_eq!(door.client.file_info(&path)?.permissions.to_string(), "755");
    Ok(())
}

fn a_pushed_link_is_replaced_and_a_pulled_one_followed(door: &Door) -> Outcome {
    let there = format!("{}/there", door.root);
    let link = format!("{there}/link");
    assert_eq!(door.client.pull(&link)?, b"content\n");
    door.client.push(&link, "new", &PushOptions::new())?;
    assert_eq!(door.client.pull(&link)?, b"new");
    assert_eq!(door.client.pull(&format!("{there}/file"))?, b"content\n");
    let listed = door.client.list_matching(&there, "link")?;
    assert_eq!(listed[0].kind, FileKind::File);
    door.client.push(&format!("{there}/dirlink/inner"), "through", &PushOptions::new())?;
    assert_eq!(door.client.pull(&format!("{there}/dir/inner"))?, b"through");
    Ok(())
}

fn names_with_line_ends_and_quotes_are_kept(door: &Door) -> Outcome {
    for name in ["a \"b\" \\c", "line\nend\r", "ü & ?=%25+;", "tab\t", "'name=\"files\"'"] {
        let path = format!("{}/names/{name}", door.root);
        door.client.push(&path, name, &PushOptions::new().make_dirs())?;
        assert_eq!(door.client.pull(&path)?, name.as_bytes());
        assert_eq!(door.client.file_info(&path)?.name, name);
        door.client.remove(&path)?;
    }
    assert!(door.client.list(&format!("{}/names", door.root))?.is_empty());
    Ok(())
}

fn a_name_with_a_star_is_refused(door: &Door) -> Outcome {
    let error =
        door.client.push(&format!("{}/a*", door.root), "x", &PushOptions::new()).unwrap_err();
    let text = r#"cannot create tempfile for filename containing '*': "a*""#;
    assert_eq!(path_error(&error), ("generic-file-error", text));
    Ok(())
}

fn missing_directories_are_made_on_request(door: &Door) -> Outcome {
    let path = format!("{}/a/b/file", door.root);
    let options = PushOptions::new().permissions(0o600);
    assert!(door.client.push(&path, "x", &options).unwrap_err().is_not_found());
    door.client.push(&path, "x", &options.make_dirs())?;
    let made = door.client.file_info(&format!("{}/a", door.root))?;
    assert_eq!((made.is_dir(), made.permissions), (true, Permissions::new(0o755)));
    Ok(())
}

fn what_is_in_the_way_is_named(door: &Door) -> Outcome {
    let there = format!("{}/there", door.root);
    let push = |path: &str, options: &PushOptions| {
        let error = door.client.push(&format!("{there}/{path}"), "x", options).unwrap_err();
        let (kind, message) = path_error(&error);
        (kind.to_owned(), message.to_owned())
    };
    let options = PushOptions::new();
    let (kind, text) = push("file/below", &options);
    assert_eq!(kind, "generic-file-error");
    assert!(text.starts_with("open ") && text.ends_with("~: not a directory"), "{text}");
    let (kind, text) = push("file/below", &options.clone().make_dirs());
    assert_eq!(kind, "generic-file-error");
    assert_eq!(text, format!("cannot create directory: mkdir {there}/file: not a directory"));
    let (kind, text) = push("dir", &options);
    assert_eq!(kind, "generic-file-error");
    assert!(text.starts_with("rename ") && text.ends_with(": file exists"), "{text}");
    Ok(())
}

fn an_owner_is_given_by_name_or_by_number(door: &Door) -> Outcome {
    let path = format!("{}/new/owned", door.root);
    let own = door.client.file_info(&door.root)?;
    let mut owners = vec![(Owner::new(own.user.as_str()), own.user_id, own.group_id)];
    if is_root(door) {
        owners.extend([
            (Owner::new("daemon"), Some(1), Some(1)),
            (Owner::new(1), Some(1), Some(1)),
            (Owner::new("daemon").group("root"), Some(1), Some(0)),
            (Owner::new(54321).group(54322), Some(54321), Some(54322)),
        ]);
    }
    for (owner, user_id, group_id) in owners {
        door.client.remove_all(&format!("{}/new", door.root))?;
        let options = PushOptions::new().make_dirs().owner(owner);
        door.client.push(&path, "x", &options)?;
        for path in [&path, &format!("{}/new", door.root)] {
            let info = door.client.file_info(path)?;
            assert_eq!((info.user_id, info.group_id), (user_id, group_id), "{path}");
            assert_eq!(info.user.is_empty(), user_id == Some(54321), "{path}");
        }
    }
    Ok(())
}

fn an_unknown_owner_is_refused(door: &Door) -> Outcome {
    let path = format!("{}/owned", door.root);
    for (owner, why) in [
        (Owner::new("nosuch"), "user: unknown user nosuch"),
        (Owner::new("daemon").group("nosuch"), "group: unknown group nosuch"),
        (Owner::new(54321), "user: unknown userid 54321"),
    ] {
        let options = PushOptions::new().owner(owner.clone());
        let error = door.client.push(&path, "x", &options).unwrap_err();
        let text = format!("cannot look up user and group: {why}");
        assert_eq!(path_error(&error), ("generic-file-error", text.as_str()));
        let options = MakeDirOptions::new().owner(owner);
        let error = door.client.make_dir(&path, &options).unwrap_err();
        assert_eq!(path_error(&error).1, text);
    }
    assert!(!door.client.exists(&path)?);
    Ok(())
}
