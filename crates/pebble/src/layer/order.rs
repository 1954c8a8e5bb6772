//! In which order services start and stop, and what a replan would do. Pure, as all of planning.

use super::{Plan, PlanError, Service};
use std::collections::{BTreeMap, BTreeSet};

/// A service that was started since the daemon started.
#[derive(Debug, Clone, PartialEq)]
pub struct Started {
    /// The configuration that it was last started with.
    pub config: Service,
    /// Whether it runs.
    pub running: bool,
}

/// What a replan does: first every stop, then every start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Replan {
    /// Services that are stopped, in order.
    pub stop: Vec<String>,
    /// Services that are started, in order. To start one that runs changes nothing.
    pub start: Vec<String>,
}

impl Plan {
    /// What `replan` would do, given what was ever started.
    ///
    /// A service whose configuration differs in anything, even its summary, is stopped and started,
    /// also when it is stopped and `startup: disabled`. Every enabled service is started. Whatever
    /// requires a stopped service is stopped too, and only comes back if it is enabled or changed.
    ///
    /// # Errors
    /// A required service does not exist, or services wait for each other.
    pub fn replan(&self, started: &BTreeMap<String, Started>) -> Result<Replan, PlanError> {
        let changed: Vec<&str> = started
            .iter()
            .filter(|(name, started)| {
                self.services.get(*name).is_some_and(|service| *service != started.config)
            })
            .map(|(name, _)| name.as_str())
            .collect();
        let enabled = self.services.iter().filter(|(_, service)| service.is_enabled());
        let mut wanted: BTreeSet<&str> = enabled.map(|(name, _)| name.as_str()).collect();
        wanted.extend(&changed);
        let wanted: Vec<&str> = wanted.into_iter().collect();
        Ok(Replan { stop: self.stop_order(&changed)?, start: self.start_order(&wanted)? })
    }

    /// These services and all they require, in the order in which they start.
    ///
    /// # Errors
    /// A service does not exist, or services wait for each other.
    pub fn start_order(&self, names: &[&str]) -> Result<Vec<String>, PlanError> {
        self.order(
            names,
            |_, service| service.requires.iter().map(String::as_str).collect(),
            |service| (&service.after, &service.before),
        )
    }

    /// These services and all that require them, in the order in which they stop.
    ///
    /// # Errors
    /// A service does not exist, or services wait for each other.
    pub fn stop_order(&self, names: &[&str]) -> Result<Vec<String>, PlanError> {
        let mut required_by: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, service) in &self.services {
            for required in &service.requires {
                required_by.entry(required).or_default().push(name);
            }
        }
        let pulls = |name: &str, _| required_by.get(name).cloned().unwrap_or_default();
        self.order(names, pulls, |service| (&service.before, &service.after))
    }

    /// The services in groups that do not depend on each other: a failure stops its own group only.
    #[must_use]
    pub fn lanes(&self, ordered: &[String]) -> Vec<Vec<String>> {
        let mut lanes: Vec<Vec<String>> = Vec::new();
        let mut lane_of: BTreeMap<&str, usize> = BTreeMap::new();
        for name in ordered {
            let requires = self.services.get(name).map_or(&[][..], |service| &service.requires);
            let family =
                || std::iter::once(name.as_str()).chain(requires.iter().map(String::as_str));
            let lane = family().find_map(|name| lane_of.get(name).copied()).unwrap_or(lanes.len());
            for member in family() {
                lane_of.insert(member, lane);
            }
            match lanes.get_mut(lane) {
                Some(members) => members.push(name.clone()),
                None => lanes.push(vec![name.clone()]),
            }
        }
        lanes
    }

    fn order<'a>(
        &'a self,
        names: &[&str],
        pulls: impl Fn(&str, &'a Service) -> Vec<&'a str>,
        neighbours: impl Fn(&'a Service) -> (&'a Vec<String>, &'a Vec<String>),
    ) -> Result<Vec<String>, PlanError> {
        let known = |name: &str| {
            let found = self.services.get_key_value(name);
            found.ok_or_else(|| PlanError::new(format!("service {name:?} does not exist")))
        };
        let mut pending = Vec::with_capacity(names.len());
        for name in names {
            pending.push(known(name)?);
        }
        let mut first: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        while let Some((name, service)) = pending.pop() {
            if !first.contains_key(name.as_str()) {
                for pulled in pulls(name, service) {
                    pending.push(known(pulled)?);
                }
                first.insert(name, BTreeSet::new());
            }
        }
        let members: Vec<&str> = first.keys().copied().collect();
        for name in &members {
            let Some(service) = self.services.get(*name) else { continue };
            let (after, before) = neighbours(service);
            // A service that waits for itself is let through, as Pebble does.
            let other = |other: &&str| other != name && members.contains(other);
            for earlier in after.iter().map(String::as_str).filter(other) {
                first.entry(name).or_default().insert(earlier);
            }
            for later in before.iter().map(String::as_str).filter(other) {
                first.entry(later).or_default().insert(name);
            }
        }
        let mut ordered: Vec<&str> = Vec::with_capacity(members.len());
        while !first.is_empty() {
            let free =
                first.iter().find(|(_, waits)| waits.iter().all(|name| ordered.contains(name)));
            let Some(name) = free.map(|(name, _)| *name) else {
                let names = in_loops(&first).join(", ");
                return Err(PlanError::new(format!("services in before/after loop: {names}")));
            };
            first.remove(name);
            ordered.push(name);
        }
        Ok(ordered.into_iter().map(str::to_owned).collect())
    }
}

