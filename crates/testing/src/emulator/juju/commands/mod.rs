//! Hook commands by family. Each reads its arguments, and changes the session or the model.

mod action;
mod config;
mod goal_state;
mod leader;
mod log;
mod machine;
mod network;
mod port;
mod relation;
mod relation_get;
mod secret_access;
mod secret_read;
mod secret_write;
mod state;
mod status;
mod storage;

use super::{
    arguments::{Arguments, FORMAT, Failure, Flag, OUTPUT, invalid, refused, usage},
    model::{Model, Relation},
    session::{Call, Session},
    value::{Format, Value},
};
use ops::hook_command::Reply;
use ops_core::{
    JujuVersion,
    names::{RelationId, SecretId},
};

pub(super) type Command = fn(&mut Run<'_>) -> Result<(), Failure>;

/// The names of all hook commands that the emulated Juju answers, sorted. Which of them a unit has depends on
/// Juju's version.
pub const HOOK_COMMANDS: &[&str] = &[
    "action-fail",
    "action-get",
    "action-log",
    "action-set",
    "add-metric",
    "application-version-set",
    "close-port",
    "config-get",
    "credential-get",
    "goal-state",
    "is-leader",
    "juju-log",
    "juju-reboot",
    "k8s-raw-get",
    "k8s-raw-set",
    "k8s-spec-get",
    "k8s-spec-set",
    "leader-get",
    "leader-set",
    "network-get",
    "open-port",
    "opened-ports",
    "payload-register",
    "payload-status-set",
    "payload-unregister",
    "pod-spec-get",
    "pod-spec-set",
    "relation-get",
    "relation-ids",
    "relation-list",
    "relation-model-get",
    "relation-set",
    "resource-get",
    "secret-add",
    "secret-get",
    "secret-grant",
    "secret-ids",
    "secret-info-get",
    "secret-remove",
    "secret-revoke",
    "secret-set",
    "state-delete",
    "state-get",
    "state-set",
    "status-get",
    "status-set",
    "storage-add",
    "storage-get",
    "storage-list",
    "unit-get",
];

/// Every command of every version.
fn find_in_any(program: &str) -> Option<Command> {
    Some(match program {
        "action-fail" => action::fail,
        "action-get" => action::get,
        "action-log" => action::log,
        "action-set" => action::set,
        "add-metric" => leader::add_metric,
        "application-version-set" => status::application_version_set,
        "close-port" => port::close,
        "config-get" => config::get,
        "credential-get" => machine::credential_get,
        "goal-state" => goal_state::get,
        "is-leader" => status::is_leader,
        "juju-log" => log::log,
        "juju-reboot" => machine::reboot,
        "leader-get" => leader::get,
        "leader-set" => leader::set,
        "network-get" => network::get,
        "open-port" => port::open,
        "opened-ports" => port::opened,
        "relation-get" => relation_get::get,
        "relation-ids" => relation::ids,
        "relation-list" => relation::list,
        "relation-model-get" => relation::model_get,
        "relation-set" => relation::set,
        "resource-get" => machine::resource_get,
        "secret-add" => secret_write::add,
        "secret-get" => secret_read::get,
        "secret-grant" => secret_access::grant,
        "secret-ids" => secret_read::ids,
        "secret-info-get" => secret_read::info,
        "secret-remove" => secret_write::remove,
        "secret-revoke" => secret_access::revoke,
        "secret-set" => secret_write::set,
        "state-delete" => state::delete,
        "state-get" => state::get,
        "state-set" => state::set,
        "status-get" => status::get,
        "status-set" => status::set,
        "storage-add" => storage::add,
        "storage-get" => storage::get,
        "storage-list" => storage::list,
        "unit-get" => machine::unit_get,
        "k8s-raw-get" | "k8s-raw-set" | "k8s-spec-get" | "k8s-spec-set" | "payload-register"
        | "payload-status-set" | "payload-unregister" | "pod-spec-get" | "pod-spec-set" => later,
        _ => return None,
    })
}

fn is_in(program: &str, version: JujuVersion) -> bool {
    let since = match program {
        "relation-model-get" => JujuVersion::new(3, 6, 2),
        _ if program.starts_with("secret-") => JujuVersion::new(3, 0, 0),
        _ => return version.major() < 4 || !is_removed_in_4(program),
    };
    version >= since
}

fn is_removed_in_4(program: &str) -> bool {
    matches!(program, "add-metric" | "leader-get" | "leader-set")
        || ["payload-", "k8s-", "pod-spec-"].iter().any(|family| program.starts_with(family))
}

fn later(run: &mut Run<'_>) -> Result<(), Failure> {
    Err(refused(format!("{} is not supported by this emulator yet", run.call.program)))
}

/// The command of this name, if an agent of this version has it.
pub(super) fn find(program: &str, version: JujuVersion) -> Option<Command> {
    let command = find_in_any(program)?;
    is_in(program, version).then_some(command)
}

/// Runs one hook command.
pub(super) fn run(
    session: &mut Session,
    model: &mut Model,
    call: &Call<'_>,
    command: Option<Command>,
) -> Reply {
    let mut run =
        Run { session, model, call, out: String::new(), err: String::new(), helped: false };
    let done = match command {
        Some(command) => command(&mut run),
        None => Err(refused(format!("bad request: unknown command: {}", call.program))),
    };
    match done {
        Ok(()) => Reply { stderr: run.err.into_bytes(), ..Reply::ok(run.out) },
        Err(_) if run.helped => Reply::ok(format!("Usage: {} [options]\n", call.program)),
        Err(failure) => {
            Reply::failed(failure.code, format!("{}ERROR {}\n", run.err, failure.message))
        }
    }
}

/// One command on its way.
pub(super) struct Run<'a> {
    session: &'a mut Session,
    model: &'a mut Model,
    call: &'a Call<'a>,
    out: String,
    err: String,
    helped: bool,
}

