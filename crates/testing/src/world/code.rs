//! A step as the Rust line that makes it happen again, ready to paste into a test.

use super::{
    names::Ends,
    step::{Given, Params, Step},
};
use crate::emulator::juju::{ConfigValue, Content, Refusal, Script, Trouble};
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

impl Step {
    /// The Rust line that makes it happen again in a `World` called `world`. What a secret holds stands in
    /// it, as it does in the test that said so first.
    #[must_use]
    pub fn as_code(&self) -> String {
        format!("world.{};", self.call())
    }

    fn call(&self) -> String {
        match self {
            Self::SetConfig { application, option, value } => {
                format!(
                    "set_config({:?}, {option:?}, {})",
                    application.as_str(),
                    given(value, config)
                )
            }
            Self::ResetConfig { application, option } => {
                format!("reset_config({:?}, {option:?})", application.as_str())
            }
            Self::Trust { application, trusted } => {
                let method = if *trusted { "trust" } else { "distrust" };
                format!("{method}({:?})", application.as_str())
            }
            Self::Integrate(ends) => {
                format!("integrate({:?}, {:?})", ends.0.to_string(), ends.1.to_string())
            }
            Self::RemoveRelation(relation) => format!("remove_relation({})", ends(relation)),
            Self::SuspendRelation(relation) => format!("suspend_relation({})", ends(relation)),
            Self::ResumeRelation(relation) => format!("resume_relation({})", ends(relation)),
            Self::RemoteData { relation, writer, data } => {
                // An array has values of one type.
                let mixed = data.values().any(|value| matches!(value, Given::Secret(_)));
                let code = |value| given(value, |text: &String| format!("{text:?}"));
                let data = data.iter().map(|(key, value)| match mixed {
                    true => format!("({key:?}, Given::<String>::from({}))", code(value)),
                    false => format!("({key:?}, {})", code(value)),
                });
                format!("remote_data({}, {:?}, {})", ends(relation), writer.as_str(), array(data))
            }
            Self::AddSecret { name, owner: None, content } => {
                format!("add_secret({name:?}, {})", pairs(content))
            }
            Self::AddSecret { name, owner: Some(owner), content } => {
                format!("add_secret_of({:?}, {name:?}, {})", owner.as_str(), pairs(content))
            }
            Self::UpdateSecret { name, content } => {
                format!("update_secret({name:?}, {})", pairs(content))
            }
            Self::GrantSecret { name, to, relation: None } => {
                format!("grant_secret({name:?}, {:?})", to.as_str())
            }
            Self::GrantSecret { name, to, relation: Some(relation) } => {
                format!("grant_secret_over({}, {name:?}, {:?})", ends(relation), to.as_str())
            }
            Self::RevokeSecret { name, from } => {
                format!("revoke_secret({name:?}, {:?})", from.as_str())
            }
            Self::RemoveSecret { name } => format!("remove_secret({name:?})"),
            Self::AddUnit { application } => format!("add_unit({:?})", application.as_str()),
            Self::RemoveUnit { unit } => format!("remove_unit({:?})", unit.as_str()),
            Self::RemoveApplication { application } => {
                format!("remove_application({:?})", application.as_str())
            }
            Self::Elect { unit } => format!("elect({:?})", unit.as_str()),
            Self::LoseLeader { application } => {
                format!("lose_leader({:?})", application.as_str())
            }
            Self::ContainerDown { unit, container } => {
                format!("container_down({:?}, {:?})", unit.as_str(), container.as_str())
            }
            Self::ContainerUp { unit, container } => {
                format!("container_up({:?}, {:?})", unit.as_str(), container.as_str())
            }
            Self::ReplacePod { unit } => format!("replace_pod({:?})", unit.as_str()),
            Self::Upgrade { application, build, force } => {
                let method = if *force { "upgrade_by_force" } else { "upgrade" };
                format!("{method}({:?}, {build:?})", application.as_str())
            }
            Self::Action { unit, name, params } => {
                format!("action({:?}, {name:?}, {})", unit.as_str(), parameters(params))
            }
            Self::UpdateStatus { unit } => format!("update_status({:?})", unit.as_str()),
            Self::Advance { seconds } => format!("advance({seconds})"),
            Self::RefuseNextFlush { unit, refusal } => {
                let refusal = match refusal {
                    Refusal::Before(why) => format!("Refusal::Before({why:?}.into())"),
                    Refusal::AfterSecrets(why) => format!("Refusal::AfterSecrets({why:?}.into())"),
                };
                format!("refuse_next_flush({:?}, {refusal})", unit.as_str())
            }
            Self::TroubleNext { unit, script } => {
                format!("trouble_next({:?}, {})", unit.as_str(), scripted(script))
            }
            Self::AddStorage { unit, storage } => {
                format!("add_storage({:?}, {storage:?})", unit.as_str())
            }
            Self::DetachStorage { unit, id } => {
                format!("detach_storage({:?}, {id:?})", unit.as_str())
            }
            Self::Resolved { unit, retry } => {
                let method = if *retry { "resolved" } else { "resolved_without_retry" };
                format!("{method}({:?})", unit.as_str())
            }
            Self::Notify { unit, container, key, data } => format!(
                "notify({:?}, {:?}, {key:?}, {})",
                unit.as_str(),
                container.as_str(),
                texts(data)
            ),
            Self::CheckFails { unit, container, check } => {
                format!("check_fails({:?}, {:?}, {check:?})", unit.as_str(), container.as_str())
            }
            Self::CheckRecovers { unit, container, check } => {
                format!("check_recovers({:?}, {:?}, {check:?})", unit.as_str(), container.as_str())
            }
            Self::ServiceExits { unit, container, service, code } => format!(
                "service_exits({:?}, {:?}, {service:?}, {code})",
                unit.as_str(),
                container.as_str()
            ),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_code())
    }
}

