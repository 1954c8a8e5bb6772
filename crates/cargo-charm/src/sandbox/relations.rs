//! `integrate`, `remove-relation`, and what the scripted other side of a relation says.

use super::{
    model::{Sandbox, Settling},
    place::Place,
    relation_data::Data,
};
use crate::{failure::Failure, progress::note};
use clap::Args;
use ops_core::names::{ApplicationName, EndpointName, RelationId};
use ops_testing::emulator::juju::{CharmMetadata, Endpoint, Model, Role, Scope};
use std::{collections::BTreeMap, path::PathBuf};

/// Integrate two applications
///
/// An endpoint may be left out where only one pair fits. With --scripted or --data an application that
/// does not exist is made up on the spot: it has the endpoint that fits, runs nothing, and says what
/// FILE says.
#[derive(Debug, Args)]
pub(super) struct Integrate {
    #[command(flatten)]
    pair: Pair,
    /// Make up the application that does not exist
    #[arg(long)]
    scripted: bool,
    /// What the other side says: a YAML file with `application` and `units`
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    #[command(flatten)]
    settling: Settling,
}

/// Remove a relation, by its number or by the applications it is between
#[derive(Debug, Args)]
pub(super) struct Remove {
    /// An application with its endpoint, or the number of the relation
    #[arg(value_name = "APPLICATION[:ENDPOINT]")]
    one: String,
    /// The other one
    #[arg(value_name = "APPLICATION[:ENDPOINT]")]
    other: Option<String>,
    #[command(flatten)]
    settling: Settling,
}

/// Suspend relations, by their numbers: they are broken for every unit, and stay
#[derive(Debug, Args)]
pub(super) struct Suspend {
    /// The numbers of the relations, as `show-unit` has them
    #[arg(value_name = "NUMBER", required = true)]
    relations: Vec<u32>,
    #[command(flatten)]
    settling: Settling,
}

/// Let the scripted side of a relation say something else. Keys that FILE does not name stay
#[derive(Debug, Args)]
pub(super) struct SetData {
    #[command(flatten)]
    pair: Pair,
    /// What it says: a YAML file with `application` and `units`
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    #[command(flatten)]
    settling: Settling,
}

#[derive(Debug, Args)]
struct Pair {
    /// An application, with its endpoint if several fit
    #[arg(value_name = "APPLICATION[:ENDPOINT]")]
    one: String,
    /// The other one
    #[arg(value_name = "APPLICATION[:ENDPOINT]")]
    other: String,
}

pub(super) fn integrate(place: &Place, arguments: &Integrate) -> Result<(), Failure> {
    let data = arguments.data.as_deref().map(Data::read).transpose()?;
    let mut sandbox = Sandbox::open(place, "integrate", &arguments.settling)?;
    let (one, other) = (&arguments.pair.one, &arguments.pair.other);
    if arguments.scripted || data.is_some() {
        let units = data.as_ref().map_or(1, Data::units);
        sandbox.make_up(one, other, units)?;
        sandbox.make_up(other, one, units)?;
    }
    let id = sandbox.integrate(one, other)?;
    if let Some(data) = data {
        sandbox.say(id, &data)?;
    }
    sandbox.settle()
}

pub(super) fn remove(place: &Place, arguments: &Remove) -> Result<(), Failure> {
    let mut sandbox = Sandbox::open(place, "remove-relation", &arguments.settling)?;
    let id =
        match &arguments.other {
            Some(other) => find(sandbox.model(), &arguments.one, other)?,
            None => arguments.one.parse().map(RelationId::new).map_err(|_| {
                Failure::new("expected the number of a relation, or two applications")
            })?,
        };
    let cannot = format!("cannot remove relation {id}");
    sandbox.engine.remove_relation(id).map_err(Failure::because(cannot))?;
    sandbox.settle()
}

