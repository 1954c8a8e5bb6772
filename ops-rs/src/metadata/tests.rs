//! Options of the wrong type, all of them at once, and what counts as unset.

use super::*;
use serde_json::{Value, json};

type Values = BTreeMap<String, Value>;

fn values(object: Value) -> Values {
    serde_json::from_value(object).unwrap()
}

fn read<T>(object: Value, read: impl FnOnce(&mut Options<'_>) -> T) -> Result<T, Fault> {
    Options::new(&values(object)).read_all(read)
}

type Everything = (Option<String>, Option<bool>, Option<i64>, Option<f64>, SecretOption);

fn everything(options: &mut Options<'_>) -> Everything {
    (
        options.string("text"),
        options.boolean("flag"),
        options.integer("number"),
        options.float("ratio"),
        options.secret("token"),
    )
}

#[test]
fn values_of_the_right_type_are_read() {
    let object =
        json!({"text": "a", "flag": true, "number": -3, "ratio": 0.5, "token": "secret:abc"});
    let (text, flag, number, ratio, token) = read(object, everything).unwrap();
    assert_eq!(text.as_deref(), Some("a"));
    assert_eq!((flag, number, ratio), (Some(true), Some(-3), Some(0.5)));
    assert_eq!((token.option(), token.id()), ("token", Some("secret:abc")));
}

#[test]
fn null_and_missing_are_unset() {
    let nulls = json!({"text": null, "flag": null, "number": null, "ratio": null, "token": null});
    let unset = (None, None, None, None, SecretOption::new("token", None));
    assert_eq!(read(nulls, everything).unwrap(), unset);
    assert_eq!(read(json!({}), everything).unwrap(), unset);
}

#[test]
fn an_empty_secret_option_is_unset_and_an_empty_text_is_not() {
    let object = json!({"text": "", "token": ""});
    let (text, _, _, _, token) = read(object, everything).unwrap();
    assert_eq!(text.as_deref(), Some(""));
    assert_eq!(token, SecretOption::new("token", None));
}

#[test]
fn all_problems_are_reported_at_once() {
    let object = json!({"text": 1, "flag": "yes", "number": "1", "ratio": true, "token": []});
    let fault = read(object, everything).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Blocked);
    assert_eq!(
        fault.message(),
        "option text is not a string, option flag is not a boolean, \
         option number is not an integer, option ratio is not a number, \
         option token is not a secret id"
    );
}

#[test]
fn a_problem_never_quotes_the_value() {
    let fault = read(json!({"number": "hunter2"}), everything).unwrap_err();
    assert!(!format!("{fault:?}").contains("hunter2"));
}

#[test]
fn nothing_is_taken_for_a_type_that_it_is_not() {
    for value in [json!(1), json!(true), json!([]), json!({}), json!(0.5)] {
        assert!(read(json!({ "a": value }), |options| options.string("a")).is_err(), "{value}");
    }
    for value in [json!("true"), json!(1), json!(0), json!("")] {
        assert!(read(json!({ "a": value }), |options| options.boolean("a")).is_err(), "{value}");
    }
    for value in [json!("1"), json!(true), json!(0.5), json!(1e300), json!(u64::MAX)] {
        assert!(read(json!({ "a": value }), |options| options.integer("a")).is_err(), "{value}");
    }
    for value in [json!("0.5"), json!(false), json!([0.5])] {
        assert!(read(json!({ "a": value }), |options| options.float("a")).is_err(), "{value}");
    }
}

#[test]
fn whole_numbers_that_come_as_floats_are_integers() {
    for (value, number) in [
        (json!(3.0), 3),
        (json!(-0.0), 0),
        (json!(1e6), 1_000_000),
        (json!(i64::MAX), i64::MAX),
        (json!(i64::MIN), i64::MIN),
        (json!(9_007_199_254_740_992.0), 9_007_199_254_740_992),
    ] {
        assert_eq!(read(json!({ "a": value }), |o| o.integer("a")).unwrap(), Some(number));
    }
    // Above 2^53 a float does not say which integer was meant.
    assert!(read(json!({"a": 9_007_199_254_740_994.0}), |o| o.integer("a")).is_err());
}

#[test]
fn an_integer_is_a_number_for_a_float_option() {
    assert_eq!(read(json!({"a": 2}), |options| options.float("a")).unwrap(), Some(2.0));
}

#[test]
fn parameters_of_an_action_are_called_parameters() {
    let values = values(json!({"count": "many"}));
    let fault =
        Options::parameters(&values).read_all(|options| options.integer("count")).unwrap_err();
    assert_eq!(fault.message(), "parameter count is not an integer");
}

#[test]
fn a_charm_without_options_and_actions_reads_nothing() {
    assert_eq!(read(json!({"stray": 1}), NoOptions::read).unwrap(), NoOptions {});
    assert!(NoActions::NAMES.is_empty());
    let values = Values::new();
    let fault = NoActions::parse("backup", Options::parameters(&values)).unwrap_err();
    assert_eq!(fault.message(), "the charm has no action backup");
}
