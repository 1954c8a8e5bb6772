//! Commands while they run: input, outputs, signals, limits, ends.

use crate::support::*;
use std::io::{self, BufRead as _, Read as _, Write as _};
use workload::{BOTH, BYTES, CONTEXT, LINES, LONG, SLOW, TRAP, make_no_program};

cases! {
    output_comes_as_it_is_printed;
    an_output_is_read_line_by_line;
    the_other_output_is_held_meanwhile;
    nothing_comes_after_the_end_of_an_output;
    input_is_written_and_answered;
    an_input_left_open_ends_with_the_wait;
    an_input_that_has_ended_takes_no_more;
    much_is_copied_through_with_little_in_memory;
    a_source_or_a_sink_that_fails_is_told_apart;
    input_that_nobody_reads_does_no_harm;
    two_commands_run_at_once;
    a_signal_ends_a_command;
    a_signal_may_be_caught;
    a_signal_that_nobody_knows_is_ignored;
    a_signal_after_the_end_is_no_error;
    a_command_that_takes_too_long_is_killed differs EXEC_SUMMARY;
    a_command_that_waits_for_input_too_long_is_killed;
    a_command_that_nobody_holds_is_killed;
    a_command_that_is_detached_runs_on;
    a_command_runs_in_its_directory;
    a_command_runs_as_its_owner;
    a_command_takes_the_context_of_a_service;
    a_program_that_cannot_be_started_is_a_change_error;
    a_command_in_a_terminal_ends_lines_as_terminals_do;
    a_terminal_has_its_size;
    bytes_are_kept_as_they_are;
    a_long_error_output_is_quoted_at_its_end;
    a_command_whose_sockets_never_come_is_given_up;
    a_socket_of_a_command_that_was_given_up_is_refused differs NEVER_CONNECTED;
    sockets_are_connected_once_and_by_name differs SOCKET_WORDING;
    a_command_without_time_limit_is_sent_the_one_of_the_client;
}

fn sh(script: &str) -> Exec {
    Exec::new(["sh", "-c", script])
}

fn text(mut reader: impl io::Read) -> String {
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    text
}

fn output_comes_as_it_is_printed(door: &Door) -> Outcome {
    let mut process = door.client.spawn(&sh(BOTH))?;
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    while let Some(chunk) = process.next_chunk()? {
        match chunk {
            Chunk::Stdout(bytes) => stdout.extend(bytes),
            Chunk::Stderr(bytes) => stderr.extend(bytes),
        }
    }
    assert_eq!((stdout.as_slice(), stderr.as_slice()), (&b"one\nthree\n"[..], &b"two\n"[..]));
    let output = process.wait()?;
    assert_eq!((output.exit_code, output.stdout.len()), (4, 0), "what was read is not told again");
    Ok(())
}

fn an_output_is_read_line_by_line(door: &Door) -> Outcome {
    let mut process = door.client.spawn(&sh(LINES))?;
    let lines: Vec<String> = process.stdout().lines().map(Result::unwrap).collect();
    assert_eq!(lines.len(), 1000);
    assert_eq!((lines[0].as_str(), lines[999].as_str()), ("line 0", "line 999"));
    assert_eq!(process.wait()?.exit_code, 0);
    Ok(())
}

fn the_other_output_is_held_meanwhile(door: &Door) -> Outcome {
    let mut process = door.client.spawn(&sh(BOTH))?;
    assert_eq!(text(process.stdout()), "one\nthree\n");
    assert_eq!(text(process.stderr()), "two\n");
    assert_eq!(process.wait()?.exit_code, 4);

    let mut process = door.client.spawn(&sh(BOTH))?;
    let mut first = [0; 3];
    process.stdout().read_exact(&mut first).unwrap();
    let rest = process.wait()?;
    assert_eq!((rest.stdout_text(), rest.stderr_text()), ("\nthree\n".into(), "two\n".into()));

    let mut process = door.client.spawn(&sh(BOTH).combine_stderr())?;
    assert_eq!(text(process.stderr()), "");
    assert_eq!(process.wait()?.stdout.len(), 14);
    Ok(())
}

