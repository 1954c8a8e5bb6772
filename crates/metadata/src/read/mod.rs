//! From files to the model: which key stands where, and how several files make one charm.
//!
//! The modules below each read one part. They must not know how YAML is parsed.

mod actions;
mod config;
mod context;
mod endpoints;
mod names;
mod workload;

use crate::{
    charm::{Assumption, Charm, CharmUser},
    problem::Problems,
    yaml::{Key, Node, Value, compose},
};
use context::{Context, Fields};

/// A file, by the name that problems should call it.
#[derive(Debug, Clone, Copy)]
pub struct SourceFile<'a> {
    name: &'a str,
    content: &'a [u8],
}

impl<'a> SourceFile<'a> {
    /// A file. Its last part decides what it is read as: `metadata.yaml`, `charmcraft.yaml`, `config.yaml`,
    /// `actions.yaml`; for any other name its keys do.
    #[must_use]
    pub fn new(name: &'a str, content: &'a [u8]) -> Self {
        Self { name, content }
    }

    pub(crate) fn name(&self) -> &'a str {
        self.name
    }

    pub(crate) fn content(&self) -> &'a [u8] {
        self.content
    }
}

/// How strictly a charm is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// The source of a charm in Rust: all that Juju and charmcraft demand, and that the names make Rust
    /// names. Unknown and repeated keys are problems.
    Author,
    /// Any charm, as Juju reads it: unknown keys are ignored, of repeated ones the last counts, and what is
    /// missing is empty.
    Juju,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Metadata,
    Charmcraft,
    Config,
    Actions,
    /// Any of the first three: the emulator's and tests' files without a name.
    Any,
}

/// The keys of `metadata.yaml` that the model has.
const METADATA: &[&str] = &[
    "name",
    "display-name",
    "summary",
    "description",
    "assumes",
    "charm-user",
    "subordinate",
    "provides",
    "requires",
    "peers",
    "extra-bindings",
    "containers",
    "resources",
    "storage",
    "devices",
];
/// Keys of `metadata.yaml` that it has not.
const METADATA_ONLY: &[&str] = &[
    "categories",
    "docs",
    "issues",
    "maintainer",
    "maintainers",
    "payloads",
    "source",
    "tags",
    "terms",
    "website",
];
/// Keys that Juju refuses beside those of today's format.
const OBSOLETE: &[&str] = &["series", "deployment", "min-juju-version", "format", "revision"];
/// What `charmcraft.yaml` has beside the model: how the charm is built and published.
const CHARMCRAFT: &[&str] = &[
    "adopt-info",
    "analysis",
    "base",
    "bases",
    "build-base",
    "charm-libs",
    "charmhub",
    "extensions",
    "links",
    "package-repositories",
    "parts",
    "platforms",
    "terms",
    "title",
    "type",
];

