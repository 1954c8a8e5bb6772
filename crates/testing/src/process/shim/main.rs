//! Every hook command of the emulated Juju, as the one program that all their names point to.
//!
//! Compiled by rustc alone when a test first needs it. It knows no command: it carries the arguments
//! to the agent's socket and the answer back, as Juju's own small client does.

#![forbid(unsafe_code)]

use std::{
    env,
    ffi::OsString,
    io::{self, Read, Write},
    net::Shutdown,
    os::{
        linux::net::SocketAddrExt,
        unix::{
            ffi::{OsStrExt, OsStringExt},
            net::{SocketAddr, UnixStream},
            process::CommandExt,
        },
    },
    path::Path,
    process::{Command, ExitCode},
};

fn main() -> ExitCode {
    run().unwrap_or_else(|why| {
        let _ = writeln!(io::stderr(), "ERROR {why}");
        ExitCode::from(1)
    })
}

fn run() -> Result<ExitCode, String> {
    let context = variable("JUJU_CONTEXT_ID")?;
    let address = variable("JUJU_AGENT_SOCKET_ADDRESS")?;
    let directory = env::current_dir().map_err(|why| why.to_string())?;
    let mut arguments = env::args_os();
    let program = arguments.next().unwrap_or_default();
    let program = Path::new(&program).file_name().unwrap_or_default().as_bytes().to_vec();
    let arguments: Vec<Vec<u8>> = arguments.map(OsString::into_vec).collect();
    let input = reads_stdin(&arguments).then(|| {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    });
    let input = input.transpose().map_err(|why| format!("cannot read stdin: {why}"))?;

    let mut fields = vec![context.into_vec(), directory.into_os_string().into_vec(), program];
    fields.push(vec![u8::from(input.is_some())]);
    fields.push(input.unwrap_or_default());
    fields.extend(arguments);
    let answer = ask(&address, &fields).map_err(|why| format!("connection is shut down: {why}"))?;
    show(&answer).ok_or_else(|| "connection is shut down".to_owned())
}

fn variable(name: &str) -> Result<OsString, String> {
    env::var_os(name).filter(|value| !value.is_empty()).ok_or_else(|| format!("{name} not set"))
}

/// Only `--file -` does.
fn reads_stdin(arguments: &[Vec<u8>]) -> bool {
    let flags = arguments.iter().zip(arguments.iter().skip(1));
    let apart = flags.into_iter().any(|(flag, value)| flag == b"--file" && value == b"-");
    apart || arguments.iter().any(|argument| argument == b"--file=-")
}

fn ask(address: &OsString, fields: &[Vec<u8>]) -> io::Result<Vec<u8>> {
    let address = match address.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(address)?,
    };
    let mut stream = UnixStream::connect_addr(&address)?;
    let mut body = Vec::new();
    for field in fields {
        let length = u32::try_from(field.len()).map_err(io::Error::other)?;
        body.extend_from_slice(&length.to_be_bytes());
        body.extend_from_slice(field);
    }
    stream.write_all(b"OPS1")?;
    stream.write_all(&u32::try_from(body.len()).map_err(io::Error::other)?.to_be_bytes())?;
    stream.write_all(&body)?;
    stream.shutdown(Shutdown::Write)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

/// How it ended (0: a code, 1: a signal), the number, and what goes to stdout and to stderr.
fn show(answer: &[u8]) -> Option<ExitCode> {
    let (how, rest) = answer.split_first()?;
    let (number, rest) = rest.split_first_chunk()?;
    let number = i32::from_be_bytes(*number);
    let (stdout, rest) = field(rest)?;
    let (stderr, _) = field(rest)?;
    // Nobody may be listening; the exit code still counts.
    let _ = io::stdout().write_all(stdout).and_then(|()| io::stdout().flush());
    let _ = io::stderr().write_all(stderr);
    if *how == 1 {
        let _ = Command::new("/bin/sh").args(["-c", &format!("kill -{number} $$")]).exec();
    }
    Some(ExitCode::from(u8::try_from(number).unwrap_or(1)))
}

fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}
