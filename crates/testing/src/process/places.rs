//! The directory of one dispatch: hook commands, the agent's socket, the sockets of containers.

use super::{door::Door, shim::shim};
use crate::{
    emulator::juju::Places,
    engine::{ContainerHandle, Stage},
};
use ops::host::Environment;
use ops_core::names::ContainerName;
use std::{
    collections::BTreeMap,
    error::Error,
    ffi::{OsStr, OsString},
    fs::{self, Permissions},
    io,
    os::{
        linux::net::SocketAddrExt,
        unix::{
            ffi::{OsStrExt, OsStringExt},
            fs::{PermissionsExt, symlink},
            net::{SocketAddr, UnixListener},
        },
    },
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// What the SDK reads to find containers elsewhere than in `/charm/containers`.
const CONTAINERS_VARIABLE: &str = "OPS_CONTAINERS_DIR";

/// The longest path of a socket that a container may need below the directory's own: the name of a
/// container has at most 63 characters.
const SOCKET_BELOW: usize = "/containers//pebble.socket".len() + 63;
const SOCKET_LIMIT: usize = 107;

/// A directory of one's own, which nobody else on the machine may enter.
pub(super) fn private_directory() -> io::Result<TempDir> {
    let make = |below: &Path| {
        tempfile::Builder::new()
            .prefix("ops-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(below)
    };
    let usual = std::env::temp_dir();
    // A socket's path is short, whatever the machine calls its directory for temporary files.
    let fits = usual.as_os_str().len() + "/ops-123456".len() + SOCKET_BELOW <= SOCKET_LIMIT;
    make(if fits { &usual } else { Path::new("/tmp") })
}

/// Where the sockets of containers are, and how the charm learns of it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sockets<'a> {
    /// In the directory of the dispatch, which a variable of the SDK's names.
    ByVariable,
    /// In this directory, which the charm finds by itself.
    In(&'a Path),
}

/// Where a dispatch finds everything. The directory is gone when this is dropped.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) environment: Environment,
    pub(super) agent: UnixListener,
    pub(super) doors: Vec<Door>,
    _directory: TempDir,
}

impl Ground {
    /// Lays it out. Juju's places in `environment` become those on this machine; what it says beside
    /// that stays, right or wrong.
    pub(super) fn lay(
        stage: &Stage,
        containers: &BTreeMap<ContainerName, ContainerHandle>,
        charm: &Path,
        sockets: Sockets<'_>,
    ) -> Result<Self, Box<dyn Error>> {
        let mut environment = (*stage.environment).clone();
        let directory = private_directory()?;
        let tools = directory.path().join("tools");
        fs::create_dir(&tools)?;
        symlink(shim()?, directory.path().join("hook-command"))?;
        for name in stage.juju.hook_commands() {
            // Short ones are cheap: a file system keeps them beside the name.
            symlink("../hook-command", tools.join(name))?;
        }
        let juju_has = Places::of(&stage.unit);
        let socket = directory.path().join("agent.socket");
        replace(&mut environment, "CHARM_DIR", juju_has.charm.as_os_str(), charm);
        replace(&mut environment, "JUJU_CHARM_DIR", juju_has.charm.as_os_str(), charm);
        replace(&mut environment, "PATH", juju_has.tools.as_os_str(), &tools);
        let address = "JUJU_AGENT_SOCKET_ADDRESS";
        replace(&mut environment, address, juju_has.agent_socket.as_os_str(), &socket);
        let is_abstract =
            environment.get(address).is_some_and(|address| address.as_bytes().starts_with(b"@"));
        let address = match is_abstract {
            true => SocketAddr::from_abstract_name(socket.as_os_str().as_bytes())?,
            false => SocketAddr::from_pathname(&socket)?,
        };
        let agent = UnixListener::bind_addr(&address)?;
        agent.set_nonblocking(true)?;

        let sockets = match sockets {
            Sockets::ByVariable => {
                let sockets = directory.path().join("containers");
                environment.set(CONTAINERS_VARIABLE, sockets.clone());
                sockets
            }
            Sockets::In(sockets) => {
                // Those of the last dispatch; nobody is behind them any more.
                match fs::remove_dir_all(sockets) {
                    Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why.into()),
                    _ => sockets.to_owned(),
                }
            }
        };
        let mut doors = Vec::new();
        for (name, container) in containers {
            let directory = sockets.join(name.as_str());
            fs::create_dir_all(&directory)?;
            doors.extend(Door::open(container, &directory.join("pebble.socket"))?);
        }
        Ok(Self { environment, agent, doors, _directory: directory })
    }
}

/// Puts `here` in the place of `there` if the variable begins with it, or with it after an `@`.
fn replace(environment: &mut Environment, variable: &'static str, there: &OsStr, here: &Path) {
    let Some(value) = environment.get(variable) else { return };
    let bytes = value.as_bytes();
    let (at, bytes) = match bytes.strip_prefix(b"@") {
        Some(rest) => (&b"@"[..], rest),
        None => (&b""[..], bytes),
    };
    let Some(rest) = bytes.strip_prefix(there.as_bytes()) else { return };
    if rest.is_empty() || rest.starts_with(b":") {
        let value = [at, here.as_os_str().as_bytes(), rest].concat();
        environment.set(variable, OsString::from_vec(value));
    }
}

/// The directory of a unit's charm, with `dispatch` in it. It outlives the dispatch, as its files do
/// in Juju.
#[derive(Debug)]
pub(super) struct CharmDirectory(TempDir);

impl CharmDirectory {
    pub(super) fn make(
        program: &Path,
        files: &[PathBuf],
        contents: &BTreeMap<String, Vec<u8>>,
    ) -> io::Result<Self> {
        let directory = private_directory()?;
        symlink(fs::canonicalize(program)?, directory.path().join("dispatch"))?;
        for file in files {
            let name = file.file_name().ok_or(io::ErrorKind::InvalidInput)?;
            fs::copy(file, directory.path().join(name))?;
        }
        for (name, content) in contents {
            fs::write(directory.path().join(name), content)?;
        }
        Ok(Self(directory))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_jujus_own_places_are_replaced() {
        for (value, expected) in [
            ("/there", "/here"),
            ("@/there", "@/here"),
            ("/there:/usr/bin", "/here:/usr/bin"),
            ("/thereabouts", "/thereabouts"),
            ("", ""),
            ("/usr/bin:/there", "/usr/bin:/there"),
        ] {
            let mut environment = Environment::from_iter([("PATH", value)]);
            replace(&mut environment, "PATH", OsStr::new("/there"), Path::new("/here"));
            assert_eq!(environment.get("PATH").unwrap(), expected);
        }
    }
}
