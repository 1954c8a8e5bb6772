//! A method for each step, with typed arguments: it makes the step and lets it happen.
//!
//! Each fails the test, with the reason, where Juju would refuse. Units, applications and containers are
//! named by text or by the names that the charm's metadata gives: `meta::containers::WEB`.

use super::{
    Applied, Ends, Given, NamesEndpoint, NamesOption, NamesRelation, Params, Step, World, Writer,
    must,
};
use crate::{
    emulator::juju::{Content, Refusal, Script},
    engine::ActionOutcome,
};
use ops_core::{
    interface::{EndpointSpec, Interface, RemoteApplication, Schema as _, Typed},
    names::{ApplicationName, ContainerName, NameError, SecretId, UnitName},
};
use std::collections::BTreeMap;

#[track_caller]
fn application(name: impl AsRef<str>) -> ApplicationName {
    must(ApplicationName::new(name.as_ref()))
}

#[track_caller]
fn unit(name: impl AsRef<str>) -> UnitName {
    must(UnitName::new(name.as_ref()))
}

#[track_caller]
fn container(name: impl AsRef<str>) -> ContainerName {
    must(ContainerName::new(name.as_ref()))
}

impl World {
    #[track_caller]
    fn done(&mut self, step: &Step) {
        must(self.apply(step));
    }

    /// A step that brings about something with a name.
    #[track_caller]
    fn made<T>(&mut self, step: &Step, named: impl FnOnce(Applied) -> Option<T>) -> T {
        let made = named(must(self.apply(step)));
        must(made.ok_or("the step brought about something else"))
    }

    /// Sets an option: `world.set_config("web", "port", 8080)`, or `meta::options::PORT`, with which a value of
    /// another type does not compile. One of type `secret` is set to a secret that a step adds:
    /// `SecretNamed::new("salesforce")`.
    #[track_caller]
    pub fn set_config<V>(&mut self, to: impl AsRef<str>, option: impl NamesOption<V>, value: V) {
        let (application, (option, value)) = (application(to), option.with(value));
        self.done(&Step::SetConfig { application, option, value });
    }

    /// Gives an option its default again.
    #[track_caller]
    pub fn reset_config(&mut self, of: impl AsRef<str>, option: impl Into<String>) {
        self.done(&Step::ResetConfig { application: application(of), option: option.into() });
    }

    /// Trusts an application with the cloud's credentials: `juju trust`.
    #[track_caller]
    pub fn trust(&mut self, name: impl AsRef<str>) {
        self.done(&Step::Trust { application: application(name), trusted: true });
    }

    /// Trusts it no more: `juju trust --remove`.
    #[track_caller]
    pub fn distrust(&mut self, name: impl AsRef<str>) {
        self.done(&Step::Trust { application: application(name), trusted: false });
    }

    /// Integrates two endpoints, each as `"web:database"` or `("web", meta::endpoints::Database)`.
    #[track_caller]
    pub fn integrate(&mut self, one: impl NamesEndpoint, other: impl NamesEndpoint) -> Ends {
        let ends = must((must(one.named()), must(other.named())).ends());
        self.done(&Step::Integrate(ends.clone()));
        ends
    }

    /// Removes a relation: for every unit it departs and breaks.
    #[track_caller]
    pub fn remove_relation(&mut self, relation: impl NamesRelation) {
        self.done(&Step::RemoveRelation(must(relation.ends())));
    }

    /// Suspends a relation: it is broken for every unit, and stays.
    #[track_caller]
    pub fn suspend_relation(&mut self, relation: impl NamesRelation) {
        self.done(&Step::SuspendRelation(must(relation.ends())));
    }

    /// Resumes a relation that was suspended.
    #[track_caller]
    pub fn resume_relation(&mut self, relation: impl NamesRelation) {
        self.done(&Step::ResumeRelation(must(relation.ends())));
    }

    /// A scripted application (`"hydra"`) or one of its units (`"hydra/0"`) writes into its databag. An
    /// empty value deletes its key; a value may be a [`SecretNamed`](super::SecretNamed).
    #[track_caller]
    pub fn remote_data<K: Into<String>, V: Into<Given<String>>>(
        &mut self,
        relation: impl NamesRelation,
        writer: impl AsRef<str>,
        data: impl IntoIterator<Item = (K, V)>,
    ) {
        let writer = must(writer_named(writer.as_ref()));
        let data = data.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        self.done(&Step::RemoteData { relation: must(relation.ends()), writer, data });
    }

    /// A scripted application writes what the interface means by this. What the interface cannot write is
    /// left out.
    #[track_caller]
    pub fn remote_application<E: EndpointSpec, I: Interface>(
        &mut self,
        relation: impl NamesRelation,
        writer: impl AsRef<str>,
        _: Typed<E, I>,
        data: &RemoteApplication<E, I>,
    ) {
        let bag = data.encode().unwrap_or_default();
        let exposed = bag.into_iter().map(|(key, value)| (key, value.expose().to_owned()));
        self.remote_data(relation, writer, exposed.collect::<BTreeMap<_, _>>());
    }

