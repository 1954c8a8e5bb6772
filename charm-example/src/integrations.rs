//! Relations: what this charm writes on each, and what it reads.

use crate::meta::endpoints;
use ops::{
    Secret, Text,
    interface::{Databag, Interface, Schema, SchemaError, Typed},
    names::SecretId,
};
use ops_interfaces::{
    hydra_token_hook::{HydraTokenHook, Provider as HydraProvider},
    traefik_route::{
        Domain, DynamicConfig, Middleware, Requirer as Route, Router, RouterTls, Service,
        TraefikRoute, path_prefix,
    },
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Hydra, which calls the hook.
pub const HYDRA: Typed<endpoints::HydraTokenHook, HydraTokenHook> =
    Typed::new(endpoints::HydraTokenHook);
/// Traefik, which routes requests from outside.
pub const INGRESS: Typed<endpoints::Ingress, TraefikRoute> = Typed::new(endpoints::Ingress);
/// The other units.
pub const PEERS: Typed<endpoints::HookService, HookServicePeers> =
    Typed::new(endpoints::HookService);

/// The port on which the workload listens.
pub const PORT: u16 = 8080;

/// Where this application is found inside the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The model's name.
    pub model: String,
    /// The application's name.
    pub application: String,
}

impl Place {
    /// The workload's URL inside the cluster.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}.{}.svc.cluster.local:{PORT}", self.application, self.model)
    }
}

/// What Hydra needs to call the hook.
#[must_use]
pub fn hydra(place: &Place, token: &Secret) -> HydraProvider {
    HydraProvider::with_token(format!("{}/api/v0/hook/hydra", place.url()), token.clone())
}

/// Traefik's route to the workload; over TLS too once Traefik tells its host.
#[must_use]
pub fn route(place: &Place, external_host: Option<&str>) -> Route {
    let id = format!("{}-{}", place.model, place.application);
    let strip = format!("juju-sidecar-noprefix-{id}");
    let service = format!("juju-{id}-api-service");
    let router =
        Router::new(path_prefix(&format!("/{id}/ui")), service.as_str()).middleware(strip.as_str());
    let without_prefix =
        Middleware::StripPrefix { force_slash: Some(false), prefixes: vec![format!("/{id}")] };
    let mut config = DynamicConfig::default()
        .middleware(strip.as_str(), without_prefix)
        .router(format!("juju-{id}-api-router"), router.clone().entry_point("web"))
        .service(service, Service::server(place.url()));
    if let Some(host) = external_host {
        let tls = RouterTls::default().domain(Domain::wildcard(host));
        let router = router.entry_point("websecure").tls(tls);
        config = config.router(format!("juju-{id}-api-router-tls"), router);
    }
    Route::raw(&config)
}

/// What the units of this application tell each other.
#[derive(Debug, Clone, Copy)]
pub enum HookServicePeers {}

impl Interface for HookServicePeers {
    const NAME: &'static str = "hook_service_peers";
    type Provider = (PeerData, ());
    type Requirer = (PeerData, ());
}

/// What the leader tells the other units.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PeerData {
    /// The id of the API token's secret: a follower has no other way to learn it.
    pub api_token_secret: Option<SecretId>,
}

const API_TOKEN_SECRET: &str = "api-token-secret";

impl Schema for PeerData {
    fn encode(&self) -> Result<Databag, SchemaError> {
        let id = self.api_token_secret.as_ref().map(SecretId::to_string).unwrap_or_default();
        Ok(Databag::from([(API_TOKEN_SECRET.to_owned(), Text::from(id))]))
    }

    fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        let parse = |text: &String| {
            SecretId::parse(text).map_err(|_| SchemaError::new(API_TOKEN_SECRET, "a secret id"))
        };
        let id = bag.get(API_TOKEN_SECRET).map(parse).transpose()?;
        Ok(Some(Self { api_token_secret: id }))
    }
}
