//! What is in a container whose Pebble is emulated, as a YAML file has it.
//!
//! ```yaml
//! web:                              # a container
//!   commands:                       # what answers commands; others are not found
//!     - {command: [web, version], stdout: "1.2.3\n"}
//!     - {command: [web, migrate], exit-code: 1, stderr: "no database\n"}
//!   services:                       # those that do not simply run
//!     worker: {exits: 1, output: "no queue"}
//!   files:
//!     /etc/web.conf: "port = 8080\n"
//! ```

use crate::failure::Failure;
use ops_core::names::ContainerName;
use ops_testing::emulator::pebble::{Behaviour, ExecHandler, Pebble};
use serde::Deserialize;
use std::{collections::BTreeMap, path::Path};

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Image {
    commands: Vec<Command>,
    services: BTreeMap<String, Service>,
    files: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Command {
    command: Vec<String>,
    #[serde(default)]
    stdout: String,
    #[serde(default)]
    stderr: String,
    #[serde(default)]
    exit_code: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    exits: i64,
    #[serde(default)]
    output: String,
}

/// The containers that a file describes.
pub(super) fn read(path: &Path) -> Result<BTreeMap<ContainerName, Pebble>, Failure> {
    let cannot = || format!("cannot read what is in containers from {}", path.display());
    let text = std::fs::read_to_string(path).map_err(Failure::because(cannot()))?;
    let images: BTreeMap<ContainerName, Image> =
        serde_yaml::from_str(&text).map_err(Failure::because(cannot()))?;
    Ok(images.into_iter().map(|(name, image)| (name, image.pebble())).collect())
}

impl Image {
    fn pebble(self) -> Pebble {
        let mut pebble = Pebble::new();
        for Command { command, stdout, stderr, exit_code } in self.commands {
            let handler = ExecHandler::new(command).stdout(stdout).stderr(stderr);
            pebble.add_exec_handler(handler.exit_code(exit_code));
        }
        for (name, Service { exits, output }) in self.services {
            let mut behaviour = Behaviour::exits_quickly(exits);
            if let Behaviour::ExitsQuickly { output: printed, .. } = &mut behaviour {
                *printed = output;
            }
            pebble.set_behaviour(name, behaviour);
        }
        self.files.into_iter().fold(pebble, |pebble, (path, text)| pebble.file(&path, text))
    }
}
