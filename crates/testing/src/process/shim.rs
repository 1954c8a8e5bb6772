//! Compiles the program behind every hook command's name, once for each compiler and source.
//!
//! Cargo builds no programs of dependencies, so a charm's own `cargo test` has no other way to one.
//! Nothing here knows what the program does.

use std::{
    env,
    fs::{self, File},
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::{Mutex, OnceLock, PoisonError},
};

const SOURCE: &str = include_str!("shim/main.rs");

/// Why there is no program behind the hook commands.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShimError {
    /// There is no compiler.
    #[error("cannot run `{}`, which compiles the hook commands of binary mode: is Rust installed, and on PATH?", .0.display())]
    NoCompiler(PathBuf, #[source] io::Error),
    /// The compiler refused.
    #[error("`{}` cannot compile the hook commands of binary mode: {complaint}", .compiler.display())]
    Compile {
        /// The compiler.
        compiler: PathBuf,
        /// What it printed on standard error.
        complaint: String,
    },
    /// There is no place for it.
    #[error("cannot keep the hook commands of binary mode in {}", .0.display())]
    Store(PathBuf, #[source] io::Error),
}

/// The compiled program. The first call in a target directory takes about a second.
pub(super) fn shim() -> Result<&'static Path, ShimError> {
    static READY: OnceLock<PathBuf> = OnceLock::new();
    static MAKING: Mutex<()> = Mutex::new(());
    if let Some(path) = READY.get() {
        return Ok(path);
    }
    let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(path) = READY.get() {
        return Ok(path);
    }
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let path = compile(Path::new(&compiler), &cache())?;
    Ok(READY.get_or_init(|| path))
}

/// Below the target directory that this program was built in; else where programs keep such things.
fn cache() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    let target = program.ancestors().find(|directory| directory.join("CACHEDIR.TAG").is_file());
    let home = || env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    target
        .map(Path::to_owned)
        .or_else(|| home().map(|home| home.join(".cache")))
        .unwrap_or_else(env::temp_dir)
        .join("ops-testing")
}

fn compile(compiler: &Path, cache: &Path) -> Result<PathBuf, ShimError> {
    let store = |why| ShimError::Store(cache.to_owned(), why);
    let version = run(compiler, Command::new(compiler).arg("-vV"))?;
    let mut hasher = DefaultHasher::new();
    (SOURCE, &version.stdout).hash(&mut hasher);
    let path = cache.join(format!("hook-command-{:016x}", hasher.finish()));
    if path.is_file() {
        return Ok(path);
    }
    fs::create_dir_all(cache).map_err(store)?;
    // Parallel test processes: one compiles, the others wait for it.
    let lock = File::create(cache.join("lock")).map_err(store)?;
    lock.lock().map_err(store)?;
    if path.is_file() {
        return Ok(path);
    }
    let directory = tempfile::tempdir_in(cache).map_err(store)?;
    let source = directory.path().join("main.rs");
    let program = directory.path().join("program");
    fs::write(&source, SOURCE).map_err(store)?;
    let mut command = Command::new(compiler);
    command.args([
        "--edition",
        "2024",
        "--crate-name",
        "hook_command",
        "-O",
        "-C",
        "strip=symbols",
    ]);
    run(compiler, command.arg("-o").arg(&program).arg(&source))?;
    fs::rename(&program, &path).map_err(store)?;
    Ok(path)
}

fn run(compiler: &Path, command: &mut Command) -> Result<Output, ShimError> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|why| ShimError::NoCompiler(compiler.to_owned(), why))?;
    if output.status.success() {
        return Ok(output);
    }
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(ShimError::Compile { compiler: compiler.to_owned(), complaint })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{error::Error as _, time::SystemTime};

    #[test]
    fn it_is_compiled_once_however_many_ask() {
        let cache = tempfile::tempdir().unwrap();
        let made: Vec<(PathBuf, SystemTime)> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let path = compile(Path::new("rustc"), cache.path()).unwrap();
                        let made = fs::metadata(&path).unwrap().modified().unwrap();
                        (path, made)
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(made.iter().all(|one| *one == made[0]), "{made:?}");
        let kept: Vec<_> = fs::read_dir(cache.path()).unwrap().map(|e| e.unwrap().path()).collect();
        assert_eq!(kept.len(), 2, "the program and the lock: {kept:?}");
    }

    #[test]
    fn a_missing_compiler_is_named() {
        let cache = tempfile::tempdir().unwrap();
        let error = compile(Path::new("/nowhere/rustc"), cache.path()).unwrap_err();
        assert!(error.to_string().contains("/nowhere/rustc"), "{error}");
        assert!(error.source().is_some());
    }

    #[test]
    fn a_compiler_that_refuses_is_quoted() {
        let cache = tempfile::tempdir().unwrap();
        let error = compile(Path::new("/bin/false"), cache.path()).unwrap_err();
        assert!(error.to_string().starts_with("`/bin/false` cannot compile"), "{error}");
    }
}
