//! Every mistake is found, with its file, its line, what is wrong, and how to mend it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use ops_metadata::{Charm, Problem, Rules, SourceFile};

/// Before each snippet, so that its first line is line 4.
const HEAD: &str = "name: web\nsummary: A server\ndescription: It serves.\n";

fn problems(files: &[(&str, &[u8])], rules: Rules) -> Vec<Problem> {
    let files: Vec<_> = files.iter().map(|(name, text)| SourceFile::new(name, text)).collect();
    Charm::read(&files, rules).err().map_or_else(Vec::new, |p| p.iter().cloned().collect())
}

/// A snippet, the line of the mistake, what is said about it, and how to mend it.
type Mistake = (&'static str, usize, &'static str, &'static str);

fn each_is_found(file: &str, head: &str, mistakes: &[Mistake]) {
    for (snippet, line, message, hint) in mistakes {
        let text = format!("{head}{snippet}\n");
        let mut files = vec![(file, text.as_bytes())];
        if file != "metadata.yaml" {
            files.push(("metadata.yaml", HEAD.as_bytes()));
        }
        let found = problems(&files, Rules::Author);
        let [problem] = found.as_slice() else { panic!("{snippet:?}: {found:#?}") };
        assert_eq!((problem.file(), problem.line()), (file, *line), "{snippet:?}: {problem}");
        assert!(problem.message().contains(message), "{snippet:?}: {problem}");
        assert!(problem.hint().contains(hint), "{snippet:?}: {problem}");
        assert!(problem.to_string().starts_with(&format!("{file}:{line}: ")), "{problem}");
    }
}

#[test]
fn what_is_not_yaml() {
    each_is_found(
        "metadata.yaml",
        HEAD,
        &[
            ("requires:\n\tdb: pg", 5, "not YAML", "not with tabs"),
            ("display-name:\tWeb", 4, "not YAML", "not with tabs"),
            ("assumes: [juju,\tk8s-api]", 4, "refuses a tab here", "spaces"),
            ("assumes:\n  - any-of: [\n a]", 6, "not YAML", "brackets"),
            ("assumes: [k8s-api", 4, "not YAML", "bracket"),
            ("title 'x", 4, "not YAML", "missing `:`"),
            ("display-name: 'x", 4, "not YAML", ""),
            ("display-name: a: b: c", 4, "not YAML", "quote a value"),
            ("requires: *missing", 4, "not YAML", "anchor `&name`"),
            ("requires: {db: pg}}", 4, "not YAML", "bracket"),
            ("  requires: {}", 4, "not YAML", "indentation"),
            ("display-name: @x", 4, "not YAML", ""),
            ("display-name: \"\\q\"", 4, "not YAML", ""),
            ("---\nname: other", 4, "a second document", "`---`"),
            ("display-name: a\u{7}b", 4, "control character, U+0007", "escape"),
            ("display-name: !mine x", 4, "a tag that nobody knows", "quote"),
            ("requires: &a {db: *a}", 4, "inside of its own anchor", "write out"),
            ("? [a, b]\n: c", 4, "a list is used as a key", "quote"),
            ("requires:\n  <<: text\n  db: pg", 5, "`<<` merges the text", "alias"),
        ],
    );
}

#[test]
fn keys_that_are_twice_or_unknown() {
    each_is_found(
        "metadata.yaml",
        HEAD,
        &[
            ("name: again", 4, "`name` stands here a second time", "line 1"),
            ("requires:\n  db: pg\n  db: mysql", 6, "`db` stands here a second time", "line 5"),
            ("require:\n  db: pg", 4, "no key `require`", "did you mean `requires`?"),
            ("charm_user: root", 4, "no key `charm_user`", "`charm-user`"),
            ("nonsense: 1", 4, "no key `nonsense`", "remove it"),
            ("series: [jammy]", 4, "an old format", "`platforms`"),
            ("parts: {}", 4, "no key `parts`", ""),
            ("requires:\n  db: {interface: pg, limits: 1}", 5, "no key `limits`", "`limit`"),
            ("requires:\n  on: pg", 5, "the name `on` is not read as a text", "quote it"),
            ("requires:\n  12: pg", 5, "the name `12` is not read as a text", "quote it"),
        ],
    );
}

#[test]
fn values_of_the_wrong_type() {
    each_is_found(
        "metadata.yaml",
        HEAD,
        &[
            ("display-name: 12", 4, "`display-name` is the number 12", "quote it: \"12\""),
            ("display-name: yes", 4, "is the boolean yes", "quote it"),
            ("display-name: [a]", 4, "is a list", "text"),
            ("subordinate: 'yes'", 4, "`subordinate` is the text \"yes\"", "without quotes"),
            ("assumes: juju", 4, "must be a list", "`- `"),
            ("assumes: [{none-of: [a]}]", 4, "no assumption", "any-of"),
            ("charm-user: nobody", 4, "expected one of root, sudoer or non-root", "these three"),
            ("requires: [db]", 4, "`requires` is a list, but must be a mapping", "name: value"),
            ("containers: web", 4, "`containers` is the text \"web\"", "name: value"),
            ("terms:\n  - a\nstorage: 5", 6, "`storage` is the number 5", ""),
        ],
    );
}

#[test]
fn endpoints_that_juju_refuses() {
    each_is_found(
        "metadata.yaml",
        HEAD,
        &[
            ("requires:\n  db: {limit: 1}", 5, "has no interface", "interface: NAME"),
            ("requires:\n  db:", 5, "endpoint db is nothing", "name: value"),
            (
                "requires:\n  db: {interface: pg, limit: one}",
                5,
                "must be a whole number",
                "limit: 1",
            ),
            ("requires:\n  db: {interface: pg, limit: -1}", 5, "must be a whole number", ""),
            (
                "requires:\n  db:\n    interface: pg\n    scope: unit",
                7,
                "the scope is \"unit\"",
                "global",
            ),
            ("requires:\n  db: {interface: pg, optional: maybe}", 5, "must be a boolean", "true"),
            ("requires: {a: x}\nprovides:\n  a: z", 6, "duplicated relation name", "line 4"),
            ("requires:\n  juju: x", 5, "reserved relation name", "otherwise"),
            ("provides:\n  a: juju-info", 5, "reserved interface", "otherwise"),
            ("requires:\n  'a b': x", 5, "not a valid endpoint name", "letters"),
            (
                "requires: {a: x}\nextra-bindings: {a: }",
                4,
                "cannot be used in extra bindings",
                "remove",
            ),
            ("extra-bindings: {a: 1}", 4, "has a value", "nothing behind it"),
            ("requires:\n  my-db: x\n  my_db: x", 6, "both `MyDb` in Rust", "rename"),
            ("subordinate: true", 4, "lacks \"requires\" relation", "scope: container"),
        ],
    );
}

#[test]
fn workloads_that_juju_refuses() {
    each_is_found(
        "metadata.yaml",
        HEAD,
        &[
            ("containers:\n  web: {}", 5, "neither a resource nor bases", "resource:"),
            ("containers:\n  web: {resource: image}", 5, "\"image\" not found", "oci-image"),
            (
                "resources:\n  image: {filename: x}\ncontainers:\n  web:\n    resource: image",
                8,
                "\"image\" not found",
                "oci-image",
            ),
            (
                "resources: {i: {type: oci-image}}\ncontainers:\n  web:\n    resource: i\n    uid: 1000",
                8,
                "invalid uid 1000",
                "10000",
            ),
            (
                "resources: {i: {type: oci-image}}\ncontainers:\n  web:\n    resource: i\n    mounts: [{storage: s, location: /s}]",
                8,
                "\"s\" mounted by container \"web\" is not declared",
                "`storage`",
            ),
            (
                "resources: {i: {type: oci-image}}\ncontainers:\n  web:\n    resource: i\n    mounts: [{storage: s}]",
                8,
                "a mount without location",
                "location:",
            ),
            (
                "resources:\n  i: {type: image}",
                5,
                "unsupported resource type \"image\"",
                "oci-image",
            ),
            ("resources:\n  i: {type: file}", 5, "a file without a filename", "filename:"),
            ("storage:\n  s: {}", 5, "has no type", "filesystem"),
            ("storage:\n  s: {type: disk}", 5, "has the type \"disk\"", "block"),
            ("storage:\n  s: {type: block, location: /s}", 5, "location may not", "remove"),
            ("storage:\n  s: {type: block, multiple: {range: 3-1}}", 5, "no range", "0-1"),
            ("storage:\n  s: {type: block, multiple: {}}", 5, "has no range", "range:"),
            ("storage:\n  s: {type: block, minimum-size: big}", 5, "no size", "1G"),
            ("devices:\n  gpu: {}", 5, "has no type", "nvidia.com/gpu"),
            ("containers:\n  a b: {}", 5, "not a valid container name", "letters"),
        ],
    );
}

#[test]
fn options_that_juju_refuses() {
    each_is_found(
        "config.yaml",
        "options:\n",
        &[
            ("  a: {type: text}", 2, "option \"a\" has unknown type \"text\"", "boolean"),
            ("  a: {type: bool}", 2, "unknown type \"bool\"", "`boolean`"),
            ("  a: {type: integer}", 2, "unknown type \"integer\"", "`int`"),
            ("  a: {default: x}", 2, "has no type", "type:"),
            ("  a: {type: int, default: x}", 2, "option \"a\" expected int, got \"x\"", "type"),
            ("  a: {type: int, default: '1'}", 2, "expected int, got \"1\"", "without quotes"),
            ("  a: {type: int, default: 1.5}", 2, "expected int, got \"1.5\"", "change"),
            (
                "  a:\n    type: string\n    default: no",
                4,
                "expected string, got \"no\"",
                "quote it: \"no\"",
            ),
            ("  a: {type: string, default: 017}", 2, "expected string, got \"017\"", "quote it"),
            ("  a: {type: boolean, default: 'on'}", 2, "expected boolean", "without quotes"),
            ("  a: {type: float, default: .nan}", 2, "expected float", "change"),
            ("  a: {type: secret, default: x}", 2, "expected secret", "URI"),
            ("  a: {type: int, defualt: 1}", 2, "no key `defualt`", "`default`"),
            ("  a: string", 2, "option a is the text", "name: value"),
            ("  a-b: {type: int}\n  a_b: {type: int}", 3, "both `a_b` in Rust", "rename"),
            ("  'ä': {type: int}", 2, "cannot become a name in Rust", "letters"),
            ("  a: {type: int}\noption: {}", 3, "no key `option`", "`options`"),
        ]
        .map(|(snippet, line, message, hint)| (snippet, line, message, hint)),
    );
}

#[test]
fn actions_that_juju_refuses() {
    each_is_found(
        "actions.yaml",
        "",
        &[
            ("Backup: {}", 1, "bad action name Backup", "lower-case"),
            ("back_up: {}", 1, "bad action name back_up", "lower-case"),
            ("juju-run: {}", 1, "reserved for Juju", "otherwise"),
            ("a: text", 1, "action a is the text", "name: value"),
            ("a: {parameters: {}}", 1, "no key `parameters`", "params"),
            ("a: {params: {b: {typ: string}}}", 1, "no key `typ` in a parameter", "`type`"),
            ("a: {parallel: sometimes}", 1, "must be a boolean", "true"),
            ("a: {params: [b]}", 1, "`params` is a list", "name: value"),
            ("a:\n  params:\n    b: {type: text}", 3, "of the type \"text\"", "string"),
            ("a:\n  params:\n    b: {type: int}", 3, "of the type \"int\"", "`integer`"),
            (
                "a:\n  params:\n    b: {type: integer, default: x}",
                3,
                "default of parameter `b`",
                "type",
            ),
            (
                "a:\n  params:\n    b: {type: string, enum: [x], default: y}",
                3,
                "not one of x",
                "type",
            ),
            ("a:\n  params:\n    b: {type: string, enum: []}", 3, "`enum` has no values", "list"),
            ("a:\n  params:\n    b: {type: string, enum: [x, x]}", 3, "\"x\" twice", "remove"),
            ("a:\n  params:\n    b: {type: string, enum: [x-y, x_y]}", 3, "both `XY` in Rust", ""),
            ("a:\n  params:\n    b: {type: string, required: true}", 3, "itself", "[b]"),
            ("a:\n  params: {b: {}}\n  required: b", 3, "must be a list", "`- `"),
            ("a:\n  params: {b: {}}\n  required: [c]", 3, "`c` is required, but", "params"),
            ("a:\n  params: {b: {$ref: x}}", 2, "\"$ref\" not compatible", "write the schema out"),
            ("a:\n  params: {additional: {}}", 2, "`additional` is taken", "otherwise"),
            (
                "a:\n  params:\n    b-c: {type: string, enum: [x]}\n    bC: {type: string, enum: [x]}",
                4,
                "both `BC` in Rust",
                "rename",
            ),
            ("a:\n  params: {b-c: {}, b_c: {}}", 2, "both `b_c` in Rust", "rename"),
        ],
    );
}

#[test]
fn what_is_missing() {
    let cases: [(&str, &[u8], usize, &str); 4] = [
        ("metadata.yaml", b"", 1, "the file is empty"),
        ("metadata.yaml", b"# nothing\n", 1, "the file is empty"),
        ("config.yaml", b"", 1, "empty configuration"),
        ("metadata.yaml", b"- a\n", 1, "the file is a list"),
    ];
    for (name, text, line, message) in cases {
        let found = problems(&[(name, text)], Rules::Author);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].line(), line);
        assert!(found[0].message().contains(message), "{}", found[0]);
    }
    let found = problems(&[("metadata.yaml", b"name: Web\n")], Rules::Author);
    let messages: Vec<_> = found.iter().map(Problem::message).collect();
    let expected = [
        "the charm has no summary",
        "the charm has no description",
        "\"Web\" is not a valid charm name",
    ];
    assert_eq!(messages, expected);
}

