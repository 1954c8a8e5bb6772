//! The program that Juju's unit agent runs as `dispatch`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ops::run(hook_service::HookService)
}
