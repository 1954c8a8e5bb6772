//! `provides`, `requires`, `peers` and `extra-bindings`.

use super::context::{Context, Fields, Space};
use crate::{
    charm::{Charm, Endpoint, Role, Scope},
    yaml::{Key, Node, Value},
};

/// Reads one of the four sections.
pub(super) fn section(cx: &mut Context, section: &str, node: &Node, charm: &mut Charm) {
    let role = match section {
        "provides" => Role::Provides,
        "requires" => Role::Requires,
        "peers" => Role::Peers,
        _ => return extra_bindings(cx, node, charm),
    };
    for (key, node) in cx.map(node, section).unwrap_or_default() {
        let here = cx.place(key.line);
        let there = cx.places.get(&(Space::Endpoint, key.text.clone())).cloned();
        if let Some(there) = there
            && cx.is_author()
        {
            // The sections are not read in the order in which they stand.
            let swapped = there.file == here.file && there.line > here.line;
            let (first, second) = if swapped { (here, there) } else { (there, here) };
            let message =
                format!("charm {:?} using a duplicated relation name: {:?}", charm.name, key.text);
            let hint = format!("it stands on line {} too: rename one of them", first.line);
            cx.problem_at(&second, message, hint);
            continue;
        }
        if let Some(endpoint) = endpoint(cx, role, key, node) {
            cx.declare(Space::Endpoint, key);
            charm.endpoints.insert(key.text.clone(), endpoint);
        }
    }
}

fn endpoint(cx: &mut Context, role: Role, key: &Key, node: &Node) -> Option<Endpoint> {
    super::names::is_name(cx, "endpoint", key).then_some(())?;
    let mut endpoint = Endpoint {
        role,
        interface: String::new(),
        limit: None,
        optional: false,
        scope: Scope::Global,
        description: None,
    };
    if matches!(node.value, Value::Scalar(..)) && !node.is_null() {
        endpoint.interface = cx.text(node, "interface")?;
        return Some(endpoint);
    }
    let mut fields = Fields::of(cx.map(node, &format!("endpoint {}", key.text))?);
    let Some(interface) = fields.value("interface") else {
        let message = format!("endpoint `{}` has no interface", key.text);
        cx.problem(key.line, message, "add `interface: NAME`");
        return None;
    };
    endpoint.interface = cx.text(interface, "interface")?;
    endpoint.limit = fields.value("limit").and_then(|node| cx.count(node, "limit"));
    endpoint.optional =
        fields.value("optional").and_then(|node| cx.boolean(node, "optional")).unwrap_or_default();
    endpoint.description =
        fields.value("description").and_then(|node| cx.text(node, "description"));
    if let Some(node) = fields.value("scope") {
        endpoint.scope = match cx.text(node, "scope")?.as_str() {
            "global" => Scope::Global,
            "container" => Scope::Container,
            other => {
                let message =
                    format!("the scope is {other:?}, but Juju knows `global` and `container`");
                cx.problem(node.line, message, "leave it out for `global`");
                return None;
            }
        };
    }
    fields.finish(
        cx,
        &["interface", "limit", "optional", "scope", "description"],
        "in an endpoint",
    );
    Some(endpoint)
}

fn extra_bindings(cx: &mut Context, node: &Node, charm: &mut Charm) {
    for (key, node) in cx.map(node, "extra-bindings").unwrap_or_default() {
        if !super::names::is_name(cx, "extra binding", key) {
            continue;
        }
        if !node.is_null() {
            let message = format!("extra binding `{}` has a value", key.text);
            cx.author(node.line, message, format!("write `{}:` and nothing behind it", key.text));
        }
        cx.declare(Space::Binding, key);
        charm.extra_bindings.insert(key.text.clone());
    }
}