pub(super) fn suspend(place: &Place, arguments: &Suspend) -> Result<(), Failure> {
    let mut sandbox = Sandbox::open(place, "suspend-relation", &arguments.settling)?;
    for id in arguments.relations.iter().copied().map(RelationId::new) {
        let cannot = format!("cannot suspend relation {id}");
        sandbox.engine.suspend_relation(id).map_err(Failure::because(cannot))?;
    }
    sandbox.settle()
}

pub(super) fn resume(place: &Place, arguments: &Suspend) -> Result<(), Failure> {
    let mut sandbox = Sandbox::open(place, "resume-relation", &arguments.settling)?;
    for id in arguments.relations.iter().copied().map(RelationId::new) {
        let cannot = format!("cannot resume relation {id}");
        sandbox.engine.resume_relation(id).map_err(Failure::because(cannot))?;
    }
    sandbox.settle()
}

pub(super) fn set_data(place: &Place, arguments: &SetData) -> Result<(), Failure> {
    let data = Data::read(&arguments.data)?;
    let mut sandbox = Sandbox::open(place, "set-data", &arguments.settling)?;
    let id = find(sandbox.model(), &arguments.pair.one, &arguments.pair.other)?;
    sandbox.say(id, &data)?;
    sandbox.settle()
}

impl Sandbox {
    /// Integrates two applications. An endpoint that is left out is the one that fits.
    pub(crate) fn integrate(&mut self, one: &str, other: &str) -> Result<RelationId, Failure> {
        let cannot = format!("cannot integrate {one} with {other}");
        let (one, other) = endpoints(self.model(), one, other)?;
        self.engine.integrate(&one, &other).map_err(Failure::because(cannot))
    }

    /// Adds `name`, an application that fits to `to`, unless it exists.
    fn make_up(&mut self, name: &str, to: &str, units: u32) -> Result<(), Failure> {
        let (name, endpoint) = split(name);
        if self.model().applications.contains_key(name) {
            return Ok(());
        }
        let (application, wanted) = split(to);
        let cannot = format!("cannot make up \"{name}\"");
        let charm = self.model().application(application).map_err(Failure::because(cannot))?;
        let candidates: Vec<(&EndpointName, &Endpoint)> = charm
            .charm
            .endpoints
            .iter()
            .filter(|(found, endpoint)| {
                endpoint.role != Role::Peer && wanted.is_none_or(|wanted| found.as_str() == wanted)
            })
            .collect();
        let (found, fitting) = match candidates.as_slice() {
            [only] => only,
            [] => {
                let missing =
                    wanted.map_or("to integrate".to_owned(), |wanted| format!("\"{wanted}\""));
                return Err(Failure::new(format!(
                    "cannot make up \"{name}\": application \"{application}\" has no endpoint \
                     {missing} (known: {})",
                    names(&charm.charm)
                )));
            }
            several => {
                let names: Vec<String> =
                    several.iter().map(|(found, _)| format!("{application}:{found}")).collect();
                return Err(Failure::new(format!(
                    "cannot make up \"{name}\": say which endpoint it fits to: {}",
                    names.join(", ")
                )));
            }
        };
        let role = if fitting.role == Role::Provider { Role::Requirer } else { Role::Provider };
        let interface = fitting.interface.clone();
        let endpoint = endpoint.unwrap_or(found.as_str()).to_owned();
        let cannot = format!("cannot make up \"{name}\"");
        let endpoint = EndpointName::new(endpoint).map_err(Failure::because(cannot))?;
        let offered = Endpoint { role, interface, limit: None, scope: Scope::Global };
        let charm = CharmMetadata {
            name: name.to_owned(),
            endpoints: BTreeMap::from([(endpoint, offered)]),
            ..CharmMetadata::default()
        };
        self.deploy_scripted(name, charm, units)?;
        note(format_args!("Made up \"{name}\", which runs nothing and says what it is told to."));
        Ok(())
    }