fn nothing_comes_after_the_end_of_an_output(door: &Door) -> Outcome {
    // The daemon leaves the sockets open after their end.
    let mut process = door.client.spawn(&Exec::new(["echo", "hi"]))?;
    while process.next_chunk()?.is_some() {}
    assert_eq!(process.next_chunk()?, None);
    assert_eq!(text(process.stdout()), "");
    process.close_stdin()?;
    assert_eq!(process.wait()?.exit_code, 0);
    Ok(())
}

fn input_is_written_and_answered(door: &Door) -> Outcome {
    let exec = Exec::new(["cat"]).stdin("first\n").keep_stdin_open();
    let mut process = door.client.spawn(&exec)?;
    let mut line = String::new();
    process.stdout().read_line(&mut line).unwrap();
    assert_eq!(line, "first\n");
    process.stdin().write_all(b"second\n").unwrap();
    line.clear();
    process.stdout().read_line(&mut line).unwrap();
    assert_eq!(line, "second\n");
    process.close_stdin()?;
    assert_eq!(process.next_chunk()?, None);
    assert_eq!(process.wait()?.exit_code, 0);
    Ok(())
}

fn an_input_left_open_ends_with_the_wait(door: &Door) -> Outcome {
    let mut process = door.client.spawn(&Exec::new(["wc", "-c"]).keep_stdin_open())?;
    process.stdin().write_all(&pattern(100_000)).unwrap();
    assert_eq!(process.wait()?.stdout_text().trim(), "100000");
    Ok(())
}

fn an_input_that_has_ended_takes_no_more(door: &Door) -> Outcome {
    let mut process = door.client.spawn(&Exec::new(["cat"]).stdin("x"))?;
    let error = process.stdin().write_all(b"y").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    process.close_stdin()?;
    process.close_stdin()?;
    assert_eq!(process.wait()?.stdout, b"x");
    Ok(())
}

fn much_is_copied_through_with_little_in_memory(door: &Door) -> Outcome {
    let client = door.client.clone().body_limit(200_000);
    let mut process = client.spawn(&Exec::new(["cat"]).keep_stdin_open())?;
    let (input, mut output) = (pattern(4_000_000), Vec::new());
    process.copy(&mut input.as_slice(), &mut output, &mut io::sink())?;
    assert!(output == input);
    assert_eq!(process.wait()?.exit_code, 0);
    Ok(())
}

fn a_source_or_a_sink_that_fails_is_told_apart(door: &Door) -> Outcome {
    let mut process = door.client.spawn(&Exec::new(["cat"]).keep_stdin_open())?;
    let failed = process.copy(&mut Breaks(10), &mut io::sink(), &mut io::sink());
    assert_eq!(*failed.unwrap_err().kind(), ErrorKind::Source);
    let mut process = door.client.spawn(&Exec::new(["cat"]).stdin("four"))?;
    let failed = process.copy(&mut io::empty(), &mut Breaks(3), &mut io::sink());
    assert_eq!(*failed.unwrap_err().kind(), ErrorKind::Sink);
    Ok(())
}

fn input_that_nobody_reads_does_no_harm(door: &Door) -> Outcome {
    let exec = Exec::new(["true"]).stdin(pattern(2_000_000));
    assert_eq!(door.client.exec(&exec)?.exit_code, 0);
    Ok(())
}

fn two_commands_run_at_once(door: &Door) -> Outcome {
    let cat = Exec::new(["cat"]).keep_stdin_open();
    let mut one = door.client.spawn(&cat)?;
    let mut two = door.client.spawn(&cat)?;
    assert_ne!(one.change_id(), two.change_id());
    let mut line = String::new();
    two.stdin().write_all(b"two\n").unwrap();
    one.stdin().write_all(b"one\n").unwrap();
    one.stdout().read_line(&mut line).unwrap();
    two.stdout().read_line(&mut line).unwrap();
    assert_eq!(line, "one\ntwo\n");
    Ok(())
}

