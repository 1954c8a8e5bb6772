//! What a live plan lacks of a layer. Names only: a difference can be printed.

use super::{Check, Layer, LogTarget, Node, Override, Plan, Service};
use serde::Serialize;
use std::{borrow::Cow, collections::BTreeMap};

/// What a live plan lacks of a layer, by the names of services, checks and log targets.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Difference {
    /// Services that are missing or differ.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<String, Change>,
    /// Checks that are missing or differ.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub checks: BTreeMap<String, Change>,
    /// Log targets that are missing or differ.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub log_targets: BTreeMap<String, Change>,
}

/// How one entry differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// The live plan does not have it.
    Missing,
    /// These fields differ: `command`, `environment.PORT`.
    Differs(Vec<String>),
}

impl Difference {
    /// Whether the live plan has all that the layer says.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.services.is_empty() && self.checks.is_empty() && self.log_targets.is_empty()
    }
}

impl Plan {
    /// What this live plan lacks of `layer`.
    ///
    /// Defaults count as written out, durations by their length, and secrets by their value. An entry
    /// with `override: merge` needs only what it says itself; in its lists, only their items. The
    /// word of `override` does not count: it says how layers meet, not what runs.
    ///
    /// Pebble 1.32 prints a text that begins with a line break without that break, so such a text
    /// equals the same text without it.
    #[must_use]
    pub fn difference(&self, layer: &Layer) -> Difference {
        Difference {
            services: changes(&layer.services, &self.services),
            checks: changes(&layer.checks, &self.checks),
            log_targets: changes(&layer.log_targets, &self.log_targets),
        }
    }

    /// Whether both plans come to the same: see [`difference`](Self::difference).
    #[must_use]
    pub fn same_as(&self, live: &Self) -> bool {
        same(&self.services, &live.services)
            && same(&self.checks, &live.checks)
            && same(&self.log_targets, &live.log_targets)
    }
}

impl Service {
    /// Whether the live service comes to the same: see [`Plan::difference`].
    #[must_use]
    pub fn same_as(&self, live: &Self) -> bool {
        self.differing(live).is_empty()
    }
}

impl Check {
    /// Whether the live check comes to the same: see [`Plan::difference`].
    #[must_use]
    pub fn same_as(&self, live: &Self) -> bool {
        self.differing(live).is_empty()
    }
}

/// An entry of a plan, as far as comparing goes.
trait Entry: Clone {
    fn merges(&self) -> bool;
    /// Lays `later` over this entry, with the lists as `later` has them.
    fn laid_over(&self, later: &Self) -> Self;
    /// All that counts, with defaults written out.
    fn comparable(&self) -> Node<'_>;

    fn differing(&self, live: &Self) -> Vec<String> {
        let mut names = Vec::new();
        compare("", Some(&self.comparable()), Some(&live.comparable()), &mut names);
        names
    }
}

impl Entry for Service {
    fn merges(&self) -> bool {
        self.override_ == Some(Override::Merge)
    }

    fn laid_over(&self, later: &Self) -> Self {
        let mut merged = self.clone();
        merged.merge(later);
        merged.after = union(&self.after, &later.after);
        merged.before = union(&self.before, &later.before);
        merged.requires = union(&self.requires, &later.requires);
        merged
    }

    fn comparable(&self) -> Node<'_> {
        Service::comparable(self)
    }
}

impl Entry for Check {
    fn merges(&self) -> bool {
        self.override_ == Some(Override::Merge)
    }

    fn laid_over(&self, later: &Self) -> Self {
        let mut merged = self.clone();
        merged.merge(later);
        merged
    }

    fn comparable(&self) -> Node<'_> {
        Check::comparable(self)
    }
}

impl Entry for LogTarget {
    fn merges(&self) -> bool {
        self.override_ == Some(Override::Merge)
    }

    fn laid_over(&self, later: &Self) -> Self {
        let mut merged = self.clone();
        merged.merge(later);
        merged.services = union(&self.services, &later.services);
        merged
    }

    fn comparable(&self) -> Node<'_> {
        LogTarget::comparable(self)
    }
}

/// What is there, and at its end what is not there yet. Pebble's own merge repeats it each time.
fn union(there: &[String], wanted: &[String]) -> Vec<String> {
    let missing = wanted.iter().filter(|name| !there.contains(name));
    there.iter().chain(missing).cloned().collect()
}

fn changes<T: Entry>(
    wanted: &BTreeMap<String, T>,
    live: &BTreeMap<String, T>,
) -> BTreeMap<String, Change> {
    let change = |(name, wanted): (&String, &T)| {
        let Some(live) = live.get(name) else {
            return Some((name.clone(), Change::Missing));
        };
        let fields = if wanted.merges() {
            live.laid_over(wanted).differing(live)
        } else {
            wanted.differing(live)
        };
        (!fields.is_empty()).then(|| (name.clone(), Change::Differs(fields)))
    };
    wanted.iter().filter_map(change).collect()
}

