//! An older Pebble: what it does not know, and what it does otherwise. Since when a daemon has what is the client's own
//! table, [`Feature`].

use super::{Pebble, Request, Response};
use ops_pebble::{
    Feature, PebbleVersion,
    layer::{Layer, PlanError, Stack},
};
use std::time::Duration;

impl Pebble {
    /// Does as a daemon of this version (`1.10.2`): it does not know endpoints that came later, refuses fields of layers
    /// that came later, ignores what it ignores, and says some things in other words. 1.32.1 by default.
    ///
    /// ```
    /// use ops_pebble::{Client, Feature};
    /// use ops_testing::emulator::pebble::{Daemon, Pebble};
    /// use std::rc::Rc;
    ///
    /// let client = Client::new(Rc::new(Daemon::new(Pebble::new().version("1.4.0"))));
    /// assert_eq!(client.metrics().unwrap_err().unsupported(), Some(Feature::Metrics));
    /// ```
    #[must_use]
    pub fn version(mut self, version: &str) -> Self {
        self.version = format!("v{}", version.trim_start_matches('v')).into();
        self
    }

    /// Whether it has this. A version that makes no sense has everything.
    pub(super) fn has(&self, feature: Feature) -> bool {
        let since = feature.since();
        !self.is_before(since)
    }

    fn is_before(&self, version: PebbleVersion) -> bool {
        PebbleVersion::parse(&self.version).is_some_and(|own| own < version)
    }

    /// What it answers to a request that it does not know.
    pub(super) fn does_not_know(&self, request: &Request) -> Option<Response> {
        let path = request.path.as_str();
        let is = |endpoint: &str| {
            let below = path.strip_prefix(endpoint);
            below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
        };
        let lacks = |feature: Feature| !self.has(feature);
        if request.method == "POST" && path == "/v1/checks" && lacks(Feature::StartChecks) {
            let message = format!("method {:?} not allowed", request.method);
            return Some(Response::refused(405, "", message));
        }
        let unknown = (is("/v1/notices") && lacks(Feature::Notices))
            || (is("/v1/identities") && lacks(Feature::Identities))
            || (is("/v1/metrics") && lacks(Feature::Metrics))
            || (is("/v1/checks/refresh") && lacks(Feature::RefreshChecks));
        unknown.then(|| Response::refused(404, "", "invalid API endpoint requested"))
    }

    /// Why it refuses a layer that a newer one takes.
    pub(super) fn refuses(&self, label: &str, layer: &Layer, combine: bool) -> Option<String> {
        if let Some(feature) = Feature::needed_by(layer).find(|feature| !self.has(*feature)) {
            return Some(format!(
                "cannot parse layer YAML: cannot parse layer {label:?}: there are no {}",
                feature.name()
            ));
        }
        if !self.is_before(TODAYS_CHECKS_OF_LAYERS) {
            return None;
        }
        let late = layer.checks.iter().find(|(_, check)| {
            let period = check.period.unwrap_or(Duration::from_secs(10));
            check.timeout.is_some_and(|timeout| timeout >= period)
        });
        if let Some((name, _)) = late {
            return Some(format!("plan check {name:?} timeout must be less than period"));
        }
        let there = self.layers.iter().find(|(known, _)| combine && known == label);
        let mut both = there?.1.clone();
        let alone = both.combine(label, layer);
        let alone = alone.and_then(|()| Stack::new().add(label, &both, false, false));
        alone.err().map(|error: PlanError| error.to_string())
    }

    /// Whether a start that fails in its first second is the end of it, in other words than today's.
    pub(super) fn gives_up_after_a_quick_exit(&self) -> bool {
        self.is_before(TODAYS_SERVICES)
    }

    pub(super) fn wants_services_for(&self, action: &str) -> String {
        match self.is_before(TODAYS_SERVICES) {
            true => format!("no services to {action} provided"),
            false => format!("must specify services for {action} action"),
        }
    }

    /// The format that the key of a notice must be in, as its refusal quotes it.
    pub(super) fn format_of_keys(&self) -> &'static str {
        if self.is_before(TODAYS_SERVICES) { "domain.com/key" } else { "example.com/path" }
    }

    pub(super) fn owner_needs_a_group(&self) -> bool {
        self.is_before(TODAYS_SERVICES)
    }

    pub(super) fn takes_stars_in_names(&self) -> bool {
        self.is_before(TODAYS_FILES)
    }

    pub(super) fn summary_of_exec(&self, program: &str) -> String {
        let before = self.is_before(TODAYS_CHECKS_OF_LAYERS);
        format!("{} command {program:?}", if before { "exec" } else { "Execute" })
    }

    pub(super) fn already_connected(&self, socket: &str) -> String {
        match self.is_before(TODAYS_FILES) {
            true => format!("websocket {socket:?} already connected"),
            false => format!("{socket} websocket already connected"),
        }
    }
}

// Of the releases that were looked at, the first that does it as today's does.
const TODAYS_CHECKS_OF_LAYERS: PebbleVersion = PebbleVersion::new(1, 10, 2);
const TODAYS_SERVICES: PebbleVersion = PebbleVersion::new(1, 19, 2);
const TODAYS_FILES: PebbleVersion = PebbleVersion::new(1, 32, 1);
