//! The names that `ops::charm_metadata!` gives to what a charm declares.
//!
//! | of | becomes | `log-level` | `type` | `self` | `2fa` |
//! |---|---|---|---|---|---|
//! | options, parameters | a field | `log_level` | `r#type` | `self_` | `_2fa` |
//! | endpoints, actions, values of an `enum` | a type or a variant | `LogLevel` | `Type` | `Self_` | `_2fa` |
//! | options again, containers, storages, resources, bindings | a constant | `LOG_LEVEL` | `TYPE` | `SELF` | `_2FA` |
//!
//! What is neither a letter nor a digit separates words. A keyword becomes a raw identifier; the few that
//! cannot be raw get an underscore behind them. Two names of one kind that become the same are refused.

/// The field for parameters that an action takes without declaring them.
pub const ADDITIONAL: &str = "additional";

/// Keywords, of now and reserved.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];
/// Those that cannot be raw identifiers.
const NEVER_RAW: &[&str] = &["crate", "self", "super", "Self"];

/// The field of an option or a parameter. `None`: nothing in the name can stand in an identifier.
#[must_use]
pub fn field(name: &str) -> Option<String> {
    let words = words(name)?;
    let name: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
    Some(identifier(name.join("_")))
}

/// The type of an endpoint, or the variant of an action or a choice.
#[must_use]
pub fn variant(name: &str) -> Option<String> {
    let mut joined = String::new();
    for word in words(name)? {
        // `v1-2` is not `v12`.
        let digits = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        if digits(joined.chars().last()) && digits(word.chars().next()) {
            joined.push('_');
        }
        let mut letters = word.chars();
        joined.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        joined.extend(letters);
    }
    Some(identifier(joined))
}

/// The constant of an option, a container, a storage, a resource or a binding.
#[must_use]
pub fn constant(name: &str) -> Option<String> {
    let words = words(name)?;
    let name: Vec<String> = words.iter().map(|word| word.to_ascii_uppercase()).collect();
    Some(identifier(name.join("_")))
}

fn words(name: &str) -> Option<Vec<&str>> {
    let words: Vec<_> =
        name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_strange = |c: char| !c.is_ascii_graphic() && c != ' ';
    (!words.is_empty() && !name.contains(is_strange)).then_some(words)
}

fn identifier(name: String) -> String {
    if NEVER_RAW.contains(&name.as_str()) {
        format!("{name}_")
    } else if KEYWORDS.contains(&name.as_str()) {
        format!("r#{name}")
    } else if name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{name}")
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_what_rust_calls_such_things() {
        let cases = [
            ("log-level", "log_level", "LogLevel", "LOG_LEVEL"),
            ("hook_service", "hook_service", "HookService", "HOOK_SERVICE"),
            ("oci.image", "oci_image", "OciImage", "OCI_IMAGE"),
            ("type", "r#type", "Type", "TYPE"),
            ("self", "self_", "Self_", "SELF"),
            ("2fa", "_2fa", "_2fa", "_2FA"),
            ("v1-2", "v1_2", "V1_2", "V1_2"),
            ("readOnly", "readonly", "ReadOnly", "READONLY"),
        ];
        for (name, as_field, as_variant, as_constant) in cases {
            assert_eq!(field(name).as_deref(), Some(as_field));
            assert_eq!(variant(name).as_deref(), Some(as_variant));
            assert_eq!(constant(name).as_deref(), Some(as_constant));
        }
        assert_eq!((field(""), variant("--"), constant("größe")), (None, None, None));
    }
}
