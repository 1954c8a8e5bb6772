//! The charm's compiled-in metadata, as the emulated Juju wants it: read from the files that
//! `ops::charm_metadata!` notes, or else put together from the constants of an implementation by hand.

use crate::emulator::juju::{
    ActionSchema, CharmMetadata, ConfigOption, ConfigValue, Endpoint, OptionType, Role, Scope,
    StorageDeclaration, StorageKind,
};
use ops::metadata::{ActionSet as _, Metadata, OptionKind};
use ops_core::names::{ContainerName, EndpointName};
use std::{
    any::TypeId,
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// What is known of the charm. Its files are read once in a process.
pub(crate) fn charm_metadata<M: Metadata>() -> Arc<CharmMetadata> {
    static READ: Mutex<BTreeMap<TypeId, Arc<CharmMetadata>>> = Mutex::new(BTreeMap::new());
    // A thread that panicked here has left nothing half done.
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(read.entry(TypeId::of::<M>()).or_insert_with(|| Arc::new(read_metadata::<M>())))
}

fn read_metadata<M: Metadata>() -> CharmMetadata {
    // What the macro could read, this can: the macro is stricter.
    let read = || CharmMetadata::from_yaml(M::FILES).ok();
    Some(M::FILES)
        .filter(|files| !files.is_empty())
        .and_then(|_| read())
        .unwrap_or_else(by_hand::<M>)
}

fn by_hand<M: Metadata>() -> CharmMetadata {
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
    let storage = |name: &&str| {
        let kind = StorageKind::Filesystem;
        let any = StorageDeclaration { kind, minimum: 0, maximum: None, location: None };
        ((*name).to_owned(), any)
    };
    CharmMetadata {
        name: M::NAME.to_owned(),
        options: M::OPTIONS.iter().map(option).collect(),
        endpoints: M::ENDPOINTS.iter().map(endpoint).collect(),
        containers: M::CONTAINERS.iter().map(|name| ContainerName::from_static(name)).collect(),
        storage: M::STORAGES.iter().map(storage).collect(),
        actions: M::Action::NAMES
            .iter()
            .map(|name| ((*name).to_owned(), ActionSchema::default()))
            .collect(),
        ..CharmMetadata::default()
    }
}
