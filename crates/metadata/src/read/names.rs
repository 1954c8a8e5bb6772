//! What can be said only when everything is read: names that belong to Juju, names that point to nothing,
//! and names that become the same one in Rust.

use super::context::{Context, Place, Space};
use crate::{
    charm::{Charm, ResourceKind, Role, Scope},
    rust_name,
    yaml::{Key, clip},
};
use std::collections::BTreeMap;

/// Whether Juju could have given this name to something: the rule of `ops_core::names`.
pub(super) fn is_name(cx: &mut Context, what: &str, key: &Key) -> bool {
    let name = &key.text;
    let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let valid = name.bytes().all(is_part) && name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if !valid {
        let hint = "use letters, digits, `-`, `_` and `.`, with a letter or digit first";
        cx.problem(key.line, format!("{:?} is not a valid {what} name", clip(name)), hint);
    }
    valid
}

/// Checks the charm as a whole. What is missing is missed beside the name, or else at the top of `file`.
pub(super) fn check(cx: &mut Context, charm: &Charm, file: &str) {
    reserved(cx, charm);
    if !cx.is_author() {
        return;
    }
    let key = |cx: &Context, key: &str| cx.claimed.get(key).cloned();
    let top = key(cx, "name").unwrap_or(Place { file: file.to_owned(), line: 1 });
    for (what, value) in
        [("name", &charm.name), ("summary", &charm.summary), ("description", &charm.description)]
    {
        if value.trim().is_empty() {
            cx.problem_at(&top, format!("the charm has no {what}"), format!("add `{what}:`"));
        }
    }
    if !charm.name.is_empty() && !is_charm_name(&charm.name) {
        let message = format!("{:?} is not a valid charm name", clip(&charm.name));
        let hint = "use lower-case letters, digits and `-`, with a letter first and in each part";
        cx.problem_at(&top, message, hint);
    }
    dangling(cx, charm);
    if charm.subordinate && !has_container_scope(charm) {
        let place = key(cx, "subordinate").unwrap_or(top);
        let message = "subordinate charm lacks \"requires\" relation with container scope";
        cx.problem_at(
            &place,
            message,
            "add `scope: container` to one of the endpoints it requires",
        );
    }
    clashes(cx);
}

/// `^[a-z][a-z0-9]*(-[a-z0-9]*[a-z][a-z0-9]*)*$`
fn is_charm_name(name: &str) -> bool {
    let is_part = |part: &str| {
        part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            && part.bytes().any(|b| b.is_ascii_lowercase())
    };
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.split('-').all(is_part)
}

fn has_container_scope(charm: &Charm) -> bool {
    charm.endpoints.values().any(|e| e.role == Role::Requires && e.scope == Scope::Container)
}

/// Juju keeps `juju` and what begins with `juju-` for itself.
fn reserved(cx: &mut Context, charm: &Charm) {
    let is_jujus = |name: &str| name == "juju" || name.starts_with("juju-");
    let places =
        |cx: &Context, name: &str| cx.places.get(&(Space::Endpoint, name.to_owned())).cloned();
    for (name, endpoint) in &charm.endpoints {
        let Some(place) = places(cx, name) else { continue };
        let beside = charm.subordinate
            && endpoint.role == Role::Requires
            && endpoint.scope == Scope::Container;
        if is_jujus(name) && !beside {
            let message =
                format!("charm {:?} using a reserved relation name: {name:?}", charm.name);
            cx.problem_at(&place, message, "name the endpoint otherwise");
        }
        if is_jujus(&endpoint.interface) && endpoint.role != Role::Requires {
            let message = format!(
                "charm {:?} relation {name:?} using a reserved interface: {:?}",
                charm.name, endpoint.interface
            );
            cx.problem_at(&place, message, "name the interface otherwise");
        }
        if charm.extra_bindings.contains(name) {
            let message = format!("relation names ({name}) cannot be used in extra bindings");
            cx.problem_at(&place, message, "an endpoint can be bound anyway: remove the binding");
        }
    }
}

/// Containers that want resources and storages that are not there.
fn dangling(cx: &mut Context, charm: &Charm) {
    for container in charm.containers.values() {
        if let Some(name) = &container.resource {
            let is_image = charm.resources.get(name).map(|r| r.kind == ResourceKind::OciImage);
            let place = cx.places.get(&(Space::Wants(name.clone()), name.clone())).cloned();
            let (Some(place), None | Some(false)) = (place, is_image) else { continue };
            let message = format!("referenced resource {name:?} not found");
            cx.problem_at(&place, message, "declare it under `resources` with `type: oci-image`");
        }
    }
    for (container, declared) in &charm.containers {
        for mount in &declared.mounts {
            let key = (Space::Mounts(container.clone()), mount.storage.clone());
            let Some(place) = cx.places.get(&key).cloned() else { continue };
            if !charm.storage.contains_key(&mount.storage) {
                let message = format!(
                    "storage {:?} mounted by container {container:?} is not declared",
                    mount.storage
                );
                cx.problem_at(&place, message, "declare it under `storage`");
            }
        }
    }
}

/// Names of one kind that become the same in Rust.
fn clashes(cx: &mut Context) {
    let mut taken: BTreeMap<(Space, String), (String, Place)> = BTreeMap::new();
    for ((space, name), place) in cx.places.clone() {
        let rust = match &space {
            Space::Option | Space::Parameter(_) => rust_name::field(&name),
            Space::Endpoint | Space::Action | Space::Choice(..) | Space::Enum(_) => {
                rust_name::variant(&name)
            }
            Space::Binding | Space::Container | Space::Resource | Space::Storage => {
                rust_name::constant(&name)
            }
            Space::Device | Space::Wants(_) | Space::Mounts(_) => continue,
        };
        let Some(rust) = rust else {
            let message = format!("{:?} cannot become a name in Rust", clip(&name));
            cx.problem_at(&place, message, "use letters, digits, `-`, `_` and `.`");
            continue;
        };
        if matches!(space, Space::Parameter(_)) && rust == rust_name::ADDITIONAL {
            let message = format!("the name `{name}` is taken: what is not declared goes there");
            cx.problem_at(&place, message, "name the parameter otherwise");
        }
        if let Some((other, there)) = taken.get(&(space.clone(), rust.clone())) {
            // At the later one.
            let (at, other, there) = if there.file == place.file && there.line > place.line {
                (there.clone(), name.clone(), place.line)
            } else {
                (place.clone(), other.clone(), there.line)
            };
            let message =
                format!("this name and `{other}` of line {there} are both `{rust}` in Rust");
            cx.problem_at(&at, message, "rename one of them");
            continue;
        }
        taken.insert((space, rust), (name, place));
    }
}
