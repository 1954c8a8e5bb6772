//! A transport for tests: it answers from a list, in order, and remembers what it was asked.

use super::{Invocation, Juju, Reply, Transport, TransportError};
use ops_core::JujuVersion;
use std::{cell::RefCell, collections::VecDeque, rc::Rc};

#[derive(Debug, Default)]
pub(crate) struct Fake {
    replies: RefCell<VecDeque<Result<Reply, TransportError>>>,
    pub(crate) calls: RefCell<Vec<Invocation>>,
}

impl Fake {
    /// Answers these, in order; then empty replies.
    pub(crate) fn new(replies: impl IntoIterator<Item = Reply>) -> Rc<Self> {
        Self::with(replies.into_iter().map(Ok))
    }

    pub(crate) fn with(
        replies: impl IntoIterator<Item = Result<Reply, TransportError>>,
    ) -> Rc<Self> {
        Rc::new(Self {
            replies: RefCell::new(replies.into_iter().collect()),
            calls: RefCell::default(),
        })
    }

    pub(crate) fn juju(self: &Rc<Self>) -> Juju {
        Juju::new(Rc::clone(self) as Rc<dyn Transport>, JujuVersion::new(3, 6, 14))
    }

    /// The commands as a person would type them.
    pub(crate) fn typed(&self) -> Vec<String> {
        self.calls.borrow().iter().map(ToString::to_string).collect()
    }
}

impl Transport for Fake {
    fn invoke(&self, call: &Invocation) -> Result<Reply, TransportError> {
        self.calls.borrow_mut().push(call.clone());
        self.replies.borrow_mut().pop_front().unwrap_or_else(|| Ok(Reply::ok("")))
    }
}
