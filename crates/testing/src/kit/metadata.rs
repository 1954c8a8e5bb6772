//! The charm's compiled-in metadata, as the emulated Juju wants it.

use crate::emulator::juju::{
    CharmMetadata, ConfigOption, ConfigValue, Endpoint, OptionType, Role, Scope,
};
use ops::metadata::{Metadata, OptionKind};
use ops_core::names::{ContainerName, EndpointName};

pub(crate) fn charm_metadata<M: Metadata>() -> CharmMetadata {
    let endpoint = |endpoint: &ops::metadata::Endpoint| {
        let role = match endpoint.role {
            "provides" => Role::Provider,
            "peers" => Role::Peer,
            _ => Role::Requirer,
        };
        let spec = Endpoint {
            role,
            interface: endpoint.interface.to_owned(),
            scope: Scope::Global,
            limit: None,
        };
        (EndpointName::from_static(endpoint.name), spec)
    };
    let option = |option: &ops::metadata::OptionSpec| {
        let (kind, default) = match option.kind {
            OptionKind::String(text) => (OptionType::String, text.map(ConfigValue::from)),
            OptionKind::Int(number) => (OptionType::Int, number.map(ConfigValue::Int)),
            OptionKind::Float(number) => (OptionType::Float, number.map(ConfigValue::Float)),
            OptionKind::Boolean(value) => (OptionType::Boolean, value.map(ConfigValue::Boolean)),
            OptionKind::Secret => (OptionType::Secret, None),
        };
        (option.name.to_owned(), ConfigOption { kind, default })
    };
    CharmMetadata {
        name: M::NAME.to_owned(),
        options: M::OPTIONS.iter().map(option).collect(),
        endpoints: M::ENDPOINTS.iter().map(endpoint).collect(),
        containers: M::CONTAINERS.iter().map(|name| ContainerName::from_static(name)).collect(),
        ..CharmMetadata::default()
    }
}
