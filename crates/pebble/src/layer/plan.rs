//! The plan: what all layers come to. Combining follows Pebble's rules, its traps included.

use super::{
    Check, Layer, LogTarget, Node, Override, Service, ShapeError,
    fields::{Fields, Place, Show, Unknown, Writer},
    plan_text,
};
use ops_core::{Secret, Text};
use serde::{Serialize, Serializer};
use std::{collections::BTreeMap, fmt};

/// The combined configuration of a daemon.
///
/// `Debug` and `Serialize` show secrets as their tags. A plan that was read from a daemon holds every
/// value of an environment, header or label as a secret, because it may have been one; compare it
/// with [`difference`](Self::difference) or show it with [`revealed_like`](Self::revealed_like).
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Plan {
    /// The services, by name.
    pub services: BTreeMap<String, Service>,
    /// The checks, by name.
    pub checks: BTreeMap<String, Check>,
    /// The log targets, by name.
    pub log_targets: BTreeMap<String, LogTarget>,
}

/// Layers that make no plan. The text is Pebble's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanError(String);

impl PlanError {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PlanError {}

impl Plan {
    /// The plan that these layers, with their labels, come to, lowest first.
    ///
    /// It is not checked as a whole: see [`validate`](Self::validate).
    ///
    /// # Errors
    /// An entry without `override`.
    pub fn combine<'a>(
        layers: impl IntoIterator<Item = (&'a str, &'a Layer)>,
    ) -> Result<Self, PlanError> {
        let mut plan = Self::default();
        for (label, layer) in layers {
            let Self { services, checks, log_targets } = &mut plan;
            combine_into(services, checks, log_targets, label, layer)?;
        }
        plan.checks.values_mut().for_each(Check::fill_defaults);
        Ok(plan)
    }

    /// Reads the text of `GET /v1/plan`. Fields of a newer daemon are ignored.
    ///
    /// # Errors
    /// The text is not a plan. The error says the place, and never a value.
    pub fn read(text: &str) -> Result<Self, PlanError> {
        let node = plan_text::read(text).map_err(|error| PlanError::new(error.to_string()))?;
        Self::from_node(&node).map_err(|error| PlanError::new(error.to_string()))
    }

    fn from_node(node: &Node<'_>) -> Result<Self, ShapeError> {
        let mut fields = Fields::of(node, Place::of("plan"), Unknown::Ignore)?;
        Ok(Self {
            services: read_section(&mut fields, "services", Service::read)?,
            checks: read_section(&mut fields, "checks", Check::read)?,
            log_targets: read_section(&mut fields, "log-targets", LogTarget::read)?,
        })
    }

    /// The text that `GET /v1/plan` answers with. It holds every secret in clear.
    #[must_use]
    pub fn to_text(&self) -> String {
        plan_text::write(&self.node(Show::Exposed))
    }

    /// The same plan, for printing: a value that `layer` has as plain text becomes plain text, one
    /// that it has as a secret takes that secret's tag, and all others stay hidden.
    #[must_use]
    pub fn revealed_like(&self, layer: &Layer) -> Self {
        let mut known: BTreeMap<String, Text> = BTreeMap::new();
        let mut like = Self {
            services: layer.services.clone(),
            checks: layer.checks.clone(),
            log_targets: layer.log_targets.clone(),
        };
        like.for_each_value(|place, value| {
            known.insert(place.to_owned(), value.clone());
        });
        let mut plan = self.clone();
        plan.for_each_value(|place, value| match known.get(place) {
            Some(Text::Plain(_)) => *value = Text::Plain(value.expose().to_owned()),
            Some(Text::Secret(secret)) => {
                // Another value under the same tag would look like no difference.
                let tag = if secret.expose() == value.expose() {
                    secret.tag().to_owned()
                } else {
                    format!("not {}", secret.tag())
                };
                *value = Text::Secret(Secret::new(value.expose().to_owned(), tag));
            }
            None => {}
        });
        plan
    }

    /// Every value that may be a secret, with its place.
    fn for_each_value(&mut self, mut visit: impl FnMut(&str, &mut Text)) {
        let mut all = |place: String, values: &mut BTreeMap<String, Text>| {
            for (key, value) in values {
                visit(&format!("{place}/{key}"), value);
            }
        };
        for (name, service) in &mut self.services {
            all(format!("services/{name}"), &mut service.environment);
        }
        for (name, check) in &mut self.checks {
            if let Some(http) = &mut check.http {
                all(format!("checks/{name}/http"), &mut http.headers);
            }
            if let Some(exec) = &mut check.exec {
                all(format!("checks/{name}/exec"), &mut exec.environment);
            }
        }
        for (name, target) in &mut self.log_targets {
            all(format!("log-targets/{name}"), &mut target.labels);
        }
    }

    fn node(&self, show: Show) -> Node<'_> {
        let mut out = Writer::default();
        out.map("services", &self.services, |service| service.node(show));
        out.map("checks", &self.checks, |check| check.node(show));
        out.map("log-targets", &self.log_targets, |target| target.node(show));
        out.finish()
    }
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.node(Show::Redacted).serialize(serializer)
    }
}

pub(crate) fn read_section<'a, T>(
    fields: &mut Fields<'a>,
    section: &'a str,
    read: impl Fn(Fields<'a>) -> Result<T, ShapeError>,
) -> Result<BTreeMap<String, T>, ShapeError> {
    let unknown = fields.unknown;
    let Some(Node::Map(entries)) = fields.take(section) else {
        return Ok(BTreeMap::new());
    };
    let entries = entries.iter().map(|(name, node)| {
        let place = Place::of(section).inner(name);
        Ok((name.to_string(), read(Fields::of(node, place, unknown)?)?))
    });
    entries.collect()
}

