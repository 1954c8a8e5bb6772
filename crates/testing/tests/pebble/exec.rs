//! Commands: output, input, environment, exit codes.

use crate::support::*;

cases! {
    a_command_gives_its_output_and_exit_code;
    a_command_reads_its_input_to_the_end;
    a_command_with_much_output_and_input_does_not_hang;
    a_command_takes_its_environment;
    a_command_that_is_killed_gives_the_signal;
    commands_that_cannot_start_are_refused;
}

fn a_command_gives_its_output_and_exit_code(door: &Door) -> Outcome {
    let exec = Exec::new(["sh", "-c", "echo out; echo err >&2; exit 3"]);
    let output = door.client.exec(&exec).unwrap();
    assert_eq!(output.exit_code, 3);
    assert_eq!((output.stdout_text().as_str(), output.stderr_text().as_str()), ("out\n", "err\n"));
    let error = output.succeeded().unwrap_err();
    let chain: Vec<String> = Fault::from(error).chain().collect();
    assert_eq!(chain, ["exec of sh failed", "exited with code 3: err"]);

    let combined = door.client.exec(&exec.combine_stderr()).unwrap();
    assert_eq!((combined.stdout_text().as_str(), combined.stderr.len()), ("out\nerr\n", 0));
    assert!(door.client.exec(&Exec::new(["true"])).unwrap().succeeded().is_ok());
    Ok(())
}

fn a_command_reads_its_input_to_the_end(door: &Door) -> Outcome {
    // Without input, a command that reads must still come to its end.
    assert!(door.client.exec(&Exec::new(["cat"])).unwrap().stdout.is_empty());
    for size in [1, 100_000, 2_000_000] {
        let input: Vec<u8> = (0..size).map(|number: u32| (number % 251) as u8).collect();
        let output = door.client.exec(&Exec::new(["cat"]).stdin(input.clone())).unwrap();
        assert!(output.stdout == input, "{size}");
    }
    Ok(())
}

fn a_command_with_much_output_and_input_does_not_hang(door: &Door) -> Outcome {
    let exec = Exec::new(["sh", "-c", TALK]).stdin(vec![b'x'; 1_000_000]);
    let output = door.client.exec(&exec).unwrap();
    assert_eq!((output.stdout.len(), output.stderr.len()), (1_048_576, 1_048_576));
    let small = door.client.clone().body_limit(100_000);
    assert!(small.exec(&exec).unwrap_err().is_protocol(), "too much is an error, not a cut");
    Ok(())
}

fn a_command_takes_its_environment(door: &Door) -> Outcome {
    let secret = Secret::new("hunter2".to_owned(), "secret:1/token@1");
    let exec = Exec::new(["sh", "-c", "echo $WHO"]).env("WHO", secret);
    assert!(!format!("{exec:?}").contains("hunter2"));
    assert_eq!(door.client.exec(&exec).unwrap().stdout_text(), "hunter2\n");
    Ok(())
}

fn a_command_that_is_killed_gives_the_signal(door: &Door) -> Outcome {
    let output = door.client.exec(&Exec::new(["sh", "-c", "kill -9 $$"])).unwrap();
    assert_eq!(output.exit_code, 137);
    Ok(())
}

fn commands_that_cannot_start_are_refused(door: &Door) -> Outcome {
    let error = door.client.exec(&Exec::new(["nosuchprogram"])).unwrap_err();
    assert_eq!(api_message(&error), r#"cannot find executable "nosuchprogram""#);
    let error = door.client.exec(&Exec::new(Vec::<String>::new())).unwrap_err();
    assert_eq!(api_message(&error), "must specify command");
    let error = door.client.exec(&Exec::new(["true"]).service_context("zz")).unwrap_err();
    assert_eq!(api_message(&error), r#"context service "zz" not found"#);
    Ok(())
}
