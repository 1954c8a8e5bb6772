//! `hydra_token_hook`: where Ory Hydra finds the hook that it calls before it issues a token, and how
//! it authenticates there.
//!
//! The provider is the charm with the hook, the requirer is Hydra. Only the provider's application
//! writes:
//!
//! | key | value | absent |
//! |---|---|---|
//! | `url` | where Hydra posts to | nothing is ready yet |
//! | `auth_config_value` | the credential, in clear | Hydra does not authenticate |
//! | `auth_config_name` | name of the header or cookie | `Authorization`, if there is a value |
//! | `auth_config_in` | `header` or `cookie` | `header`, if there is a value |
//!
//! Contract: the charm library `hydra.v0.hydra_token_hook` of canonical/hydra-operator.

use ops_core::{
    Secret,
    interface::{Databag, Interface, Schema, SchemaError},
};
use serde::Serialize;
use std::collections::BTreeMap;

const URL: &str = "url";
const VALUE: &str = "auth_config_value";
const NAME: &str = "auth_config_name";
const IN: &str = "auth_config_in";

const DEFAULT_NAME: &str = "Authorization";
/// The tag of a credential that was read from a databag.
const TAG: &str = "hydra_token_hook/auth_config_value";

/// The interface `hydra_token_hook`.
#[derive(Debug, Clone, Copy)]
pub enum HydraTokenHook {}

impl Interface for HydraTokenHook {
    const NAME: &'static str = "hydra_token_hook";
    type Provider = (Provider, ());
    type Requirer = ((), ());
}

/// What the charm with the hook writes into its application's databag.
///
/// ```
/// use ops_core::{Secret, interface::Schema as _};
/// use ops_interfaces::hydra_token_hook::Provider;
///
/// let token = Secret::new("b5a8".to_owned(), "secret:1/api-token@1");
/// let bag = Provider::with_token("http://hook.example:8080/hook", token).encode()?;
/// assert_eq!(bag["auth_config_name"].expose(), "Authorization");
/// assert!(bag["auth_config_value"].is_secret());
/// # Ok::<(), ops_core::interface::SchemaError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provider {
    /// Where Hydra posts to.
    pub url: String,
    /// How Hydra authenticates there. `None`: it does not.
    ///
    /// `encode` leaves the keys of an absent `auth` out, so a credential that was written before stays.
    pub auth: Option<Auth>,
}

/// How Hydra authenticates at the hook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Auth {
    /// What Hydra sends, verbatim: nothing such as `Bearer` is put before it.
    pub value: Secret,
    /// The name of the header or cookie.
    pub name: String,
    /// Where Hydra puts it.
    pub location: AuthIn,
}

/// Where Hydra puts the credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthIn {
    /// In a request header.
    Header,
    /// In a cookie.
    Cookie,
}

impl Provider {
    /// A hook that anybody may call.
    pub fn open(url: impl Into<String>) -> Self {
        Self { url: url.into(), auth: None }
    }

    /// A hook that expects this token in the header `Authorization`.
    pub fn with_token(url: impl Into<String>, token: Secret) -> Self {
        Self {
            url: url.into(),
            auth: Some(Auth {
                value: token,
                name: DEFAULT_NAME.to_owned(),
                location: AuthIn::Header,
            }),
        }
    }
}

impl Schema for Provider {
    fn encode(&self) -> Result<Databag, SchemaError> {
        check_url(&self.url)?;
        let mut bag = Databag::from([(URL.to_owned(), (&self.url).into())]);
        if let Some(auth) = &self.auth {
            check_name(&auth.name)?;
            check_value(auth.value.expose())?;
            bag.insert(VALUE.to_owned(), (&auth.value).into());
            bag.insert(NAME.to_owned(), (&auth.name).into());
            bag.insert(IN.to_owned(), auth.location.as_str().into());
        }
        Ok(bag)
    }

    fn decode(bag: &BTreeMap<String, String>) -> Result<Option<Self>, SchemaError> {
        // Juju stores no empty value: writing one removes the key.
        let get = |key| bag.get(key).map(String::as_str).filter(|text| !text.is_empty());

        let name = get(NAME).unwrap_or(DEFAULT_NAME);
        check_name(name)?;
        let location = get(IN).map_or(Ok(AuthIn::Header), AuthIn::parse)?;
        let auth = match get(VALUE) {
            None => None,
            Some(value) => {
                check_value(value)?;
                Some(Auth {
                    value: Secret::new(value.to_owned(), TAG),
                    name: name.to_owned(),
                    location,
                })
            }
        };
        let Some(url) = get(URL) else {
            return Ok(None);
        };
        check_url(url)?;
        Ok(Some(Self { url: url.to_owned(), auth }))
    }
}

impl AuthIn {
    /// The text on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }

    fn parse(text: &str) -> Result<Self, SchemaError> {
        match text {
            "header" => Ok(Self::Header),
            "cookie" => Ok(Self::Cookie),
            _ => Err(SchemaError::new(IN, "`header` or `cookie`")),
        }
    }
}

// Name and value become part of an HTTP request: a line break in one would add a header to it.

fn check_url(url: &str) -> Result<(), SchemaError> {
    crate::check_http_url(URL, url)
}

fn check_name(name: &str) -> Result<(), SchemaError> {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if !name.is_empty() && name.chars().all(token) {
        Ok(())
    } else {
        Err(SchemaError::new(NAME, "the name of a header or cookie"))
    }
}

fn check_value(value: &str) -> Result<(), SchemaError> {
    if value.is_empty() || value.contains(char::is_control) {
        Err(SchemaError::new(VALUE, "a credential of one line"))
    } else {
        Ok(())
    }
}
