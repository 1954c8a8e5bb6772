//! Which texts Juju takes for names: V1 to V4, and the keys of V6.

/// Of an endpoint: `[a-z][a-z0-9]*([_-][a-z0-9]+)*`.
pub(super) fn is_endpoint(name: &str) -> bool {
    name.starts_with(is_letter) && name.split(['-', '_']).all(is_part)
}

/// Of a storage: `[a-z][a-z0-9]*(-[a-z0-9]*[a-z][a-z0-9]*)*`.
pub(super) fn is_storage(name: &str) -> bool {
    let has_letter = |part: &str| part.contains(is_letter);
    name.starts_with(is_letter) && name.split('-').all(|part| is_part(part) && has_letter(part))
}

/// Of an action: lower-case letters, digits and `-`, with no `-` at either end.
pub(super) fn is_action(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// Of a container, which becomes a name in Kubernetes: as an action's, no longer than 63.
pub(super) fn is_container(name: &str) -> bool {
    is_action(name) && name.len() <= 63
}

/// Of a key of a secret: `[a-z](-?[a-z0-9]){2,}`.
pub(super) fn is_secret_key(key: &str) -> bool {
    let characters = key.bytes().filter(|b| *b != b'-').count();
    key.starts_with(is_letter) && characters > 2 && key.split('-').all(is_part)
}

fn is_part(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn is_letter(c: char) -> bool {
    c.is_ascii_lowercase()
}
