//! What only real processes and a real daemon show.

use crate::support::*;
use std::{
    io::{self, BufRead as _, Read as _},
    os::unix::fs::PermissionsExt as _,
    process::Command,
    time::Instant,
};

cases! { real:
    a_terminal_is_resized;
    an_interactive_terminal_echoes differs TERMINAL_END;
    a_pipe_is_not_read;
    bits_above_the_permissions_are_not_shown;
    a_hard_link_is_broken_by_a_push;
    an_early_end_of_the_daemon_is_a_connection_error_for_a_pull;
    an_early_end_of_the_daemon_is_a_connection_error_for_a_push;
    a_shutdown_is_a_connection_error_for_a_command;
    a_grandchild_that_keeps_an_output_open_delays_the_end;
    only_the_command_itself_gets_a_signal;
}

fn sh(script: &str) -> Exec {
    Exec::new(["sh", "-c", script])
}

fn a_terminal_is_resized(door: &Door) -> Outcome {
    let script = "trap 'stty size; exit 0' WINCH; echo ready; while :; do sleep 0.05; done";
    let mut process = door.client.spawn(&sh(script).interactive().keep_stdin_open())?;
    let mut line = String::new();
    process.stdout().read_line(&mut line).unwrap();
    assert_eq!(line, "ready\r\n");
    process.resize(99, 33)?;
    line.clear();
    process.stdout().read_line(&mut line).unwrap();
    assert_eq!(line, "33 99\r\n");
    Ok(())
}

fn an_interactive_terminal_echoes(door: &Door) -> Outcome {
    let exec = Exec::new(["cat"]).interactive().stdin("hi\n").timeout(Duration::from_secs(5));
    let output = door.client.exec(&exec)?;
    assert_eq!(output.exit_code, 0, "the end of the input reaches it as Ctrl-D");
    let text = output.stdout_text();
    assert_eq!(text.matches("hi\r\n").count(), 2, "{text:?}");
    Ok(())
}

fn a_pipe_is_not_read(door: &Door) -> Outcome {
    let path = format!("{}/pipe", door.root);
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    assert_eq!(door.client.file_info(&path)?.kind, FileKind::NamedPipe);
    let error = door.client.pull(&path).unwrap_err();
    assert_eq!(path_error(&error).1, format!("can only read a regular file: {path:?}"));
    Ok(())
}

fn bits_above_the_permissions_are_not_shown(door: &Door) -> Outcome {
    let path = format!("{}/there/file", door.root);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o4755)).unwrap();
    assert_eq!(door.client.file_info(&path)?.permissions.to_string(), "755");
    Ok(())
}

fn a_hard_link_is_broken_by_a_push(door: &Door) -> Outcome {
    let (one, two) = (format!("{}/one", door.root), format!("{}/two", door.root));
    std::fs::write(&one, "old").unwrap();
    std::fs::hard_link(&one, &two).unwrap();
    door.client.push(&one, "new", &PushOptions::new())?;
    assert_eq!(door.client.pull(&two)?, b"old");
    Ok(())
}

fn an_early_end_of_the_daemon_is_a_connection_error_for_a_pull(door: &Door) -> Outcome {
    let path = format!("{}/huge", door.root);
    std::fs::File::create(&path).unwrap().set_len(256 * 1024 * 1024).unwrap();
    let mut reader = door.client.open(&path)?;
    let mut piece = vec![0; 100_000];
    reader.read_exact(&mut piece).unwrap();
    door.kill();
    let error = io::copy(&mut reader, &mut io::sink()).unwrap_err();
    let error = error.into_inner().unwrap().downcast::<Error>().unwrap();
    assert!(error.is_connection(), "{error:?}");
    Ok(())
}

/// Kills the daemon in the middle of what it gives.
struct Killer<'a>(&'a Door, usize);

impl io::Read for Killer<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.1 += 1;
        if self.1 == 20 {
            self.0.kill();
        }
        out.fill(0);
        // Without a daemon, the next writes fail.
        if self.1 > 1000 { Err(io::Error::other("nobody noticed")) } else { Ok(out.len()) }
    }
}

fn an_early_end_of_the_daemon_is_a_connection_error_for_a_push(door: &Door) -> Outcome {
    let path = format!("{}/huge", door.root);
    let pushed = door.client.push_from(&path, &mut Killer(door, 0), &PushOptions::new());
    let error = pushed.unwrap_err();
    assert!(error.is_connection(), "{error:?}");
    assert!(door.client.exists(&path).unwrap_err().is_unreachable());
    Ok(())
}

fn a_shutdown_is_a_connection_error_for_a_command(door: &Door) -> Outcome {
    let may_wait = door.differs(&differences::SHUTDOWN_WAITS);
    let sleep = Exec::new(["sleep", "1000"]).timeout(Duration::from_secs(20));
    let mut process = door.client.spawn(&sleep)?;
    let began = Instant::now();
    door.terminate();
    let ended = loop {
        match process.next_chunk() {
            Ok(Some(_)) => {}
            Ok(None) => break process.wait().map(|_| ()),
            Err(error) => break Err(error),
        }
    };
    let error = ended.unwrap_err();
    let waited = may_wait && error.is_timeout();
    assert!(waited || error.is_connection() || error.is_change(), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(60), "it is noticed, not waited for");
    Ok(())
}

fn a_grandchild_that_keeps_an_output_open_delays_the_end(door: &Door) -> Outcome {
    let output = door.client.exec(&sh("(sleep 1; echo late) & echo early"))?;
    assert_eq!(output.stdout_text(), "early\nlate\n");
    Ok(())
}

fn only_the_command_itself_gets_a_signal(door: &Door) -> Outcome {
    let mut process = door.client.spawn(&sh("(sleep 1; echo alive) & echo ready; wait"))?;
    let mut line = String::new();
    process.stdout().read_line(&mut line).unwrap();
    process.send_signal(&Signal::Kill)?;
    let output = process.wait()?;
    assert_eq!((output.exit_code, output.stdout_text().as_str()), (137, "alive\n"));
    Ok(())
}
