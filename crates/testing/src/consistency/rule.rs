//! The rules: what each is called, how bad it is to break it, and how to mend that. It must not know how a
//! rule is checked.
//!
//! `R1` to `R54` and `V1` to `V10` are the rules of Scenario 8.9, in the order in which it checks them
//! (`scenario/_consistency_checker.py` and `scenario/state.py` of canonical/operator). `A1` and on are ours.

use std::fmt;

/// How bad it is to break a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Juju cannot come to this: the charm does not run.
    Error,
    /// Juju can come to this, but it is seldom meant. The charm runs, and the output tells.
    Warning,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

macro_rules! rules {
    ($($rule:ident $level:ident $title:literal mend $mend:literal $(; $note:literal)?)*) => {
        /// A rule that a state, an event and a charm obey together, wherever Juju is real.
        ///
        /// The id is stable: a rule that goes leaves its id unused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $(#[doc = $title] $(#[doc = ""] #[doc = $note])? $rule,)*
        }

        impl Rule {
            /// All of them, in the order of their ids.
            pub const ALL: &'static [Self] = &[$(Self::$rule),*];

            /// Its id, such as `R13`.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$rule => stringify!($rule),)* }
            }

            /// How bad it is to break it.
            #[must_use]
            pub fn level(self) -> Level {
                match self { $(Self::$rule => Level::$level,)* }
            }

            /// What holds where it is obeyed.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$rule => $title,)* }
            }

            /// What to do where it is broken.
            #[must_use]
            pub fn mend(self) -> &'static str {
                match self { $(Self::$rule => $mend,)* }
            }

            /// In what it differs from Scenario's rule, and what our types leave of it; often nothing.
            #[must_use]
            pub fn note(self) -> &'static str {
                match self { $(Self::$rule => concat!($($note)?),)* }
            }
        }
    };
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