    /// The person who runs the model adds a secret.
    #[track_caller]
    pub fn add_secret<K: Into<String>, V: Into<String>>(
        &mut self,
        name: impl Into<String>,
        content: impl IntoIterator<Item = (K, V)>,
    ) -> SecretId {
        self.new_secret(None, name.into(), content.into_iter().collect())
    }

    /// A scripted application makes a secret, with this label.
    #[track_caller]
    pub fn add_secret_of<K: Into<String>, V: Into<String>>(
        &mut self,
        owner: impl AsRef<str>,
        label: impl Into<String>,
        content: impl IntoIterator<Item = (K, V)>,
    ) -> SecretId {
        self.new_secret(Some(application(owner)), label.into(), content.into_iter().collect())
    }

    #[track_caller]
    fn new_secret(
        &mut self,
        owner: Option<ApplicationName>,
        name: String,
        content: Content,
    ) -> SecretId {
        self.made(&Step::AddSecret { name, owner, content }, |applied| match applied {
            Applied::Secret(id) => Some(id),
            _ => None,
        })
    }

    /// A secret that a step added gets another revision.
    #[track_caller]
    pub fn update_secret<K: Into<String>, V: Into<String>>(
        &mut self,
        name: impl Into<String>,
        content: impl IntoIterator<Item = (K, V)>,
    ) {
        let content = content.into_iter().collect();
        self.done(&Step::UpdateSecret { name: name.into(), content });
    }

    /// Lets an application read a secret that a step added.
    #[track_caller]
    pub fn grant_secret(&mut self, name: impl Into<String>, to: impl AsRef<str>) {
        let (name, to) = (name.into(), application(to));
        self.done(&Step::GrantSecret { name, to, relation: None });
    }

    /// A scripted application lets the other side of a relation read its secret.
    #[track_caller]
    pub fn grant_secret_over(
        &mut self,
        relation: impl NamesRelation,
        name: impl Into<String>,
        to: impl AsRef<str>,
    ) {
        let (name, to, relation) = (name.into(), application(to), Some(must(relation.ends())));
        self.done(&Step::GrantSecret { name, to, relation });
    }

    /// Ends what [`grant_secret`](Self::grant_secret) began.
    #[track_caller]
    pub fn revoke_secret(&mut self, name: impl Into<String>, from: impl AsRef<str>) {
        self.done(&Step::RevokeSecret { name: name.into(), from: application(from) });
    }

    /// Removes a secret that a step added.
    #[track_caller]
    pub fn remove_secret(&mut self, name: impl Into<String>) {
        self.done(&Step::RemoveSecret { name: name.into() });
    }

    /// Adds a unit.
    #[track_caller]
    pub fn add_unit(&mut self, to: impl AsRef<str>) -> UnitName {
        self.made(&Step::AddUnit { application: application(to) }, |applied| match applied {
            Applied::Unit(unit) => Some(unit),
            _ => None,
        })
    }

    /// Removes a unit: its relations end, then `stop` and `remove` run.
    #[track_caller]
    pub fn remove_unit(&mut self, name: impl AsRef<str>) {
        self.done(&Step::RemoveUnit { unit: unit(name) });
    }

    /// Removes an application with its relations and units.
    #[track_caller]
    pub fn remove_application(&mut self, name: impl AsRef<str>) {
        self.done(&Step::RemoveApplication { application: application(name) });
    }

    /// Makes a unit the leader.
    #[track_caller]
    pub fn elect(&mut self, name: impl AsRef<str>) {
        self.done(&Step::Elect { unit: unit(name) });
    }

    /// The leader loses its lease, and nobody leads until [`elect`](Self::elect).
    #[track_caller]
    pub fn lose_leader(&mut self, of: impl AsRef<str>) {
        self.done(&Step::LoseLeader { application: application(of) });
    }

    /// Takes a container down. Nobody is told.
    #[track_caller]
    pub fn container_down(&mut self, of: impl AsRef<str>, name: impl AsRef<str>) {
        self.done(&Step::ContainerDown { unit: unit(of), container: container(name) });
    }

    /// Brings a container up, or restarts it: made anew from its image, with nothing running in it.
    #[track_caller]
    pub fn container_up(&mut self, of: impl AsRef<str>, name: impl AsRef<str>) {
        self.done(&Step::ContainerUp { unit: unit(of), container: container(name) });
    }

    /// Lets Kubernetes replace the unit's pod: files and services of its containers are gone.
    #[track_caller]
    pub fn replace_pod(&mut self, of: impl AsRef<str>) {
        self.done(&Step::ReplacePod { unit: unit(of) });
    }

