//! `deploy`: a charm, or the other side of a relation that only says what it is told to.

use super::{
    charm::{self, Source},
    containers::Which,
    image,
    model::{Sandbox, Settling},
    place::{Deployed, Place},
};
use crate::{failure::Failure, progress::note};
use clap::Args;
use ops_core::names::ApplicationName;
use ops_testing::emulator::juju::{AgentStatus, CharmMetadata, Status, StatusName};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Deploy a charm
///
/// CHARM is a crate that is a charm, a directory with the `dispatch` of an unpacked charm in any
/// language, or an executable that was built from a crate. Without it, the crate of this workspace
/// that is a charm is built and deployed.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The charm
    #[arg(value_name = "CHARM")]
    charm: Option<PathBuf>,
    /// The application's name; else the charm's
    #[arg(value_name = "APPLICATION")]
    application: Option<String>,
    /// How many units
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 1)]
    num_units: u32,
    /// Set an option, as `key=value`; or a YAML file with options below the application's name
    #[arg(long, value_name = "KEY=VALUE|FILE")]
    config: Vec<String>,
    /// Trust the application with the cloud's credentials
    #[arg(long)]
    trust: bool,
    /// CHARM is a metadata.yaml: an application that runs nothing, and says what it is told to
    #[arg(long, requires = "charm", conflicts_with = "pebble")]
    scripted: bool,
    /// Which Pebble runs in its containers. `real` takes PEBBLE_BIN, or the `pebble` on PATH
    #[arg(long, value_name = "WHICH", default_value = "emulated")]
    pebble: Which,
    /// The directory of the programs that a real Pebble runs; the machine's own come after them
    #[arg(long, value_name = "DIR")]
    programs: Option<PathBuf>,
    /// What is in its containers, for an emulated Pebble: commands, services, files
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,
    #[command(flatten)]
    settling: Settling,
}

pub(super) fn run(place: &Place, arguments: &Arguments) -> Result<(), Failure> {
    if arguments.scripted {
        return scripted(place, arguments);
    }
    // Before the lock: to build takes long, and changes nothing.
    let source = Source::find(arguments.charm.as_deref())?;
    let metadata = source.metadata()?;
    let images = arguments.image.as_deref().map(image::read).transpose()?.unwrap_or_default();
    if let Some(unknown) = images.keys().find(|name| !metadata.containers.contains(*name)) {
        return Err(Failure::new(format!("the charm has no container \"{unknown}\" to be filled")));
    }
    let mut sandbox = Sandbox::open_or_begin(place, "deploy", &arguments.settling)?;
    let name = arguments.application.clone().unwrap_or_else(|| metadata.name.clone());
    let wanted = Wanted { pebble: arguments.pebble, programs: arguments.programs.as_deref() };
    sandbox.deploy(&source, metadata, &name, wanted)?;
    for (container, image) in images {
        sandbox.set_image(&name, &container, image)?;
    }
    for _ in 0..arguments.num_units {
        sandbox.add_unit(&name)?;
    }
    for setting in &arguments.config {
        match setting.contains('=') {
            true => super::config::set(&mut sandbox, &name, setting)?,
            false => super::config::set_file(&mut sandbox, &name, Path::new(setting))?,
        }
    }
    if arguments.trust {
        super::config::trust(&mut sandbox, &name, true)?;
    }
    let origin = source.path().display();
    note(format_args!("Deployed \"{name}\" from {origin}."));
    sandbox.settle()
}

/// How an application is to be deployed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) pebble: Which,
    pub(crate) programs: Option<&'a Path>,
}

impl Sandbox {
    /// Deploys a charm. It has no units yet.
    pub(crate) fn deploy(
        &mut self,
        source: &Source,
        metadata: CharmMetadata,
        name: &str,
        wanted: Wanted<'_>,
    ) -> Result<(), Failure> {
        let cannot = || format!("cannot deploy \"{name}\"");
        let application =
            ApplicationName::new(name.to_owned()).map_err(Failure::because(cannot()))?;
        if self.model().applications.contains_key(&application) {
            return Err(Failure::new(format!(
                "cannot deploy \"{name}\": application already exists"
            )));
        }
        let programs = match wanted.programs {
            Some(path) => Some(
                std::fs::canonicalize(path)
                    .map_err(Failure::because(format!("cannot find {}", path.display())))?,
            ),
            None => None,
        };
        let charm = self.place.charm(&application, 0);
        source.unpack(&charm)?;
        let is_ours = source.is_ours();
        let program = charm::program(&charm, &self.place.units(), is_ours)?;
        self.engine.deploy(name, metadata, program, 0).map_err(Failure::because(cannot()))?;
        let origin = source.origin().to_owned();
        let deployed = Deployed {
            revision: 0,
            is_ours,
            outgoing: BTreeMap::new(),
            origin,
            pebble: wanted.pebble,
            programs,
        };
        self.charms.insert(application, deployed);
        Ok(())
    }

    /// Adds an application that runs nothing.
    pub(crate) fn deploy_scripted(
        &mut self,
        name: &str,
        charm: CharmMetadata,
        units: u32,
    ) -> Result<(), Failure> {
        let cannot = format!("cannot deploy \"{name}\"");
        self.engine.deploy_scripted(name, charm, units).map_err(Failure::because(cannot))?;
        self.wake_scripted(name);
        Ok(())
    }

    /// Nobody else would say that the units of a scripted application are in order.
    pub(super) fn wake_scripted(&mut self, name: &str) {
        let model = self.engine.model_mut();
        let now = model.now;
        let units = model.units.iter_mut().filter(|(unit, _)| unit.application().as_str() == name);
        for (_, unit) in units {
            unit.set_status(Status::new(StatusName::Active, ""), now);
            unit.agent = AgentStatus::Idle;
        }
    }
}

fn scripted(place: &Place, arguments: &Arguments) -> Result<(), Failure> {
    let path = arguments.charm.as_deref().unwrap_or(Path::new("metadata.yaml"));
    let cannot = || format!("cannot deploy what {} describes", path.display());
    let text = std::fs::read_to_string(path).map_err(Failure::because(cannot()))?;
    let file = path.display().to_string();
    let charm = CharmMetadata::from_yaml(&[(&file, &text)]).map_err(Failure::because(cannot()))?;
    let name = arguments.application.clone().unwrap_or_else(|| charm.name.clone());
    let mut sandbox = Sandbox::open_or_begin(place, "deploy", &arguments.settling)?;
    sandbox.deploy_scripted(&name, charm, arguments.num_units)?;
    note(format_args!("Deployed \"{name}\", which runs nothing and says what it is told to."));
    sandbox.settle()
}
