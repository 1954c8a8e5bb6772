//! Whatever a charm calls, the emulator answers: it does not panic, and it fails as Juju does.
#![allow(clippy::unwrap_used)]

mod juju_support;

use juju_support::{World, model};
use ops_testing::emulator::juju::{CharmMetadata, HOOK_COMMANDS, Hook, Timestamp};
use proptest::prelude::*;

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "-r",
            "1",
            "0",
            "--app",
            "--file",
            "-",
            "--",
            "a=b",
            "=",
            "db/0",
            "web",
            "--format",
            "--format=json",
            "--format=yaml",
            "80/tcp",
            "1-2",
            "-1--2/udp",
            "--label",
            "--unit",
            "token=x",
            "token#base64=A",
            "token#file=",
            "--expire",
            "1h",
            "-9h",
            "a.b=c",
            "--peek",
            "secret:dddddddddddddddddddd",
            "secret:",
            "database",
            "title",
            "active",
            "--application",
            "--revision",
            "",
            "-h",
            "-abc",
            "--=",
        ])
        .prop_map(ToOwned::to_owned),
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn any_arguments_get_an_answer(
        action in any::<bool>(),
        calls in prop::collection::vec(
            (prop::sample::select(HOOK_COMMANDS), prop::collection::vec(word(), 0..6), any::<Option<String>>()),
            1..12,
        ),
    ) {
        let hook = if action { Hook::action("backup") } else { Hook::ConfigChanged };
        let mut world = World::new(model(), "web/0", hook);
        for (command, arguments, input) in calls {
            let words: Vec<&str> =
                std::iter::once(command).chain(arguments.iter().map(String::as_str)).collect();
            let (code, out, err) = world.call(&words, input.as_deref());
            prop_assert!((0..=2).contains(&code), "{words:?}");
            if code != 0 {
                prop_assert!(out.is_empty() && err.contains("ERROR "), "{words:?} {out} {err}");
            }
        }
        let _ = world.session.commit(&mut world.model);
    }

    #[test]
    fn any_text_is_read_as_metadata_or_refused(text in any::<String>()) {
        let _ = CharmMetadata::from_yaml(&[("charm.yaml", &text)]);
    }

    #[test]
    fn every_moment_survives_being_printed(seconds in -60_000_000_000_i64..200_000_000_000) {
        prop_assert_eq!(
            Timestamp::parse(&Timestamp(seconds).to_string()),
            Some(Timestamp(seconds))
        );
    }

    #[test]
    fn what_is_set_is_read_back_as_json(values in prop::collection::btree_map("[a-z]{1,8}", "[^\u{0}-\u{1f}\u{7f}-\u{9f}\u{2028}\u{2029}\u{feff}\u{fff0}-\u{ffff}]+", 0..5)) {
        let mut world = World::leader();
        let input = serde_json::to_string(&values).unwrap();
        let words = ["state-set", "--file", "-"];
        prop_assert_eq!(world.call(&words, Some(&input)).0, 0, "{}", input);
        let out = world.print("state-get --format=json");
        let read: Option<std::collections::BTreeMap<String, String>> =
            serde_json::from_str(&out).unwrap();
        prop_assert_eq!(read.unwrap_or_default(), values);
    }
}