#[test]
fn what_costs_too_much_to_read() {
    let bomb = {
        let level =
            |at: usize| format!("l{at}: &l{at} [{}]\n", vec![format!("*l{}", at - 1); 9].join(","));
        let levels: String = (1..10).map(level).collect();
        format!("l0: &l0 [a,a,a,a,a,a,a,a,a]\n{levels}")
    };
    let cases: [(Vec<u8>, &str); 6] = [
        (bomb.into_bytes(), "aliases stand for more than 10000 values"),
        (vec![b'['; 100_000], "nested more than 64 deep"),
        (b"- ".repeat(5_000), "nested more than 64 deep"),
        (vec![b'a'; (1 << 20) + 1], "more than 1048576"),
        (b"- a\n".repeat(30_000), "more than 20000 values"),
        (b"name: \xff\n".to_vec(), "not UTF-8"),
    ];
    for (text, message) in cases {
        for rules in [Rules::Author, Rules::Juju] {
            let found = problems(&[("metadata.yaml", &text)], rules);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].message().contains(message), "{}", found[0]);
            assert!(!found[0].hint().is_empty());
        }
    }
    let found = problems(&[("metadata.yaml", b"name: a\nsummary: \xff\n")], Rules::Author);
    assert_eq!(found[0].line(), 2);
}

