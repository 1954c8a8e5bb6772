//! The actions: `actions.yaml`, or `actions` in `charmcraft.yaml`.

use super::context::{Context, Fields, Space};
use crate::{
    charm::{Action, Charm, Parameter, ParameterType},
    yaml::{Key, Node, Value, clip},
};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// Keys of JSON Schema, draft 4, that an action may have beside those below.
const SCHEMA: &[&str] = &[
    "title",
    "minProperties",
    "maxProperties",
    "patternProperties",
    "dependencies",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "definitions",
    "type",
];

/// Keywords of JSON Schema in a parameter. Others may stand there, and mean nothing.
#[rustfmt::skip]
const PARAMETER: &[&str] = &[
    "$schema", "additionalItems", "additionalProperties", "allOf", "anyOf", "const", "contains", "default",
    "definitions", "dependencies", "description", "else", "enum", "examples", "exclusiveMaximum",
    "exclusiveMinimum", "format", "id", "if", "items", "maxItems", "maxLength", "maxProperties", "maximum",
    "minItems", "minLength", "minProperties", "minimum", "multipleOf", "not", "oneOf", "pattern",
    "patternProperties", "properties", "propertyNames", "readOnly", "required", "then", "title", "type",
    "uniqueItems", "writeOnly",
];

/// Reads a mapping of actions.
pub(super) fn read(cx: &mut Context, node: &Node, charm: &mut Charm) {
    for (key, node) in cx.optional_map(node, "actions").unwrap_or_default() {
        if !is_name(&key.text) {
            let message = format!("bad action name {}", clip(&key.text));
            cx.problem(key.line, message, "use lower-case letters, digits and `-` within");
            continue;
        }
        if key.text == "juju" || key.text.starts_with("juju-") {
            let message = format!("the action name {:?} is reserved for Juju", key.text);
            cx.problem(key.line, message, "name it otherwise");
            continue;
        }
        cx.declare(Space::Action, key);
        if let Some(action) = action(cx, key, node) {
            charm.actions.insert(key.text.clone(), action);
        }
    }
}

/// `^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$`
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('-')
        && !name.ends_with('-')
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn action(cx: &mut Context, key: &Key, node: &Node) -> Option<Action> {
    let mut action = Action::default();
    if node.is_null() {
        return Some(action);
    }
    let mut fields = Fields::of(cx.map(node, &format!("action {}", key.text))?);
    action.description = fields.value("description").and_then(|node| cx.text(node, "description"));
    let parallel = fields.value("parallel").and_then(|node| cx.boolean(node, "parallel"));
    action.parallel = parallel.unwrap_or_default();
    action.execution_group =
        fields.value("execution-group").and_then(|node| cx.text(node, "execution-group"));
    if let Some(node) = fields.value("additionalProperties") {
        match &node.value {
            Value::Map(_) => {
                action.additional = Some(true);
                action.schema.insert("additionalProperties".to_owned(), node.json());
            }
            _ => action.additional = cx.boolean(node, "additionalProperties"),
        }
    }
    if let Some(node) = fields.value("params") {
        action.params = parameters(cx, &key.text, node);
    }
    if let Some(node) = fields.value("required") {
        action.required = required(cx, &action.params, node);
    }
    let mut unknown = Vec::new();
    for entry in fields.rest() {
        let (key, node) = entry;
        if refuses_reference(cx, key) {
            continue;
        }
        if !SCHEMA.contains(&key.text.as_str()) {
            unknown.push((key.clone(), node.clone()));
        }
        action.schema.insert(key.text.clone(), node.json());
    }
    let known = [
        "description",
        "params",
        "required",
        "additionalProperties",
        "parallel",
        "execution-group",
    ];
    Fields::of(&unknown).finish(cx, &known, "in an action");
    Some(action)
}

fn required(
    cx: &mut Context,
    params: &BTreeMap<String, Parameter>,
    node: &Node,
) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for item in cx.list(node, "required").unwrap_or_default() {
        let Some(name) = cx.text(item, "required") else { continue };
        if !params.contains_key(&name) {
            let message = format!("`{}` is required, but is no parameter", clip(&name));
            cx.author(item.line, message, "declare it under `params`, or remove it here");
        }
        names.insert(name);
    }
    names
}

fn parameters(cx: &mut Context, action: &str, node: &Node) -> BTreeMap<String, Parameter> {
    let mut params = BTreeMap::new();
    for (key, node) in cx.map(node, "params").unwrap_or_default() {
        if refuses_reference(cx, key) {
            continue;
        }
        cx.declare(Space::Parameter(action.to_owned()), key);
        if let Some(parameter) = parameter(cx, action, key, node) {
            params.insert(key.text.clone(), parameter);
        }
    }
    params
}

