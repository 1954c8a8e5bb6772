//! Actions and their parameters: R26 to R31, V3, A10, A11.

use super::*;
use ops_testing::emulator::juju::ActionSchema;
use serde_json::json;

fn backup() -> Hook {
    Hook::action("backup").param("where", "/srv")
}

fn restore() -> Hook {
    Hook::action("restore")
}

/// A charm with an action `odd`, whose parameter has this schema.
fn odd(schema: Value) -> Checked {
    let params = [("x".to_owned(), schema)].into();
    let action = ActionSchema { params, ..ActionSchema::default() };
    web().charm(|charm| drop(charm.actions.insert("odd".to_owned(), action)))
}

#[test]
fn r26_the_event_has_the_actions_name() {
    let ops_testing::emulator::juju::Hook::Action { name, .. } = backup() else { panic!() };
    assert_eq!(name, "backup");
}

#[test]
fn r26_another_action_is_another_event() {
    assert_ne!(backup(), restore().param("where", "/srv"));
}

#[test]
fn r27_an_action_that_is_not_declared_is_found() {
    web().breaks_at(Rule::R27, &Hook::action("bakcup"), &state());
}

#[test]
fn r27_a_declared_action_is_fine() {
    web().holds_at(&backup(), &state());
}

#[test]
fn r28_a_parameter_without_a_type_is_found() {
    web().breaks_at(Rule::R28, &Hook::action("untyped"), &state());
}

#[test]
fn r28_a_parameter_with_a_type_is_fine() {
    odd(json!({"type": "string"})).holds_at(&Hook::action("odd").param("x", "a"), &state());
}

#[test]
fn r29_a_parameter_of_an_unknown_type_is_found() {
    let action = Hook::action("odd").param("x", "a");
    odd(json!({"type": "text"})).breaks_at(Rule::R29, &action, &state());
    odd(json!({"type": ["string", 3]})).breaks_at(Rule::R29, &action, &state());
}

#[test]
fn r29_parameters_of_the_types_of_json_schema_are_fine() {
    for (kind, value) in [
        ("string", json!("a")),
        ("boolean", json!(true)),
        ("integer", json!(1)),
        ("number", json!(1.5)),
        ("array", json!([])),
        ("object", json!({})),
        ("null", json!(null)),
    ] {
        odd(json!({"type": kind})).holds_at(&Hook::action("odd").param("x", value), &state());
    }
}

#[test]
fn r30_a_parameter_that_is_not_declared_is_found_where_juju_refuses_it() {
    web().breaks_at(Rule::R30, &backup().param("wehre", 1), &state());
    web().juju(4, 0, 0).breaks_at(Rule::R30, &restore().param("wehre", 1), &state());
}

#[test]
fn r30_a_parameter_that_the_charm_wants_undeclared_is_fine() {
    let open = web().charm(|charm| {
        charm.actions.get_mut("backup").unwrap().additional = Some(true);
    });
    open.holds_at(&backup().param("wehre", 1), &state());
}

#[test]
fn r31_a_value_of_another_type_is_found_a_boolean_for_an_integer_too() {
    web().breaks_at(Rule::R31, &Hook::action("backup").param("where", 1), &state());
    web().breaks_at(Rule::R31, &backup().param("keep", true), &state());
    web().breaks_at(Rule::R31, &backup().param("keep", 1.5), &state());
    web().breaks_at(Rule::R31, &backup().param("tags", "abc"), &state());
    web().breaks_at(Rule::R31, &restore().param("where", 1), &state());
}

#[test]
fn r31_a_value_of_the_type_is_fine() {
    let tags = json!(["a"]);
    web().holds_at(&backup().param("keep", 3).param("tags", tags), &state());
    web().holds_at(&backup().param("keep", 3.0), &state());
    web().holds_at(&restore().param("where", Value::Null), &state());
}

#[test]
fn v3_a_name_that_no_action_can_have_is_found() {
    for name in ["Backup", "-backup", "backup-", "", "back_up"] {
        web().breaks_among(Rule::V3, &Hook::action(name), &state());
    }
}

#[test]
fn v3_lower_case_letters_digits_and_hyphens_are_fine() {
    let declared = web().charm(|charm| {
        charm.actions.insert("2-back-up".to_owned(), ActionSchema::default());
    });
    declared.holds_at(&Hook::action("2-back-up"), &state());
}

#[test]
fn a10_a_required_parameter_that_is_not_given_is_found() {
    web().breaks_at(Rule::A10, &Hook::action("backup"), &state());
}

#[test]
fn a10_a_required_parameter_that_is_given_or_has_a_default_is_fine() {
    web().holds_at(&backup(), &state());
    let with_default = web().charm(|charm| {
        let backup = charm.actions.get_mut("backup").unwrap();
        backup.params.insert("where".to_owned(), json!({"type": "string", "default": "/srv"}));
    });
    with_default.holds_at(&Hook::action("backup"), &state());
}

#[test]
fn a11_a_parameter_that_is_not_declared_is_found_where_juju_lets_it_pass() {
    web().breaks_at(Rule::A11, &restore().param("wehre", 1), &state());
}

#[test]
fn a11_a_declared_parameter_is_fine() {
    web().holds_at(&restore().param("where", "/srv"), &state());
}
