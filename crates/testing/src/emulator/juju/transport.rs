//! The in-process door: hook commands as a function call.

use super::{
    flush::FlushError,
    hook::Hook,
    model::Model,
    record::Record,
    script::{Script, Trouble},
    session::{ActionRun, Call, Files, Refusal, Session},
};
use crate::emulator::Order;
use ops::hook_command::{Argument, Input, Invocation, Reply, Transport, TransportError};
use ops::host::Witness;
use ops_core::{Secret, names::UnitName};
use std::{borrow::Cow, cell::RefCell, fmt, io, rc::Rc, time::Duration};

/// A model and one run in it, as the SDK's transport. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Juju(Rc<RefCell<Inner>>);

#[derive(Debug)]
struct Inner {
    model: Model,
    session: Session,
    stand_in: Option<Rc<dyn StandIn>>,
}

/// Answers hook commands in the place of the model.
pub(crate) trait StandIn: fmt::Debug {
    /// The reply, or why there is none.
    fn serve(&self, call: &Call<'_>) -> Result<Reply, Trouble>;
}

impl Juju {
    /// Begins a run of the unit's charm in this model.
    #[must_use]
    pub fn new(mut model: Model, unit: UnitName, hook: Hook) -> Self {
        let session = Session::new(&mut model, unit, hook);
        Self(Rc::new(RefCell::new(Inner { model, session, stand_in: None })))
    }

    /// Lets somebody else answer all hook commands.
    pub(crate) fn set_stand_in(&self, stand_in: Rc<dyn StandIn>) {
        self.0.borrow_mut().stand_in = Some(stand_in);
    }

    /// Looks at the model.
    pub fn with_model<T>(&self, look: impl FnOnce(&Model) -> T) -> T {
        look(&self.0.borrow().model)
    }

    /// Changes the model while the charm runs: somebody else did something.
    pub fn change_model<T>(&self, change: impl FnOnce(&mut Model) -> T) -> T {
        change(&mut self.0.borrow_mut().model)
    }

    /// Looks at the run.
    pub fn with_session<T>(&self, look: impl FnOnce(&Session) -> T) -> T {
        look(&self.0.borrow().session)
    }

    /// Lets calls go wrong.
    pub fn set_script(&self, script: Script) {
        self.0.borrow_mut().session.set_script(script);
    }

    /// Numbers the effects of this run, in one order with what is done elsewhere. Before the first call.
    pub fn number_effects(&self, order: Order) {
        self.0.borrow_mut().session.number_effects(order);
    }

    /// Lets [`commit`](Self::commit) be refused.
    pub fn refuse_flush(&self, refusal: Refusal) {
        self.0.borrow_mut().session.refuse_flush(refusal);
    }

    /// Runs one hook command that came by another way than [`Transport`].
    ///
    /// # Errors
    /// There is no reply: the command is missing in this version of Juju, or the script says so.
    pub fn serve(&self, call: &Call<'_>) -> Result<Reply, Trouble> {
        let Inner { model, session, stand_in } = &mut *self.0.borrow_mut();
        match stand_in {
            Some(stand_in) => stand_in.serve(call),
            None => session.serve(model, call),
        }
    }

    /// The hook commands that a process of this run finds on `PATH`.
    #[must_use]
    pub fn hook_commands(&self) -> Vec<&'static str> {
        let Inner { model, session, .. } = &*self.0.borrow();
        session.hook_commands(model)
    }

    /// The calls so far, as a person would type them.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.0.borrow().session.record().calls.iter().map(ToString::to_string).collect()
    }

    /// What the action has said, if it is one.
    #[must_use]
    pub fn action(&self) -> Option<ActionRun> {
        self.0.borrow().session.action().cloned()
    }

    /// Whether the script has killed the charm.
    #[must_use]
    pub fn is_killed(&self) -> bool {
        self.0.borrow().session.is_killed()
    }

    /// The charm exited with 0: what it wrote becomes part of the model.
    ///
    /// # Errors
    /// Juju refuses it.
    pub fn commit(&self) -> Result<(), FlushError> {
        let Inner { model, session, .. } = &mut *self.0.borrow_mut();
        session.commit(model)
    }

    /// The charm failed: what it wrote is dropped.
    pub fn drop_writes(&self) {
        self.0.borrow_mut().session.drop_writes();
    }

    /// The model and the record of the run. If clones of this are still about, it is a copy.
    #[must_use]
    pub fn finish(self) -> (Model, Record) {
        match Rc::try_unwrap(self.0) {
            Ok(inner) => {
                let Inner { model, session, .. } = inner.into_inner();
                (model, session.into_record())
            }
            Err(shared) => {
                let inner = shared.borrow();
                (inner.model.clone(), inner.session.record().clone())
            }
        }
    }
}

impl Transport for Juju {
    fn invoke(&self, call: &Invocation) -> Result<Reply, TransportError> {
        let files: Vec<&Secret> = call
            .arguments
            .iter()
            .filter_map(|argument| match argument {
                Argument::File { content, .. } => Some(content),
                Argument::Plain(_) => None,
            })
            .collect();
        let mut number = 0;
        let arguments = call.arguments.iter().map(|argument| match argument {
            Argument::Plain(text) => Cow::Borrowed(&**text),
            Argument::File { prefix, .. } => {
                number += 1;
                Cow::Owned(format!("{prefix}<file{}>", number - 1))
            }
        });
        let request = Call {
            program: &call.program,
            arguments: arguments.collect(),
            input: call.input.as_ref().map(Input::expose),
            files: &Given(files),
        };
        self.serve(&request).map_err(|trouble| match trouble {
            Trouble::Missing => TransportError::Missing,
            Trouble::Hangs => {
                TransportError::Deadline(call.deadline.unwrap_or(Duration::from_secs(300)))
            }
            _ => TransportError::Lost(io::ErrorKind::BrokenPipe.into()),
        })
    }
}

/// What a charm in this process sees and plans is kept, so that it can be searched for secrets.
impl Witness for Juju {
    fn is_watchful(&self) -> bool {
        let Inner { model, session, .. } = &*self.0.borrow();
        !model.secrets.is_empty() || !session.record.secrets.is_empty()
    }

    fn note(&self, what: &'static str, printed: String) {
        self.0.borrow_mut().session.record.printed.push((what, printed));
    }
}

/// The contents that came with the arguments.
struct Given<'a>(Vec<&'a Secret>);

impl Files for Given<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        path.strip_prefix("<file")
            .and_then(|rest| rest.strip_suffix('>')?.parse::<usize>().ok())
            .and_then(|number| self.0.get(number))
            .map(|content| content.expose().as_bytes().to_vec())
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}
