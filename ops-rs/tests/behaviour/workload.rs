//! What handlers and actions do in a container at once: its files, whole trees, commands as they run.

use crate::app::{WEB, app};
use ops::{
    Fault, FaultKind, Outcome, Probe,
    pebble::{
        Chunk, Exec, FileKind, MakeDirOptions, Owner, Permissions, PushOptions,
        layer::{Check, Layer},
    },
};
use ops_testing::{
    Container, Output, State,
    emulator::{
        juju::Hook,
        pebble::{ExecHandler, Pebble},
    },
};
use std::{fs, io::Read as _, path::PathBuf};

/// Runs this in a handler, in a container with this daemon.
fn with(
    pebble: Pebble,
    act: impl Fn(&ops::model::Container) -> Result<(), Fault> + Send + Sync + 'static,
) -> Output {
    let app = app().on(move |_, live| {
        act(&live.model().container(&WEB))?;
        Ok(Outcome::done())
    });
    let mut container = Container::default();
    container.pebble = pebble;
    app.run(Hook::ConfigChanged, &State::default().with_container(WEB, container))
}

fn done(mut output: Output) -> Pebble {
    assert!(output.is_success(), "{:?}", output.logs);
    output.state.containers.remove(&WEB).unwrap().pebble
}

fn content(pebble: &Pebble, path: &str) -> String {
    String::from_utf8(pebble.file_at(path).unwrap().content).unwrap()
}

#[test]
fn a_file_is_read_as_a_stream() {
    done(with(Pebble::new().file("/srv/dump", "one\ntwo\n"), |web| {
        let mut text = String::new();
        web.open("/srv/dump")?.read_to_string(&mut text).unwrap();
        assert_eq!(text, "one\ntwo\n");
        let fault = web.open("/srv/nothing").unwrap_err();
        assert!(fault.to_string().contains("/srv/nothing"), "{fault}");
        Ok(())
    }));
}

#[test]
fn the_notice_and_the_check_of_an_event_are_read_when_asked_for() {
    let mut pebble = Pebble::new();
    let id = pebble.notify("example.com/backup/done", [("table", "users")]).to_string();
    let layer = Layer::new().check("up", Check::tcp(1));
    pebble.add_layer("web", &layer, false).unwrap();
    done(with(pebble, move |web| {
        let Probe::Present(notice) = web.notice(&id) else { panic!("it has just been recorded") };
        assert_eq!(
            (&*notice.key, &*notice.last_data["table"]),
            ("example.com/backup/done", "users")
        );
        assert!(matches!(web.notice("999"), Probe::Absent));
        let Probe::Present(check) = web.check("up") else { panic!("it is in the plan") };
        assert!(check.is_up());
        Ok(())
    }));
}

#[test]
fn a_directory_is_listed_by_name_and_a_path_is_looked_at() {
    let pebble = Pebble::new().file("/srv/b", "12345").directory("/srv/a");
    done(with(pebble, |web| {
        let listed = web.list("/srv")?;
        let names: Vec<_> = listed.iter().map(|info| (&*info.name, &info.kind)).collect();
        assert_eq!(names, [("a", &FileKind::Directory), ("b", &FileKind::File)]);
        let Probe::Present(info) = web.file_info("/srv/b") else { panic!("/srv/b is there") };
        assert_eq!((info.size, info.is_file()), (Some(5), true));
        assert!(matches!(web.file_info("/srv"), Probe::Present(info) if info.is_dir()));
        assert!(matches!(web.file_info("/srv/c"), Probe::Absent));
        Ok(())
    }));
}

#[test]
fn what_is_pushed_is_there_at_once_whatever_was_read_before() {
    let pebble = done(with(Pebble::new().user("www", 33), |web| {
        assert!(matches!(web.file("/etc/web/conf"), Probe::Absent));
        assert!(matches!(web.file_info("/etc/web/conf"), Probe::Absent));
        let options = PushOptions::new().make_dirs().permissions(0o640).owner(Owner::new("www"));
        web.push("/etc/web/conf", "port = 1", &options)?;
        assert!(matches!(web.file("/etc/web/conf"), Probe::Present(text) if *text == *b"port = 1"));
        let Probe::Present(info) = web.file_info("/etc/web/conf") else { panic!("it is there") };
        assert_eq!(info.permissions, Permissions::new(0o640));
        assert!(info.is_owned_by(&Owner::new(33)));
        Ok(())
    }));
    assert_eq!(content(&pebble, "/etc/web/conf"), "port = 1");
}