fn a_signal_ends_a_command(door: &Door) -> Outcome {
    for (signal, code) in [(Signal::Terminate, 143), (Signal::Interrupt, 130), (Signal::Kill, 137)]
    {
        let mut process = door.client.spawn(&Exec::new(["sleep", "1000"]))?;
        process.send_signal(&signal)?;
        assert_eq!(process.wait()?.exit_code, code, "{signal}");
    }
    Ok(())
}

fn a_signal_may_be_caught(door: &Door) -> Outcome {
    let mut process = door.client.spawn(&sh(TRAP))?;
    let mut line = String::new();
    process.stdout().read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    process.send_signal(&Signal::Continue)?;
    process.send_signal(&Signal::Terminate)?;
    let output = process.wait()?;
    assert_eq!((output.exit_code, output.stdout_text().as_str()), (7, "bye\n"));
    Ok(())
}

fn a_signal_that_nobody_knows_is_ignored(door: &Door) -> Outcome {
    let mut process = door.client.spawn(&Exec::new(["sleep", "1000"]))?;
    process.send_signal(&Signal::from("SIGNAL"))?;
    process.send_signal(&Signal::Terminate)?;
    assert_eq!(process.wait()?.exit_code, 143);
    Ok(())
}

fn a_signal_after_the_end_is_no_error(door: &Door) -> Outcome {
    let mut process = door.client.spawn(&Exec::new(["true"]))?;
    while process.next_chunk()?.is_some() {}
    process.send_signal(&Signal::Terminate)?;
    process.send_signal(&Signal::Terminate)?;
    assert_eq!(process.wait()?.exit_code, 0);
    Ok(())
}

const TIMED_OUT: &str = "timed out after 300ms: context deadline exceeded";

fn a_command_that_takes_too_long_is_killed(door: &Door) -> Outcome {
    let exec = Exec::new(["sleep", "1000"]).timeout(Duration::from_millis(300));
    let error = door.client.exec(&exec).unwrap_err();
    let text =
        format!("cannot perform the following tasks:\n- Execute command \"sleep\" ({TIMED_OUT})");
    assert_eq!(change_message(&error), text);
    assert_eq!(Fault::from(error).kind(), FaultKind::Blocked);
    Ok(())
}

fn a_command_that_waits_for_input_too_long_is_killed(door: &Door) -> Outcome {
    let exec = Exec::new(["cat"]).keep_stdin_open().timeout(Duration::from_millis(300));
    let mut process = door.client.spawn(&exec)?;
    assert_eq!(process.next_chunk()?, None, "nobody ends the input");
    assert!(change_message(&process.wait().unwrap_err()).contains(TIMED_OUT));
    Ok(())
}

fn a_command_that_nobody_holds_is_killed(door: &Door) -> Outcome {
    let process = door.client.spawn(&Exec::new(["sleep", "1000"]))?;
    let id = process.change_id().to_owned();
    drop(process);
    let change = door.client.wait_change(&id, Duration::from_secs(10))?;
    assert_eq!((change.exit_code(), change.err), (Some(137), None));
    Ok(())
}

fn a_command_that_is_detached_runs_on(door: &Door) -> Outcome {
    let id = door.client.spawn(&sh(SLOW))?.detach()?;
    let change = door.client.wait_change(&id, Duration::from_secs(10))?;
    assert_eq!((change.exit_code(), change.err), (Some(5), None));
    Ok(())
}