impl Charm {
    /// Reads the files of a charm.
    ///
    /// # Errors
    /// Everything that is wrong with them. With [`Rules::Juju`] that is what Juju would refuse.
    pub fn read(files: &[SourceFile<'_>], rules: Rules) -> Result<Self, Problems> {
        let mut charm = Self::default();
        let mut cx = Context::new(rules);
        let is_metadata = |file: &SourceFile<'_>| kind_of(file.name) == Some(Kind::Metadata);
        cx.has_metadata_file = files.iter().any(is_metadata);
        for file in files {
            cx.enter(file.name);
            match compose(file.content) {
                Err(refusal) => cx.problem(refusal.line, refusal.message, refusal.hint),
                Ok(composed) => {
                    if let Some(line) = composed.tab {
                        let hint = "write spaces, or an escape in \"...\"";
                        cx.author(line, "charmcraft refuses a tab here", hint);
                    }
                    for twice in composed.duplicates {
                        cx.twice(&twice.key, twice.line, twice.first);
                    }
                    document(&mut cx, &composed.root, &mut charm);
                }
            }
        }
        // What is missing because a file could not be read is not worth a word.
        if cx.is_clean() {
            names::check(&mut cx, &charm, files.first().map_or("metadata.yaml", |file| file.name));
        }
        let problems = cx.into_problems();
        if problems.is_empty() { Ok(charm) } else { Err(Problems::new(problems)) }
    }
}

fn kind_of(name: &str) -> Option<Kind> {
    match name.rsplit('/').next().unwrap_or_default() {
        "metadata.yaml" => Some(Kind::Metadata),
        "charmcraft.yaml" => Some(Kind::Charmcraft),
        "config.yaml" => Some(Kind::Config),
        "actions.yaml" => Some(Kind::Actions),
        _ => None,
    }
}

/// A file by another name has actions if it has no key that another file would have.
fn guess(entries: &[(Key, Node)]) -> Kind {
    let usual = |(key, node): &(Key, Node)| match key.text.as_str() {
        "config" | "options" | "actions" => true,
        // An action may be called so: a mapping is no name.
        "name" => !matches!(node.value, Value::Map(_)),
        key => METADATA.contains(&key) || CHARMCRAFT.contains(&key),
    };
    if entries.is_empty() || entries.iter().any(usual) { Kind::Any } else { Kind::Actions }
}

fn document(cx: &mut Context, node: &Node, charm: &mut Charm) {
    let named = kind_of(cx.file());
    if node.is_null() {
        match named {
            Some(Kind::Metadata | Kind::Charmcraft) => {
                cx.author(node.line, "the file is empty", "declare `name`, `summary` and so on");
            }
            Some(Kind::Config) => {
                cx.author(node.line, "invalid config: empty configuration", "write `options: {}`");
            }
            _ => {}
        }
        return;
    }
    let Some(entries) = cx.map(node, "the file") else { return };
    let kind = named.unwrap_or_else(|| guess(entries));
    if kind == Kind::Actions {
        cx.claim("actions", node.line);
        return actions::read(cx, node, charm);
    }
    let mut fields = Fields::of(entries);
    if matches!(kind, Kind::Config | Kind::Any)
        && let Some((key, node)) = fields.take("options")
    {
        cx.claim("options", key.line);
        config::options(cx, node, charm);
    }
    if matches!(kind, Kind::Charmcraft | Kind::Any) {
        charmcraft(cx, &mut fields, charm);
    }
    if matches!(kind, Kind::Metadata | Kind::Charmcraft | Kind::Any) {
        metadata(cx, &mut fields, charm, kind);
    }
    let others: &[&[&str]] = match kind {
        Kind::Metadata => &[METADATA, METADATA_ONLY],
        Kind::Charmcraft => &[METADATA, CHARMCRAFT, &["config", "actions"]],
        Kind::Config => &[&["options"]],
        Kind::Actions | Kind::Any => {
            &[METADATA, METADATA_ONLY, CHARMCRAFT, &["config", "options", "actions"]]
        }
    };
    fields.finish(cx, &others.concat(), "here");
}

/// What only `charmcraft.yaml` has.
fn charmcraft(cx: &mut Context, fields: &mut Fields<'_>, charm: &mut Charm) {
    if let Some((key, node)) = fields.take("config") {
        cx.claim("options", key.line);
        if let Some(entries) = cx.optional_map(node, "config") {
            let mut config = Fields::of(entries);
            if let Some((_, options)) = config.take("options") {
                config::options(cx, options, charm);
            }
            config.finish(cx, &["options"], "in `config`");
        }
    }
    if let Some((key, node)) = fields.take("actions") {
        cx.claim("actions", key.line);
        actions::read(cx, node, charm);
    }
    if let Some((key, node)) = fields.take("title") {
        cx.metadata_key("title", key.line);
        charm.display_name = cx.text(node, "title");
    }
}

/// What Juju reads as `metadata.yaml`.
fn metadata(cx: &mut Context, fields: &mut Fields<'_>, charm: &mut Charm, kind: Kind) {
    for key in METADATA {
        let Some((at, node)) = fields.take(key) else { continue };
        if *key == "display-name" && kind == Kind::Charmcraft {
            cx.author(
                at.line,
                "there is no key `display-name` in charmcraft.yaml",
                "call it `title`",
            );
        }
        if kind == Kind::Charmcraft {
            cx.metadata_key(key, at.line);
        }
        cx.claim(key, at.line);
        match *key {
            "name" => set(&mut charm.name, cx.text(node, key)),
            "display-name" => charm.display_name = cx.text(node, key),
            "summary" => set(&mut charm.summary, cx.text(node, key)),
            "description" => set(&mut charm.description, cx.text(node, key)),
            "assumes" => charm.assumes = assumes(cx, node),
            "charm-user" => charm.charm_user = charm_user(cx, node),
            "subordinate" => set(&mut charm.subordinate, cx.boolean(node, key)),
            "containers" => workload::containers(cx, node, charm),
            "resources" => workload::resources(cx, node, charm),
            "storage" => workload::storage(cx, node, charm),
            "devices" => workload::devices(cx, node, charm),
            section => endpoints::section(cx, section, node, charm),
        }
    }
    for key in OBSOLETE {
        if let Some((at, _)) = fields.take(key) {
            let message = format!("`{key}` belongs to an old format of metadata.yaml");
            let hint =
                "remove it: `assumes` says which Juju, `platforms` in charmcraft.yaml which base";
            cx.author(at.line, message, hint);
        }
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

fn charm_user(cx: &mut Context, node: &Node) -> Option<CharmUser> {
    match cx.text(node, "charm-user")?.as_str() {
        "root" => Some(CharmUser::Root),
        "sudoer" => Some(CharmUser::Sudoer),
        "non-root" => Some(CharmUser::NonRoot),
        other => {
            let message =
                format!("invalid charm-user {other:?} expected one of root, sudoer or non-root");
            cx.problem(node.line, message, "use one of these three");
            None
        }
    }
}

fn assumes(cx: &mut Context, node: &Node) -> Vec<Assumption> {
    let items = cx.list(node, "assumes").unwrap_or_default();
    items.iter().filter_map(|item| assumption(cx, item)).collect()
}

fn assumption(cx: &mut Context, node: &Node) -> Option<Assumption> {
    let Value::Map(entries) = &node.value else {
        return cx.text(node, "assumes").map(Assumption::Feature);
    };
    match entries.as_slice() {
        [(key, inner)] if key.text == "any-of" => Some(Assumption::AnyOf(assumes(cx, inner))),
        [(key, inner)] if key.text == "all-of" => Some(Assumption::AllOf(assumes(cx, inner))),
        _ => {
            let hint = "write a feature such as `k8s-api`, or `any-of:` or `all-of:` with a list of features";
            cx.problem(node.line, "this is no assumption that Juju knows", hint);
            None
        }
    }
}
