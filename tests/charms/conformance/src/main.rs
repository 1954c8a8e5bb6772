//! The conformance charm as a program.

use std::process::ExitCode;

fn main() -> ExitCode {
    ops::run(conformance::Conformance)
}
