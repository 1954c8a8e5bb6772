//! Identities: who may ask for what. The emulated daemon takes everybody for its own user.

use super::{Pebble, Response};
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Request {
    action: String,
    identities: Map<String, Value>,
}

impl Pebble {
    pub(super) fn get_identities(&self) -> Response {
        let mut shown = self.identities.clone();
        for identity in shown.values_mut().filter_map(Value::as_object_mut) {
            for (kind, secret) in [("basic", "password"), ("cert", "pem")] {
                if let Some(inner) = identity.get_mut(kind).and_then(Value::as_object_mut) {
                    inner.insert(secret.to_owned(), "*****".into());
                }
            }
        }
        Response::sync(&*shown)
    }

    pub(super) fn post_identities(&mut self, body: &[u8]) -> Response {
        let refuse = |message: String| Response::refused(400, "", message);
        let request: Request = match serde_json::from_slice(body) {
            Ok(request) => request,
            Err(error) => return refuse(format!("cannot decode request body: {error}")),
        };
        let Request { action, identities } = request;
        let is_there = |name: &&String| self.identities.contains_key(*name);
        let names = |there: bool| {
            let mut names: Vec<&str> = identities
                .keys()
                .filter(|name| is_there(name) == there)
                .map(String::as_str)
                .collect();
            names.sort_unstable();
            names.join(", ")
        };
        for (name, identity) in &identities {
            let must = match (action.as_str(), identity.is_null()) {
                ("add" | "update", true) => "must not be null",
                ("remove", false) => "must be null",
                _ => continue,
            };
            return refuse(format!("identity value for {name:?} {must} for {action} operation"));
        }
        let wrong = match action.as_str() {
            "add" if !names(true).is_empty() => {
                format!("cannot add identities: identities already exist: {}", names(true))
            }
            "update" | "remove" if !names(false).is_empty() => {
                format!("cannot {action} identities: identities do not exist: {}", names(false))
            }
            "add" | "update" | "replace" | "remove" => String::new(),
            _ => format!(
                "invalid action {action:?}, must be \"add\", \"update\", \"replace\", or \"remove\""
            ),
        };
        if !wrong.is_empty() {
            return refuse(wrong);
        }
        for (name, identity) in identities {
            match identity {
                Value::Null => self.identities.remove(&name),
                identity => self.identities.insert(name, identity),
            };
        }
        Response::sync(&Value::Null)
    }
}
