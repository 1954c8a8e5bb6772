//! One run of a unit's charm: what it has buffered, what it has already been told.
//!
//! Writes that Juju buffers stay here until [`Session::commit`] or [`Session::drop_writes`]; what
//! Juju does at once goes into the model at once. Nothing here decides which hook comes next.

use super::{
    commands,
    hook::Hook,
    metadata::{CharmMetadata, ConfigValue},
    model::{
        Content, Databag, Grantee, Model, OpenPort, Owner, Rotate, StatusRecord, application_of,
    },
    record::{Bag, CallRecord, Effect, Record},
    script::{Script, Trouble},
    time::Timestamp,
};
use crate::emulator::Order;
use ops::hook_command::Reply;
use ops_core::names::{RelationId, SecretId, UnitName};
use serde::{Deserialize, Serialize};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt, io,
    path::PathBuf,
    sync::Arc,
};

/// One run of a unit's charm. Making one copies nothing of the model.
#[derive(Debug, Clone)]
pub struct Session {
    pub(super) unit: UnitName,
    pub(super) hook: Hook,
    context_id: String,
    pub(super) not_leader: bool,
    pub(super) config: Option<ConfigSnapshot>,
    pub(super) unit_status: Option<StatusRecord>,
    pub(super) application_status: Option<StatusRecord>,
    pub(super) writes: Writes,
    pub(super) action: Option<ActionRun>,
    pub(super) record: Record,
    pub(super) refusal: Option<Refusal>,
    script: Script,
    order: Option<Order>,
    reboots: bool,
}

/// The configuration as it was at its first use.
#[derive(Debug, Clone)]
pub(super) struct ConfigSnapshot {
    pub(super) charm: Arc<CharmMetadata>,
    pub(super) set: Arc<BTreeMap<String, ConfigValue>>,
}

/// What a hook has written and Juju has not yet taken.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Writes {
    pub(super) settings: BTreeMap<(RelationId, Bag), Databag>,
    /// True to open, false to close.
    pub(super) ports: BTreeMap<OpenPort, bool>,
    /// `None` deletes.
    pub(super) state: BTreeMap<String, Option<String>>,
    /// How many more of each storage.
    pub(super) storage: BTreeMap<String, u32>,
    pub(super) secrets: SecretWrites,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct SecretWrites {
    pub(super) created: BTreeMap<SecretId, (Owner, SecretFields)>,
    pub(super) updated: BTreeMap<SecretId, SecretFields>,
    pub(super) tracked: BTreeSet<SecretId>,
    /// Juju keeps one grant for each relation: the last.
    pub(super) granted: BTreeMap<SecretId, BTreeMap<RelationId, Grantee>>,
    pub(super) revoked: BTreeMap<SecretId, Vec<Grantee>>,
    pub(super) removed: BTreeMap<SecretId, Option<u64>>,
}

/// What `secret-add` and `secret-set` were given.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct SecretFields {
    pub(super) content: Option<Content>,
    pub(super) label: Option<String>,
    pub(super) description: Option<String>,
    pub(super) expires: Option<Timestamp>,
    pub(super) rotate: Option<Rotate>,
}

impl SecretFields {
    /// Takes what the newer call has, and keeps the rest.
    pub(super) fn merge(&mut self, newer: Self) {
        self.content = newer.content.or(self.content.take());
        self.label = newer.label.or(self.label.take());
        self.description = newer.description.or(self.description.take());
        self.expires = newer.expires.or(self.expires);
        self.rotate = newer.rotate.or(self.rotate);
    }
}

/// What an action has said so far. It is kept even when the action's process fails.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ActionRun {
    /// The results that `action-set` has set; dots in keys have made maps.
    pub results: serde_json::Map<String, serde_json::Value>,
    /// The message of the last `action-fail`.
    pub failed: Option<String>,
    /// What `action-log` was told.
    pub messages: Vec<String>,
}

/// When Juju refuses what a hook has written, although the hook exited with 0.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// Before anything was applied.
    Before(String),
    /// In the last step: changes to secrets stay, everything else is lost.
    AfterSecrets(String),
}

/// One call of a hook command, as the agent sees it.
#[derive(Clone)]
pub struct Call<'a> {
    /// The command's name.
    pub program: &'a str,
    /// Its arguments, without the name.
    pub arguments: Vec<Cow<'a, str>>,
    /// What it reads; `None` if nothing is connected.
    pub input: Option<&'a [u8]>,
    /// Where the files are that its arguments name.
    pub files: &'a dyn Files,
}

/// The input and the files may hold secrets, so they are not shown.
impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("program", &self.program)
            .field("arguments", &self.arguments)
            .field("input", &self.input.map(<[u8]>::len))
            .finish_non_exhaustive()
    }
}

/// Files that arguments name.
pub trait Files {
    /// The content of a file.
    ///
    /// # Errors
    /// It cannot be read.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;
}

/// There are no files.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// Files on disk; relative paths begin at the directory of the process that calls.
#[derive(Debug, Clone)]
pub struct DiskFiles(pub PathBuf);

impl Files for DiskFiles {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        std::fs::read(self.0.join(path))
    }
}

impl Session {
    /// Begins one run of the unit's charm. The model gives it the next context id.
    #[must_use]
    pub fn new(model: &mut Model, unit: UnitName, hook: Hook) -> Self {
        let random = model.next_context();
        let context_id = format!("{unit}-{}-{random}", hook.name(model, &unit));
        let action = hook.is_action().then(ActionRun::default);
        Self {
            unit,
            hook,
            context_id,
            not_leader: false,
            config: None,
            unit_status: None,
            application_status: None,
            writes: Writes::default(),
            action,
            record: Record::default(),
            refusal: None,
            script: Script::default(),
            order: None,
            reboots: false,
        }
    }

