//! What is read of a charm's files, and that its digest is about what they say and not how they say it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use ops_metadata::{
    Charm, Digest, Rules, SourceFile,
    charm::{
        Assumption, CharmUser, Mount, OptionType, ParameterType, ResourceKind, Role, Scalar, Scope,
    },
};

fn read(files: &[(&str, &str)], rules: Rules) -> Charm {
    let files: Vec<_> =
        files.iter().map(|(name, text)| SourceFile::new(name, text.as_bytes())).collect();
    Charm::read(&files, rules).unwrap()
}

const UNIFIED: &str = r"
type: charm
name: web
title: Web
summary: A server
description: |
  It serves.
links: {issues: [https://example.com]}
assumes:
  - juju >= 3.6
  - any-of: [k8s-api, {all-of: [a, b]}]
charm-user: non-root
containers:
  web:
    resource: image
    uid: 10000
    mounts: [{storage: pages, location: /srv}]
  base: {bases: [{name: ubuntu, channel: '24.04'}]}
resources:
  image: {type: oci-image, upstream-source: docker.io/web}
  licence: {filename: licence.txt, description: A licence}
storage:
  pages: {type: filesystem, multiple: {range: 0-1}, minimum-size: 1G, location: /srv}
devices:
  gpu: {type: nvidia.com/gpu, countmin: 1, countmax: 2}
provides:
  website: http
requires:
  database: {interface: postgresql, limit: 1, optional: yes}
  logs: {interface: x, scope: container}
peers:
  cluster: {interface: web-cluster}
extra-bindings: {admin: }
config:
  options:
    debug: {type: boolean, default: on}
    port: {type: int, default: 0x1F90}
    ratio: {type: float, default: 1}
    title: {type: string, default: 'no', description: A title}
    token: {type: secret}
actions:
  restart:
  backup:
    description: back up
    parallel: yes
    execution-group: disk
    required: [where]
    additionalProperties: false
    params:
      where: {type: string, description: A path}
      mode: {type: string, enum: [full, part], default: full}
      tags: {type: array, items: {type: integer}}
      either: {type: [string, 'null']}
";

#[test]
fn a_unified_file_is_read_whole() {
    let charm = read(&[("charmcraft.yaml", UNIFIED)], Rules::Author);
    assert_eq!((charm.name.as_str(), charm.display_name.as_deref()), ("web", Some("Web")));
    assert_eq!(charm.description, "It serves.\n");
    let feature = |text: &str| Assumption::Feature(text.to_owned());
    let all = Assumption::AllOf(vec![feature("a"), feature("b")]);
    let any = Assumption::AnyOf(vec![feature("k8s-api"), all]);
    assert_eq!(charm.assumes, [feature("juju >= 3.6"), any]);
    assert_eq!(charm.charm_user, Some(CharmUser::NonRoot));
    let web = &charm.containers["web"];
    assert_eq!((web.resource.as_deref(), web.uid, web.gid), (Some("image"), Some(10000), None));
    assert_eq!(web.mounts, [Mount { storage: "pages".into(), location: "/srv".into() }]);
    assert_eq!(charm.containers["base"].bases[0]["channel"], "24.04");
    assert_eq!(charm.resources["image"].kind, ResourceKind::OciImage);
    assert_eq!(charm.resources["licence"].kind, ResourceKind::File("licence.txt".into()));
    assert_eq!(charm.storage["pages"].count, (0, Some(1)));
    assert_eq!((charm.devices["gpu"].count_min, charm.devices["gpu"].count_max), (1, 2));
    assert_eq!(charm.endpoints["website"].role, Role::Provides);
    let database = &charm.endpoints["database"];
    assert_eq!((database.limit, database.optional, database.scope), (Some(1), true, Scope::Global));
    assert_eq!(charm.endpoints["logs"].scope, Scope::Container);
    assert_eq!(charm.endpoints["cluster"].role, Role::Peers);
    assert!(charm.extra_bindings.contains("admin"));
}

#[test]
fn options_and_actions_are_read_with_types_and_defaults() {
    let charm = read(&[("charmcraft.yaml", UNIFIED)], Rules::Author);
    let option = |name: &str| (charm.options[name].kind, charm.options[name].default.clone());
    assert_eq!(option("debug"), (OptionType::Boolean, Some(Scalar::Boolean(true))));
    assert_eq!(option("port"), (OptionType::Int, Some(Scalar::Int(8080))));
    assert_eq!(option("ratio"), (OptionType::Float, Some(Scalar::Float(1.0))));
    assert_eq!(option("title"), (OptionType::String, Some(Scalar::Text("no".into()))));
    assert_eq!(option("token"), (OptionType::Secret, None));
    assert_eq!(charm.actions["restart"], ops_metadata::charm::Action::default());
    let backup = &charm.actions["backup"];
    assert!(backup.parallel && backup.required.contains("where"));
    assert_eq!((backup.execution_group.as_deref(), backup.additional), (Some("disk"), Some(false)));
    let kind = |name: &str| backup.params[name].kind.clone();
    assert_eq!(kind("where"), ParameterType::String);
    assert_eq!(kind("mode"), ParameterType::Choice(vec!["full".into(), "part".into()]));
    assert_eq!(kind("tags"), ParameterType::Array(Box::new(ParameterType::Integer)));
    assert_eq!(kind("either"), ParameterType::Any);
    assert_eq!(backup.params["mode"].default, Some("full".into()));
    assert_eq!(backup.params["where"].schema["description"], "A path");
}

/// What charmcraft 4.5.0 packs of the file above, in fewer lines: keys renamed and sorted, booleans as Python
/// prints them.
const PACKED: [(&str, &str); 3] = [
    (
        "metadata.yaml",
        "
assumes: [juju >= 3.6, {any-of: [k8s-api, {all-of: [a, b]}]}]
charm-user: non-root
containers:
  base: {bases: [{channel: '24.04', name: ubuntu}]}
  web: {mounts: [{location: /srv, storage: pages}], resource: image, uid: 10000}
description: 'It serves.

  '
devices: {gpu: {countmax: 2, countmin: 1, type: nvidia.com/gpu}}
display-name: Web
extra-bindings: {admin: null}
issues: [https://example.com/]
name: web
peers: {cluster: {interface: web-cluster}}
provides: {website: http}
requires:
  database: {interface: postgresql, limit: 1, optional: true}
  logs: {interface: x, scope: container}
resources:
  image: {type: oci-image, upstream-source: docker.io/web}
  licence: {description: A licence, filename: licence.txt}
storage:
  pages: {location: /srv, minimum-size: 1G, multiple: {range: 0-1}, type: filesystem}
summary: A server
",
    ),
    (
        "config.yaml",
        "
options:
  title: {default: 'no', description: A title, type: string}
  token: {type: secret}
  debug: {default: true, type: boolean}
  port: {default: 8080, type: int}
  ratio: {default: 1, type: float}
",
    ),
    (
        "actions.yaml",
        "
backup:
  additionalProperties: false
  description: back up
  execution-group: disk
  parallel: true
  params:
    either: {type: [string, 'null']}
    mode: {default: full, enum: [full, part], type: string}
    tags: {items: {type: integer}, type: array}
    where: {description: A path, type: string}
  required: [where]
restart: null
",
    ),
];

#[test]
fn the_digest_is_the_same_for_the_source_and_for_what_is_packed_of_it() {
    let source = read(&[("charmcraft.yaml", UNIFIED)], Rules::Author);
    let packed = read(&PACKED, Rules::Juju);
    assert_eq!(source, packed);
    assert_eq!(Digest::of(&source), Digest::of(&packed));
}

#[test]
fn the_digest_changes_with_everything_that_is_declared() {
    let digest = |text: &str| Digest::of(&read(&[("charmcraft.yaml", text)], Rules::Author));
    let before = digest(UNIFIED);
    for (from, to) in [
        ("limit: 1", "limit: 2"),
        ("default: on", "default: off"),
        ("postgresql", "mysql"),
        ("enum: [full, part]", "enum: [full, half]"),
        ("description: A path", "description: The path"),
        ("uid: 10000", "uid: 10001"),
        ("required: [where]", "required: [mode]"),
    ] {
        assert_ne!(digest(&UNIFIED.replace(from, to)), before, "{from}");
    }
    assert_eq!(digest(&format!("# A comment\n{UNIFIED}")), before);
}

#[test]
fn the_digest_is_found_in_a_program() {
    let charm = read(&[("charmcraft.yaml", UNIFIED)], Rules::Author);
    let digest = Digest::of(&charm);
    let program = format!("\0ELFcharm-metadata-sha256:{digest} charm-metadata-sha256:\0{digest}x");
    assert_eq!(Digest::find(program.as_bytes()), [digest]);
    assert_eq!(Digest::find(b"charm-metadata-sha256:0123"), []);
}

/// Digests are compared between builds: another one for the same charm is a change of format.
#[test]
fn the_digest_of_a_charm_stays_what_it_was() {
    let charm =
        read(&[("metadata.yaml", "name: web\nsummary: s\ndescription: d\n")], Rules::Author);
    assert_eq!(
        Digest::of(&charm).to_string(),
        "charm-metadata-sha256:ee33b41e7904f46de34004a8fed326f0c734bbf99ed15933c6f9cdcb289d18d8"
    );
}

#[test]
fn modest_anchors_and_merge_keys_are_read_as_go_reads_them() {
    let text = "
name: web
summary: &text A server
description: *text
requires:
  a: &db {interface: pg, limit: 1}
  b: *db
  c:
    <<: *db
    limit: 2
  d:
    <<: [{scope: container}, {scope: global, interface: x}]
";
    let charm = read(&[("metadata.yaml", text)], Rules::Author);
    assert_eq!(charm.description, "A server");
    assert_eq!(charm.endpoints["b"], charm.endpoints["a"]);
    let merged = &charm.endpoints["c"];
    assert_eq!((merged.interface.as_str(), merged.limit), ("pg", Some(2)));
    let merged = &charm.endpoints["d"];
    assert_eq!((merged.interface.as_str(), merged.scope), ("x", Scope::Container));
}

#[test]
fn booleans_are_read_as_go_reads_them() {
    for (word, value) in
        [("yes", true), ("on", true), ("True", true), ("y", true), ("no", false), ("OFF", false)]
    {
        let text = format!(
            "name: web\nsummary: s\ndescription: d\nrequires: {{a: {{interface: x, optional: {word}}}}}\n"
        );
        let charm = read(&[("metadata.yaml", text.as_str())], Rules::Author);
        assert_eq!(charm.endpoints["a"].optional, value, "{word}");
    }
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let plain = "name: web\nsummary: s\ndescription: d\nrequires:\n  a: x\n";
    let windows = format!("\u{feff}{}", plain.replace('\n', "\r\n"));
    let charm = read(&[("metadata.yaml", plain)], Rules::Author);
    assert_eq!(read(&[("metadata.yaml", windows.as_str())], Rules::Author), charm);
}

#[test]
fn a_tab_within_a_text_or_a_comment_is_no_mistake() {
    let text = "name: web\nsummary: 'a\tb'\ndisplay-name: a\tb # a\tcomment\n#\t\ndescription: |\n  c\td\n\te\n";
    let text = text.replace("\n\te", "\n  \te");
    let charm = read(&[("metadata.yaml", text.as_str())], Rules::Author);
    assert_eq!((charm.summary.as_str(), charm.display_name.as_deref()), ("a\tb", Some("a\tb")));
    assert_eq!(charm.description, "c\td\n\te\n");
}

#[test]
fn files_by_other_names_are_what_their_keys_say() {
    let charm = read(
        &[
            ("a", "name: web"),
            ("b", "options: {a: {type: string}}"),
            ("c", "backup: {description: back up}\nname: {description: an action}"),
            ("d", ""),
        ],
        Rules::Juju,
    );
    assert_eq!(charm.name, "web");
    assert!(charm.options.contains_key("a"));
    assert_eq!(charm.actions.keys().collect::<Vec<_>>(), ["backup", "name"]);
}

#[test]
fn ranges_of_storage_are_read_in_every_spelling() {
    for (range, expected) in [
        ("1", Some((1, Some(1)))),
        ("0-1", Some((0, Some(1)))),
        ("2+", Some((2, None))),
        ("2-", Some((2, None))),
        ("0", None),
        ("3-2", None),
        ("''", None),
        ("many", None),
    ] {
        let text = format!("storage: {{s: {{type: block, multiple: {{range: {range}}}}}}}\n");
        let file = SourceFile::new("metadata.yaml", text.as_bytes());
        let count = Charm::read(&[file], Rules::Juju).ok().map(|charm| charm.storage["s"].count);
        assert_eq!(count, expected, "{range}");
    }
}
