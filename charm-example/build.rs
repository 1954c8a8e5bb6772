//! Links the unwinder into the program, rather than loading `libgcc_s.so.1` at every start.
//!
//! rustc asks the linker for `gcc_s`; in the folder `link` it finds a linker script of that name, which
//! gives it the static half of the same library. `docs/design/start-up.md` has the reasons and figures.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=link/libgcc_s.so");
    let is_gnu_linux = std::env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|env| env == "gnu");
    if is_gnu_linux && let Ok(package) = std::env::var("CARGO_MANIFEST_DIR") {
        for kind in ["bins", "examples"] {
            println!("cargo::rustc-link-arg-{kind}=-L{package}/link");
        }
    }
}
