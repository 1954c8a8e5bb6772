//! Free text for people: made to fit into an argument, whatever it was.

use std::borrow::Cow;

/// The most bytes of a message for people that are sent: 119 KiB, which leaves room for the other
/// arguments below [`ARGUMENTS_LIMIT`](super::ARGUMENTS_LIMIT).
pub const TEXT_LIMIT: usize = 119 * 1024;

/// The text as an argument: cut to [`TEXT_LIMIT`] between two characters, and without NUL, which
/// ends an argument.
pub(crate) fn fit(text: &str) -> Cow<'_, str> {
    let text = match text.split_at_checked(text.floor_char_boundary(TEXT_LIMIT)) {
        Some((head, tail)) if !tail.is_empty() => marked(head, tail.len()),
        _ => Cow::Borrowed(text),
    };
    if text.contains('\0') { Cow::Owned(text.replace('\0', "?")) } else { text }
}

fn marked(head: &str, left_out: usize) -> Cow<'_, str> {
    let mark = format!("... ({left_out} bytes left out)");
    let keep = head.floor_char_boundary(head.len().saturating_sub(mark.len()));
    let head = head.split_at_checked(keep).map_or(head, |(head, _)| head);
    Cow::Owned(format!("{head}{mark}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_text_is_not_copied() {
        assert!(matches!(fit("ready"), Cow::Borrowed("ready")));
        let longest = "x".repeat(TEXT_LIMIT);
        assert!(matches!(fit(&longest), Cow::Borrowed(_)));
    }

    #[test]
    fn long_text_is_cut_between_characters_and_says_so() {
        for padding in 0..4 {
            let text = format!("{}{}", "x".repeat(padding), "🦀".repeat(TEXT_LIMIT / 4 + 100));
            let cut = fit(&text);
            assert!(cut.len() <= TEXT_LIMIT);
            assert!(cut.len() > TEXT_LIMIT - 100);
            assert!(cut.ends_with("bytes left out)"));
        }
    }

    #[test]
    fn nul_becomes_a_question_mark() {
        assert_eq!(fit("a\0b"), "a?b");
    }
}
