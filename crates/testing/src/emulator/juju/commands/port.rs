//! `open-port`, `close-port`, `opened-ports`.

use super::super::{
    arguments::Arguments,
    go,
    model::{ModelKind, OpenPort, PortRange, Protocol},
    record::Effect,
};
use super::{ALL_FORMATS, FORMAT, Failure, Flag, Format, OUTPUT, Run, Value, refused, usage};
use ops_core::JujuVersion;
use std::collections::{BTreeMap, BTreeSet};

const ENDPOINTS: Flag = Flag::value(&["endpoints"]);

pub(super) fn open(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[ENDPOINTS, FORMAT])?;
    let range = range(run, &arguments)?;
    check(run, range)?;
    let open = opened_now(run)?;
    for port in ports(&arguments, range) {
        if open.contains(&port) {
            continue;
        }
        if run.session.writes.ports.remove(&port).is_none() {
            run.session.writes.ports.insert(port.clone(), true);
        }
        run.session.effect(Effect::PortOpened(port));
    }
    Ok(())
}

pub(super) fn close(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[ENDPOINTS, FORMAT])?;
    let range = range(run, &arguments)?;
    let open = opened_now(run)?;
    let all = arguments.value("endpoints").is_none_or(str::is_empty);
    let given = ports(&arguments, range);
    for port in open.into_iter().filter(|port| port.range == range) {
        // Without endpoints the range is closed for all of them.
        if !all && !given.contains(&port) {
            continue;
        }
        if run.session.writes.ports.remove(&port).is_none() {
            run.session.writes.ports.insert(port.clone(), false);
        }
        run.session.effect(Effect::PortClosed(port));
    }
    Ok(())
}

pub(super) fn opened(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[Flag::switch(&["endpoints"]), FORMAT, OUTPUT])?;
    let format = arguments.format(Format::Smart, ALL_FORMATS)?;
    arguments.at_most(0)?;
    let show_endpoints = arguments.switch("endpoints")?;
    let mut ranges: BTreeMap<PortRange, Vec<String>> = BTreeMap::new();
    for port in opened_now(run)? {
        let endpoint = port.endpoint.unwrap_or_else(|| "*".to_owned());
        ranges.entry(port.range).or_default().push(endpoint);
    }
    let texts = ranges.into_iter().map(|(range, endpoints)| {
        if show_endpoints {
            format!("{range} ({})", endpoints.join(", "))
        } else {
            range.to_string()
        }
    });
    run.out = format.print(&Value::texts(texts));
    Ok(())
}

fn ports(arguments: &Arguments<'_>, range: PortRange) -> Vec<OpenPort> {
    match arguments.value("endpoints").filter(|endpoints| !endpoints.is_empty()) {
        None => vec![OpenPort { range, endpoint: None }],
        Some(endpoints) => endpoints
            .split(',')
            .map(|endpoint| OpenPort { range, endpoint: Some(endpoint.trim().to_owned()) })
            .collect(),
    }
}

/// The ports that are open, with what this hook has opened and closed.
fn opened_now(run: &Run<'_>) -> Result<BTreeSet<OpenPort>, Failure> {
    let mut ports = run.unit()?.ports.clone();
    for (port, open) in &run.session.writes.ports {
        if *open {
            ports.insert(port.clone());
        } else {
            ports.remove(port);
        }
    }
    Ok(ports)
}

fn range(run: &Run<'_>, arguments: &Arguments<'_>) -> Result<PortRange, Failure> {
    let text =
        arguments.positional(0).ok_or_else(|| usage("no port or range specified"))?.to_lowercase();
    arguments.at_most(1)?;
    let lowest = if run.model.version >= JujuVersion::new(3, 0, 0) { 0 } else { 1 };
    parse(&text, lowest).map_err(usage)
}

fn parse(text: &str, lowest: i64) -> Result<PortRange, String> {
    let (ports, protocol) = match text.split_once('/') {
        None if text == "icmp" => {
            return Ok(PortRange { protocol: Protocol::Icmp, from: 0, to: 0 });
        }
        None => (text, "tcp"),
        Some((ports, protocol)) => (ports, protocol),
    };
    let protocol = match protocol {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        "icmp" => {
            return Err(format!(
                "protocol \"icmp\" doesn't support any ports; got {}",
                go::quote(ports)
            ));
        }
        other => {
            return Err(format!(
                "invalid protocol {}, expected \"tcp\", \"udp\", or \"icmp\"",
                go::quote(other)
            ));
        }
    };
    let number = |text: &str| {
        go::atoi(text).map_err(|why| format!("invalid port {}: {why}", go::quote(text)))
    };
    let bounds: Vec<&str> = ports.split('-').collect();
    let (from, to) = match bounds.as_slice() {
        [port] => (number(port)?, number(port)?),
        [from, to] => (number(from)?, number(to)?),
        _ => return Err(format!("invalid port range {}", go::quote(ports))),
    };
    if from > to {
        return Err(format!("invalid port range {from}-{to}/{protocol}"));
    }
    match (u16::try_from(from), u16::try_from(to)) {
        (Ok(first), Ok(last)) if from >= lowest => {
            Ok(PortRange { protocol, from: first, to: last })
        }
        _ => Err(format!("port range bounds must be between {lowest} and 65535, got {from}-{to}")),
    }
}

/// A range must not overlap another one of this machine.
fn check(run: &Run<'_>, range: PortRange) -> Result<(), Failure> {
    if run.model.kind == ModelKind::Kubernetes && range.from != range.to {
        return Err(refused(
            "port ranges are not supported for k8s applications, please specify a single port",
        ));
    }
    let unit = &run.session.unit;
    let conflict = |other: PortRange, owner: &str, suffix: &str| {
        refused(format!(
            "cannot open {range} (unit \"{unit}\"): port range conflicts with {other} (unit \"{owner}\"){suffix}"
        ))
    };
    let pending = run.session.writes.ports.iter().filter(|(_, open)| **open);
    for (port, _) in pending {
        if range.conflicts_with(port.range) {
            return Err(conflict(port.range, unit.as_str(), " requested earlier"));
        }
    }
    let machine = &run.unit()?.machine;
    for (name, other) in &run.model.units {
        if name != unit && (machine.is_empty() || other.machine != *machine) {
            continue;
        }
        for port in &other.ports {
            let closing = name == unit && run.session.writes.ports.get(port) == Some(&false);
            if range.conflicts_with(port.range) && !closing {
                return Err(conflict(port.range, name.as_str(), ""));
            }
        }
    }
    Ok(())
}
