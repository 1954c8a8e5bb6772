//! A settled unit, as the answers of its hook commands: nothing that the charm does is still to be done.

use crate::tools;
use ops_testing::emulator::juju::HOOK_COMMANDS;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fmt, fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

/// What a settled unit has no reason to run: each changes something.
const WRITES: [&str; 12] = [
    "application-version-set",
    "close-port",
    "open-port",
    "relation-set",
    "secret-add",
    "secret-grant",
    "secret-remove",
    "secret-revoke",
    "secret-set",
    "state-delete",
    "state-set",
    "status-set",
];

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const TOKEN_ID: &str = "secret:9m4e2mr0ui3e8a215n4g";
const CONSUMER_ID: &str = "secret:9m4e2mr0ui3e8a215n40";
const ADDRESS: &str = "http://hook-service.bench.svc.cluster.local:8080";

/// The key of the peer databag under which the token's secret is found.
const TOKEN_ID_KEY: &str = "api-token-secret";

/// One hook command that a charm ran.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Call {
    /// Its name and its arguments.
    pub(crate) words: Vec<String>,
    /// What it read.
    input: Option<String>,
}

impl Call {
    fn parse(line: &str) -> Self {
        let (words, input) = match line.split_once('\u{1}') {
            Some((words, input)) => (words, Some(input.to_owned())),
            None => (line, None),
        };
        Self { words: words.split('\t').map(str::to_owned).collect(), input }
    }

    /// Whether it changed something, although there was nothing to do.
    pub(crate) fn writes(&self) -> bool {
        WRITES.contains(&self.words[0].as_str())
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words.join(" "))?;
        self.input.iter().try_for_each(|input| write!(f, " < {input}"))
    }
}

/// Stub hook commands for one charm.
#[derive(Debug)]
pub(crate) struct Stubs {
    /// The directory for `PATH`.
    pub(crate) quick: PathBuf,
    /// The same, for a run of which the commands are to be listed.
    traced: PathBuf,
    trace: PathBuf,
    file: PathBuf,
    answers: BTreeMap<String, Value>,
}

impl Stubs {
    /// Compiles the stub and puts it under every command's name.
    pub(crate) fn make(directory: &Path, related: bool) -> io::Result<Self> {
        let stubs = Self {
            quick: directory.join("commands"),
            traced: directory.join("traced-commands"),
            trace: directory.join("trace"),
            file: directory.join("answers"),
            answers: answers_of(related),
        };
        stubs.write()?;
        let answers = format!("ANSWERS=\"{}\"", stubs.file.display());
        let trace = format!("TRACE=\"{}\"", stubs.trace.display());
        for (place, defines) in
            [(&stubs.quick, vec![answers.clone()]), (&stubs.traced, vec![answers, trace])]
        {
            fs::create_dir(place)?;
            let stub = place.with_extension("stub");
            tools::compile("stub.c", &stub, &defines);
            HOOK_COMMANDS.iter().try_for_each(|command| symlink(&stub, place.join(command)))?;
        }
        Ok(stubs)
    }

    fn write(&self) -> io::Result<()> {
        let lines = self.answers.iter().map(|(key, answer)| format!("{key}\t{answer}\n"));
        fs::write(&self.file, format!("\n{}", lines.collect::<String>()))
    }

    /// The hook commands of one run.
    pub(crate) fn list(&self, run: impl FnOnce(&Path)) -> Vec<Call> {
        let _ = fs::remove_file(&self.trace);
        run(&self.traced);
        let trace = fs::read_to_string(&self.trace).unwrap_or_default();
        trace.lines().map(Call::parse).collect()
    }

    /// Runs the charm so that it finds in Juju's state, from now on, what it keeps there.
    pub(crate) fn settle(&mut self, run: impl FnOnce(&Path)) -> io::Result<()> {
        for call in self.list(run).iter().filter(|call| call.words[0] == "state-set") {
            let kept = call.input.as_deref().map(serde_json::from_str);
            if let Some(Ok(Value::Object(kept))) = kept
                && let Some(Value::Object(state)) = self.answers.get_mut("state-get")
            {
                state.extend(kept);
            }
        }
        self.write()
    }
}