#[test]
fn a_key_in_two_files_is_refused_where_it_stands_second() {
    let metadata = b"name: web\nsummary: s\ndescription: d\n".as_slice();
    let found = problems(
        &[("metadata.yaml", metadata), ("charmcraft.yaml", b"type: charm\nname: web\n")],
        Rules::Author,
    );
    let messages: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert!(messages.iter().any(|message| message
        == "charmcraft.yaml:2: `name` stands in metadata.yaml too, on line 1; charmcraft refuses a key \
            that is in both: keep one of them"), "{messages:?}");

    let options = b"config:\n  options: {a: {type: int}}\nactions: {a: }\n".as_slice();
    for (file, text, key) in [
        ("config.yaml", b"options: {b: {type: int}}\n".as_slice(), "`options`"),
        ("actions.yaml", b"b: {}\n".as_slice(), "`actions`"),
    ] {
        let files = [("metadata.yaml", metadata), ("charmcraft.yaml", options), (file, text)];
        let found = problems(&files, Rules::Author);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].to_string().starts_with(&format!("{file}:1: {key} stands in charmcraft.yaml"))
        );
        assert!(problems(&files, Rules::Juju).is_empty());
    }
}

#[test]
fn what_charmcraft_would_lose_is_refused() {
    let files = [
        ("metadata.yaml", HEAD.as_bytes()),
        ("charmcraft.yaml", b"type: charm\nrequires: {db: pg}\n".as_slice()),
    ];
    let found = problems(&files, Rules::Author);
    assert_eq!(
        found[0].to_string(),
        "charmcraft.yaml:2: `requires` would be lost: charmcraft packs metadata.yaml as it is; move it to \
         metadata.yaml"
    );
    assert!(problems(&files[1..], Rules::Juju).is_empty());
}