fn a_command_runs_in_its_directory(door: &Door) -> Outcome {
    let there = format!("{}/there", door.root);
    let output = door.client.exec(&Exec::new(["pwd"]).working_dir(&there))?;
    assert_eq!(output.stdout_text().trim_end(), there);
    let exec = Exec::new(["pwd"]).working_dir("/no/such/directory");
    let error = door.client.exec(&exec).unwrap_err();
    let text = r#"cannot call exec: working directory "/no/such/directory" does not exist"#;
    assert_eq!(api_message(&error), text);
    assert!(error.is_status(500));
    Ok(())
}

fn a_command_runs_as_its_owner(door: &Door) -> Outcome {
    let id = Exec::new(["id", "-u"]).working_dir("/");
    let mut owners = vec![(None, door.client.file_info(&door.root)?.user_id.unwrap())];
    if is_root(door) {
        owners.push((Some(Owner::new("daemon")), 1));
        owners.push((Some(Owner::new(1).group("daemon")), 1));
    }
    for (owner, expected) in owners {
        let exec = owner.into_iter().fold(id.clone(), Exec::owner);
        assert_eq!(door.client.exec(&exec)?.stdout_text(), format!("{expected}\n"));
    }
    let error = door.client.exec(&id.owner(Owner::new("nosuch"))).unwrap_err();
    assert_eq!(api_message(&error), "user: unknown user nosuch");
    Ok(())
}

