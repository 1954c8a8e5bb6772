//! Two lists that holistic charms have: conditions without which they do nothing, and steps that must be
//! taken before the workload may run. `docs/patterns.md` shows them at work.
//!
//! Both are plain data over what was seen. Nothing here asks Juju or Pebble.

use super::Plan;
use ops_core::Fault;
use std::fmt;

/// Conditions, in order, without which a charm leaves the world as it is and says nothing: its status table
/// says it already.
///
/// ```
/// use ops::Conditions;
///
/// struct Seen { reachable: bool, domain: String }
///
/// const NO_OP: Conditions<Seen> = Conditions::new(&[
///     ("the container can be reached", |seen| seen.reachable),
///     ("the domain is set", |seen| !seen.domain.is_empty()),
/// ]);
///
/// let seen = Seen { reachable: false, domain: String::new() };
/// assert_eq!(NO_OP.first_unmet(&seen), Some("the container can be reached"));
/// assert!(!NO_OP.are_met(&seen));
/// ```
pub struct Conditions<S: 'static>(&'static [Condition<S>]);

/// A condition, and what it is about.
pub type Condition<S> = (&'static str, fn(&S) -> bool);

impl<S> Conditions<S> {
    /// These conditions; a later one is looked at only when the earlier ones are met.
    #[must_use]
    pub const fn new(conditions: &'static [Condition<S>]) -> Self {
        Self(conditions)
    }

    /// What the first one that is not met is about.
    #[must_use]
    pub fn first_unmet(&self, seen: &S) -> Option<&'static str> {
        self.0.iter().find(|(_, is_met)| !is_met(seen)).map(|(about, _)| *about)
    }

    /// Whether all are met. If not, the log says at level debug which one is not.
    #[must_use]
    pub fn are_met(&self, seen: &S) -> bool {
        let unmet = self.first_unmet(seen);
        if let Some(about) = unmet {
            log::debug!("nothing is done: not met is that {about}");
        }
        unmet.is_none()
    }
}

impl<S> Clone for Conditions<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Conditions<S> {}

impl<S> fmt::Debug for Conditions<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(about, _)| about)).finish()
    }
}

/// Steps, in order, that must be taken before the workload may run. Each plans what it prepares, and then
/// says by a fault if it is not ready. After the first that is not, the later ones are not taken; what the
/// earlier ones planned stays planned.
///
/// ```
/// use ops::{Preparation, prelude::*};
///
/// struct Seen { token: Probe<String> }
///
/// const STEPS: Preparation<Seen> = Preparation::new(&[
///     ("token", |seen, plan| {
///         plan.secret("token", |secret| {
///             secret.random_hex("value", 16);
///             Ok(())
///         });
///         seen.token.require("token").map(drop)
///     }),
///     ("port", |_, plan| {
///         plan.port(80);
///         Ok(())
///     }),
/// ]);
///
/// let mut plan = Plan::new();
/// let prepared = STEPS.take(&Seen { token: Probe::Absent }, &mut plan);
/// assert_eq!(prepared.unwrap_err().message(), "waiting for token");
/// assert_eq!(plan.scopes().count(), 1, "the secret will be made; the port waits");
/// ```
///
/// Hold the workload with the answer: `prepared?` in the closure of its container. A step that is ready in
/// the next round, such as a secret that this dispatch makes, holds nothing for longer than that.
pub struct Preparation<S: 'static>(&'static [Step<S>]);

/// A step, and its name.
pub type Step<S> = (&'static str, fn(&S, &mut Plan) -> Result<(), Fault>);

impl<S> Preparation<S> {
    /// These steps.
    #[must_use]
    pub const fn new(steps: &'static [Step<S>]) -> Self {
        Self(steps)
    }

    /// Takes one step after the other, up to the first that is not ready.
    ///
    /// # Errors
    /// The fault of that step.
    pub fn take(&self, seen: &S, plan: &mut Plan) -> Result<(), Fault> {
        for (name, step) in self.0 {
            if let Err(fault) = step(seen, plan) {
                log::debug!("preparation ends at {name}: {fault}");
                return Err(fault);
            }
        }
        Ok(())
    }
}

impl<S> Clone for Preparation<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Preparation<S> {}

impl<S> fmt::Debug for Preparation<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDERED: Conditions<u8> = Conditions::new(&[
        ("it is above 1", |n| *n > 1),
        // Looked at only when the first is met.
        ("ten divided by one less is above 3", |n| 10 / (n - 1) > 3),
    ]);

    #[test]
    fn conditions_are_tested_in_order_up_to_the_first_that_is_not_met() {
        assert_eq!(ORDERED.first_unmet(&1), Some("it is above 1"));
        assert_eq!(ORDERED.first_unmet(&9), Some("ten divided by one less is above 3"));
        assert!(ORDERED.are_met(&2) && !ORDERED.are_met(&1));
        assert!(Conditions::<u8>::new(&[]).are_met(&0));
        assert!(format!("{ORDERED:?}").contains("it is above 1"));
    }

    #[test]
    fn steps_after_the_first_that_is_not_ready_are_not_taken_and_earlier_ones_stay_planned() {
        const STEPS: Preparation<bool> = Preparation::new(&[
            ("version", |_, plan| {
                plan.workload_version("1");
                Ok(())
            }),
            ("gate", |open, _| if *open { Ok(()) } else { Err(Fault::waiting("for the gate")) }),
            ("port", |_, plan| {
                plan.port(80);
                Ok(())
            }),
        ]);
        let taken = |open: bool| {
            let mut plan = Plan::new();
            let ready = STEPS.take(&open, &mut plan);
            (ready.map_err(|fault| fault.message().to_owned()), plan.scopes().count())
        };
        assert_eq!(taken(false), (Err("for the gate".to_owned()), 1));
        assert_eq!(taken(true), (Ok(()), 2));
    }
}
