//! What handlers, actions, teardown and a reconcile by hand may do: read, and write at once.
//!
//! Databag keys, secrets and ports are buffered until commit like those of a plan. A key for which the plan
//! and the hand want different values is a bug that names both.

use crate::{
    event::{RelationEvent, StorageEvent},
    hook_command::{self, PortRange, StatusScope},
    model::{BagAddress, Hand, Model},
    status::Status,
};
use ops_core::{
    Fault, Probe, Secret,
    interface::{EndpointSpec, Interface, OwnApplication, OwnUnit, Schema as _, Typed},
    names::{ContainerName, EndpointName, SecretId},
};
use ops_pebble::Client;
use serde::Serialize;
use std::{cell::Cell, collections::BTreeMap};

/// Reads and writes, for code that is not a plan.
#[derive(Debug)]
pub struct Live<'a> {
    model: &'a Model,
    wrote: Cell<bool>,
}

impl<'a> Live<'a> {
    pub(crate) fn new(model: &'a Model) -> Self {
        Self { model, wrote: Cell::new(false) }
    }

    /// The model, to read from.
    #[must_use]
    pub fn model(&self) -> &'a Model {
        self.model
    }

    /// Writes what this application says on every relation of an endpoint. Without leadership nothing is
    /// written, and the answer is false.
    ///
    /// # Errors
    /// The relations cannot be read, or the plan writes the same key.
    pub fn set_application_data<E: EndpointSpec, I: Interface>(
        &mut self,
        _: Typed<E, I>,
        data: &OwnApplication<E, I>,
    ) -> Result<bool, Fault> {
        let endpoint = EndpointName::from_static(E::NAME);
        let bag = data.encode()?;
        let Some(proof) = self.model.leader_proof()? else { return Ok(false) };
        for id in self.model.relation_ids(&endpoint)?.iter() {
            let address = BagAddress::application(endpoint.clone(), *id, proof);
            self.model.write_bag(&address, &bag, Hand::Author)?;
        }
        self.wrote.set(true);
        Ok(true)
    }

    /// Writes what this unit says on every relation of an endpoint.
    ///
    /// # Errors
    /// The relations cannot be read, or the plan writes the same key.
    pub fn set_unit_data<E: EndpointSpec, I: Interface>(
        &mut self,
        _: Typed<E, I>,
        data: &OwnUnit<E, I>,
    ) -> Result<(), Fault> {
        let endpoint = EndpointName::from_static(E::NAME);
        let bag = data.encode()?;
        for id in self.model.relation_ids(&endpoint)?.iter() {
            let address = BagAddress::unit(endpoint.clone(), *id);
            self.model.write_bag(&address, &bag, Hand::Author)?;
        }
        self.wrote.set(true);
        Ok(())
    }

    /// Opens ports.
    ///
    /// # Errors
    /// What `opened-ports` said.
    pub fn open_port(&mut self, port: PortRange) -> Result<(), Fault> {
        self.wrote.set(true);
        self.model.set_port(port, true)
    }

    /// Opens ports without asking whether they are open, for a moment at which they hardly are: Juju does
    /// nothing for one that is, and a plan with these ports need not ask either.
    pub fn open_port_unasked(&mut self, port: PortRange) {
        self.wrote.set(true);
        self.model.open_port_unasked(port);
    }

    /// Closes ports.
    ///
    /// # Errors
    /// What `opened-ports` said.
    pub fn close_port(&mut self, port: PortRange) -> Result<(), Fault> {
        self.wrote.set(true);
        self.model.set_port(port, false)
    }

    /// Sets the version that Juju shows for the application. At once, and whether it differs or not: a
    /// plan's [`workload_version`](super::Plan::workload_version) remembers the last one.
    ///
    /// # Errors
    /// What `application-version-set` said.
    pub fn set_workload_version(&mut self, version: &str) -> Result<(), Fault> {
        hook_command::application_version_set(self.model.juju(), version)?;
        self.wrote.set(true);
        Ok(())
    }

    /// Does something in a container at once, through its Pebble's client: an action that restarts a
    /// service, a handler that writes a file. What was read of the container is read again afterwards.
    ///
    /// ```
    /// use ops::{ActionContext, Fault, names::ContainerName, pebble::PushOptions};
    ///
    /// fn restart(cx: &mut ActionContext<'_>) -> Result<(), Fault> {
    ///     let web = ContainerName::from_static("web");
    ///     cx.pebble(&web, |pebble| pebble.push("/etc/web.conf", "port=80", &PushOptions::new()))?;
    ///     cx.pebble(&web, |pebble| pebble.restart(&["web"]))?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// Waiting when the container cannot be reached, else what Pebble said.
    pub fn pebble<T>(
        &mut self,
        container: &ContainerName,
        act: impl FnOnce(&Client) -> Result<T, ops_pebble::Error>,
    ) -> Result<T, Fault> {
        let container = self.model.container(container);
        let said = act(container.client());
        container.forget_all();
        self.wrote.set(true);
        container.said(said)
    }

    /// Shows a status at once, for the time of a long step. Collect-status decides what stays.
    ///
    /// # Errors
    /// What `status-set` said.
    pub fn show_status(&mut self, status: &Status) -> Result<(), Fault> {
        let juju = self.model.juju();
        hook_command::status_set(juju, StatusScope::Unit, &status.kind(), status.message())?;
        self.model.status_was_set(StatusScope::Unit, status.kind(), status.message());
        self.wrote.set(true);
        Ok(())
    }

    /// Gives a secret of this charm new content. Juju makes a new revision.
    ///
    /// # Errors
    /// There is no secret of this label, or what `secret-info-get` said.
    pub fn set_secret(&mut self, label: &str, keys: BTreeMap<String, Secret>) -> Result<(), Fault> {
        self.wrote.set(true);
        self.model.set_secret(label, keys)
    }

    /// Removes one revision of a secret of this charm, or all of them. In a hook that also changes the
    /// secret Juju forgets the removal.
    ///
    /// # Errors
    /// None so far: what `secret-remove` says is a fault of the commit.
    pub fn remove_secret(&mut self, id: &SecretId, revision: Option<u64>) -> Result<(), Fault> {
        self.wrote.set(true);
        self.model.remove_secret(id, revision);
        Ok(())
    }

    /// Stores a document for later dispatches, written at commit if it differs from what is there.
    ///
    /// # Errors
    /// The store cannot be read, or the value has no JSON.
    pub fn store<T: Serialize>(
        &mut self,
        name: &str,
        version: u32,
        value: &T,
    ) -> Result<(), Fault> {
        Ok(self.model.store().set(&format!("charm.{name}"), version, value)?)
    }

    /// The hook commands themselves, one function each in [`hook_command`](crate::hook_command), for what
    /// nothing here has a word for, such as a grant of a secret.
    ///
    /// They run at once, and what the model has read already does not change by them.
    #[must_use]
    pub fn hook_commands(&mut self) -> &hook_command::Juju {
        self.wrote.set(true);
        self.model.juju()
    }

    pub(crate) fn has_written(&self) -> bool {
        self.wrote.get()
    }
}

