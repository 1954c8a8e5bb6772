//! Containers, resources, storage and devices.

use super::{
    context::{Context, Fields, Space},
    names::is_name,
};
use crate::{
    charm::{Charm, Container, Device, Mount, Resource, ResourceKind, Storage},
    yaml::{Key, Meaning, Node, Value, clip},
};

/// Users and groups that Juju keeps for people.
const RESERVED_IDS: std::ops::RangeInclusive<u32> = 1000..=9999;

/// Reads `containers`. Whether its resources and storages exist is checked when all files are read.
pub(super) fn containers(cx: &mut Context, node: &Node, charm: &mut Charm) {
    for (key, node) in cx.map(node, "containers").unwrap_or_default() {
        if !is_name(cx, "container", key) {
            continue;
        }
        cx.declare(Space::Container, key);
        let container = container(cx, key, node).unwrap_or_default();
        charm.containers.insert(key.text.clone(), container);
    }
}

fn container(cx: &mut Context, key: &Key, node: &Node) -> Option<Container> {
    let mut container = Container::default();
    let entries = cx.optional_map(node, &format!("container {}", key.text)).unwrap_or_default();
    let mut fields = Fields::of(entries);
    let resource = fields.value("resource");
    let bases = fields.value("bases");
    match (resource, bases) {
        (None, None) => {
            let message = format!("container {:?} has neither a resource nor bases", key.text);
            cx.author(key.line, message, "add `resource:` with the name of an oci-image resource");
        }
        (Some(_), Some(node)) => {
            cx.author(node.line, "a container has a resource or bases, not both", "remove one");
        }
        _ => {}
    }
    if let Some(node) = resource {
        container.resource = cx.text(node, "resource");
        if let Some(name) = &container.resource {
            let key = Key { line: node.line, text: name.clone(), is_text: true };
            cx.declare(Space::Wants(name.clone()), &key);
        }
    }
    if let Some(node) = bases {
        container.bases =
            cx.list(node, "bases").unwrap_or_default().iter().map(Node::json).collect();
    }
    for (name, id) in [("uid", &mut container.uid), ("gid", &mut container.gid)] {
        let Some(node) = fields.value(name) else { continue };
        *id = cx.count(node, name);
        if id.is_some_and(|id| RESERVED_IDS.contains(&id)) {
            let message = format!(
                "container {:?} has invalid {name} {}: {name} cannot be in reserved range 1000-9999",
                key.text,
                id.unwrap_or_default()
            );
            cx.problem(node.line, message, "use a number below 1000 or from 10000 on");
        }
    }
    if let Some(node) = fields.value("mounts") {
        let items = cx.list(node, "mounts").unwrap_or_default();
        container.mounts = items.iter().filter_map(|item| mount(cx, &key.text, item)).collect();
    }
    fields.finish(cx, &["resource", "bases", "mounts", "uid", "gid"], "in a container");
    Some(container)
}

fn mount(cx: &mut Context, container: &str, node: &Node) -> Option<Mount> {
    let mut fields = Fields::of(cx.map(node, "a mount")?);
    let mut part = |cx: &mut Context, name: &str| {
        let found = fields.value(name);
        if found.is_none() {
            let message = format!("container {container:?} has a mount without {name}");
            cx.problem(node.line, message, format!("add `{name}:`"));
        }
        found.and_then(|node| Some((node.line, cx.text(node, name)?)))
    };
    let storage = part(cx, "storage");
    let location = part(cx, "location");
    fields.finish(cx, &["storage", "location"], "in a mount");
    let ((line, storage), (_, location)) = (storage?, location?);
    let key = Key { line, text: storage.clone(), is_text: true };
    cx.declare(Space::Mounts(container.to_owned()), &key);
    Some(Mount { storage, location })
}

/// Reads `resources`.
pub(super) fn resources(cx: &mut Context, node: &Node, charm: &mut Charm) {
    for (key, node) in cx.map(node, "resources").unwrap_or_default() {
        if !is_name(cx, "resource", key) {
            continue;
        }
        cx.declare(Space::Resource, key);
        if let Some(resource) = resource(cx, key, node) {
            charm.resources.insert(key.text.clone(), resource);
        }
    }
}

fn resource(cx: &mut Context, key: &Key, node: &Node) -> Option<Resource> {
    let mut fields = Fields::of(cx.map(node, &format!("resource {}", key.text))?);
    let filename = fields.value("filename").and_then(|node| cx.text(node, "filename"));
    let word = match fields.value("type") {
        None => "file".to_owned(),
        Some(node) => cx.text(node, "type")?,
    };
    let kind = match (word.as_str(), filename) {
        ("oci-image", _) => ResourceKind::OciImage,
        ("file", Some(name)) => ResourceKind::File(name),
        ("file", None) => {
            let message = format!("resource {:?} is a file without a filename", key.text);
            cx.problem(key.line, message, "add `filename:`, or `type: oci-image`");
            return None;
        }
        (other, _) => {
            let message = format!("unsupported resource type {:?}", clip(other));
            cx.problem(key.line, message, "Juju knows `file` and `oci-image`");
            return None;
        }
    };
    let description = fields.value("description").and_then(|node| cx.text(node, "description"));
    let upstream_source =
        fields.value("upstream-source").and_then(|node| cx.text(node, "upstream-source"));
    let known = ["type", "filename", "description", "upstream-source"];
    fields.finish(cx, &known, "in a resource");
    Some(Resource { kind, description, upstream_source })
}

