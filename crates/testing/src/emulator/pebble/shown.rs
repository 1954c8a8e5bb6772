//! How a daemon, its files and its commands print. A failing test prints them, and its output is kept: what may
//! be a secret is hidden, as it is in a plan that was read from a daemon.

use super::{ExecCall, File, Pebble};
use ops_pebble::layer::Plan;
use std::{collections::BTreeMap, fmt};

impl fmt::Debug for Pebble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels: Vec<&str> = self.layers.iter().map(|(label, _)| label.as_str()).collect();
        let mut shown = f.debug_struct("Pebble");
        shown.field("reachable", &self.reachable).field("layers", &labels);
        // Reading hides every value of an environment, a header or a label.
        match Plan::read(self.plan_text()) {
            Ok(plan) => shown.field("plan", &plan),
            Err(error) => shown.field("plan", &error),
        };
        let services = self.services.iter().map(|(name, state)| (name, state.current));
        let checks = self.checks.iter().map(|(name, state)| (name, state.status()));
        let files = self.file_paths().filter_map(|path| Some((path.clone(), self.file_at(&path)?)));
        let notices = self.notices.iter().map(|notice| &notice.key);
        shown
            .field("services", &services.collect::<BTreeMap<_, _>>())
            .field("checks", &checks.collect::<BTreeMap<_, _>>())
            .field("files", &files.collect::<BTreeMap<_, _>>())
            .field("notices", &notices.collect::<Vec<_>>())
            .field("effects", &self.effects())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("content", &Hidden(&self.content))
            .field("mode", &format_args!("{:#o}", self.mode))
            .field("user", &self.user)
            .field("group", &self.group)
            .finish()
    }
}

impl fmt::Debug for ExecCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, environment, working_dir, user, group, .. } = self;
        let environment = environment.iter().map(|(name, value)| (name, Hidden(value.as_bytes())));
        f.debug_struct("ExecCall")
            .field("command", command)
            .field("environment", &environment.collect::<Vec<_>>())
            .field("working_dir", working_dir)
            .field("user", user)
            .field("group", group)
            .field("service_context", &self.service_context)
            .field("timeout", &self.timeout)
            .field("terminal", &self.terminal)
            .field("stdin", &Hidden(&self.stdin))
            .field("signals", &self.signals)
            .finish()
    }
}

/// How long it is. No checksum: it would let anybody try short secrets.
struct Hidden<'a>(&'a [u8]);

impl fmt::Debug for Hidden<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Request, Response},
        *,
    };
    use ops_pebble::layer::{Layer, Service};

    #[test]
    fn what_may_be_a_secret_is_not_printed() {
        let mut pebble = Pebble::new().file("/etc/token", "swordfish-1");
        let service = Service::new("web").env("TOKEN", "swordfish-2");
        pebble.add_layer("web", &Layer::new().service("web", service), false).unwrap();
        pebble.start(&["web"]);
        let call = ExecCall {
            command: vec!["login".to_owned()],
            environment: [("TOKEN".to_owned(), "swordfish-3".to_owned())].into(),
            working_dir: String::new(),
            user: String::new(),
            group: String::new(),
            service_context: String::new(),
            timeout: String::new(),
            terminal: None,
            stdin: b"swordfish-4".to_vec(),
            signals: Vec::new(),
        };
        let mut request = Request::new("POST", "/v1/layers?x=y");
        request.body = b"swordfish-5".to_vec();
        let response = Response::sync(&"swordfish-6");
        let shown = format!("{pebble:?} {pebble:#?} {call:?} {request:?} {response:?}");
        assert!(!shown.contains("swordfish"), "{shown}");
        let daemon =
            ["\"web\"", "\"TOKEN\"", "\"/etc/token\"", "\"active\"", "<11 bytes>", "0o644"];
        for word in daemon.into_iter().chain(["POST /v1/layers", "200 application/json"]) {
            assert!(shown.contains(word), "{word} in {shown}");
        }
    }
}
