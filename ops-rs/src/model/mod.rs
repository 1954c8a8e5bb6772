//! The unit's view of the Juju model: read lazily, each thing at most once in a dispatch.
//!
//! A [`Model`] reads. What writes goes through the reconciler's plan or the handlers' contexts, which use
//! the crate-private half of these modules; it is buffered here, seen by later reads, and sent at commit.
//! Nothing here knows events or charms.

mod container;
mod leadership;
mod memo;
mod port;
mod relation;
mod secret;

pub use container::Container;
pub use leadership::Leadership;
pub use port::Ports;
pub use relation::{Relation, Remote};
pub use secret::{OwnedSecret, SecretContent};

pub(crate) use leadership::LeaderProof;
pub(crate) use relation::{BagAddress, Hand};

use crate::{
    hook_command::{self, Juju},
    hook_context::HookContext,
    host::Host,
    metadata::{Configuration, Options},
    store::Store,
};
use memo::Memo;
use ops_core::{
    Fault, JujuVersion, Probe,
    names::{ApplicationName, ContainerName, EndpointName, RelationId, UnitName},
};
use std::{cell::RefCell, collections::BTreeMap, fmt, rc::Rc};

/// The unit's view of the model. See the [module](self).
pub struct Model(Rc<Inner>);

struct Inner {
    host: Host,
    juju: Juju,
    context: HookContext,
    store: Store,
    /// The relation that this hook says is ending: it is not listed any more.
    ended: Option<RelationId>,
    config: Memo<(), Rc<BTreeMap<String, serde_json::Value>>>,
    planned_units: Memo<(), usize>,
    networks: Memo<(EndpointName, Option<RelationId>), Rc<hook_command::Network>>,
    statuses: Memo<hook_command::StatusScope, Rc<hook_command::StatusRecord>>,
    leadership: leadership::Asked,
    relations: relation::Relations,
    secrets: secret::Secrets,
    ports: port::PortCache,
    containers: RefCell<BTreeMap<ContainerName, Container>>,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("context", &self.0.context).finish_non_exhaustive()
    }
}

impl Model {
    pub(crate) fn new(
        host: Host,
        juju: Juju,
        context: HookContext,
        store: Store,
        ended: Option<RelationId>,
    ) -> Self {
        Self(Rc::new(Inner {
            host,
            juju,
            context,
            store,
            ended,
            config: Memo::default(),
            planned_units: Memo::default(),
            networks: Memo::default(),
            statuses: Memo::default(),
            leadership: leadership::Asked::default(),
            relations: relation::Relations::default(),
            secrets: secret::Secrets::default(),
            ports: port::PortCache::default(),
            containers: RefCell::default(),
        }))
    }

    /// The same model: what one handle reads or writes, the other knows.
    pub(crate) fn handle(&self) -> Self {
        Self(Rc::clone(&self.0))
    }

    /// This unit's name.
    #[must_use]
    pub fn unit(&self) -> &UnitName {
        &self.0.context.unit
    }

    /// This application's name.
    #[must_use]
    pub fn application(&self) -> ApplicationName {
        self.0.context.unit.application()
    }

    /// The name of the model this unit is in.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.context.model_name
    }

    /// The UUID of the model this unit is in.
    #[must_use]
    pub fn uuid(&self) -> &str {
        &self.0.context.model_uuid
    }

    /// The version of this unit's agent.
    #[must_use]
    pub fn juju_version(&self) -> JujuVersion {
        self.0.context.juju_version
    }

    /// The options, as the struct that the metadata generates.
    ///
    /// # Errors
    /// Blocked when options do not fit their types, naming all of them; else what `config-get` said.
    pub fn config<C: Configuration>(&self) -> Result<C, Fault> {
        let values =
            self.0.config.get((), || Ok(hook_command::config_get(&self.0.juju).map(Rc::new)?))?;
        Options::new(&values).read_all(C::read)
    }

    /// How many units this application should have, this one included, those on their way included.
    ///
    /// # Errors
    /// What `goal-state` said.
    pub fn planned_units(&self) -> Result<usize, Fault> {
        self.0.planned_units.get((), || Ok(hook_command::goal_state(&self.0.juju)?.planned_units()))
    }

    /// The addresses that a binding, or one relation of an endpoint, has.
    ///
    /// # Errors
    /// What `network-get` said.
    pub fn network(
        &self,
        binding: &EndpointName,
        relation: Option<RelationId>,
    ) -> Result<Rc<hook_command::Network>, Fault> {
        self.0.networks.get((binding.clone(), relation), || {
            Ok(hook_command::network_get(&self.0.juju, binding, relation).map(Rc::new)?)
        })
    }

    /// The Pebble of one of the charm's containers. It need not be reachable.
    #[must_use]
    pub fn container(&self, name: &ContainerName) -> Container {
        let mut containers = self.0.containers.borrow_mut();
        let open = || Container::new(name.clone(), self.0.host.containers.container(name));
        containers.entry(name.clone()).or_insert_with(open).clone()
    }

    /// A document that the charm stored in an earlier dispatch, under the author's own name for it.
    ///
    /// `None`: never stored, or stored in another version. See [`store`](crate::store) for what happens to
    /// a document that cannot be read.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn stored<T: serde::de::DeserializeOwned>(&self, name: &str, version: u32) -> Probe<T> {
        let key = format!("charm.{name}");
        self.0.store.get(&key, version).map_err(Fault::from).into()
    }

    pub(crate) fn context(&self) -> &HookContext {
        &self.0.context
    }

    pub(crate) fn host(&self) -> &Host {
        &self.0.host
    }

    pub(crate) fn juju(&self) -> &Juju {
        &self.0.juju
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    /// The status that Juju shows, as it was when it was first asked for.
    pub(crate) fn status(
        &self,
        scope: hook_command::StatusScope,
    ) -> Result<Rc<hook_command::StatusRecord>, Fault> {
        self.0
            .statuses
            .get(scope, || Ok(hook_command::status_get(&self.0.juju, scope).map(Rc::new)?))
    }

    /// Remembers a status that was just set, so that collect-status compares with it.
    pub(crate) fn status_was_set(
        &self,
        scope: hook_command::StatusScope,
        kind: hook_command::StatusKind,
        message: &str,
    ) {
        let record = hook_command::StatusRecord { kind, message: message.to_owned() };
        self.0.statuses.put(scope, Rc::new(record));
    }

    /// Sends what is buffered. Every refusal is a fault; what else is buffered is still sent.
    pub(crate) fn flush(&self) -> Vec<Fault> {
        let mut faults = secret::flush(self);
        faults.extend(relation::flush(self));
        faults.extend(port::flush(self));
        faults
    }

    /// Forgets what is buffered: the hook or the action that wrote it failed.
    pub(crate) fn discard(&self) {
        self.0.store.discard();
        self.0.secrets.discard();
        self.0.relations.discard();
        self.0.ports.discard();
    }
}
