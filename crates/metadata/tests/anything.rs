//! Whatever a file holds, reading it ends, does not panic, and what is said about it has file and line.

use ops_metadata::{Charm, Digest, Rules, SourceFile};
use proptest::prelude::*;

const CHARM: &str = include_str!("../../../ops-rs/tests/fixtures/web/charmcraft.yaml");

fn read(name: &str, content: &[u8]) {
    for rules in [Rules::Author, Rules::Juju] {
        match Charm::read(&[SourceFile::new(name, content)], rules) {
            Ok(charm) => drop(Digest::of(&charm)),
            Err(problems) => {
                // A lone carriage return ends a line, too.
                let ends = content.iter().filter(|byte| matches!(byte, b'\n' | b'\r'));
                let lines = ends.count() + 2;
                assert_ne!(problems.iter().count(), 0);
                for problem in problems.iter() {
                    assert_eq!(problem.file(), name);
                    assert!((1..=lines).contains(&problem.line()), "{problem} of {lines} lines");
                    assert!(!problem.message().is_empty() && !problem.hint().is_empty());
                    let text = problem.to_string();
                    assert!(text.starts_with(&format!("{name}:{}: ", problem.line())), "{text}");
                    assert!(!text.contains('\n'), "{text}");
                }
            }
        }
    }
}

fn file() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "metadata.yaml",
        "charmcraft.yaml",
        "config.yaml",
        "actions.yaml",
        "other",
    ])
}

/// Pieces of YAML, good and bad, from which more interesting texts come than from random characters.
fn piece() -> impl Strategy<Value = String> {
    let words = vec![
        "name",
        "summary",
        "requires",
        "options",
        "config",
        "actions",
        "params",
        "type",
        "default",
        "string",
        "int",
        "secret",
        "interface",
        "limit",
        "enum",
        "required",
        "containers",
        "storage",
        "multiple",
        "range",
        "assumes",
        "any-of",
        ":",
        ": ",
        "- ",
        "\n",
        "\n  ",
        "\n    ",
        "{",
        "}",
        "[",
        "]",
        ",",
        "&a ",
        "*a",
        "<<",
        "|\n",
        ">\n",
        "'",
        "\"",
        "#",
        "---\n",
        "...\n",
        "? ",
        "!",
        "!!str ",
        "%",
        "@",
        "\t",
        "\r",
        "\u{feff}",
        "\u{85}",
        "\u{2028}",
        "ä",
        "0x",
        "1e9",
        "-",
        "~",
        "on",
        "no",
        "\0",
        "\\",
        "\\u",
        "$ref",
    ];
    prop::sample::select(words).prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_bytes(name in file(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read(name, &bytes);
    }

    #[test]
    fn any_text(name in file(), text in "\\PC{0,100}") {
        read(name, text.as_bytes());
    }

    #[test]
    fn any_pieces(name in file(), pieces in prop::collection::vec(piece(), 0..60)) {
        read(name, pieces.concat().as_bytes());
    }

    #[test]
    fn a_charm_with_something_else_in_it(
        at in 0..CHARM.len(),
        cut in 0..40_usize,
        pieces in prop::collection::vec(piece(), 0..4),
    ) {
        let end = (at + cut).min(CHARM.len());
        let before = CHARM.get(..at).unwrap_or_default();
        let after = CHARM.get(end..).unwrap_or_default();
        read("charmcraft.yaml", format!("{before}{}{after}", pieces.concat()).as_bytes());
    }
}
