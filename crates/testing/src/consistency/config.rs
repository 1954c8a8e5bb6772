//! The options: R10 to R14.

use super::{Case, Finding, Rule};
use crate::emulator::juju::{ConfigValue, OptionType};
use ops_core::{JujuVersion, names::SecretId};

/// The first Juju that knows options of the type `secret`.
const SECRET_OPTIONS: JujuVersion = JujuVersion::new(3, 4, 0);

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Finding>) {
    for (name, value) in &case.state.config {
        match case.charm.options.get(name) {
            None => {
                let message = format!("the charm declares no option {name}");
                found.push(Finding::new(Rule::R10, message));
            }
            Some(option) => check_value(name, option.kind, value, found),
        }
    }
    if case.version < SECRET_OPTIONS {
        for (name, _) in case.charm.options.iter().filter(|(_, it)| it.kind == OptionType::Secret) {
            let message =
                format!("the option {name} is a secret, which Juju {} does not know", case.version);
            found.push(Finding::new(Rule::R12, message));
        }
    }
}

fn check_value(name: &str, kind: OptionType, value: &ConfigValue, found: &mut Vec<Finding>) {
    match (kind, value) {
        (OptionType::Secret, ConfigValue::Text(text)) => {
            let is_uri = || {
                text.starts_with("secret:")
                    && SecretId::parse(text).is_ok_and(|id| id.bare().len() == 20)
            };
            if !text.is_empty() && !is_uri() {
                let message =
                    format!("the value of the option {name} is no secret's URI: {text:?}");
                found.push(Finding::new(Rule::R14, message));
            }
        }
        (OptionType::String, ConfigValue::Text(_))
        | (OptionType::Int, ConfigValue::Int(_))
        | (OptionType::Float, ConfigValue::Float(_) | ConfigValue::Int(_))
        | (OptionType::Boolean, ConfigValue::Boolean(_)) => {}
        _ => {
            let is = match value {
                ConfigValue::Boolean(_) => "a boolean",
                ConfigValue::Int(_) => "an int",
                ConfigValue::Float(_) => "a float",
                ConfigValue::Text(_) => "a text",
            };
            let message =
                format!("the option {name} is {is}, but is declared as {}", kind.as_str());
            found.push(Finding::new(Rule::R13, message));
        }
    }
}
