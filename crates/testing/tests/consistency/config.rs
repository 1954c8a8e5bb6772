//! The options: R10 to R14.

use super::*;
use meta::options;
use ops_metadata::{Charm, Rules, SourceFile};
use ops_testing::raw;

/// What the macro says of a charm with this option.
fn read(option: &str, rules: Rules) -> Result<Charm, String> {
    let text =
        format!("name: web\nsummary: a\ndescription: b\nconfig: {{options: {{x: {option}}}}}\n");
    let file = SourceFile::new("charmcraft.yaml", text.as_bytes());
    Charm::read(&[file], rules).map_err(|problems| problems.to_string())
}

#[test]
fn r10_an_option_that_is_not_declared_is_found() {
    web().breaks(Rule::R10, &state().config(raw("prot"), 80_i64));
}

#[test]
fn r10_a_declared_option_is_fine() {
    web().holds(&state().config(options::PORT, 80));
}

#[test]
fn r11_an_option_without_a_type_does_not_build() {
    let problem = read("{default: a}", Rules::Author).unwrap_err();
    assert!(problem.contains("option \"x\" has no type"), "{problem}");
}

#[test]
fn r11_juju_takes_it_for_a_string() {
    let charm = read("{default: a}", Rules::Juju).unwrap();
    assert_eq!(charm.options["x"].kind.name(), "string");
}

#[test]
fn r12_a_secret_option_before_juju_3_4_is_found() {
    web().juju(3, 3, 7).breaks(Rule::R12, &state());
    let problem = read("{type: text}", Rules::Juju).unwrap_err();
    assert!(problem.contains("unknown type"), "{problem}");
}

#[test]
fn r12_a_secret_option_from_juju_3_4_on_is_fine() {
    web().juju(3, 4, 0).holds(&state());
}

#[test]
fn r13_a_value_of_another_type_is_found_a_boolean_for_an_int_too() {
    web().breaks(Rule::R13, &state().config(raw("port"), "80"));
    web().breaks(Rule::R13, &state().config(raw("port"), true));
    web().breaks(Rule::R13, &state().config(raw("port"), 80.0));
    web().breaks(Rule::R13, &state().config(raw("title"), 80_i64));
    web().breaks(Rule::R13, &state().config(raw("ratio"), "0.5"));
    web().breaks(Rule::R13, &state().config(raw("debug"), 1_i64));
    web().breaks(Rule::R13, &state().config(raw("key"), true));
}

#[test]
fn r13_a_value_of_the_options_type_is_fine_an_int_for_a_float_too() {
    web().holds(&state().config(options::PORT, 80).config(options::TITLE, "80"));
    web().holds(&state().config(options::RATIO, 0.5).config(options::DEBUG, true));
    web().holds(&state().config(raw("ratio"), 1_i64));
}

#[test]
fn r14_a_text_that_is_no_secrets_uri_is_found() {
    for text in ["my-secret", "secret:short", "secret:D0ERDGFMP25C762I8NP0", "d0erdgfmp25c762i8np0"]
    {
        web().breaks(Rule::R14, &state().config(raw("key"), text));
    }
}

#[test]
fn r14_a_secrets_uri_and_nothing_are_fine() {
    web().holds(&state().config(options::KEY, id('0')));
    web().holds(&state().config(raw("key"), ""));
    let located = "secret://6f4f4c1e-9d2a-4f0b-8a57-0d6c1f0e7b11/d0erdgfmp25c762i8np0";
    web().holds(&state().config(raw("key"), located));
}
