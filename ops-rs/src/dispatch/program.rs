//! A charm without its type: the only generic code of a dispatch.

use crate::{
    action::{ActionContext, ActionResults},
    charm::{ActionOf, Charm, StateBackend},
    event::Event,
    hook_context::Declared,
    metadata::{ActionSet as _, Metadata, Options},
    reconcile::{Live, Reconciling, Settled},
};
use ops_core::Fault;

pub(super) trait Program {
    fn declared(&self) -> Declared;
    fn defers(&self) -> bool;
    fn juju_retries(&self) -> bool;
    fn state(&self) -> StateBackend;
    fn log_level(&self) -> log::LevelFilter;
    fn reconcile(&self, cx: Reconciling<'_>) -> Settled;
    /// The reason, if the handler deferred.
    fn on(&self, event: &Event, cx: &mut Live<'_>) -> Result<Option<String>, Fault>;
    fn action(
        &self,
        name: &str,
        parameters: Options<'_>,
        cx: &mut ActionContext<'_>,
    ) -> Result<ActionResults, Fault>;
}

pub(super) struct Typed<'c, C>(pub(super) &'c C);

impl<C: Charm> Program for Typed<'_, C> {
    fn declared(&self) -> Declared {
        Declared {
            endpoint: |name| C::Meta::ENDPOINTS.iter().any(|endpoint| endpoint.name == name),
            container: |name| C::Meta::CONTAINERS.contains(&name),
            storage: |name| C::Meta::STORAGES.contains(&name),
        }
    }

    fn defers(&self) -> bool {
        C::DEFERS
    }

    fn juju_retries(&self) -> bool {
        C::JUJU_RETRIES
    }

    fn state(&self) -> StateBackend {
        C::STATE
    }

    fn log_level(&self) -> log::LevelFilter {
        C::LOG_LEVEL
    }

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        self.0.reconcile(cx)
    }

    fn on(&self, event: &Event, cx: &mut Live<'_>) -> Result<Option<String>, Fault> {
        Ok(self.0.on(event, cx)?.0)
    }

    fn action(
        &self,
        name: &str,
        parameters: Options<'_>,
        cx: &mut ActionContext<'_>,
    ) -> Result<ActionResults, Fault> {
        self.0.action(ActionOf::<C>::parse(name, parameters)?, cx)
    }
}
