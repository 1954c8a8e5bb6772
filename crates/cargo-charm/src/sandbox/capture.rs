//! `cargo charm capture`: the world as one unit of the sandbox sees it, as the test kit's `State`.

use super::{model::View, place::Place, units};
use crate::{failure::Failure, progress::note};
use clap::Args;
use ops_core::names::{ContainerName, UnitName};
use ops_testing::{Container, State, engine::ContainerHandle};
use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

/// Write the state of a sandbox unit to a file, for a test that begins there
///
/// The file holds the secrets that the unit can read, in clear: its owner alone may read it. A test reads it
/// with `State::load`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The unit, such as web/0
    #[arg(value_name = "UNIT")]
    unit: String,
    /// Where the model is kept; else CARGO_CHARM_MODEL_DIR, else .charm-sandbox in the target directory of this
    /// workspace
    #[arg(long, value_name = "DIR", visible_alias = "model-dir")]
    model: Option<PathBuf>,
    /// The file; `-` is standard output. Else UNIT.state.json, with a dash for the slash
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let place = Place::find(arguments.model.as_deref(), Duration::ZERO)?;
    let view = View::of(&place)?;
    let unit = units::find(view.model(), &arguments.unit)?;
    let state = State::of_unit(view.model().clone(), &unit, containers(&view, &unit)?);
    let usual = || format!("{}.state.json", unit.as_str().replace('/', "-")).into();
    let path: PathBuf = arguments.output.clone().unwrap_or_else(usual);
    if path == Path::new("-") {
        let text = state.to_json().map_err(Failure::because("cannot capture the unit"))?;
        writeln!(io::stdout(), "{text}")?;
    } else {
        state.save(&path).map_err(Failure::because("cannot capture the unit"))?;
        note(format_args!("{unit} is in {}, with its secrets", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn containers(view: &View, unit: &UnitName) -> Result<BTreeMap<ContainerName, Container>, Failure> {
    let captured = |name: &ContainerName| {
        let container = match view.engine.container(unit, name.as_str()) {
            Some(ContainerHandle::Emulated(daemon)) => Container::from(daemon.state()),
            None | Some(ContainerHandle::Absent) => Container::unreachable(),
            Some(_) => {
                return Err(Failure::new(format!(
                    "{name} of {unit} has a real Pebble: only what is in an emulated one can be captured"
                )));
            }
        };
        Ok((name.clone(), container))
    };
    view.engine.containers(unit).map(captured).collect()
}