#[test]
fn a_directory_is_made_and_all_of_it_removed() {
    let output = with(Pebble::new(), |web| {
        assert!(matches!(web.file_info("/srv/data"), Probe::Absent));
        web.make_dir("/srv/data", &MakeDirOptions::new().parents())?;
        assert!(matches!(web.file_info("/srv/data"), Probe::Present(info) if info.is_dir()));
        web.push("/srv/data/file", "x", &PushOptions::new())?;
        web.remove_all("/srv")?;
        assert!(matches!(web.file("/srv/data/file"), Probe::Absent));
        web.remove_all("/srv")
    });
    let pebble = done(output);
    assert_eq!(pebble.file_paths().filter(|path| path.starts_with("/srv")).count(), 0);
}

#[test]
fn a_tree_is_copied_to_the_workload_and_back() {
    let here = tempfile::tempdir().unwrap();
    let tree = here.path().join("tree");
    fs::create_dir_all(tree.join("deep")).unwrap();
    fs::write(tree.join("top"), "1").unwrap();
    fs::write(tree.join("deep/down"), "2").unwrap();
    let back = here.path().join("back");
    let (from, to): (PathBuf, PathBuf) = (tree, back.clone());
    let pebble = done(with(Pebble::new().directory("/srv"), move |web| {
        web.push_path(&from, "/srv/tree", &PushOptions::new().make_dirs())?;
        web.pull_path("/srv/tree", &to)?;
        Ok(())
    }));
    assert_eq!(content(&pebble, "/srv/tree/deep/down"), "2");
    assert_eq!(fs::read_to_string(back.join("top")).unwrap(), "1");
    assert_eq!(fs::read_to_string(back.join("deep/down")).unwrap(), "2");
}

#[test]
fn a_copy_reports_what_it_could_not_copy_and_copies_the_rest() {
    let here = tempfile::tempdir().unwrap();
    let path = here.path().to_owned();
    fs::write(path.join("a"), "1").unwrap();
    fs::write(path.join("b"), "2").unwrap();
    // A directory stands where the first file would be.
    let pebble = Pebble::new().directory("/srv/a/inside");
    let pebble = done(with(pebble, move |web| {
        let fault = web.push_path(&path, "/srv", &PushOptions::new().make_dirs()).unwrap_err();
        let said: Vec<_> = fault.chain().collect();
        assert!(said.iter().any(|line| line.contains("/a")), "{said:?}");
        Ok(())
    }));
    assert_eq!(content(&pebble, "/srv/b"), "2");
}

#[test]
fn a_command_is_followed_as_it_prints() {
    let migrate = ExecHandler::new(["migrate"]).stdout("step 1\nstep 2\n").stderr("slow\n");
    let fails = ExecHandler::new(["fail"]).stderr("no\n").exit_code(3);
    done(with(Pebble::new().exec_handler(migrate).exec_handler(fails), |web| {
        let mut process = web.spawn(&Exec::new(["migrate"]))?;
        let mut printed = (String::new(), String::new());
        while let Some(chunk) = process.next_chunk()? {
            match chunk {
                Chunk::Stdout(bytes) => printed.0 += &String::from_utf8(bytes).unwrap(),
                Chunk::Stderr(bytes) => printed.1 += &String::from_utf8(bytes).unwrap(),
            }
        }
        assert_eq!(printed, ("step 1\nstep 2\n".to_owned(), "slow\n".to_owned()));
        process.wait()?.succeeded()?;

        let fault = Fault::from(web.spawn(&Exec::new(["fail"]))?.wait()?.succeeded().unwrap_err());
        assert!(fault.chain().any(|line| line.contains('3')), "{fault}");
        Ok(())
    }));
}

#[test]
fn everything_waits_while_the_container_cannot_be_reached() {
    let app = app().on(|_, live| {
        let web = live.model().container(&WEB);
        let local = std::env::temp_dir();
        let faults = [
            web.open("/f").map(drop).unwrap_err(),
            web.list("/").map(drop).unwrap_err(),
            web.push("/f", "x", &PushOptions::new()).unwrap_err(),
            web.pull_path("/f", &local).map(drop).unwrap_err(),
            web.make_dir("/d", &MakeDirOptions::new()).unwrap_err(),
            web.remove_all("/f").unwrap_err(),
            web.exec(&Exec::new(["true"])).map(drop).unwrap_err(),
            web.spawn(&Exec::new(["true"])).map(drop).unwrap_err(),
        ];
        for fault in faults {
            let said = (fault.kind(), fault.message());
            assert_eq!(said, (FaultKind::Waiting, "container web is not reachable"));
        }
        assert!(matches!(web.file_info("/f"), Probe::Failed(fault) if fault.kind() == FaultKind::Waiting));
        Ok(Outcome::done())
    });
    let state = State::default().with_container(WEB, Container::unreachable());
    assert!(app.run(Hook::ConfigChanged, &state).is_success());
}
