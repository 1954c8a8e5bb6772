//! What Juju's agent hears of the Pebbles of a unit: notices, and checks that fail and recover.
//!
//! Of an emulated one it hears by itself; what another has to say somebody hands in.

use super::{Engine, EngineError};
use crate::emulator::{
    juju::Hook,
    pebble::{News, Pebble},
};
use ops_core::{
    JujuVersion,
    names::{ContainerName, UnitName},
};

impl Engine {
    /// Hands the unit what a Pebble that is not emulated has to say: a custom notice, or a check that
    /// failed or recovered.
    ///
    /// # Errors
    /// The unit runs no charm.
    pub fn workload_event(&mut self, unit: &UnitName, hook: Hook) -> Result<(), EngineError> {
        self.agent_mut(unit)?.workload.push_back(hook);
        Ok(())
    }

    /// The hook for the oldest news of each emulated container that no hook has run for.
    pub(super) fn unheard(&self, unit: &UnitName) -> Vec<Hook> {
        let containers = self.containers.get(unit).into_iter().flatten();
        containers.filter_map(|(name, _)| Some(self.news_of(unit, name)?.0)).collect()
    }

    /// The hook for the oldest news of a container that no hook has run for, and how many it has had
    /// then.
    fn news_of(&self, unit: &UnitName, name: &ContainerName) -> Option<(Hook, usize)> {
        let container = self.containers.get(unit)?.get(name).filter(|container| container.up)?;
        let agent = self.agents.get(unit)?;
        // A container that came up is ready first.
        if agent.ready.get(name) != Some(&container.boot) {
            return None;
        }
        let daemon = container.handle.daemon()?;
        let heard = agent.heard.get(name).filter(|(boot, _)| *boot == container.boot);
        let heard = heard.map_or(0, |(_, count)| *count);
        let version = self.model.version;
        daemon.with(|pebble| {
            let news = pebble.news().iter().enumerate().skip(heard);
            let mut hooks =
                news.filter_map(|(at, news)| Some((hook(news, name, version)?, at + 1)));
            hooks.next()
        })
    }

    /// The hooks for all news of a container that none has run for, whether or not they are due yet.
    pub(crate) fn all_unheard(&self, unit: &UnitName, name: &ContainerName) -> Vec<Hook> {
        let container = self.containers.get(unit).and_then(|all| all.get(name));
        let Some(container) = container.filter(|container| container.up) else { return Vec::new() };
        let heard = self.agents.get(unit).and_then(|agent| agent.heard.get(name));
        let heard =
            heard.filter(|(boot, _)| *boot == container.boot).map_or(0, |(_, count)| *count);
        let hooks = |pebble: &mut Pebble| {
            let news = pebble.news().iter().skip(heard);
            news.filter_map(|news| hook(news, name, self.model.version)).collect()
        };
        container.handle.daemon().map(|daemon| daemon.with(hooks)).unwrap_or_default()
    }

    /// The hook for some news is over.
    pub(super) fn hear(&mut self, unit: &UnitName, hook: &Hook) {
        let Some(agent) = self.agents.get_mut(unit) else { return };
        if agent.workload.front() == Some(hook) {
            agent.workload.pop_front();
            return;
        }
        let Some(name) = hook.container() else { return };
        let Some((_, count)) = self.news_of(unit, name).filter(|(news, _)| news == hook) else {
            return;
        };
        let boot = self.containers.get(unit).and_then(|all| all.get(name)).map(|c| c.boot);
        if let (Some(agent), Some(boot)) = (self.agents.get_mut(unit), boot) {
            agent.heard.insert(name.clone(), (boot, count));
        }
    }
}

/// What Juju of this version makes of it.
fn hook(news: &News, container: &ContainerName, version: JujuVersion) -> Option<Hook> {
    let container = container.clone();
    let (hook, since) = match news.clone() {
        News::CustomNotice { id, key } => {
            (Hook::PebbleCustomNotice { container, id, key }, JujuVersion::new(3, 4, 0))
        }
        News::CheckFailed { check } => {
            (Hook::PebbleCheckFailed { container, check }, JujuVersion::new(3, 6, 0))
        }
        News::CheckRecovered { check } => {
            (Hook::PebbleCheckRecovered { container, check }, JujuVersion::new(3, 6, 0))
        }
    };
    (version >= since).then_some(hook)
}