const VERSION_DOCUMENT: &str = "ops.workload-version";

/// Juju has no command that reads the version back, so the last one is remembered. Returns if it differed.
pub(super) fn set_workload_version(model: &Model, version: &str) -> Result<bool, Fault> {
    let last: Option<String> = model.store().get(VERSION_DOCUMENT, 1)?;
    if last.as_deref() == Some(version) {
        return Ok(false);
    }
    hook_command::application_version_set(model.juju(), version)?;
    model.store().set(VERSION_DOCUMENT, 1, &version)?;
    Ok(true)
}

/// Why something is being torn down.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TeardownCause {
    /// A relation ended, or a unit of it left.
    Relation(RelationEvent),
    /// A storage is about to be detached.
    Storage(StorageEvent),
    /// The unit stops. On Kubernetes its pod may only be replaced: keep its data.
    Stop,
    /// The unit is removed for good.
    Remove,
}

/// What [`Reconcile::finalize`](super::Reconcile::finalize) gets: why, and what a handler gets too.
#[derive(Debug)]
pub struct Teardown<'a> {
    pub(crate) cause: TeardownCause,
    pub(crate) live: Live<'a>,
}

impl<'a> Teardown<'a> {
    /// Why.
    #[must_use]
    pub fn cause(&self) -> &TeardownCause {
        &self.cause
    }

    /// Reads and writes.
    pub fn live(&mut self) -> &mut Live<'a> {
        &mut self.live
    }

    /// What the charm stored earlier: the way to know what there is to clean up.
    pub fn stored<T: serde::de::DeserializeOwned>(&self, name: &str, version: u32) -> Probe<T> {
        self.live.model.stored(name, version)
    }
}