    /// Writes what the scripted side of a relation says.
    pub(crate) fn say(&mut self, id: RelationId, data: &Data) -> Result<(), Failure> {
        let relation = self.model().relations.get(&id);
        let side = relation
            .and_then(|r| r.sides.iter().find(|side| !self.charms.contains_key(&side.application)))
            .ok_or_else(|| {
                Failure::new(format!(
                    "both sides of relation {id} run a charm: only a scripted one is told what to say"
                ))
            })?;
        let application: ApplicationName = side.application.clone();
        let cannot = || format!("cannot write for \"{application}\" in relation {id}");
        self.engine
            .write(id, application.as_str(), data.application.clone())
            .map_err(Failure::because(cannot()))?;
        for (number, bag) in &data.units {
            let unit = format!("{application}/{number}");
            self.engine.write(id, &unit, bag.clone()).map_err(Failure::because(cannot()))?;
        }
        Ok(())
    }
}

/// The endpoints that can be integrated, for a message.
pub(super) fn names(charm: &CharmMetadata) -> String {
    let others = charm.endpoints.iter().filter(|(_, endpoint)| endpoint.role != Role::Peer);
    let names: Vec<&str> = others.map(|(name, _)| name.as_str()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn split(text: &str) -> (&str, Option<&str>) {
    match text.split_once(':') {
        Some((application, endpoint)) => (application, Some(endpoint)),
        None => (text, None),
    }
}

/// The endpoints that fit to each other, as `application:endpoint`.
fn endpoints(model: &Model, one: &str, other: &str) -> Result<(String, String), Failure> {
    if one.contains(':') && other.contains(':') {
        return Ok((one.to_owned(), other.to_owned()));
    }
    let of = |text: &str| -> Result<Vec<(String, Endpoint)>, Failure> {
        let (application, wanted) = split(text);
        let cannot = format!("cannot integrate {one} with {other}");
        let charm = &model.application(application).map_err(Failure::because(cannot))?.charm;
        let fits = |name: &EndpointName| wanted.is_none_or(|wanted| name.as_str() == wanted);
        let found = charm.endpoints.iter().filter(|(name, _)| fits(name));
        Ok(found.map(|(name, e)| (format!("{application}:{name}"), e.clone())).collect())
    };
    let others = of(other)?;
    let mut pairs = Vec::new();
    for (name, endpoint) in of(one)? {
        let fits = |found: &Endpoint| {
            let roles = (endpoint.role, found.role);
            found.interface == endpoint.interface
                && matches!(
                    roles,
                    (Role::Provider, Role::Requirer) | (Role::Requirer, Role::Provider)
                )
        };
        let fitting = others.iter().filter(|(_, found)| fits(found));
        pairs.extend(fitting.map(|(other, _)| (name.clone(), other.clone())));
    }
    match pairs.as_slice() {
        [pair] => Ok(pair.clone()),
        [] => Err(Failure::new(format!("no relations found between {one} and {other}"))),
        several => {
            let names: Vec<String> =
                several.iter().map(|(one, other)| format!("\"{one} {other}\"")).collect();
            Err(Failure::new(format!(
                "ambiguous relation: \"{one} {other}\" could refer to {}",
                names.join("; ")
            )))
        }
    }
}

/// The relation between two applications, whose endpoints need not be named.
fn find(model: &Model, one: &str, other: &str) -> Result<RelationId, Failure> {
    let matching: Vec<RelationId> = model
        .relations
        .values()
        .filter(|relation| !relation.dying && !relation.is_peer())
        .filter(|relation| {
            [one, other].iter().all(|text| {
                let (application, endpoint) = split(text);
                let side = relation.side(application);
                side.is_some_and(|s| endpoint.is_none_or(|wanted| s.endpoint.as_str() == wanted))
            })
        })
        .map(|relation| relation.id)
        .collect();
    match matching.as_slice() {
        [id] => Ok(*id),
        [] => Err(Failure::new(format!("relation \"{one} {other}\" not found"))),
        _ => Err(Failure::new(format!(
            "there are several relations between {one} and {other}: name the endpoints"
        ))),
    }
}
