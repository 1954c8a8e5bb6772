//! What the tests of the whole share: finding the real things that they are held against, and whether the tests
//! that a page names are there.

mod real_pebble;
mod scoreboard;

pub use real_pebble::RealPebble;
pub use scoreboard::Scoreboard;

use std::{
    collections::BTreeSet,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
};

/// Something real that a test needs and a machine need not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RealThing {
    /// What `OPS_TEST_REQUIRE` calls it.
    pub name: &'static str,
    /// The variable that says where it is.
    pub variable: &'static str,
    /// The program to look for on `PATH` when the variable is unset, if that would do.
    pub program: Option<&'static str>,
}

/// The Pebble daemon.
pub const PEBBLE: RealThing =
    RealThing { name: "pebble", variable: "PEBBLE_BIN", program: Some("pebble") };

/// The directory that has older Pebble daemons, as `pebble-VERSION/pebble`.
pub const OLD_PEBBLES: RealThing =
    RealThing { name: "old-pebbles", variable: "PEBBLE_BINS", program: None };

/// Canonical's packing tool.
pub const CHARMCRAFT: RealThing =
    RealThing { name: "charmcraft", variable: "CHARMCRAFT_BIN", program: Some("charmcraft") };

/// A Python interpreter that can import `ops`.
pub const PYTHON_OPS: RealThing =
    RealThing { name: "python-ops", variable: "OPS_PYTHON", program: None };

impl RealThing {
    /// Where it is. Without it, says so on standard error: the test that asked is to return, as skipped.
    ///
    /// # Panics
    /// It is not there, and `OPS_TEST_REQUIRE`, a list with commas, names it.
    #[must_use]
    pub fn find(self) -> Option<PathBuf> {
        let path = match std::env::var_os(self.variable) {
            Some(path) if !path.is_empty() => Some(PathBuf::from(path)),
            _ => self.program.and_then(on_path),
        };
        if let Some(path) = path {
            assert!(path.exists(), "{} is {}: no such file", self.variable, path.display());
            return Some(path);
        }
        let Self { name, variable, .. } = self;
        assert!(
            !is_required(name),
            "OPS_TEST_REQUIRE names {name}, and there is none: set {variable}"
        );
        say_once(&format!(
            "skipped: there is no {name} here; set {variable}, or run .ci/run test\n"
        ));
        None
    }
}

/// Says it on standard error, once, past the test harness, which would keep it to itself.
fn say_once(text: &str) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if said.insert(text.to_owned()) {
        // There is nobody else to tell.
        let _ = io::stderr().write_all(text.as_bytes());
    }
}

fn is_required(name: &str) -> bool {
    let required = std::env::var("OPS_TEST_REQUIRE").unwrap_or_default();
    required.split(',').any(|required| required.trim() == name)
}

/// The target that a packed charm is built for, as charmcraft.yaml says. Without its standard library, says so
/// on standard error: the test that asked is to return, as skipped.
///
/// # Panics
/// It is not there, and `OPS_TEST_REQUIRE`, a list with commas, names `packed-target`.
#[must_use]
pub fn packed_target() -> Option<String> {
    let target = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let asked = Command::new(compiler)
        .args(["--print", "target-libdir", "--target", &target])
        .current_dir(root())
        .output();
    let libraries = asked.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    if libraries.is_ok_and(|directory| Path::new(&directory).is_dir()) {
        return Some(target);
    }
    let advice = format!("run rustup target add {target}");
    assert!(!is_required("packed-target"), "OPS_TEST_REQUIRE names packed-target: {advice}");
    say_once(&format!("skipped: {target} is not installed; {advice}, or .ci/run test\n"));
    None
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|directory| directory.join(program))
        .find(|path| path.is_file())
}

/// Builds a program of a package of the workspace, and says where it is. `which` is for cargo, such as
/// `["--bin", "web"]`.
///
/// # Panics
/// It does not build.
#[must_use]
#[expect(clippy::expect_used, reason = "it is for tests")]
pub fn built(package: &str, which: &[&str]) -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--quiet", "--package", package])
        .args(which)
        .arg("--message-format=json-render-diagnostics")
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8_lossy(&output.stdout);
    let mut built = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message.get("executable")?.as_str()?))
    });
    built.next_back().expect("cargo names the executable")
}

/// The root of the repository.
#[must_use]
pub fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}