/// An array of pairs of texts. An empty one has to say of what it is.
fn array(pairs: impl Iterator<Item = String>) -> String {
    match pairs.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => "[(\"\", \"\"); 0]".to_owned(),
        pairs => format!("[{pairs}]"),
    }
}

fn ends(Ends(one, other): &Ends) -> String {
    format!("({:?}, {:?})", one.to_string(), other.to_string())
}

fn given<T>(value: &Given<T>, code: impl Fn(&T) -> String) -> String {
    match value {
        Given::Value(value) => code(value),
        Given::Secret(secret) => format!("SecretNamed::new({:?})", secret.0),
    }
}

fn config(value: &ConfigValue) -> String {
    match value {
        ConfigValue::Boolean(value) => value.to_string(),
        ConfigValue::Int(number) if i32::try_from(*number).is_ok() => number.to_string(),
        ConfigValue::Int(number) => format!("{number}_i64"),
        ConfigValue::Float(number) => format!("{number:?}_f64"),
        ConfigValue::Text(text) => format!("{text:?}"),
    }
}

fn pairs(content: &Content) -> String {
    texts(&content.0)
}

fn texts(data: &BTreeMap<String, String>) -> String {
    array(data.iter().map(|(key, value)| format!("({key:?}, {value:?})")))
}

fn parameters(Params(params): &Params) -> String {
    if params.is_empty() {
        return "()".to_owned();
    }
    let with = |(name, value): (&String, &Value)| match value {
        Value::String(text) => format!(".with({name:?}, {text:?})"),
        Value::Bool(value) => format!(".with({name:?}, {value})"),
        Value::Number(number) => format!(".with({name:?}, {number})"),
        value => format!(".with({name:?}, serde_json::json!({value}))"),
    };
    format!("Params::new(){}", params.iter().map(with).collect::<String>())
}

fn scripted(script: &Script) -> String {
    let mut code = "Script::default()".to_owned();
    for (program, skip, once, trouble) in script.rules() {
        let trouble = match trouble {
            Trouble::Fails { code, stderr } => {
                format!("Trouble::Fails {{ code: {code}, stderr: {stderr:?}.into() }}")
            }
            Trouble::Killed(signal) => format!("Trouble::Killed({signal})"),
            Trouble::Prints(bytes) => {
                format!("Trouble::Prints(b\"{}\".to_vec())", bytes.escape_ascii())
            }
            Trouble::Hangs => "Trouble::Hangs".to_owned(),
            Trouble::Missing => "Trouble::Missing".to_owned(),
            Trouble::Lost => "Trouble::Lost".to_owned(),
        };
        code += &match once {
            true => format!(".once({program:?}, {skip}, {trouble})"),
            false => format!(".always({program:?}, {trouble})"),
        };
    }
    if let Some(effects) = script.killed_after() {
        code += &format!(".kill_after({effects})");
    }
    code
}
