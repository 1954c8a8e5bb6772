//! What happens in the demo: the model, the people in it, and the other sides of the relations.

use super::{Withhold, progress};
use crate::failure::Failure;
use ops_core::{JujuVersion, names::UnitName};
use ops_testing::{
    emulator::{
        juju::{AgentStatus, CharmMetadata, Content, Model, Status, StatusName},
        pebble::{Behaviour, ExecHandler, Pebble},
    },
    engine::{ContainerHandle, Engine, TimelineEntry},
    process::Binary,
};
use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    path::Path,
    rc::Rc,
    sync::Arc,
};

/// The application under test, its charm, container and service.
pub(super) const APPLICATION: &str = "hook-service";

const HYDRA: &str = "
name: hydra
requires: {hydra-token-hook: {interface: hydra_token_hook}}
";

const TRAEFIK: &str = "
name: traefik-k8s
provides: {traefik-route: {interface: traefik_route}}
";

/// The model in which the charm lives.
#[derive(Debug)]
pub(super) struct World {
    pub(super) engine: Engine,
    charm: Arc<CharmMetadata>,
    program: Rc<Binary>,
    /// What the operator typed, each with the number of hooks that ran before.
    pub(super) operator: Vec<(usize, String)>,
}

impl World {
    pub(super) fn new(root: &Path, charm: &Path) -> Result<Self, Failure> {
        let read = |name: &str| {
            std::fs::read_to_string(root.join(name))
                .map_err(Failure::because(format!("cannot read {name}")))
        };
        let (metadata, charmcraft) = (read("metadata.yaml")?, read("charmcraft.yaml")?);
        let metadata = CharmMetadata::from_yaml(&[&metadata, &charmcraft])
            .map_err(Failure::because("cannot read the charm's metadata"))?;
        let model = Model::new("demo", JujuVersion::new(3, 6, 14));
        Ok(Self {
            engine: Engine::new(model),
            charm: Arc::new(metadata),
            program: Rc::new(Binary::new(charm).charm_file(root.join("metadata.yaml"))),
            operator: Vec::new(),
        })
    }

    /// Everything that happens, with one thing withheld.
    pub(super) fn live(
        &mut self,
        withhold: Option<Withhold>,
        daemon: Option<&Path>,
    ) -> Result<(), Failure> {
        self.deploy(withhold, daemon).map_err(Failure::because("cannot deploy the charm"))?;
        self.settle()?;
        self.configure(withhold).map_err(Failure::because("cannot configure the charm"))?;
        self.settle()?;
        self.integrate().map_err(Failure::because("cannot integrate the charm"))?;
        self.settle()
    }

    fn deploy(
        &mut self,
        withhold: Option<Withhold>,
        daemon: Option<&Path>,
    ) -> Result<(), ops_testing::engine::EngineError> {
        let mut image = Pebble::new().exec_handler(
            ExecHandler::new([APPLICATION, "version"]).stdout(super::workload::VERSION),
        );
        if withhold == Some(Withhold::Workload) {
            image.set_behaviour(APPLICATION, Behaviour::exits_quickly(1));
        }
        self.engine.set_image(APPLICATION, APPLICATION, image)?;
        self.types("juju deploy hook-service".to_owned());
        let charm = Arc::clone(&self.charm);
        let program = Rc::clone(&self.program);
        for unit in self.engine.deploy(APPLICATION, charm, program, 1)? {
            if let Some(socket) = daemon {
                let pebble = ContainerHandle::Socket(socket.to_owned());
                self.engine.connect(&unit, APPLICATION, pebble)?;
            }
            if withhold == Some(Withhold::Container) {
                self.engine.container_down(&unit, APPLICATION)?;
            }
        }
        Ok(())
    }

