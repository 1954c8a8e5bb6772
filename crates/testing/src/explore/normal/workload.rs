//! What the containers of a unit hold: the plan, what runs of it and with which configuration, files; and what
//! decides how they go on.

use super::{Depth, Sink, Walk, flag, text};
use crate::{emulator::pebble::Pebble, engine::ContainerHandle};
use ops_core::names::UnitName;
use ops_pebble::layer::Layer;

impl Walk<'_> {
    pub(super) fn workload(&self, unit: &UnitName, sink: &mut Sink<'_>) {
        for container in self.engine.containers(unit) {
            let place = [unit.as_str(), container.as_str()];
            if self.depth == Depth::Whole
                && let Some(daemon) = self.engine.daemon(unit, container)
            {
                daemon.with(|pebble| future(pebble, place, sink));
            }
            match self.engine.container(unit, container.as_str()) {
                Some(ContainerHandle::Emulated(daemon)) => {
                    sink(&place, "is up", "");
                    daemon.with(|pebble| state(pebble, place, sink));
                }
                Some(ContainerHandle::Socket(path)) => sink(&place, "is", &path.to_string_lossy()),
                Some(ContainerHandle::Other(_)) => sink(&place, "is another", ""),
                Some(ContainerHandle::Absent) | None => sink(&place, "is down", ""),
            }
        }
    }
}

fn state(pebble: &Pebble, [unit, container]: [&str; 2], sink: &mut Sink<'_>) {
    let place = [unit, container];
    text(sink, &place, "plan", pebble.plan_text());
    for (name, service) in pebble.services() {
        let at = [unit, container, "service", name.as_str()];
        sink(&at, "is", service.current);
        let planned = pebble.plan().services.get(name);
        if service.is_running() && planned != Some(&service.config) {
            let started = Layer::new().service(name, service.config.clone());
            sink(&at, "runs as it was planned before", &started.to_wire());
        }
    }
    for (name, check) in pebble.checks() {
        sink(&[unit, container, "check", name.as_str()], "is", check.status());
    }
    for path in pebble.file_paths() {
        let Some(file) = pebble.file_at(&path) else { continue };
        let at = [unit, container, "file", path.as_str()];
        sink(&at, "holds", &String::from_utf8_lossy(&file.content));
        let crate::emulator::pebble::File { mode, user, group, .. } = file;
        sink(&at, "belongs to", &format!("{user}:{group} {mode:o}"));
    }
    flag(sink, &place, "has commands running", pebble.runs_commands());
}

/// How checks will stand once they run, also in a container that is down, and what was noticed.
fn future(pebble: &Pebble, [unit, container]: [&str; 2], sink: &mut Sink<'_>) {
    for (check, behaviour) in pebble.check_behaviours() {
        sink(&[unit, container, "check", check], "will be", &format!("{behaviour:?}"));
    }
    for (label, _) in pebble.layers() {
        sink(&[unit, container], "layer", label);
    }
    for notice in pebble.notices().iter().filter(|notice| notice.kind == "custom") {
        sink(&[unit, container, "notice"], &notice.key, &format!("{:?}", notice.data));
    }
}