/// Of services that wait for each other, those that are in a loop and do not just wait for one.
fn in_loops<'a>(waiting: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<&'a str> {
    let mut names: Vec<&str> = waiting.keys().copied().collect();
    loop {
        let awaited = |name: &&str| {
            names.iter().any(|other| waiting.get(other).is_some_and(|waits| waits.contains(name)))
        };
        let fewer: Vec<&str> = names.iter().copied().filter(awaited).collect();
        if fewer.len() == names.len() {
            return names;
        }
        names = fewer;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{Layer, Startup};

    fn plan() -> Plan {
        let layer = Layer::new()
            .service("web", Service::new("w").requires("db").after("db").startup(Startup::Enabled))
            .service("db", Service::new("d"))
            .service("log", Service::new("l"));
        Plan::combine([("a", &layer)]).unwrap()
    }

    fn started(plan: &Plan, names: &[&str]) -> BTreeMap<String, Started> {
        let started = |name: &&str| {
            let config = plan.services[*name].clone();
            ((*name).to_owned(), Started { config, running: true })
        };
        names.iter().map(started).collect()
    }

    #[test]
    fn a_service_starts_after_what_it_requires_and_stops_before_it() {
        assert_eq!(plan().start_order(&["web"]).unwrap(), ["db", "web"]);
        assert_eq!(plan().stop_order(&["db"]).unwrap(), ["web", "db"]);
        assert_eq!(plan().stop_order(&["web"]).unwrap(), ["web"]);
    }

    #[test]
    fn services_that_require_each_other_share_a_lane() {
        let order = plan().start_order(&["web", "log"]).unwrap();
        assert_eq!(plan().lanes(&order), [vec!["db", "web"], vec!["log"]]);
    }

    #[test]
    fn an_unknown_or_circular_order_is_refused_in_pebbles_words() {
        assert_eq!(
            plan().start_order(&["nothere"]).unwrap_err().to_string(),
            r#"service "nothere" does not exist"#
        );
        let mut waits_for_itself = plan();
        waits_for_itself.services.get_mut("db").unwrap().after = vec!["db".into()];
        assert_eq!(waits_for_itself.start_order(&["db"]).unwrap(), ["db"]);
        let mut circular = plan();
        circular.services.get_mut("log").unwrap().after = vec!["db".into()];
        circular.services.get_mut("db").unwrap().after = vec!["web".into()];
        assert_eq!(
            circular.start_order(&["web", "log"]).unwrap_err().to_string(),
            "services in before/after loop: db, web"
        );
    }

    #[test]
    fn a_replan_restarts_what_changed_and_starts_what_is_enabled() {
        let old = plan();
        let mut new = plan();
        new.services.get_mut("log").unwrap().summary = "changed".into();
        let replan = new.replan(&started(&old, &["log"])).unwrap();
        assert_eq!(replan.stop, ["log"]);
        assert_eq!(replan.start, ["db", "log", "web"]);
    }

    #[test]
    fn a_replan_stops_what_requires_a_changed_service() {
        let old = plan();
        let mut new = plan();
        new.services.get_mut("web").unwrap().startup = None;
        let before = started(&new, &["web"]);
        new.services.get_mut("db").unwrap().command = "d2".into();
        let mut all = started(&old, &["db"]);
        all.extend(before);
        let replan = new.replan(&all).unwrap();
        assert_eq!(replan.stop, ["web", "db"]);
        assert_eq!(replan.start, ["db"], "a disabled, unchanged dependant does not come back");
    }
}