    /// Runs one hook command to its end.
    pub fn run(&mut self, model: &mut Model, call: &Call<'_>) -> Reply {
        let command = commands::find(call.program, model.version);
        self.run_found(model, call, command)
    }

    fn run_found(
        &mut self,
        model: &mut Model,
        call: &Call<'_>,
        command: Option<commands::Command>,
    ) -> Reply {
        let reply = commands::run(self, model, call, command);
        self.write_down(call, Some(&reply));
        reply
    }

    /// Runs one hook command as the script wants it, or as [`run`](Self::run) does.
    ///
    /// # Errors
    /// There is no reply: the command is missing in this version of Juju, or the script says so.
    pub fn serve(&mut self, model: &mut Model, call: &Call<'_>) -> Result<Reply, Trouble> {
        if self.is_killed() {
            self.write_down(call, None);
            return Err(Trouble::Lost);
        }
        let command = commands::find(call.program, model.version);
        let trouble = match self.script.next(call.program) {
            None if command.is_none() => Some(Trouble::Missing),
            trouble => trouble,
        };
        match trouble {
            None => {
                let reply = self.run_found(model, call, command);
                if self.is_killed() { Err(Trouble::Lost) } else { Ok(reply) }
            }
            Some(Trouble::Lost) => {
                let _ = self.run_found(model, call, command);
                Err(Trouble::Lost)
            }
            Some(trouble) => {
                let reply = trouble.reply();
                self.write_down(call, reply.as_ref());
                reply.ok_or(trouble)
            }
        }
    }

    /// The hook commands on `PATH`: those of this version of Juju, without those that the script
    /// takes away.
    #[must_use]
    pub fn hook_commands(&self, model: &Model) -> Vec<&'static str> {
        let there = |name: &&str| {
            commands::find(name, model.version).is_some() && !self.script.takes_away(name)
        };
        commands::HOOK_COMMANDS.iter().copied().filter(there).collect()
    }

    /// Which unit's charm runs.
    #[must_use]
    pub fn unit(&self) -> &UnitName {
        &self.unit
    }

    /// Which hook or action it runs.
    #[must_use]
    pub fn hook(&self) -> &Hook {
        &self.hook
    }

    /// What `JUJU_CONTEXT_ID` says.
    #[must_use]
    pub fn context_id(&self) -> &str {
        &self.context_id
    }

    /// What the action has said, if it is one.
    #[must_use]
    pub fn action(&self) -> Option<&ActionRun> {
        self.action.as_ref()
    }

    /// Calls, effects and logs so far.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Ends the run and gives its record.
    #[must_use]
    pub fn into_record(self) -> Record {
        self.record
    }

    /// Lets calls go wrong.
    pub fn set_script(&mut self, script: Script) {
        self.script = script;
    }

    /// Numbers the effects of this run, in one order with what is done elsewhere. Before the first call.
    pub fn number_effects(&mut self, order: Order) {
        self.order = Some(order);
    }

    /// Lets [`commit`](Self::commit) be refused.
    pub fn refuse_flush(&mut self, refusal: Refusal) {
        self.refusal = Some(refusal);
    }

    /// Whether the process that calls is dead, by the script or because it asked for a reboot at once: its
    /// writes must be dropped.
    #[must_use]
    pub fn is_killed(&self) -> bool {
        let alone = || {
            let effects = self.record.effects.len();
            self.script.kill_after.is_some_and(|last| effects >= last)
        };
        self.reboots || self.order.as_ref().map_or_else(alone, Order::is_over)
    }

    /// Whether anything waits for a commit.
    #[must_use]
    pub fn has_writes(&self) -> bool {
        self.writes != Writes::default()
    }

    /// Forgets everything that was buffered, as Juju does when a hook fails.
    pub fn drop_writes(&mut self) {
        self.writes = Writes::default();
    }

    /// The machine reboots while the charm runs.
    pub(super) fn reboot_now(&mut self) {
        self.reboots = true;
    }

    pub(super) fn application(&self) -> &str {
        application_of(&self.unit)
    }

    /// Asks for leadership: once it was refused, this run never has it.
    pub(super) fn is_leader(&mut self, model: &Model) -> bool {
        self.not_leader |= !model.is_leader(&self.unit);
        !self.not_leader
    }

    pub(super) fn effect(&mut self, effect: Effect) {
        self.record.effects.push(effect);
        self.record.numbers.extend(self.order.as_ref().map(Order::next));
    }

    fn write_down(&mut self, call: &Call<'_>, reply: Option<&Reply>) {
        // A file has another name in each run of a process: its place is taken by what a charm in this process
        // gives, so that the calls of two runs are the same.
        let is_about_secrets = call.program.starts_with("secret-");
        let mut files = 0;
        let arguments = call.arguments.iter().map(|argument| {
            let file = is_about_secrets.then(|| argument.split_once("#file=/")).flatten();
            let Some((key, _)) = file else { return Cow::Borrowed(&**argument) };
            files += 1;
            Cow::Owned(format!("{key}#file=<file{}>", files - 1))
        });
        let complaint = reply.map(|reply| String::from_utf8_lossy(&reply.stderr).into_owned());
        let exit = reply.map(|reply| reply.exit);
        let record = CallRecord::new(call.program, arguments, exit, complaint.unwrap_or_default());
        self.record.calls.push(record);
    }
}
