//! Sources: the API token that this charm makes, and the Salesforce consumer that the operator grants.

use crate::integrations::{PEERS, PeerData};
use ops::names::SecretId;
use ops::{
    FaultKind,
    prelude::*,
    secret_config::{Keys, SecretConfigError},
};
use serde::Serialize;

/// The label of the API token's secret, owned by the application.
pub const API_TOKEN_LABEL: &str = "apitokensecret";
/// The key of the API token in its secret.
pub const API_TOKEN_KEY: &str = "api-token";
/// The token is this many random bytes, in hexadecimal digits.
pub const API_TOKEN_BYTES: usize = 16;

/// What the operator puts into the secret of `salesforce_consumer_secret`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Consumer {
    /// `consumer-key`
    pub key: Secret,
    /// `consumer-secret`
    pub secret: Secret,
}

impl ops::SecretKeys for Consumer {
    fn read(keys: &Keys<'_>) -> Result<Self, SecretConfigError> {
        Ok(Self { key: keys.require("consumer-key")?, secret: keys.require("consumer-secret")? })
    }
}

/// The API token, and the id of its secret.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ApiToken {
    /// The secret's id, which the other units need to find it.
    pub id: SecretId,
    /// The token: lower-case hexadecimal digits.
    pub value: Secret,
}

/// The API token: the leader finds its secret by label, the others by the id that the leader tells them.
pub fn api_token(model: &Model, leadership: Leadership) -> Probe<ApiToken> {
    let told = match model.own(PEERS) {
        Probe::Present(PeerData { api_token_secret }) => api_token_secret,
        Probe::Absent => None,
        // What the leader cannot understand it writes anew.
        Probe::Failed(fault) if leadership.is_leader() && fault.kind() == FaultKind::Blocked => {
            None
        }
        Probe::Failed(fault) => return Probe::Failed(fault),
    };
    let filled = |id: SecretId, value: Option<&Secret>| match value {
        Some(value) if !value.expose().is_empty() => {
            Probe::Present(ApiToken { id, value: value.clone() })
        }
        _ => Probe::Absent,
    };
    match (leadership, told) {
        (Leadership::Leader, told) => model.owned_secret(API_TOKEN_LABEL).and_then(|secret| {
            let id = told.map_or_else(|| model.owned_secret_id(API_TOKEN_LABEL), Probe::Present);
            id.and_then(|id| filled(id, secret.get(API_TOKEN_KEY)))
        }),
        (Leadership::Follower, Some(id)) => {
            model.secret(&id).and_then(|secret| filled(id, secret.get(API_TOKEN_KEY)))
        }
        (Leadership::Follower, None) => Probe::Absent,
    }
}
