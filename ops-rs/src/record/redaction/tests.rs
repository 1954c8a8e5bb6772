//! No spelling of a secret is left, and what is left instead is the same each time.

use super::*;
use proptest::prelude::*;

fn knowing(values: &[&str]) -> Redaction {
    let mut redaction = Redaction::default();
    for value in values {
        redaction.learn(value.as_bytes());
    }
    redaction
}

fn redacted(redaction: &Redaction, text: &str) -> String {
    String::from_utf8(redaction.redact(text.as_bytes())).unwrap()
}

#[test]
fn the_same_secret_has_the_same_tag_wherever_it_stands() {
    let redaction = knowing(&["hunter22", "other-one", "hunter22"]);
    let text = "hunter22 and other-one: pg://web:hunter22@db";
    assert_eq!(
        redacted(&redaction, text),
        "<redacted 1> and <redacted 2>: pg://web:<redacted 1>@db"
    );
}

#[test]
fn a_secret_that_holds_another_is_one_secret() {
    let redaction = knowing(&["hunter22", "pg://web:hunter22@db"]);
    assert_eq!(redacted(&redaction, "url=pg://web:hunter22@db"), "url=<redacted 2>");
}

#[test]
fn lines_are_found_in_json_in_json_in_json_and_in_a_block_of_yaml() {
    let key = "-----BEGIN KEY-----\nMIIE\"odd\\one/=\n-----END KEY-----\n";
    let redaction = knowing(&[key]);
    let once = serde_json::to_string(key).unwrap();
    let twice = serde_json::to_string(&once).unwrap();
    let block = format!("env:\n  KEY: |\n    {}", key.trim_end().replace('\n', "\n    "));
    let block_in_json = serde_json::to_string(&block).unwrap();
    for text in [key, &once, &twice, &block, &block_in_json] {
        let left = redacted(&redaction, text);
        assert!(!left.contains("MIIE") && left.contains("<redacted 1>"), "{left}");
    }
    assert_eq!(redacted(&redaction, &once), "\"<redacted 1>\\n\"");
}

#[test]
fn escapes_of_go_and_of_urls_are_seen_through() {
    let redaction = knowing(&["a<b>&c d/é"]);
    for text in [r"a\u003cb\u003e\u0026c d/é", "a<b>&c d/é", "a%3Cb%3E%26c%20d%2F%C3%A9"] {
        assert_eq!(redacted(&redaction, text), "<redacted 1>", "{text}");
    }
}

#[test]
fn short_values_are_found_only_where_they_stand_alone() {
    let redaction = knowing(&["on", "5432", "true"]);
    let text = r#"{"on":"on","port":5432,"text":"5432","x":true,"station":"only 5432"}"#;
    let left = r#"{"<redacted 1>":"<redacted 1>","port":5432,"text":"<redacted 2>","x":true,"station":"only 5432"}"#;
    assert_eq!(redacted(&redaction, text), left);
}

#[test]
fn a_tag_is_the_secret_that_it_stands_for() {
    let redaction = knowing(&["<redacted 7>", "new secret"]);
    let coded = base64::encode(b"<redacted 7>");
    assert_eq!(redacted(&redaction, "<redacted 7>, new secret"), "<redacted 7>, <redacted 8>");
    assert_eq!(redacted(&redaction, &coded), "<redacted 7 in base64>");
    assert_eq!(tag_at(b"<redacted 7 in base64>!"), Some((7, 22)));
    assert_eq!(tag_at(b"<redacted x>"), None);
}

proptest! {
    #[test]
    fn no_plain_json_or_base64_spelling_is_left(
        secret in "[ -~\\n]{6,40}",
        before in "[ -~]{0,9}",
        after in "[ -~]{0,9}",
    ) {
        let core = secret.trim_matches('\n');
        prop_assume!(core.len() >= 6 && !is_short(core.as_bytes()) && !core.contains("\n "));
        let redaction = knowing(&[&secret]);
        let json = serde_json::to_string(&secret).unwrap();
        let whole = format!("{before}{secret}{after}");
        let coded = base64::encode(whole.as_bytes());
        for text in [whole.clone(), json.clone(), serde_json::to_string(&json).unwrap()] {
            prop_assert!(!redacted(&redaction, &text).contains(core), "{text}");
            prop_assert!(redacted(&redaction, &text).contains("<redacted 1>"), "{text}");
        }
        let left = redacted(&redaction, &format!("x {coded} y"));
        prop_assert_eq!(left, "x <redacted 1 in base64> y");
    }
}