fn a_command_takes_the_context_of_a_service(door: &Door) -> Outcome {
    let there = format!("{}/there", door.root);
    let service = Service::new("sleep 1000").env("A", "1").env("B", "2").working_dir(&there);
    let layer = Layer::new().service("web", service);
    door.client.add_layer("test", &layer, Combine::Yes)?;
    let exec = sh(CONTEXT).service_context("web").env("B", "3");
    assert_eq!(door.client.exec(&exec)?.stdout_text(), format!("1 3\n{there}\n"));
    let exec = exec.working_dir(&door.root);
    assert_eq!(door.client.exec(&exec)?.stdout_text(), format!("1 3\n{}\n", door.root));
    let error = door.client.exec(&sh(CONTEXT).service_context("zz")).unwrap_err();
    assert_eq!(api_message(&error), r#"context service "zz" not found"#);
    Ok(())
}

fn a_program_that_cannot_be_started_is_a_change_error(door: &Door) -> Outcome {
    let program = make_no_program(&door.client, &door.root);
    let error = door.client.exec(&Exec::new([program.as_str()])).unwrap_err();
    let text = format!("(fork/exec {program}: exec format error)");
    assert!(change_message(&error).ends_with(&text), "{error:?}");
    Ok(())
}

fn a_command_in_a_terminal_ends_lines_as_terminals_do(door: &Door) -> Outcome {
    let output = door.client.exec(&Exec::new(["echo", "hi"]).terminal(80, 24))?;
    assert_eq!((output.stdout_text().as_str(), output.stderr.len()), ("hi\r\n", 0));
    Ok(())
}

fn a_terminal_has_its_size(door: &Door) -> Outcome {
    let exec = Exec::new(["stty", "size"]).terminal(123, 45).interactive().keep_stdin_open();
    let mut process = door.client.spawn(&exec)?;
    let mut output = String::new();
    process.stdout().read_to_string(&mut output).unwrap();
    assert!(output.contains("45 123\r\n"), "{output:?}");
    Ok(())
}

fn bytes_are_kept_as_they_are(door: &Door) -> Outcome {
    let output = door.client.exec(&sh(BYTES))?;
    assert_eq!(output.stdout, [255, 0, 128]);
    assert_eq!(output.stdout_text(), "\u{fffd}\0\u{fffd}");
    Ok(())
}

fn a_long_error_output_is_quoted_at_its_end(door: &Door) -> Outcome {
    let output = door.client.exec(&sh(LONG))?;
    assert_eq!(output.stderr.len(), 5004);
    let error = output.succeeded().unwrap_err();
    let ErrorKind::Exec { exit_code: 1, stderr, .. } = error.kind() else { panic!("{error:?}") };
    assert_eq!(stderr.len(), 5004, "the error has all of it");
    let chain: Vec<String> = Fault::from(error).chain().collect();
    assert!(chain[1].len() < 1100 && chain[1].ends_with("xend"), "{}", chain[1]);
    Ok(())
}

/// Asks for a command without connecting to it; its change and its task.
fn ask(door: &Door, command: &[&str]) -> (String, String) {
    let body = serde_json::json!({ "command": command, "split-stderr": false }).to_string();
    let headers = "Content-Type: application/json\r\n";
    let (status, body) = raw(door, "POST", "/v1/exec", headers, &body);
    assert_eq!(status, 202);
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    (text(&body["change"]), text(&body["result"]["task-id"]))
}

const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: anVqdS1vcHMtcGViYmxlIQ==\r\n";

fn a_command_whose_sockets_never_come_is_given_up(door: &Door) -> Outcome {
    let (change, task) = ask(door, &["true"]);
    let change = door.client.wait_change(&change, Duration::from_secs(20))?;
    let err = change.err.unwrap();
    let text = format!(
        "(exec {task}: timeout waiting for websocket connections: context deadline exceeded)"
    );
    assert!(err.ends_with(&text), "{err}");
    Ok(())
}

fn a_socket_of_a_command_that_was_given_up_is_refused(door: &Door) -> Outcome {
    let (change, task) = ask(door, &["true"]);
    let err = door.client.wait_change(&change, Duration::from_secs(20))?.err.unwrap();
    let target = format!("/v1/tasks/{task}/websocket/stdio");
    let (status, body) = raw(door, "GET", &target, UPGRADE, "");
    assert_eq!((status, message(&body)), (500, err));
    Ok(())
}

fn sockets_are_connected_once_and_by_name(door: &Door) -> Outcome {
    let (_, task) = ask(door, &["sh", "-c", TRAP]);
    let connect = |id: &str| {
        let mut socket = door.dial.dial().unwrap();
        socket.set_timeout(Some(Duration::from_secs(20))).unwrap();
        let target = format!("/v1/tasks/{task}/websocket/{id}");
        write!(socket, "GET {target} HTTP/1.1\r\nHost: localhost\r\n{UPGRADE}\r\n").unwrap();
        let mut status = [0; 12];
        socket.read_exact(&mut status).unwrap();
        assert_eq!(&status, b"HTTP/1.1 101");
        socket
    };
    // A daemon answers before it has written down that a socket is connected. A command that prints has what it needs.
    let _control = connect("control");
    let mut stdio = connect("stdio");
    let (mut read, mut piece) = (Vec::new(), [0; 64]);
    while !read.windows(5).any(|window| window == b"ready") {
        let count = stdio.read(&mut piece).unwrap();
        read.extend_from_slice(&piece[..count]);
    }
    for (id, expected) in [
        ("control", (500, "control websocket already connected".to_owned())),
        ("stdio", (500, "stdio websocket already connected".to_owned())),
        ("stderr", (404, format!("cannot find stderr websocket for task {task:?}"))),
        ("other", (404, format!("cannot find other websocket for task {task:?}"))),
    ] {
        let target = format!("/v1/tasks/{task}/websocket/{id}");
        let (status, body) = raw(door, "GET", &target, UPGRADE, "");
        assert_eq!((status, message(&body)), expected);
    }
    let (status, body) = raw(door, "GET", "/v1/tasks/9999/websocket/stdio", UPGRADE, "");
    assert_eq!((status, message(&body).as_str()), (404, r#"cannot find task "9999""#));
    Ok(())
}

fn a_command_without_time_limit_is_sent_the_one_of_the_client(door: &Door) -> Outcome {
    let client = door.client.clone().exec_timeout(Duration::from_millis(300));
    let error = client.exec(&Exec::new(["sleep", "1000"])).unwrap_err();
    assert!(change_message(&error).contains(TIMED_OUT));
    Ok(())
}