#[test]
fn all_mistakes_of_all_files_are_reported_in_order() {
    let metadata = format!("{HEAD}requires:\n  a: 1\n  b: {{limit: 2}}\nprovide: {{}}\n");
    let found = problems(
        &[
            ("metadata.yaml", metadata.as_bytes()),
            ("config.yaml", b"options:\n  a: {type: x}\n"),
            ("actions.yaml", b"A: {}\n"),
        ],
        Rules::Author,
    );
    let places: Vec<_> = found.iter().map(|p| format!("{}:{}", p.file(), p.line())).collect();
    let expected = [
        "metadata.yaml:5",
        "metadata.yaml:6",
        "metadata.yaml:7",
        "config.yaml:2",
        "actions.yaml:1",
    ];
    assert_eq!(places, expected);
}

#[test]
fn juju_reads_what_an_author_should_not_write() {
    for text in [
        "requires: {db: pg}\nrequires: {db: mysql}",
        "nonsense: 1",
        "series: [jammy]",
        "containers: {web: }",
        "requires: {a-b: x, a_b: x}",
    ] {
        assert_eq!(problems(&[("metadata.yaml", text.as_bytes())], Rules::Juju), [], "{text}");
        assert_ne!(problems(&[("metadata.yaml", text.as_bytes())], Rules::Author), [], "{text}");
    }
}
