//! The layer that a rock brings: what its `rockcraft.yaml` says of services and checks.

use crate::emulator::pebble::read_layer;
use ops_pebble::layer::Layer;
use serde_yaml::{Mapping, Value};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// What of a `rockcraft.yaml` becomes part of the layer.
const KEYS: [&str; 4] = ["summary", "description", "services", "checks"];

/// Why a `rockcraft.yaml` gives no layer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RockcraftError {
    /// The file cannot be read.
    #[error("cannot read {}", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// It is not YAML, or no mapping.
    #[error("{} is no rockcraft.yaml", .0.display())]
    NotYaml(PathBuf, #[source] serde_yaml::Error),
    /// Pebble would not take the layer, for this reason.
    #[error("{}: {}", .0.display(), .1)]
    Layer(PathBuf, String),
}

/// The layer of a rock, for the plan that a container begins with: its summary, description, services and checks,
/// as rockcraft writes them into the image.
///
/// # Errors
/// The file cannot be read, or Pebble would not take what it says.
pub fn layer_from_rockcraft(path: impl AsRef<Path>) -> Result<Layer, RockcraftError> {
    let path = path.as_ref();
    let text =
        fs::read_to_string(path).map_err(|why| RockcraftError::Read(path.to_owned(), why))?;
    let mut rock: Mapping =
        serde_yaml::from_str(&text).map_err(|why| RockcraftError::NotYaml(path.to_owned(), why))?;
    rock.retain(|key, _| matches!(key, Value::String(key) if KEYS.contains(&key.as_str())));
    let layer = serde_yaml::to_string(&rock)
        .map_err(|why| RockcraftError::NotYaml(path.to_owned(), why))?;
    read_layer("rock", &layer).map_err(|why| RockcraftError::Layer(path.to_owned(), why))
}
