//! What happens in the demo: the model, the people in it, and the other sides of the relations.

use super::{Withhold, workload};
use crate::{
    failure::Failure,
    progress::progress,
    redact::redact,
    sandbox::{Data, Place, Sandbox, Settling, Source, Wanted, Which, find_pebble, stop_all},
};
use ops_core::names::{ContainerName, UnitName};
use ops_testing::{
    emulator::{
        juju::{CharmMetadata, Content, Model, StatusName},
        pebble::{Behaviour, ExecHandler, Pebble},
    },
    engine::TimelineEntry,
};
use std::{
    env, fs,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    io,
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// The application under test, its charm, container and service.
pub(super) const APPLICATION: &str = "hook-service";
const CONTAINER: ContainerName = ContainerName::from_static("hook-service");

/// Another side of a relation: an application that runs nothing.
struct Other {
    /// The application.
    name: &'static str,
    /// Its charm.
    charm: &'static str,
    /// The endpoint of the charm under test.
    endpoint: &'static str,
    /// What its leader writes for all.
    says: &'static [(&'static str, &'static str)],
    /// What its unit writes.
    unit_says: &'static [(&'static str, &'static str)],
}

const OTHERS: &[Other] = &[
    Other {
        name: "hydra",
        charm: "{name: hydra, requires: {hydra-token-hook: {interface: hydra_token_hook}}}",
        endpoint: "hydra-token-hook",
        says: &[],
        unit_says: &[],
    },
    Other {
        name: "traefik",
        charm: "{name: traefik-k8s, provides: {traefik-route: {interface: traefik_route}}}",
        endpoint: "ingress",
        says: &[("external_host", "demo.example.com"), ("scheme", "https")],
        unit_says: &[],
    },
    Other {
        name: "loki",
        charm: "{name: loki-k8s, provides: {logging: {interface: loki_push_api}}}",
        endpoint: "logging",
        says: &[],
        unit_says: &[("endpoint", r#"{"url": "http://loki-0:3100/loki/api/v1/push"}"#)],
    },
    Other {
        name: "tempo",
        charm: "{name: tempo-k8s, provides: {tracing: {interface: tracing}}}",
        endpoint: "tracing",
        says: &[(
            "receivers",
            r#"[{"protocol": {"name": "otlp_http", "type": "http"}, "url": "http://tempo:4318"}]"#,
        )],
        unit_says: &[],
    },
    Other {
        name: "prometheus",
        charm: "{name: prometheus-k8s, requires: {metrics-endpoint: {interface: prometheus_scrape}}}",
        endpoint: "metrics-endpoint",
        says: &[],
        unit_says: &[],
    },
    Other {
        name: "grafana",
        charm: "{name: grafana-k8s, requires: {grafana-dashboard: {interface: grafana_dashboard}}}",
        endpoint: "grafana-dashboard",
        says: &[],
        unit_says: &[],
    },
];

/// The model in which the charm lives.
#[derive(Debug)]
pub(super) struct World {
    sandbox: Sandbox,
    metadata: PathBuf,
    withhold: Option<Withhold>,
    pebble: Which,
    /// What the operator typed, each with the number of hooks that ran before.
    pub(super) operator: Vec<(usize, String)>,
    place: Place,
    directory: TempDir,
}

impl World {
    /// A model with nothing in it. Fails before anything is built if what it needs is not there.
    pub(super) fn new(
        root: &Path,
        withhold: Option<Withhold>,
        pebble: Which,
    ) -> Result<Self, Failure> {
        let real = pebble == Which::Real && withhold != Some(Withhold::Container);
        if real {
            find_pebble()?;
            let port = workload::PORT;
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(Failure::because(format!(
                "the stand-in for the workload listens on port {port}, which is not free"
            )))?;
        }
        let cannot = "cannot make a directory for the model";
        let directory = tempfile::tempdir().map_err(Failure::because(cannot))?;
        let place = Place::at(directory.path().join("model"));
        let sandbox = Sandbox::begin(&place, "demo", &Settling::usual())?;
        Ok(Self {
            sandbox,
            metadata: root.to_owned(),
            withhold,
            pebble: if real { Which::Real } else { Which::Emulated },
            operator: Vec::new(),
            place,
            directory,
        })
    }

    /// Everything that happens, with one thing withheld.
    pub(super) fn live(&mut self, charm: &Path) -> Result<(), Failure> {
        self.deploy(charm)?;
        self.settle()?;
        self.configure()?;
        self.settle()?;
        self.integrate()?;
        self.settle()
    }

    fn deploy(&mut self, charm: &Path) -> Result<(), Failure> {
        self.types("juju deploy hook-service".to_owned());
        let metadata = self.metadata.clone();
        let source = Source::Executable { program: charm.to_owned(), metadata, built_from: None };
        let programs = self.programs().map_err(Failure::because("cannot make the workload"))?;
        let wanted = Wanted { pebble: self.pebble, programs: Some(&programs) };
        let metadata = source.metadata()?;
        self.sandbox.deploy(&source, metadata, APPLICATION, wanted)?;
        let mut image = Pebble::new()
            .exec_handler(ExecHandler::new([APPLICATION, "version"]).stdout(workload::VERSION));
        if self.withhold == Some(Withhold::Workload) {
            image.set_behaviour(APPLICATION, Behaviour::exits_quickly(1));
        }
        self.sandbox.set_image(APPLICATION, &CONTAINER, image)?;
        let unit = self.sandbox.add_unit(APPLICATION)?;
        if self.withhold == Some(Withhold::Container) {
            self.sandbox.take_down(&unit, &CONTAINER)?;
        }
        Ok(())
    }

    /// What a real Pebble finds on its `PATH`.
    fn programs(&self) -> io::Result<PathBuf> {
        let programs = self.directory.path().join("bin");
        fs::create_dir(&programs)?;
        let program = programs.join(workload::NAME);
        if self.withhold == Some(Withhold::Workload) {
            fs::write(&program, workload::BROKEN)?;
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        } else {
            symlink(env::current_exe()?, program)?;
        }
        Ok(programs)
    }

    fn configure(&mut self) -> Result<(), Failure> {
        let mut content = vec![("consumer-key", sentinel())];
        if self.withhold != Some(Withhold::Key) {
            content.push(("consumer-secret", sentinel()));
        }
        let keys: Vec<String> = content.iter().map(|(key, _)| format!("{key}=...")).collect();
        self.types(format!("juju add-secret salesforce {}", keys.join(" ")));
        let secret = self.sandbox.add_secret("salesforce", Content::from_iter(content))?;
        if self.withhold != Some(Withhold::Grant) {
            self.types(format!("juju grant-secret salesforce {APPLICATION}"));
            self.sandbox.grant_secret("salesforce", APPLICATION)?;
        }
        let mut settings = vec!["salesforce_domain=https://example.my.salesforce.com".to_owned()];
        if self.withhold != Some(Withhold::Secret) {
            settings.push(format!("salesforce_consumer_secret={secret}"));
        }
        for setting in &settings {
            self.sandbox.set_config(APPLICATION, setting)?;
        }
        self.types(format!("juju config {APPLICATION} {}", settings.join(" ")));
        Ok(())
    }

    fn integrate(&mut self) -> Result<(), Failure> {
        OTHERS.iter().try_for_each(|other| self.integrate_with(other))
    }

    fn integrate_with(&mut self, other: &Other) -> Result<(), Failure> {
        // The texts stand above, and a test reads them.
        let charm = CharmMetadata::from_yaml(&[("metadata.yaml", other.charm)]).unwrap_or_default();
        self.sandbox.deploy_scripted(other.name, charm, 1)?;
        let ours = format!("{APPLICATION}:{}", other.endpoint);
        self.types(format!("juju integrate {ours} {}", other.name));
        let id = self.sandbox.integrate(&ours, other.name)?;
        let data = Data::default().of_application(other.says).of_unit(0, other.unit_says);
        self.sandbox.say(id, &data)
    }

    fn settle(&mut self) -> Result<(), Failure> {
        self.sandbox.settle_quietly().inspect_err(|_| progress("The model does not settle"))
    }

    fn types(&mut self, command: String) {
        self.operator.push((self.timeline().len(), command));
    }

    pub(super) fn model(&self) -> &Model {
        self.sandbox.model()
    }

    /// What the units of the application under test have run.
    pub(super) fn timeline(&self) -> &[TimelineEntry] {
        self.sandbox.timeline()
    }

    pub(super) fn is_active(&self) -> bool {
        let mut units = self.model().units_of(APPLICATION).peekable();
        units.peek().is_some()
            && units.all(|(_, unit)| unit.status.status.name == StatusName::Active)
    }

    /// Where secrets showed up that must not be there.
    pub(super) fn leaks(&self) -> Vec<String> {
        self.sandbox.leaks(0)
    }

    /// Hides the contents of all secrets.
    pub(super) fn redact(&self, text: &str) -> String {
        redact(self.model(), text)
    }

    pub(super) fn leader(&self) -> Option<&UnitName> {
        self.model().application(APPLICATION).ok()?.leader.as_ref()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // There is nobody left to tell.
        let _ = stop_all(&self.place);
    }
}

/// Something that is nowhere else, so that it is noticed wherever it turns up.
fn sentinel() -> String {
    format!("sentinel-{:016x}", RandomState::new().build_hasher().finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_sides_are_charms() {
        for other in OTHERS {
            let charm = CharmMetadata::from_yaml(&[("metadata.yaml", other.charm)]).unwrap();
            assert!(charm.name.starts_with(other.name) && charm.endpoints.len() == 1, "{charm:?}");
        }
    }
}