fn same<T: Entry>(left: &BTreeMap<String, T>, right: &BTreeMap<String, T>) -> bool {
    left.len() == right.len()
        && left.iter().all(|(name, entry)| {
            right.get(name).is_some_and(|other| entry.differing(other).is_empty())
        })
}

fn compare(
    place: &str,
    wanted: Option<&Node<'_>>,
    live: Option<&Node<'_>>,
    names: &mut Vec<String>,
) {
    if let (Some(Node::Map(wanted)), Some(Node::Map(live))) = (wanted, live) {
        let inside = |key: &str| match place {
            "" => key.to_owned(),
            place => format!("{place}.{key}"),
        };
        for (key, value) in wanted {
            let found = find(live, key);
            if found != Some(value) {
                compare(&inside(key), Some(value), found, names);
            }
        }
        for (key, value) in live.iter().filter(|(key, _)| find(wanted, key).is_none()) {
            compare(&inside(key), None, Some(value), names);
        }
        return;
    }
    let equal = match (wanted, live) {
        (Some(Node::Text(wanted)), Some(Node::Text(live))) => {
            wanted == live || wanted.strip_prefix(['\n', '\u{2028}', '\u{2029}']) == Some(&**live)
        }
        (wanted, live) => wanted == live,
    };
    if !equal {
        names.push(place.to_owned());
    }
}

fn find<'a>(entries: &'a [(Cow<'_, str>, Node<'a>)], key: &str) -> Option<&'a Node<'a>> {
    entries.iter().find(|(known, _)| known == key).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{Action, Startup};
    use ops_core::Secret;
    use std::time::Duration;

    fn live(layer: &Layer) -> Plan {
        Plan::read(&Plan::combine([("a", layer)]).unwrap().to_text()).unwrap()
    }

    #[test]
    fn defaults_that_are_written_out_are_no_difference() {
        let plain = Service::new("w");
        let explicit = Service::new("w")
            .startup(Startup::Disabled)
            .on_success(Action::Restart)
            .backoff(Duration::from_millis(500), 2.0, Duration::from_secs(30))
            .kill_delay(Duration::from_secs(5));
        assert!(plain.same_as(&explicit) && explicit.same_as(&plain));
        let check = Check::tcp(80).threshold(3).timeout(Duration::from_secs(99));
        assert!(check.same_as(&Check::tcp(80).timeout(Duration::from_secs(10))));
        assert!(!check.same_as(&Check::tcp(80)));
    }

    #[test]
    fn a_user_id_of_zero_is_not_an_unset_one() {
        assert!(!Service::new("w").user_id(0).same_as(&Service::new("w")));
    }

    #[test]
    fn differences_are_names_and_never_values() {
        let secret = Secret::new("hunter2".to_owned(), "secret:1/t@1");
        let wanted =
            Layer::new().service("web", Service::new("new").env("TOKEN", &secret).env("SAME", "1"));
        let plan = live(&Layer::new().service(
            "web",
            Service::new("old").env("TOKEN", "hunter1").env("SAME", "1").env("GONE", "x"),
        ));
        let difference = plan.difference(&wanted);
        let fields = ["command", "environment.TOKEN", "environment.GONE"].map(str::to_owned);
        assert_eq!(difference.services["web"], Change::Differs(fields.to_vec()));
        assert!(!format!("{difference:?}").contains("hunter"));
    }

    #[test]
    fn a_secret_equals_the_same_text_in_the_live_plan() {
        let secret = Secret::new("hunter2".to_owned(), "secret:1/t@1");
        let wanted = Layer::new().service("web", Service::new("w").env("TOKEN", secret));
        assert!(live(&wanted).difference(&wanted).is_empty());
    }

    #[test]
    fn an_entry_that_merges_needs_only_what_it_says() {
        let base = Layer::new().service("web", Service::new("w").env("A", "1").after("db"));
        let over = Layer::new()
            .service("web", Service::new("").override_(Override::Merge).env("A", "1").after("db"));
        let plan = live(&base);
        assert!(plan.difference(&over).is_empty());
        let over = Layer::new()
            .service("web", Service::new("").override_(Override::Merge).env("A", "2").after("x"));
        let fields = ["after", "environment.A"].map(str::to_owned);
        assert_eq!(plan.difference(&over).services["web"], Change::Differs(fields.to_vec()));
    }

    #[test]
    fn what_the_daemon_has_beside_the_layer_does_not_count() {
        let plan = live(&Layer::new().service("other", Service::new("o")));
        let wanted = Layer::new().service("web", Service::new("w"));
        assert_eq!(plan.difference(&wanted).services["web"], Change::Missing);
        assert_eq!(plan.difference(&wanted).services.len(), 1);
    }
}