fn parameter(cx: &mut Context, action: &str, key: &Key, node: &Node) -> Option<Parameter> {
    let schema = node.json();
    let any = ParameterType::Any;
    if node.is_null() {
        return Some(Parameter { schema, kind: any, default: None, description: None });
    }
    let entries = cx.map(node, &format!("parameter {}", key.text))?;
    references(cx, node);
    let mut fields = Fields::of(entries);
    let description = fields.value("description").and_then(|node| cx.text(node, "description"));
    let mut kind = fields.value("type").and_then(|node| kind(cx, node)).unwrap_or(any);
    if kind == ParameterType::Array(Box::new(ParameterType::Any)) {
        let items = fields.value("items").and_then(|node| match &node.value {
            Value::Map(entries) => Fields::of(entries).value("type"),
            _ => None,
        });
        if let Some(items) = items.and_then(|node| self::kind(cx, node)) {
            kind = ParameterType::Array(Box::new(items));
        }
    }
    if let Some((at, choices)) = fields.take("enum") {
        let items = cx.list(choices, "enum").unwrap_or_default();
        if items.is_empty() {
            cx.author(at.line, "`enum` has no values", "list the values, or remove it");
        }
        if kind == ParameterType::String {
            kind = choice(cx, action, &key.text, items);
            cx.declare(Space::Enum(action.to_owned()), &Key { is_text: true, ..key.clone() });
        }
    }
    if let Some((at, node)) = fields.take("required")
        && !matches!(node.value, Value::List(_))
    {
        let hint = format!("write `required: [{}]` beside `params`", key.text);
        cx.author(at.line, "a parameter does not say itself that it is required", hint);
    }
    let default = fields.value("default").map(|node| (node.line, node.json()));
    fields.misspelt(cx, PARAMETER, "in a parameter");
    if let Some((line, default)) = &default
        && !fits(&kind, default)
    {
        let message = format!("the default of parameter `{}` is not {}", key.text, expected(&kind));
        cx.author(*line, message, "change the default, or the type");
    }
    Some(Parameter { schema, kind, default: default.map(|(_, default)| default), description })
}

fn kind(cx: &mut Context, node: &Node) -> Option<ParameterType> {
    let any = || Box::new(ParameterType::Any);
    let Value::Scalar(text, _) = &node.value else { return Some(ParameterType::Any) };
    Some(match text.as_str() {
        "string" => ParameterType::String,
        "integer" => ParameterType::Integer,
        "number" => ParameterType::Number,
        "boolean" => ParameterType::Boolean,
        "object" => ParameterType::Object,
        "array" => ParameterType::Array(any()),
        "null" => ParameterType::Any,
        other => {
            let hint = match other {
                "bool" => "write `boolean`",
                "int" => "write `integer`",
                "float" => "write `number`",
                "str" => "write `string`",
                _ => "JSON Schema knows string, integer, number, boolean, object and array",
            };
            cx.author(node.line, format!("a parameter of the type {:?}", clip(other)), hint);
            return None;
        }
    })
}

/// Texts become an enum; anything else stays a text.
fn choice(cx: &mut Context, action: &str, parameter: &str, items: &[Node]) -> ParameterType {
    let mut choices: Vec<String> = Vec::new();
    for item in items {
        let Some(text) = cx.text(item, "enum") else { return ParameterType::String };
        if choices.contains(&text) {
            let message = format!("`enum` has {:?} twice", clip(&text));
            cx.author(item.line, message, "remove one of them");
            continue;
        }
        let space = Space::Choice(action.to_owned(), parameter.to_owned());
        cx.declare(space, &Key { line: item.line, text: text.clone(), is_text: true });
        choices.push(text);
    }
    ParameterType::Choice(choices)
}

fn fits(kind: &ParameterType, value: &Json) -> bool {
    match kind {
        ParameterType::String => value.is_string(),
        ParameterType::Choice(choices) => {
            value.as_str().is_some_and(|text| choices.iter().any(|choice| choice == text))
        }
        ParameterType::Integer => value.is_i64(),
        ParameterType::Number => value.is_number(),
        ParameterType::Boolean => value.is_boolean(),
        ParameterType::Object => value.is_object(),
        ParameterType::Array(items) => {
            value.as_array().is_some_and(|values| values.iter().all(|value| fits(items, value)))
        }
        ParameterType::Any => true,
    }
}

fn expected(kind: &ParameterType) -> String {
    match kind {
        ParameterType::String => "a text".to_owned(),
        ParameterType::Choice(choices) => format!("one of {}", clip(&choices.join(", "))),
        ParameterType::Integer => "a whole number".to_owned(),
        ParameterType::Number => "a number".to_owned(),
        ParameterType::Boolean => "a boolean".to_owned(),
        ParameterType::Object => "a mapping".to_owned(),
        ParameterType::Array(_) => "a list of what `items` says".to_owned(),
        ParameterType::Any => "anything".to_owned(),
    }
}

/// Juju's checker resolves nothing.
fn refuses_reference(cx: &mut Context, key: &Key) -> bool {
    let refused = matches!(key.text.as_str(), "$ref" | "$schema");
    if refused {
        let message = format!("schema key {:?} not compatible with this version of juju", key.text);
        cx.problem(key.line, message, "write the schema out");
    }
    refused
}

/// The depth of a file is limited, so this is, too.
fn references(cx: &mut Context, node: &Node) {
    match &node.value {
        Value::Scalar(..) => {}
        Value::List(items) => items.iter().for_each(|item| references(cx, item)),
        Value::Map(entries) => {
            for (key, node) in entries {
                refuses_reference(cx, key);
                references(cx, node);
            }
        }
    }
}