rules! {
    R1 Error "The container of a workload event is declared."
        mend "name a container of the metadata"
    R2 Error "The container of a workload event is in the state."
        mend "add it: `state.container(name)`, or `Container::unreachable()` if it does not answer"
    R3 Error "The notice of an event is one of its container's."
        mend "record it first with `pebble.notify(key, data)`, and use the id that this gives"
        ; "Scenario is content with a notice of any container."
    R4 Error "The check of an event is one of its container's."
        mend "add a layer with the check to the container's Pebble"
    R5 Error "The containers of the state are declared."
        mend "remove the container, or declare it under `containers`"
    R6 Error "A check that runs stands in the plan."
        mend "add a layer with the check"
        ; "Our Pebble makes the checks from the plan: only a state from a file can break it."
    R7 Error "A check has the level that the plan gives it."
        mend "change the level in the layer"
        ; "Only a state from a file can break it."
    R8 Error "A check has the startup that the plan gives it."
        mend "change the startup in the layer"
        ; "Only a state from a file can break it."
    R9 Error "A check has the threshold that the plan gives it."
        mend "change the threshold in the layer"
        ; "Only a state from a file can break it. No threshold, 0 and 3 are the same, as in Pebble."
    R10 Error "The options of the state are declared."
        mend "remove the option, or declare it under `config`"
    R11 Error "A declared option has a type."
        mend "add `type:` to the option"
        ; "Juju takes it for a string. `ops::charm_metadata!` refuses it, so no charm gets this far."
    R12 Error "The type of an option is one that this Juju knows."
        mend "use Juju 3.4 or later, or another type"
        ; "Only `secret` before 3.4 gets this far: the metadata's reader refuses all other words."
    R13 Error "The value of an option has the option's type."
        mend "give it a value of that type; the constants in `meta::options` carry it"
        ; "Scenario takes a boolean for an int, and refuses an int for a float, which Juju takes."
    R14 Error "The value of a `secret` option is empty or a secret's URI."
        mend "use the id of a secret: `secret:` and 20 lower-case letters and digits"
        ; "Scenario refuses the URI with the model's UUID, which Juju takes, and the empty text of a reset."
    R15 Error "The resources of the state are declared."
        mend "remove the resource, or declare it under `resources`"
    R16 Warning "The event is one that Juju knows."
        mend "use a constructor of `ctx.on()` if there is one; nothing that the event is about can be checked"
    R17 Error "A relation event says which relation it is about."
        mend "use `ctx.on().relation_changed(&relation)` and the like"
        ; "Only an event by its bare name, `Hook::Other`, can break it."
    R18 Error "A relation event is named after the endpoint of its relation."
        mend "nothing to do"
        ; "Cannot be broken: the name is made of the relation's endpoint, letter by letter."
    R19 Error "The relation of an event is in the state."
        mend "add it: `state.relation(&relation)`"
        ; "The event names the relation by its id, so it cannot be about another copy of it."
    R20 Error "A workload event says which container it is about."
        mend "use `ctx.on().pebble_ready(container)` and the like"
        ; "Only an event by its bare name, `Hook::Other`, can break it."
    R21 Error "A workload event is named after its container."
        mend "nothing to do"
        ; "Cannot be broken: the name is made of the container's."
    R22 Error "A workload event and the state speak of the same container."
        mend "nothing to do"
        ; "Cannot be broken: the event names the container, and what is known of it stands in the state alone."
    R23 Warning "The container of a workload event can be reached."
        mend "let it be reachable, unless the charm is to meet a Pebble that went away just now"
    R24 Error "No two commands of a container begin with the same words."
        mend "remove one of the handlers"
        ; "Scenario looks only at the event's container."
    R25 Error "An action's event says which action it is."
        mend "use `ctx.on().action(name)`"
        ; "Only an event by its bare name, `Hook::Other`, can break it."
    R26 Error "An action's event is named after the action."
        mend "nothing to do"
        ; "Cannot be broken: the name is the action's."
    R27 Error "The action is declared."
        mend "declare it under `actions`"
    R28 Warning "A declared parameter has a type."
        mend "add `type:` to the parameter, or allow it: Juju lets anything pass"
        ; "An error in Scenario. JSON Schema, and so Juju, takes any value for such a parameter."
    R29 Warning "The type of a parameter is one of JSON Schema's."
        mend "use string, boolean, integer, number, array, object or null; the parameter is not checked"
        ; "The metadata's reader refuses other words: only metadata made by hand can break it. A list of types is checked too."
    R30 Error "The parameters of an action are declared."
        mend "declare the parameter, or say `additionalProperties: true`"
        ; "Checked as Juju does: with `additionalProperties: false`, and from Juju 4 on without it. Before, A11 warns. Scenario always refuses."
    R31 Error "The value of a parameter has its type."
        mend "give it a value of that type"
        ; "Scenario takes a boolean for an integer, and a text for an array."
    R32 Error "A storage event says which storage it is about."
        mend "use `ctx.on().storage_attached(&storage)` and the like"
        ; "Only an event by its bare name, `Hook::Other`, can break it."
    R33 Error "A storage event is named after its storage."
        mend "nothing to do"
        ; "Cannot be broken: the name is the first part of the storage's id."
    R34 Error "The storage of an event is declared."
        mend "declare it under `storage`"
        ; "Scenario dies of a KeyError if the metadata declares no storage at all."
    R35 Error "The storage of an event is in the state."
        mend "add it: `state.storage(&storage)`"
    R36 Error "The secret of an event is in the state."
        mend "add it: `state.secret(&secret)`"
    R37 Error "This Juju has secrets."
        mend "use Juju 3.0.3 or later, or remove the secrets"
        ; "Scenario looks only at secret events whose secret is in the state, and at 3.0. We look at the state as well."
    R38 Error "The storages of the state are declared."
        mend "remove the storage, or declare it under `storage`"
    R39 Error "No two storages have the same name and number, and each is kept under its own id."
        mend "give each its own number, and add it with `state.storage(&storage)`"
        ; "Unreachable in Scenario. Here the state keeps storages by id; one kept under another's id is found."
    R40 Error "A relation is a peer relation where its endpoint stands under `peers`, and nowhere else."
        mend "use `Relation::peer` for endpoints under `peers`, and `Relation::new` for others"
        ; "Scenario does not see a peer relation on another endpoint."
    R41 Error "The endpoints of the state's relations are declared."
        mend "remove the relation, or declare the endpoint"
        ; "`juju-info`, which every charm provides, needs no declaration."
    R42 Error "No two relations have the same id, and each is kept under its own."
        mend "give each its own id, and add it with `state.relation(&relation)`"
        ; "The state keeps relations by id; one kept under another's id is found."
    R43 Error "A relation on an endpoint without container scope is no subordinate one."
        mend "use `Relation::new`, or add `scope: container` to the endpoint"
    R44 Error "A relation on an endpoint with container scope is a subordinate one."
        mend "use `Relation::subordinate`"
        ; "Scenario's message says the opposite."
    R45 Error "No endpoint stands in two sections of the metadata."
        mend "rename one of the endpoints"
        ; "`ops::charm_metadata!` refuses it: only a `Metadata` written by hand can break it."
    R46 Error "The unit is not among its own peers."
        mend "take its number out of `remote_units`; what it wrote itself is `local_unit`"
    R47 Error "A relation event about a unit has a unit to be about."
        mend "add one: `relation.remote_unit(0)`"
    R48 Warning "A relation event names the only other unit."
        mend "nothing to do"
        ; "Cannot be broken: every event of ours names its unit, and `ctx.on()` takes the first."
    R49 Warning "A relation event names one of several other units."
        mend "nothing to do"
        ; "Cannot be broken: every event of ours names its unit, and `ctx.on()` takes the first."
    R50 Error "The bindings of the state's networks are declared."
        mend "name an endpoint without container scope, an extra binding, or `juju-info`"
        ; "The binding `\"\"` stands for all without a network of their own."
    R51 Error "No name is both an endpoint and an extra binding."
        mend "remove the extra binding: an endpoint can be bound anyway"
        ; "The metadata's reader refuses it: only metadata made by hand can break it."
    R52 Error "On Kubernetes, only Juju 3.6.10 and later show the cloud."
        mend "take the cloud out of the model, or use a later Juju"
    R53 Error "No two stored values have the same name."
        mend "keep one of them in the file"
        ; "The state keeps them by name. A file in which one stands twice is read with the last."
    R54 Error "Stored values are texts."
        mend "write the value as a text"
        ; "The types and the reader of state files refuse all else."
    V1 Error "An endpoint's name is lower-case letters and digits in parts joined by `-` or `_`, a letter first."
        mend "use the name from the metadata"
    V2 Error "A storage's name is lower-case letters and digits in parts joined by `-`, a letter first and in each part."
        mend "use the name from the metadata"
    V3 Error "An action's name is lower-case letters, digits and `-`, a letter or digit at both ends."
        mend "use the name from the metadata"
    V4 Error "A container's name is as an action's, and at most 63 characters long."
        mend "use the name from the metadata"
    V5 Error "The values of databags are texts."
        mend "write the value as a text"
        ; "The types and the reader of state files refuse all else."
    V6 Error "A secret has content, under keys of at least 3 lower-case letters, digits and single `-`, a letter first."
        mend "give it a key and a value, with a key that Juju takes"
        ; "Scenario does not look at the keys, which Juju does. That values are texts is in the types."
    V7 Error "A TCP or UDP port is from 1 to 65535, the first no higher than the last, and ICMP has none."
        mend "use a port in that range"
    V8 Error "Addresses and subnets are lists of texts."
        mend "write a list"
        ; "The types and the reader of state files refuse a single text."
    V9 Error "Relations, ports, statuses and check levels are of a kind that exists."
        mend "use one of the kinds that the type offers"
        ; "The types and the reader of state files refuse all else."
    V10 Error "Only a secret's owner is told to rotate, expire or remove it, and only others that it changed."
        mend "use a secret of the right owner"
        ; "Custom events that are hooks, and options declared twice, which Scenario refuses under this number, have no way in."
    A1 Error "A relation speaks the interface that its endpoint declares."
        mend "leave the interface out, or use the declared one"
    A2 Error "An endpoint has no more relations than its limit."
        mend "remove a relation, or raise `limit`"
    A3 Error "The unit of a relation event is one of the relation's."
        mend "add it to the relation: `relation.remote_unit(number)`"
    A4 Error "Only the leader is told that it was elected."
        mend "let the unit lead: `state.leader()`"
    A5 Warning "Where a relation breaks, no other unit is left."
        mend "empty it first: `relation.remote_units([])`; Juju lets every unit depart before"
    A6 Error "A unit has as many of a storage as `multiple` allows."
        mend "remove a storage, or widen `range`"
    A7 Error "No two secrets of one owner have the same label."
        mend "give each its own label"
    A8 Error "A secret is granted through relations that are in the state."
        mend "add the relation, or take the grant away"
    A9 Error "On machines there are no workload containers."
        mend "remove the containers, or use a Kubernetes model"
    A10 Error "The parameters that an action requires are given."
        mend "give the parameter: `.param(name, value)`"
    A11 Warning "An action gets no parameter that is not declared."
        mend "declare it, or say `additionalProperties: true`; Juju before 4 lets it pass"
    A12 Error "The revision of a secret event exists, and one to remove is not the latest."
        mend "use a revision of the secret; `secret.revised(..)` adds one"
    A13 Warning "An application plans at least as many units as there are peers."
        mend "say `state.planned_units(number)`"
    A14 Warning "Only a leader knows the application's status."
        mend "let the unit lead, or leave the application's status out"
    A15 Error "The revision that a unit follows exists."
        mend "use a revision of the secret"
    A16 Error "A secret is kept under its own id."
        mend "add it with `state.secret(&secret)`"
}
