//! Hook commands as executables: the same bytes as in process.

use super::{LONG, World};
use ops_core::JujuVersion;
use ops_testing::emulator::juju::{Call, Hook, NoFiles, Script, Trouble};
use std::{borrow::Cow, thread};

#[test]
fn they_print_the_same_bytes_as_in_process() {
    let calls: &[&[&str]] = &[
        &["is-leader", "--format=json"],
        &["config-get", "--all", "--format=json"],
        &["config-get"],
        &["config-get", "--wrong"],
        &["status-set", "active", "two words  and 'quotes' \"here\"\nand a line"],
        &["status-get", "--include-data", "--format=json"],
        &["relation-ids", "peers", "--format=json"],
        &["relation-set", "-r", "0", "a=1", "b=\u{e9}\u{1f600}", "c="],
        &["relation-get", "-r", "0", "-", "web/0", "--format=json"],
        &["relation-get", "-r", "7", "-", "web/0"],
        &["state-get", "--format=json"],
        &["state-set", "k=v"],
        &["state-get"],
        &["secret-get", "secret:9m4e2mr0ui3e8a215n4g"],
        &["open-port", "8080"],
        &["open-port", "x"],
        &["status-set"],
        &["is-leader", ""],
    ];
    let quote = |text: &&str| format!("'{}'", text.replace('\'', "'\\''"));
    let script: Vec<String> = calls
        .iter()
        .map(|call| {
            let line: Vec<String> = call.iter().map(quote).collect();
            format!(
                "{} >out 2>err; echo \"$?\"; cat out; echo --; cat err; echo ==",
                line.join(" ")
            )
        })
        .collect();
    let mut world = World::new(&script.join("\n"));

    let juju = world.juju(Hook::ConfigChanged);
    let mut expected = String::new();
    for call in calls {
        let reply = juju
            .serve(&Call {
                program: call[0],
                arguments: call[1..].iter().map(|text| Cow::Borrowed(*text)).collect(),
                input: None,
                files: &NoFiles,
            })
            .unwrap();
        let ops::hook_command::Exit::Code(code) = reply.exit else { panic!("{:?}", reply.exit) };
        let text = |bytes| String::from_utf8(bytes).unwrap();
        expected += &format!("{code}\n{}--\n{}==\n", text(reply.stdout), text(reply.stderr));
    }
    assert_eq!(world.run().stdout(), expected);
}

#[test]
fn standard_input_is_read_only_when_a_file_named_dash_asks_for_it() {
    let mut world = World::new(
        "set -e
        echo 'from-stdin: {}' | sed 's/{}/\"1\\\\n2\"/' | relation-set -r 0 --file -
        echo 'equals: sign' | state-set --file=-
        relation-set -r 0 --file - </dev/null
        mkfifo endless
        is-leader <>endless",
    );
    let run = world.run();
    assert_eq!(run.stdout(), "True\n");
    assert_eq!(world.settings()["from-stdin"], "1\n2");
    assert_eq!(world.model.unit(&world.unit).unwrap().state["equals"], "sign");
}

#[test]
fn files_are_read_where_the_hook_command_runs() {
    let mut world = World::new(
        "set -e
        mkdir sub
        cd sub
        printf 'top secret' >token
        printf 'a: b' >settings
        mkfifo pipe
        secret-add token#file=token other#file=\"$PWD/token\" plain=x
        relation-set -r 0 --file settings
        for path in absent . pipe; do secret-add key#file=$path || echo $?; done",
    );
    let run = world.run();
    assert!(run.stdout().ends_with("\n2\n2\n2\n"), "{:?}", run.ended);
    assert!(run.ended.stderr.contains("open absent: no such file or directory"), "{:?}", run.ended);
    let values: Vec<_> = world.model.secret_values().map(|(_, key, value)| (key, value)).collect();
    assert_eq!(values, [("other", "top secret"), ("plain", "x"), ("token", "top secret")]);
    assert_eq!(world.settings()["a"], "b");
}

