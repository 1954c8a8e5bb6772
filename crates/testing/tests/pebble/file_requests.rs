//! Requests about files that the client is too well-mannered to send, and what a daemon says to them.

use crate::support::*;

cases! {
    a_list_must_be_asked_for_properly;
    a_read_must_accept_multipart;
    a_write_must_be_multipart_with_a_long_boundary;
    a_write_names_its_parts;
    permissions_are_three_octal_digits;
    a_group_alone_is_refused;
    several_files_have_a_verdict_each;
    other_actions_are_refused;
}

fn get(door: &Door, query: &str, headers: &str) -> (u16, String) {
    let (status, body) = raw(door, "GET", &format!("/v1/files?{query}"), headers, "");
    (status, message(&body))
}

fn post(door: &Door, content_type: &str, body: &str) -> (u16, String) {
    raw(door, "POST", "/v1/files", &format!("Content-Type: {content_type}\r\n"), body)
}

const B: &str = "0123456789abcdef0123456789abcdef";

/// A write with this request and these files.
fn write(door: &Door, request: &str, files: &[(&str, &str)]) -> (u16, String) {
    let mut body =
        format!("--{B}\r\nContent-Disposition: form-data; name=\"request\"\r\n\r\n{request}\r\n");
    for (path, content) in files {
        body += &format!(
            "--{B}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{path}\"\r\n\r\n\
             {content}\r\n"
        );
    }
    body += &format!("--{B}--\r\n");
    post(door, &format!("multipart/form-data; boundary={B}"), &body)
}

fn a_list_must_be_asked_for_properly(door: &Door) -> Outcome {
    for (query, expected) in [
        ("action=list", "must specify path"),
        ("action=list&path=/&itself=maybe", r#"itself parameter must be "true" or "false""#),
        ("action=dance&path=/", r#"invalid action "dance""#),
        ("path=/", r#"invalid action """#),
    ] {
        assert_eq!(get(door, query, ""), (400, expected.to_owned()), "{query}");
    }
    Ok(())
}

fn a_read_must_accept_multipart(door: &Door) -> Outcome {
    let refused = (400, "must accept multipart/form-data".to_owned());
    assert_eq!(get(door, "action=read&path=/x", ""), refused);
    assert_eq!(get(door, "action=read&path=/x", "Accept: */*\r\n"), refused);
    let refused = (400, "must specify one or more paths".to_owned());
    assert_eq!(get(door, "action=read", "Accept: multipart/form-data\r\n"), refused);
    Ok(())
}

fn a_write_must_be_multipart_with_a_long_boundary(door: &Door) -> Outcome {
    for (content_type, body, expected) in [
        ("multipart/form-data; boundary=abc", "", r#"invalid boundary "abc""#),
        ("text/plain", "", r#"invalid media type "text/plain""#),
        ("application/json", r#"{"action":"write"}"#, r#"must use multipart with "write" action"#),
    ] {
        let (status, body) = post(door, content_type, body);
        assert_eq!((status, message(&body).as_str()), (400, expected), "{content_type}");
    }
    Ok(())
}

fn a_write_names_its_parts(door: &Door) -> Outcome {
    let one = |path: &str| format!(r#"{{"action":"write","files":[{{"path":"{path}"}}]}}"#);
    for (request, path, expected) in [
        (one("/a"), "/b", r#"no metadata for path "/b""#),
        (r#"{"action":"write"}"#.to_owned(), "/b", "must specify one or more files"),
        (
            r#"{"action":"read"}"#.to_owned(),
            "/b",
            r#"multipart action must be "write", got "read""#,
        ),
    ] {
        let (status, body) = write(door, &request, &[(path, "x")]);
        assert_eq!((status, message(&body).as_str()), (400, expected), "{request}");
    }
    let (status, body) = write(door, "not JSON", &[("/b", "x")]);
    assert_eq!(status, 400);
    assert!(message(&body).starts_with("cannot decode request metadata: "), "{body}");
    let path = format!("{}/forgotten", door.root);
    let (status, body) = write(door, &one(&path), &[]);
    assert_eq!(status, 200);
    assert!(body.contains(&format!(r#"no file content for path \"{path}\""#)), "{body}");
    Ok(())
}

fn permissions_are_three_octal_digits(door: &Door) -> Outcome {
    let path = format!("{}/modes", door.root);
    for digits in ["0644", "64", "888", "rw-"] {
        let request = format!(
            r#"{{"action":"write","files":[{{"path":"{path}","permissions":"{digits}"}}]}}"#
        );
        let (status, body) = write(door, &request, &[(&path, "x")]);
        let text = format!(r#"permissions must be a 3-digit octal string, got \"{digits}\""#);
        assert_eq!(status, 200);
        assert!(body.contains(&text) && body.contains("generic-file-error"), "{body}");
    }
    assert!(!door.client.exists(&path)?);
    Ok(())
}

fn a_group_alone_is_refused(door: &Door) -> Outcome {
    let path = format!("{}/owned", door.root);
    let request = format!(r#"{{"action":"write","files":[{{"path":"{path}","group":"root"}}]}}"#);
    let (_, body) = write(door, &request, &[(&path, "x")]);
    let text = "cannot look up user and group: must specify user, not just group";
    assert!(body.contains(text), "{body}");
    Ok(())
}

fn several_files_have_a_verdict_each(door: &Door) -> Outcome {
    let (good, bad) = (format!("{}/good", door.root), format!("{}/no/parent", door.root));
    let request =
        format!(r#"{{"action":"write","files":[{{"path":"{bad}"}},{{"path":"{good}"}}]}}"#);
    let (status, body) = write(door, &request, &[(&good, "content"), (&bad, "x")]);
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(status, 200);
    assert_eq!(body["result"][0]["path"], bad.as_str());
    assert_eq!(body["result"][0]["error"]["kind"], "not-found");
    assert_eq!(body["result"][1], serde_json::json!({ "path": good }));
    assert_eq!(door.client.pull(&good)?, b"content");
    Ok(())
}

fn other_actions_are_refused(door: &Door) -> Outcome {
    let (status, body) = post(door, "application/json", r#"{"action":"dance"}"#);
    assert_eq!((status, message(&body).as_str()), (400, r#"invalid action "dance""#));
    let (status, body) = post(door, "application/json", "{");
    assert_eq!(status, 400);
    assert!(message(&body).starts_with("cannot decode request body: "), "{body}");
    Ok(())
}
