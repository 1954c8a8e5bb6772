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
    let output = Command::new(env!("CARGO"))
        .args(["build", "--release", "--package", "charm-example", "--message-format=json"])
        .args(["--target", &target])
        .current_dir(&root)
        .stderr(std::process::Stdio::inherit())
        .output()?;
    assert!(output.status.success(), "charm-example does not build");
    let program = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find(|message| {
            message["target"]["name"] == "hook-service" && message["executable"].is_string()
        })
        .and_then(|message| message["executable"].as_str().map(PathBuf::from));
    let Some(program) = program else { panic!("charm-example has no program named hook-service") };

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
