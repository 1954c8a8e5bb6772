//! `cargo charm`: the command line of those who write charms with ops-rs.
//!
//! One module for each subcommand. Each gives an exit code, or an error that is printed with its
//! causes; nothing else here writes to standard error or ends the process.

mod cargo;
mod demo;
mod failure;
mod progress;
mod redact;
mod replay;
mod sandbox;
mod table;

use clap::{Parser, Subcommand};
use failure::Failure;
use std::{
    ffi::{OsStr, OsString},
    io::Write as _,
    process::ExitCode,
};

#[derive(Debug, Parser)]
#[command(name = "cargo charm", bin_name = "cargo charm", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Capture(sandbox::capture::Arguments),
    Demo(demo::Arguments),
    Replay(replay::Arguments),
    Sandbox(sandbox::Arguments),
}

fn main() -> ExitCode {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    if let Some(code) = demo::stand_in(&arguments) {
        return code;
    }
    // Cargo starts `cargo-charm charm demo` for `cargo charm demo`; the alias leaves that word out.
    if arguments.get(1).map(OsString::as_os_str) == Some(OsStr::new("charm")) {
        arguments.remove(1);
    }
    let outcome = match Arguments::try_parse_from(arguments) {
        Ok(Arguments { command }) => match command {
            Command::Capture(arguments) => sandbox::capture::run(&arguments),
            Command::Demo(arguments) => demo::run(&arguments),
            Command::Replay(arguments) => replay::run(&arguments),
            Command::Sandbox(arguments) => sandbox::run(&arguments),
        },
        Err(usage) => {
            let _ = usage.print();
            return ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2));
        }
    };
    outcome.unwrap_or_else(|failure| {
        let _ = writeln!(std::io::stderr(), "error: {}", Failure::with_causes(&failure));
        ExitCode::FAILURE
    })
}