    /// Upgrades an application to a build that it was given with
    /// [`Application::build`](super::Application::build), or back to
    /// [`Build::FIRST`](super::Build::FIRST).
    #[track_caller]
    pub fn upgrade(&mut self, name: impl AsRef<str>, build: impl Into<String>) {
        let (application, build) = (application(name), build.into());
        self.done(&Step::Upgrade { application, build, force: false });
    }

    /// The same, also for units in error: their failed hook is run again at once, by the new build.
    #[track_caller]
    pub fn upgrade_by_force(&mut self, name: impl AsRef<str>, build: impl Into<String>) {
        let (application, build) = (application(name), build.into());
        self.done(&Step::Upgrade { application, build, force: true });
    }

    /// Runs an action now: `world.action("web/0", "backup", [("keep", 3)])`, with `()` for no parameters.
    #[track_caller]
    pub fn action(
        &mut self,
        on: impl AsRef<str>,
        name: impl Into<String>,
        params: impl Into<Params>,
    ) -> ActionOutcome {
        let step = Step::Action { unit: unit(on), name: name.into(), params: params.into() };
        self.made(&step, |applied| match applied {
            Applied::Action(outcome) => Some(outcome),
            _ => None,
        })
    }

    /// Makes `update-status` due once nothing else is.
    #[track_caller]
    pub fn update_status(&mut self, on: impl AsRef<str>) {
        self.done(&Step::UpdateStatus { unit: unit(on) });
    }

    /// Lets so many seconds pass: rotations, expiries and retries come due by it.
    #[track_caller]
    pub fn advance(&mut self, seconds: u32) {
        self.done(&Step::Advance { seconds });
    }

    /// Lets Juju refuse what the next run of the unit's charm writes.
    #[track_caller]
    pub fn refuse_next_flush(&mut self, of: impl AsRef<str>, refusal: Refusal) {
        self.done(&Step::RefuseNextFlush { unit: unit(of), refusal });
    }

    /// Lets hook commands go wrong in the next run of the unit's charm.
    #[track_caller]
    pub fn trouble_next(&mut self, of: impl AsRef<str>, script: Script) {
        self.done(&Step::TroubleNext { unit: unit(of), script });
    }

    /// Gives a unit one more of a storage that its charm declares; its id, such as `data/0`.
    #[track_caller]
    pub fn add_storage(&mut self, to: impl AsRef<str>, storage: impl Into<String>) -> String {
        let step = Step::AddStorage { unit: unit(to), storage: storage.into() };
        self.made(&step, |applied| match applied {
            Applied::Storage(id) => Some(id),
            _ => None,
        })
    }

    /// Takes a storage away, such as `data/0`.
    #[track_caller]
    pub fn detach_storage(&mut self, from: impl AsRef<str>, id: impl Into<String>) {
        self.done(&Step::DetachStorage { unit: unit(from), id: id.into() });
    }

    /// Runs the failed hook of a unit again, now.
    #[track_caller]
    pub fn resolved(&mut self, name: impl AsRef<str>) {
        self.done(&Step::Resolved { unit: unit(name), retry: true });
    }

    /// Takes the failed hook of a unit as done.
    #[track_caller]
    pub fn resolved_without_retry(&mut self, name: impl AsRef<str>) {
        self.done(&Step::Resolved { unit: unit(name), retry: false });
    }

    /// Something in the container sends a custom notice.
    #[track_caller]
    pub fn notify<K: Into<String>, V: Into<String>>(
        &mut self,
        on: impl AsRef<str>,
        of: impl AsRef<str>,
        key: impl Into<String>,
        data: impl IntoIterator<Item = (K, V)>,
    ) {
        let data = data.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        let (unit, container) = (unit(on), container(of));
        self.done(&Step::Notify { unit, container, key: key.into(), data });
    }

    /// A check of the container fails from now on.
    #[track_caller]
    pub fn check_fails(
        &mut self,
        on: impl AsRef<str>,
        of: impl AsRef<str>,
        check: impl Into<String>,
    ) {
        let (unit, container) = (unit(on), container(of));
        self.done(&Step::CheckFails { unit, container, check: check.into() });
    }

    /// A check of the container passes from now on.
    #[track_caller]
    pub fn check_recovers(
        &mut self,
        on: impl AsRef<str>,
        of: impl AsRef<str>,
        check: impl Into<String>,
    ) {
        let (unit, container) = (unit(on), container(of));
        self.done(&Step::CheckRecovers { unit, container, check: check.into() });
    }

    /// A service of the container exits.
    #[track_caller]
    pub fn service_exits(
        &mut self,
        on: impl AsRef<str>,
        of: impl AsRef<str>,
        service: impl Into<String>,
        code: i64,
    ) {
        let (unit, container) = (unit(on), container(of));
        self.done(&Step::ServiceExits { unit, container, service: service.into(), code });
    }
}

fn writer_named(name: &str) -> Result<Writer, NameError> {
    match name.contains('/') {
        true => UnitName::new(name).map(Writer::Unit),
        false => ApplicationName::new(name).map(Writer::Application),
    }
}
