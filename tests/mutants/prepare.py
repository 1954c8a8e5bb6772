"""Makes a copy of the workspace in which a mutant is cheap: what is mutated, and its tests as one program.

    prepare.py ROOM REPOSITORY COPY

Every mutant compiles its crate anew, and every test program that uses the crate. So the tests of a room become
modules of the library that they test, and what they do not use is left out. Nothing else is changed: a mutant has
the same name, file, line and column as in the repository.
"""

import pathlib
import re
import shutil
import subprocess
import sys

MEMBERS = {
    "layers": ["crates/core", "crates/pebble"],
    "store": ["crates/core", "crates/pebble", "crates/macros", "crates/metadata", "ops-rs"],
}
ALL = [*MEMBERS["store"], "crates/testing", "tests"]
# Include the workspace's files by path: the documentation of `ops`, and a test of the emulated Pebble.
FILES = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "README.md", "docs"]


def main() -> None:
    room, repository, copy = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    members = MEMBERS.get(room, ALL)
    # Of the package of all tests the kit's own need the library alone.
    kept = ["tests/Cargo.toml", "tests/src"] if "tests" in members else []
    paths = [member for member in members if member != "tests"] + kept + FILES
    tracked = subprocess.run(
        ["git", "-C", repository, "ls-files", "-z", *paths],
        check=True, capture_output=True, text=True,
    ).stdout
    # What was built before stays, as long as what it was built from does.
    for member in [*members, "docs"]:
        shutil.rmtree(copy / member, ignore_errors=True)
    for name in filter(None, tracked.split("\0")):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(repository / name, copy / name)
    listed = ", ".join(f'"{member}"' for member in members)
    edit(copy / "Cargo.toml", r"(?s)members = \[.*?\]", f"members = [{listed}]")
    if room == "layers":
        # The client is not needed, and its tests neither.
        (copy / "crates/pebble/tests/bad_daemon.rs").unlink()
        tests = ["layer_rules", "plan_text"]
        one_program(copy / "crates/pebble", "ops_pebble", ["layer"], tests)
    else:
        # Compiles programs of its own.
        edit(copy / "ops-rs/Cargo.toml", r"trybuild.*\n", "")
        (copy / "ops-rs/tests/compile_fail.rs").unlink()
    if room != "reconcile" and "ops-rs" in members:
        edit(copy / "ops-rs/Cargo.toml", r"ops-testing = .*\n", "")
    if "tests" in members:
        edit(copy / "tests/Cargo.toml", r"(?s)\[dev-dependencies\].*\[lints\]", "[lints]")
        edit(copy / "crates/testing/Cargo.toml", r"shop-charm = .*\n", "")
    emulator = copy / "crates/testing"
    if room == "juju":
        tests = sorted(path.stem for path in (emulator / "tests").glob("juju_*.rs"))
        one_program(emulator, "ops_testing", ["emulator"], tests)
        edit(emulator / "src/emulator/mod.rs", r"pub mod pebble;\n", "")
    if room == "pebble":
        one_program(emulator, "ops_testing", ["emulator"], ["pebble"])
        edit(emulator / "src/emulator/mod.rs", r"pub mod juju;\n", "")
        for path in (emulator / "tests/pebble").glob("*.rs"):
            edit(path, r"\bcrate::", "crate::pebble::")
        # Said again for the whole program, where nobody else could.
        edit(emulator / "tests/pebble/main.rs", r"(?m)^mod (differences|workload);", r"pub(crate) mod \1;")


def one_program(package: pathlib.Path, library: str, modules: list[str], tests: list[str]) -> None:
    """The library with these modules alone, and with its integration tests as modules."""
    lines = ["//! A library and its tests as one program.", "#![allow(warnings)]"]
    lines += ["#[cfg(test)]", f"extern crate self as {library};"]
    lines += [f"pub mod {module};" for module in modules]
    for test in tests:
        file = f"{test}.rs" if (package / f"tests/{test}.rs").exists() else f"{test}/main.rs"
        lines += ["#[cfg(test)]", f'#[path = "../tests/{file}"]', f"mod {test};"]
    (package / "src/lib.rs").write_text("\n".join(lines) + "\n")


def edit(path: pathlib.Path, pattern: str, text: str) -> None:
    before = path.read_text()
    path.write_text(re.sub(pattern, text, before))


main()
