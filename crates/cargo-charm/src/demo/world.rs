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
        self.other_side("hydra", HYDRA)?;
        self.other_side("traefik", TRAEFIK)?;
        self.types("juju integrate hook-service hydra".to_owned());
        self.sandbox.integrate("hook-service", "hydra")?;
        self.types("juju integrate hook-service traefik".to_owned());
        let id = self.sandbox.integrate("hook-service", "traefik")?;
        let says = [("external_host", "demo.example.com"), ("scheme", "https")];
        self.sandbox.say(id, &Data::of_application(says))
    }

    /// An application that only says what its databags say.
    fn other_side(&mut self, application: &str, charm: &str) -> Result<(), Failure> {
        // The texts stand above, and a test reads them.
        let charm = CharmMetadata::from_yaml(&[("metadata.yaml", charm)]).unwrap_or_default();
        self.sandbox.deploy_scripted(application, charm, 1)
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
        for (text, name) in [(HYDRA, "hydra"), (TRAEFIK, "traefik-k8s")] {
            let charm = CharmMetadata::from_yaml(&[("metadata.yaml", text)]).unwrap();
            assert_eq!((charm.name.as_str(), charm.endpoints.len()), (name, 1));
        }
    }
}