const RELATION: Flag = Flag::value(&["relation", "r"]);
const ALL_FORMATS: &[Format] = &[Format::Smart, Format::Yaml, Format::Json];
const NO_SMART: &[Format] = &[Format::Yaml, Format::Json];

impl<'a> Run<'a> {
    fn arguments(&mut self, known: &[Flag]) -> Result<Arguments<'a>, Failure> {
        let arguments = Arguments::parse(&self.call.arguments, known)?;
        if arguments.help {
            self.helped = true;
            return Err(usage("help"));
        }
        if arguments.value("output").is_some_and(|path| !path.is_empty()) {
            return Err(refused("--output is not supported by this emulator yet"));
        }
        Ok(arguments)
    }

    fn unit(&self) -> Result<&super::model::Unit, Failure> {
        self.model.unit(&self.session.unit).map_err(|e| refused(e.to_string()))
    }

    /// A relation that this unit takes part in.
    fn relation(&self, id: RelationId) -> Option<&Relation> {
        self.model.relations.get(&id).filter(|relation| relation.has_member(&self.session.unit))
    }

    /// What `-r` says, or the relation of the hook.
    fn relation_id(&self, arguments: &Arguments<'_>) -> Result<Option<RelationId>, Failure> {
        let Some((spelt, value)) = arguments.given("relation").filter(|(_, v)| !v.is_empty())
        else {
            return Ok(self.session.hook.relation());
        };
        let id =
            RelationId::parse(value).map_err(|_| invalid(value, spelt, "invalid relation id"))?;
        if self.relation(id).is_none() {
            return Err(invalid(value, spelt, "relation not found"));
        }
        Ok(Some(id))
    }

    /// As [`relation_id`](Self::relation_id), for commands that need one.
    fn required_relation(&self, arguments: &Arguments<'_>) -> Result<RelationId, Failure> {
        self.relation_id(arguments)?.ok_or_else(|| usage("no relation id specified"))
    }

    /// The content of `--file`: `-` is standard input.
    fn file(&self, path: &str) -> Result<Vec<u8>, Failure> {
        if path == "-" {
            return Ok(self.call.input.unwrap_or_default().to_vec());
        }
        self.read(path)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Failure> {
        self.call.files.read(path).map_err(|error| {
            let why = match error.kind() {
                std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
                std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
                _ => error.to_string(),
            };
            refused(format!("open {path}: {why}"))
        })
    }
}

/// Reads the URI of a secret in any spelling.
fn secret_uri(text: &str) -> Result<SecretId, Failure> {
    if let Some((scheme, _)) = text.split_once(':').filter(|(scheme, _)| *scheme != "secret") {
        return Err(usage(format!("secret URI scheme \"{scheme}\" not valid")));
    }
    SecretId::parse(text)
        .ok()
        .filter(|id| id.bare().len() == 20)
        .ok_or_else(|| usage(format!("secret URI {} not valid", super::go::quote(text))))
}

fn not_leader() -> Failure {
    refused("this unit is not the leader")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_command() {
        assert!(HOOK_COMMANDS.iter().all(|name| find_in_any(name).is_some()));
        assert!(HOOK_COMMANDS.is_sorted());
    }
}