pub(crate) fn combine_into(
    services: &mut BTreeMap<String, Service>,
    checks: &mut BTreeMap<String, Check>,
    log_targets: &mut BTreeMap<String, LogTarget>,
    label: &str,
    layer: &Layer,
) -> Result<(), PlanError> {
    let missing = |what: &str, name: &str| {
        PlanError(format!("layer {label:?} must define \"override\" for {what} {name:?}"))
    };
    for (name, later) in &layer.services {
        let override_ = later.override_.ok_or_else(|| missing("service", name))?;
        lay_over(services, name, later, override_, Service::merge);
    }
    for (name, later) in &layer.checks {
        let override_ = later.override_.ok_or_else(|| missing("check", name))?;
        lay_over(checks, name, later, override_, Check::merge);
    }
    for (name, later) in &layer.log_targets {
        let override_ = later.override_.ok_or_else(|| missing("log target", name))?;
        lay_over(log_targets, name, later, override_, LogTarget::merge);
    }
    Ok(())
}

fn lay_over<T: Clone>(
    entries: &mut BTreeMap<String, T>,
    name: &str,
    later: &T,
    override_: Override,
    merge: impl Fn(&mut T, &T),
) {
    match (override_, entries.get_mut(name)) {
        (Override::Merge, Some(earlier)) => merge(earlier, later),
        _ => {
            entries.insert(name.to_owned(), later.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merging(service: Service) -> Service {
        service.override_(Override::Merge)
    }

    #[test]
    fn merging_replaces_texts_adds_keys_and_appends_lists() {
        let base = Layer::new().service("web", Service::new("a").env("A", "1").after("db"));
        let over = Layer::new()
            .service("web", merging(Service::new("").env("B", "2").after("db").user_id(0)));
        let plan = Plan::combine([("base", &base), ("over", &over)]).unwrap();
        let web = &plan.services["web"];
        assert_eq!(web.command, "a");
        assert_eq!(web.environment.len(), 2);
        assert_eq!(web.after, ["db", "db"]);
        assert_eq!(web.user_id, Some(0));
        assert_eq!(web.override_, Some(Override::Replace), "the first definition's word stays");
    }

    #[test]
    fn replacing_forgets_what_was_there() {
        let base = Layer::new().service("web", Service::new("a").env("A", "1"));
        let over = Layer::new().service("web", Service::new("b"));
        let plan = Plan::combine([("base", &base), ("over", &over)]).unwrap();
        assert_eq!(plan.services["web"], Service::new("b"));
    }

    #[test]
    fn combining_a_layer_bakes_the_default_threshold_into_it() {
        let first = Layer::new().check("c", Check::tcp(80).threshold(5));
        let mut second = Layer::new();
        let again = Layer::new().check("c", {
            let mut check = Check::tcp(80).override_(Override::Merge);
            check.tcp = None;
            check
        });
        second.combine("b", &again).unwrap();
        let plan = Plan::combine([("a", &first), ("b", &second)]).unwrap();
        assert_eq!(plan.checks["c"].threshold, Some(3));
    }

    #[test]
    fn an_entry_without_override_is_refused_in_pebbles_words() {
        let mut service = Service::new("x");
        service.override_ = None;
        let layer = Layer::new().service("q", service);
        assert_eq!(
            Plan::combine([("x1", &layer)]).unwrap_err().to_string(),
            r#"layer "x1" must define "override" for service "q""#
        );
    }

    #[test]
    fn a_live_plan_prints_no_value_of_its_environments() {
        let layer = Layer::new().service("web", Service::new("w").env("TOKEN", "hunter2"));
        let text = Plan::combine([("a", &layer)]).unwrap().to_text();
        let live = Plan::read(&text).unwrap();
        assert!(!format!("{live:?}").contains("hunter2"));
        assert!(!serde_json::to_string(&live).unwrap().contains("hunter2"));
        assert_eq!(live.services["web"].environment["TOKEN"].expose(), "hunter2");
    }

    #[test]
    fn a_live_plan_is_shown_as_far_as_the_wanted_layer_may_be_shown() {
        let secret = Secret::new("hunter3".to_owned(), "secret:1/token@2");
        let wanted =
            Layer::new().service("web", Service::new("w").env("TOKEN", secret).env("PORT", "80"));
        let live = Layer::new().service(
            "web",
            Service::new("w").env("TOKEN", "hunter2").env("PORT", "81").env("X", "y"),
        );
        let live = Plan::read(&Plan::combine([("a", &live)]).unwrap().to_text()).unwrap();
        let shown = serde_json::to_string(&live.revealed_like(&wanted)).unwrap();
        assert!(shown.contains(r#""PORT":"81""#), "{shown}");
        assert!(shown.contains("<secret not secret:1/token@2>"), "{shown}");
        assert!(!shown.contains("hunter"), "{shown}");
        assert!(!shown.contains(r#""y""#), "{shown}");
    }

    #[test]
    fn fields_of_a_newer_daemon_are_ignored() {
        let text = "services:\n    web:\n        override: replace\n        command: w\n        \
                    quux:\n            - a\nworkloads:\n    w:\n        override: replace\n";
        assert_eq!(Plan::read(text).unwrap().services["web"].command, "w");
    }
}
