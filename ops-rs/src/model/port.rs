//! Ports that the unit has open.

use super::{Memo, Model};
use crate::hook_command::{self, PortRange};
use ops_core::Fault;
use std::{cell::RefCell, collections::BTreeMap, collections::BTreeSet, rc::Rc};

/// A set of open ports.
pub type Ports = BTreeSet<PortRange>;

#[derive(Debug, Default)]
pub(super) struct PortCache {
    opened: Memo<(), Rc<Ports>>,
    /// True opens, false closes.
    pending: RefCell<BTreeMap<PortRange, bool>>,
}

impl PortCache {
    pub(super) fn discard(&self) {
        self.pending.borrow_mut().clear();
    }
}

impl Model {
    /// The ports that are open, with what this dispatch has asked for so far.
    ///
    /// # Errors
    /// What `opened-ports` said.
    pub fn ports(&self) -> Result<Ports, Fault> {
        let mut ports = (*self.opened_ports()?).clone();
        for (port, open) in &*self.0.ports.pending.borrow() {
            if *open {
                ports.insert(*port);
            } else {
                ports.remove(port);
            }
        }
        Ok(ports)
    }

    /// Whether this dispatch opens all of these, so that nobody needs to know what was open before.
    pub(crate) fn opens(&self, ports: &Ports) -> bool {
        let pending = self.0.ports.pending.borrow();
        ports.iter().all(|port| pending.get(port) == Some(&true))
    }

    pub(crate) fn set_port(&self, port: PortRange, open: bool) -> Result<(), Fault> {
        let is_open = self.opened_ports()?.contains(&port);
        let mut pending = self.0.ports.pending.borrow_mut();
        if is_open == open {
            pending.remove(&port);
        } else {
            pending.insert(port, open);
        }
        Ok(())
    }

    /// Opens a port at commit, whether it is open or not.
    pub(crate) fn open_port_unasked(&self, port: PortRange) {
        self.0.ports.pending.borrow_mut().insert(port, true);
    }

    fn opened_ports(&self) -> Result<Rc<Ports>, Fault> {
        self.0.ports.opened.get((), || {
            Ok(Rc::new(hook_command::opened_ports(&self.0.juju)?.into_iter().collect()))
        })
    }
}

pub(super) fn flush(model: &Model) -> Vec<Fault> {
    let pending = std::mem::take(&mut *model.0.ports.pending.borrow_mut());
    let mut faults = Vec::new();
    for (port, open) in pending {
        let send = if open { hook_command::open_port } else { hook_command::close_port };
        if let Err(error) = send(&model.0.juju, port) {
            faults.push(error.into());
        }
    }
    model.0.ports.opened.forget(&());
    faults
}
