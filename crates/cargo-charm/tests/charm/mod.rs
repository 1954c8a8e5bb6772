//! The Hook Service charm as an executable, for tests that deploy it.

use std::{path::PathBuf, process::Command, sync::OnceLock};

/// The charm, built once, without the optimizations that only cost time here.
pub(crate) fn charm() -> &'static PathBuf {
    static CHARM: OnceLock<PathBuf> = OnceLock::new();
    CHARM.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args(["build", "--package", "charm-example", "--bin", "hook-service"])
            .args(["--message-format", "json-render-diagnostics"])
            .output()
            .unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        String::from_utf8(built.stdout)
            .unwrap()
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .find_map(|message| message.get("executable")?.as_str().map(PathBuf::from))
            .unwrap()
    })
}