/// The environment of a config-changed.
pub(crate) fn environment(charm: &Path, commands: &Path) -> BTreeMap<String, String> {
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", commands.display());
    [
        ("CHARM_DIR", charm.display().to_string()),
        ("CLOUD_API_VERSION", "1.31.0".to_owned()),
        ("JUJU_AGENT_SOCKET_ADDRESS", "/nonexistent/agent.socket".to_owned()),
        ("JUJU_AGENT_SOCKET_NETWORK", "unix".to_owned()),
        ("JUJU_API_ADDRESSES", "10.0.0.1:17070".to_owned()),
        ("JUJU_AVAILABILITY_ZONE", String::new()),
        ("JUJU_CHARM_DIR", charm.display().to_string()),
        ("JUJU_CONTEXT_ID", "hook-service/0-config-changed-0123456789abcdef".to_owned()),
        ("JUJU_DISPATCH_PATH", "hooks/config-changed".to_owned()),
        ("JUJU_HOOK_NAME", "config-changed".to_owned()),
        ("JUJU_MACHINE_ID", String::new()),
        ("JUJU_MODEL_NAME", "bench".to_owned()),
        ("JUJU_MODEL_UUID", "4dd1c2d0-6f2c-4a6a-8a7e-6d8f4b0b0b0b".to_owned()),
        ("JUJU_PRINCIPAL_UNIT", String::new()),
        ("JUJU_UNIT_NAME", "hook-service/0".to_owned()),
        ("JUJU_VERSION", "3.6.9".to_owned()),
        ("LANG", "C.UTF-8".to_owned()),
        ("PATH", path),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

fn answers_of(related: bool) -> BTreeMap<String, Value> {
    let status = json!({"status": "active", "message": "", "status-data": {}});
    let application = json!({"application-status": {
        "status": "unknown", "message": "", "status-data": {}, "units": {"hook-service/0": status},
    }});
    let token = json!({"api-token": TOKEN});
    let consumer = json!({"consumer-key": "key", "consumer-secret": "secret"});
    let mut answers: BTreeMap<String, Value> = [
        (
            "config-get",
            json!({
                "http_proxy": "", "https_proxy": "", "no_proxy": "", "log_level": "info",
                "salesforce_domain": "https://example.my.salesforce.com",
                "salesforce_consumer_secret": CONSUMER_ID, "salesforce_enabled": true,
            }),
        ),
        ("is-leader", json!(true)),
        ("opened-ports", json!(["8080/tcp"])),
        ("status-get", status),
        ("status-get application", application),
        ("state-get", json!({})),
        ("goal-state", json!({"units": {"hook-service/0": {"status": "active"}}, "relations": {}})),
        ("secret-ids", json!([TOKEN_ID])),
        ("relation-ids hook-service", json!(["hook-service:0"])),
        ("relation-list hook-service:0", json!([])),
        ("relation-list app hook-service:0", json!("hook-service")),
        ("relation-get hook-service:0 hook-service", json!({TOKEN_ID_KEY: TOKEN_ID})),
        ("relation-get hook-service:0 hook-service/0", json!({})),
        ("relation-ids hydra-token-hook", json!([])),
        ("relation-ids ingress", json!([])),
        ("relation-ids logging", json!([])),
        ("relation-ids tracing", json!([])),
    ]
    .into_iter()
    .map(|(key, answer)| (key.to_owned(), answer))
    .collect();
    // A secret is asked for by its URI, by its bare id, by its label, or by two of them at once.
    for (uri, label, content) in
        [(TOKEN_ID, "apitokensecret", token), (CONSUMER_ID, "salesforce_consumer_secret", consumer)]
    {
        let id = uri.trim_start_matches("secret:");
        for name in [
            uri.to_owned(),
            id.to_owned(),
            label.to_owned(),
            format!("{uri} {label}"),
            format!("{label} {uri}"),
        ] {
            let info = json!({id: {"label": label, "owner": "application", "revision": 1, "rotation": "never"}});
            answers.insert(format!("secret-info-get {name}"), info);
            answers.insert(format!("secret-get {name}"), content.clone());
        }
    }
    if related {
        relate(&mut answers);
    }
    answers
}

/// Adds Hydra and Traefik, which have what they need from this charm.
fn relate(answers: &mut BTreeMap<String, Value>) {
    let hook = json!({
        "url": format!("{ADDRESS}/api/v0/hook/hydra"),
        "auth_config_value": TOKEN,
        "auth_config_name": "Authorization",
        "auth_config_in": "header",
    });
    let route = json!({"raw": "True", "config": ROUTE});
    let external = json!({"external_host": "example.org", "scheme": "https"});
    for (endpoint, id, remote, ours, theirs) in [
        ("hydra-token-hook", "hydra-token-hook:1", "hydra", hook, json!({})),
        ("ingress", "ingress:2", "traefik", route, external),
    ] {
        answers.insert(format!("relation-ids {endpoint}"), json!([id]));
        answers.insert(format!("relation-list {id}"), json!([format!("{remote}/0")]));
        answers.insert(format!("relation-list app {id}"), json!(remote));
        answers.insert(format!("relation-list {id} app"), json!(remote));
        answers.insert(format!("relation-get {id} hook-service"), ours);
        answers.insert(format!("relation-get {id} hook-service/0"), json!({}));
        answers.insert(format!("relation-get {id} {remote}"), theirs);
        answers.insert(format!("relation-get {id} {remote}/0"), json!({}));
    }
}

/// What both charms ask Traefik for.
const ROUTE: &str = "\
http:
  middlewares:
    juju-sidecar-noprefix-bench-hook-service:
      stripPrefix:
        forceSlash: false
        prefixes:
        - /bench-hook-service
  routers:
    juju-bench-hook-service-api-router:
      entryPoints:
      - web
      middlewares:
      - juju-sidecar-noprefix-bench-hook-service
      rule: PathPrefix(`/bench-hook-service/ui`)
      service: juju-bench-hook-service-api-service
    juju-bench-hook-service-api-router-tls:
      entryPoints:
      - websecure
      middlewares:
      - juju-sidecar-noprefix-bench-hook-service
      rule: PathPrefix(`/bench-hook-service/ui`)
      service: juju-bench-hook-service-api-service
      tls:
        domains:
        - main: example.org
          sans:
          - '*.example.org'
  services:
    juju-bench-hook-service-api-service:
      loadBalancer:
        servers:
        - url: http://hook-service.bench.svc.cluster.local:8080
";