#[test]
fn a_large_databag_goes_through_standard_input_and_comes_back() {
    let mut world = World::new(
        "set -e
        { printf 'big: '; head -c 5000000 /dev/zero | tr '\\0' x; } | relation-set -r 0 --file -
        relation-get -r 0 big web/0 | wc -c",
    );
    assert_eq!(world.run().stdout().trim(), "5000001");
    assert_eq!(world.settings()["big"].len(), 5_000_000);
}

#[test]
fn commands_run_side_by_side_are_all_served() {
    let mut world = World::new(
        "for n in 1 2 3 4 5 6 7 8 9 10 11 12; do state-set key-$n=$n & done
        wait",
    );
    assert_eq!(world.run().stdout(), "");
    assert_eq!(world.model.unit(&world.unit).unwrap().state.len(), 12);
}

#[test]
fn every_command_of_this_version_of_juju_is_on_path_and_no_other() {
    let script = "for tool in secret-add leader-get is-leader relation-model-get; do
            command -v $tool >/dev/null && echo $tool
        done
        true";
    let mut world = World::new(script);
    for ((major, minor), expected) in [
        ((2, 9), "leader-get\nis-leader\n"),
        ((3, 1), "secret-add\nleader-get\nis-leader\n"),
        ((3, 6), "secret-add\nleader-get\nis-leader\n"),
        ((4, 0), "secret-add\nis-leader\nrelation-model-get\n"),
    ] {
        world.model.version = JujuVersion::new(major, minor, 0);
        assert_eq!(world.run().stdout(), expected, "{major}.{minor}");
    }
}

#[test]
fn a_socket_in_the_abstract_namespace_serves_as_well() {
    let mut world = World::new("echo \"$JUJU_AGENT_SOCKET_ADDRESS\"; is-leader");
    world.model.version = JujuVersion::new(3, 1, 0);
    let run = world.run();
    assert!(run.stdout().starts_with('@') && run.stdout().ends_with("\nTrue\n"), "{:?}", run.ended);
}

#[test]
fn scripted_trouble_looks_as_it_would_from_a_real_command() {
    let mut world = World::new(
        "is-leader; echo $?
        relation-ids peers; echo $?
        state-get; echo $?
        config-get 2>/dev/null; echo $?
        status-get 2>/dev/null; echo $?
        status-set active; echo $?",
    );
    let fails = Trouble::Fails { code: 7, stderr: "ERROR no\n".to_owned() };
    world.script = Script::default()
        .always("is-leader", fails)
        .always("relation-ids", Trouble::Prints(b"\xff{".to_vec()))
        .always("state-get", Trouble::Killed(15))
        .always("config-get", Trouble::Missing)
        .once("status-get", 0, Trouble::Missing)
        .always("status-set", Trouble::Lost);
    let run = world.run();
    assert_eq!(run.stdout(), "7\n\u{fffd}{0\n143\n127\n127\n137\n");
    assert!(run.ended.stderr.starts_with("ERROR no\n"), "{:?}", run.ended);
    let status = &world.model.unit(&world.unit).unwrap().status;
    assert_eq!(status.status.name.as_str(), "active", "what is lost was done");
}

#[test]
fn models_beside_each_other_do_not_meet() {
    thread::scope(|scope| {
        let threads: Vec<_> = (0..20)
            .map(|number| {
                scope.spawn(move || {
                    let mut world = World::new(
                        "set -e
                        config-get title
                        state-set \"title=$(config-get title)\"
                        printf 'a: %s' \"$(config-get title)\" | relation-set -r 0 --file -",
                    );
                    let title = format!("title-{number}");
                    world.model.set_config("web", "title", title.as_str()).unwrap();
                    assert_eq!(world.deadline, LONG);
                    assert_eq!(world.run().stdout(), format!("{title}\n"));
                    assert_eq!(world.settings()["a"], title);
                    assert_eq!(world.model.unit(&world.unit).unwrap().state["title"], title);
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
    });
}
