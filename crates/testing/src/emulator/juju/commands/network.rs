//! `network-get`.

use super::super::{go, model::Network};
use super::{
    ALL_FORMATS, FORMAT, Failure, Flag, Format, OUTPUT, RELATION, Run, Value, refused, usage,
};

const BIND: &str = "bind-address";
const INGRESS: &str = "ingress-address";
const EGRESS: &str = "egress-subnets";

pub(super) fn get(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[
        RELATION,
        Flag::switch(&[BIND]),
        Flag::switch(&[INGRESS]),
        Flag::switch(&[EGRESS]),
        Flag::switch(&["primary-address"]),
        FORMAT,
        OUTPUT,
    ])?;
    let format = arguments.format(Format::Smart, ALL_FORMATS)?;
    let _relation = run.relation_id(&arguments)?;
    let binding = arguments.positional(0).ok_or_else(|| usage("no arguments specified"))?;
    if binding.is_empty() {
        return Err(usage("no binding name specified"));
    }
    arguments.at_most(1)?;
    let mut asked = Vec::new();
    for flag in [BIND, EGRESS, INGRESS] {
        if arguments.switch(flag)? {
            asked.push(flag);
        }
    }
    let primary = arguments.switch("primary-address")?;
    if primary && !asked.is_empty() {
        return Err(refused("--primary-address must be the only flag specified"));
    }
    if primary {
        asked.push(BIND);
    }
    let network = network(run, binding)?;
    let part = |flag: &str| match flag {
        EGRESS => Ok(Value::texts(network.egress_subnets.iter().map(String::as_str))),
        flag => {
            let address =
                if flag == BIND { network.bind_address() } else { network.ingress_address() };
            address.map(Value::text).ok_or_else(|| {
                refused(format!(
                    "no addresses attached to space for binding {}",
                    go::quote(binding)
                ))
            })
        }
    };
    let answer = match asked.as_slice() {
        [] => whole(network, format != Format::Json),
        [one] => part(one)?,
        several => {
            let parts: Result<Vec<_>, Failure> =
                several.iter().map(|flag| Ok((*flag, part(flag)?))).collect();
            Value::map(parts?)
        }
    };
    run.out = format.print(&answer);
    Ok(())
}

fn network<'r>(run: &'r Run<'_>, binding: &str) -> Result<&'r Network, Failure> {
    let missing = || refused(format!("no network config found for binding {}", go::quote(binding)));
    let application = run.model.application(run.session.application()).map_err(|_| missing())?;
    let known = application.charm.endpoints.contains_key(binding)
        || application.charm.extra_bindings.contains(binding)
        || binding == "juju-info";
    run.unit()?.network(binding).filter(|_| known).ok_or_else(missing)
}

/// All of it. YAML repeats some fields under the names that old readers know.
fn whole(network: &Network, for_old_readers: bool) -> Value<'_> {
    let mut fields = Vec::new();
    if !network.bind_addresses.is_empty() {
        let interfaces = network.bind_addresses.iter().map(|interface| {
            let addresses = interface.addresses.iter().map(|address| {
                let mut fields = vec![
                    ("hostname", Value::text(address.hostname.as_str())),
                    ("value", Value::text(address.value.as_str())),
                    ("cidr", Value::text(address.cidr.as_str())),
                ];
                if for_old_readers {
                    fields.push(("address", Value::text(address.value.as_str())));
                }
                Value::Struct(fields)
            });
            let mut fields = vec![
                ("mac-address", Value::text(interface.mac_address.as_str())),
                ("interface-name", Value::text(interface.interface_name.as_str())),
                ("addresses", Value::List(addresses.collect())),
            ];
            if for_old_readers {
                fields.push(("macaddress", Value::text(interface.mac_address.as_str())));
                fields.push(("interfacename", Value::text(interface.interface_name.as_str())));
            }
            Value::Struct(fields)
        });
        fields.push(("bind-addresses", Value::List(interfaces.collect())));
    }
    if !network.egress_subnets.is_empty() {
        let subnets = network.egress_subnets.iter().map(String::as_str);
        fields.push(("egress-subnets", Value::texts(subnets)));
    }
    if !network.ingress_addresses.is_empty() {
        let addresses = network.ingress_addresses.iter().map(String::as_str);
        fields.push(("ingress-addresses", Value::texts(addresses)));
    }
    Value::Struct(fields)
}