/// Reads `storage`.
pub(super) fn storage(cx: &mut Context, node: &Node, charm: &mut Charm) {
    for (key, node) in cx.map(node, "storage").unwrap_or_default() {
        if !is_name(cx, "storage", key) {
            continue;
        }
        cx.declare(Space::Storage, key);
        if let Some(storage) = one_storage(cx, key, node) {
            charm.storage.insert(key.text.clone(), storage);
        }
    }
}

fn one_storage(cx: &mut Context, key: &Key, node: &Node) -> Option<Storage> {
    let mut fields = Fields::of(cx.map(node, &format!("storage {}", key.text))?);
    let block = match fields.value("type") {
        None => {
            let message = format!("charm storage {:?} has no type", key.text);
            cx.problem(key.line, message, "add `type: filesystem` or `type: block`");
            return None;
        }
        Some(node) => match cx.text(node, "type")?.as_str() {
            "filesystem" => false,
            "block" => true,
            other => {
                let message =
                    format!("charm storage {:?} has the type {:?}", key.text, clip(other));
                cx.problem(node.line, message, "Juju knows `filesystem` and `block`");
                return None;
            }
        },
    };
    let location = fields.value("location");
    if let Some(node) = location
        && block
    {
        let message = "location may not be specified for \"type: block\"";
        cx.problem(node.line, format!("charm storage {:?}: {message}", key.text), "remove it");
    }
    let location = location.and_then(|node| cx.text(node, "location"));
    let count = match fields.value("multiple") {
        None => (1, Some(1)),
        Some(node) => multiple(cx, node).unwrap_or((1, Some(1))),
    };
    let storage = Storage {
        block,
        description: fields.value("description").and_then(|node| cx.text(node, "description")),
        location,
        shared: fields.value("shared").and_then(|n| cx.boolean(n, "shared")).unwrap_or_default(),
        read_only: fields
            .value("read-only")
            .and_then(|node| cx.boolean(node, "read-only"))
            .unwrap_or_default(),
        count,
        minimum_size: fields.value("minimum-size").and_then(|node| size(cx, node)),
        properties: fields
            .value("properties")
            .map(|node| cx.texts(node, "properties"))
            .unwrap_or_default(),
    };
    let known = [
        "type",
        "description",
        "location",
        "shared",
        "read-only",
        "multiple",
        "minimum-size",
        "properties",
    ];
    fields.finish(cx, &known, "in a storage");
    Some(storage)
}

/// `1G`, or a number of MiB.
fn size(cx: &mut Context, node: &Node) -> Option<String> {
    if let Value::Scalar(text, Meaning::Integer(_)) = &node.value {
        return Some(text.clone());
    }
    let text = cx.text(node, "minimum-size")?;
    let number = text.trim_end_matches(|c: char| "MGTPEZYiB".contains(c));
    if number.parse::<f64>().is_ok_and(|number| number >= 0.0) {
        return Some(text);
    }
    let message = format!("{:?} is no size", clip(&text));
    cx.problem(node.line, message, "write a number and a unit, such as `1G` or `512M`");
    None
}

/// `range`: `2`, `0-1`, `1+` or `1-`.
fn multiple(cx: &mut Context, node: &Node) -> Option<(u32, Option<u32>)> {
    let mut fields = Fields::of(cx.map(node, "multiple")?);
    let Some(range) = fields.value("range") else {
        cx.problem(node.line, "`multiple` has no range", "add `range:`, such as `0-1` or `1+`");
        return None;
    };
    fields.finish(cx, &["range"], "in `multiple`");
    let Value::Scalar(text, _) = &range.value else {
        cx.problem(range.line, "the range is no text", "write it as `0-1` or `1+`");
        return None;
    };
    let read = || {
        if let Some(least) = text.strip_suffix(['+', '-']) {
            return Some((least.parse().ok()?, None));
        }
        match text.split_once('-') {
            None => text.parse().ok().map(|exactly| (exactly, Some(exactly))),
            Some((least, most)) => Some((least.parse().ok()?, Some(most.parse().ok()?))),
        }
    };
    let count = read().filter(|(least, most)| most.is_none_or(|most| *least <= most && most > 0));
    if count.is_none() {
        let message = format!("{:?} is no range", clip(text));
        cx.problem(range.line, message, "write `2`, `0-1`, `1-3` or `1+`");
    }
    count
}

/// Reads `devices`.
pub(super) fn devices(cx: &mut Context, node: &Node, charm: &mut Charm) {
    for (key, node) in cx.map(node, "devices").unwrap_or_default() {
        if !is_name(cx, "device", key) {
            continue;
        }
        cx.declare(Space::Device, key);
        if let Some(device) = device(cx, key, node) {
            charm.devices.insert(key.text.clone(), device);
        }
    }
}

fn device(cx: &mut Context, key: &Key, node: &Node) -> Option<Device> {
    let mut fields = Fields::of(cx.map(node, &format!("device {}", key.text))?);
    let Some(kind) = fields.value("type") else {
        let message = format!("charm device {:?} has no type", key.text);
        cx.problem(key.line, message, "add `type:`, such as `nvidia.com/gpu`");
        return None;
    };
    let kind = cx.text(kind, "type")?;
    let mut count = |cx: &mut Context, name: &str| {
        fields.value(name).and_then(|node| cx.count(node, name)).unwrap_or(1)
    };
    let (count_min, count_max) = (count(cx, "countmin"), count(cx, "countmax"));
    let description = fields.value("description").and_then(|node| cx.text(node, "description"));
    fields.finish(cx, &["type", "description", "countmin", "countmax"], "in a device");
    Some(Device { kind, description, count_min, count_max: count_max.max(count_min) })
}