    fn configure(
        &mut self,
        withhold: Option<Withhold>,
    ) -> Result<(), ops_testing::engine::EngineError> {
        let mut content = vec![("consumer-key", sentinel())];
        if withhold != Some(Withhold::Key) {
            content.push(("consumer-secret", sentinel()));
        }
        let keys: Vec<String> = content.iter().map(|(key, _)| format!("{key}=...")).collect();
        self.types(format!("juju add-secret salesforce {}", keys.join(" ")));
        let secret = self.engine.add_secret("salesforce", Content::from_iter(content))?;
        if withhold != Some(Withhold::Grant) {
            self.types(format!("juju grant-secret salesforce {APPLICATION}"));
            self.engine.grant_secret(&secret, APPLICATION)?;
        }
        let domain = "https://example.my.salesforce.com";
        let mut command = format!("juju config {APPLICATION} salesforce_domain={domain}");
        self.engine.set_config(APPLICATION, "salesforce_domain", domain)?;
        if withhold != Some(Withhold::Secret) {
            command += &format!(" salesforce_consumer_secret={secret}");
            self.engine.set_config(APPLICATION, "salesforce_consumer_secret", secret.as_str())?;
        }
        self.types(command);
        Ok(())
    }

    fn integrate(&mut self) -> Result<(), ops_testing::engine::EngineError> {
        self.other_side("hydra", HYDRA)?;
        self.other_side("traefik", TRAEFIK)?;
        self.types("juju integrate hook-service hydra".to_owned());
        self.engine.integrate("hook-service:hydra-token-hook", "hydra:hydra-token-hook")?;
        self.types("juju integrate hook-service traefik".to_owned());
        let id = self.engine.integrate("hook-service:ingress", "traefik:traefik-route")?;
        let says = [("external_host", "demo.example.com"), ("scheme", "https")];
        self.engine.write(id, "traefik", says)
    }

    /// An application that only says what its databags say.
    fn other_side(
        &mut self,
        application: &str,
        charm: &str,
    ) -> Result<(), ops_testing::engine::EngineError> {
        // The texts stand above, and a test reads them.
        let charm = CharmMetadata::from_yaml(&[charm]).unwrap_or_default();
        let now = self.engine.model().now;
        for unit in self.engine.deploy_scripted(application, charm, 1)? {
            let unit = self.engine.model_mut().unit_mut(&unit)?;
            unit.set_status(Status::new(StatusName::Active, ""), now);
            unit.agent = AgentStatus::Idle;
        }
        Ok(())
    }

    fn settle(&mut self) -> Result<(), Failure> {
        match self.engine.settle() {
            Ok(_) => Ok(()),
            Err(unsettled) => {
                progress("The model does not settle");
                Err(Failure::new(unsettled.to_string()))
            }
        }
    }

    fn types(&mut self, command: String) {
        self.operator.push((self.engine.timeline().len(), command));
    }

    /// The units of the application under test, and what they have run.
    pub(super) fn timeline(&self) -> &[TimelineEntry] {
        self.engine.timeline()
    }

    pub(super) fn is_active(&self) -> bool {
        let mut units = self.engine.model().units_of(APPLICATION).peekable();
        units.peek().is_some()
            && units.all(|(_, unit)| unit.status.status.name == StatusName::Active)
    }

    /// Where secrets showed up that must not be there.
    pub(super) fn leaks(&self) -> Vec<String> {
        let of = |entry: &TimelineEntry| -> Vec<String> {
            entry
                .leaks
                .iter()
                .map(|leak| format!("{} on {}: {leak}", entry.name, entry.unit))
                .collect()
        };
        self.timeline().iter().flat_map(of).collect()
    }

    /// Hides the contents of all secrets.
    pub(super) fn redact(&self, text: &str) -> String {
        let values = self.engine.model().secret_values();
        values
            .filter(|(.., value)| value.len() >= 8)
            .fold(text.to_owned(), |text, (.., value)| text.replace(value, super::print::REDACTED))
    }

    pub(super) fn leader(&self) -> Option<&UnitName> {
        self.engine.model().application(APPLICATION).ok()?.leader.as_ref()
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
        for (text, name) in [(HYDRA, "hydra"), (TRAEFIK, "traefik-k8s")] {
            let charm = CharmMetadata::from_yaml(&[text]).unwrap();
            assert_eq!((charm.name.as_str(), charm.endpoints.len()), (name, 1));
        }
    }
}
