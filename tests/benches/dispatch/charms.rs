//! The two charms that are measured: how each is built, and how it is started.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// A charm that is ready to be dispatched.
#[derive(Debug)]
pub(crate) struct Charm {
    pub(crate) name: &'static str,
    /// The charm's directory.
    pub(crate) directory: PathBuf,
    /// What Juju would start.
    pub(crate) line: Vec<String>,
    /// Variables beyond Juju's.
    pub(crate) environment: Vec<(String, String)>,
    /// The program whose size counts, when it is one.
    pub(crate) program: Option<PathBuf>,
}

/// Builds charm-example as it is packed: static. `None` while there is no such charm.
pub(crate) fn rust(directory: &Path, containers: &Path) -> io::Result<Option<Charm>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    if !root.join("charm-example/Cargo.toml").exists() {
        return Ok(None);
    }
    let Some(target) = ops_tests::packed_target() else { panic!("nothing to measure") };
    let program = ["--release", "--bin", "hook-service", "--target", &target];
    let program = ops_tests::built("charm-example", &program);

    let directory = directory.join("rust");
    fs::create_dir(&directory)?;
    fs::copy(&program, directory.join("dispatch"))?;
    fs::copy(root.join("metadata.yaml"), directory.join("metadata.yaml"))?;
    Ok(Some(Charm {
        name: "Rust",
        line: vec![directory.join("dispatch").display().to_string()],
        // Production has the sockets below /charm/containers.
        environment: vec![("OPS_CONTAINERS_DIR".to_owned(), containers.display().to_string())],
        directory,
        program: Some(program),
    }))
}

/// The Python charm, on `ops` at the version that it pins.
pub(crate) fn python(directory: &Path, containers: &Path) -> io::Result<Charm> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/hook-service-python");
    let python = match std::env::var_os("OPS_PYTHON") {
        Some(python) => PathBuf::from(python),
        None => environment_with_ops(&source)?,
    };
    let directory = directory.join("python");
    fs::create_dir_all(directory.join("src"))?;
    for file in ["metadata.yaml", "src/charm.py"] {
        fs::copy(source.join(file), directory.join(file))?;
    }
    // `ops` has the path of the socket fixed, and no way to say another.
    let start = format!(
        "import runpy, ops\n\
         ops.model._ModelBackend.get_pebble = lambda *_: ops.pebble.Client(socket_path={:?})\n\
         runpy.run_path('src/charm.py', run_name='__main__')\n",
        containers.join("hook-service/pebble.socket").display().to_string()
    );
    fs::write(directory.join("start.py"), start)?;
    Ok(Charm {
        name: "Python",
        line: vec![python.display().to_string(), "./start.py".to_owned()],
        environment: Vec::new(),
        directory,
        program: None,
    })
}

/// A virtual environment with what the charm requires, made once.
fn environment_with_ops(source: &Path) -> io::Result<PathBuf> {
    let requirements = fs::read_to_string(source.join("requirements.txt"))?;
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-charm");
    let python = place.join("bin/python");
    let stamp = place.join("requirements.txt");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == requirements) {
        return Ok(python);
    }
    println!("making a virtual environment with {}", requirements.trim());
    let _ = fs::remove_dir_all(&place);
    must(Command::new("python3").args(["-m", "venv"]).arg(&place));
    must(
        Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(requirements.lines()),
    );
    fs::write(stamp, requirements)?;
    Ok(python)
}

fn must(command: &mut Command) {
    match command.status() {
        Ok(status) => assert!(status.success(), "{command:?} failed"),
        Err(error) => panic!("cannot run {command:?}: {error}"),
    }
}
