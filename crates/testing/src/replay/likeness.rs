//! Whether what a charm says now is what it said then, although its secrets are others.
//!
//! In a recording a secret is its tag. Now it is the same tag where the charm was told it, and something new
//! where the charm made it up; what stands in the place of an unknown tag is that tag's secret from then on.

use ops::record::{Data, Redaction, tag_at};

/// The secrets of a replay, as far as they are known.
#[derive(Debug, Clone, Default)]
pub(super) struct Likeness(Redaction);

impl Likeness {
    /// What the charm is told in the place of this. A secret that it made up itself it gets to see again; every
    /// other is its tag.
    pub(super) fn told(&mut self, data: &Data) -> Data {
        let mut told = Vec::with_capacity(data.0.len());
        let mut from = 0;
        for (number, length, at) in tags(&data.0) {
            let tag = data.0.get(at..at + length).unwrap_or_default();
            if tag.ends_with(b" in base64>") {
                continue;
            }
            if self.0.value(number).is_none() {
                self.0.learn_as(number, tag);
            }
            told.extend_from_slice(data.0.get(from..at).unwrap_or_default());
            told.extend_from_slice(self.0.value(number).unwrap_or(tag));
            from = at + length;
        }
        told.extend_from_slice(data.0.get(from..).unwrap_or_default());
        Data(told)
    }

    /// As it would stand in a recording.
    pub(super) fn written(&self, now: &[u8]) -> String {
        String::from_utf8_lossy(&self.0.redact(now)).into_owned()
    }

    /// Whether they are alike. If they are, the secrets that show by it are known.
    pub(super) fn is_like(&mut self, then: &Data, now: &[u8]) -> bool {
        let mut tried = self.0.clone();
        if is_like(&mut tried, &then.0, now) {
            self.0 = tried;
            return true;
        }
        false
    }
}

fn is_like(known: &mut Redaction, then: &[u8], now: &[u8]) -> bool {
    loop {
        let written = known.redact(now);
        let unknown = tags(then).find(|(number, ..)| known.value(*number).is_none());
        let Some((number, length, at)) = unknown else { return written == then };
        // What is before it is the same, so it begins at the same place.
        let (Some(before), Some(after)) = (then.get(..at), then.get(at + length..)) else {
            return false;
        };
        let Some(rest) = written.strip_prefix(before) else { return false };
        let next = tags(after).next().map_or(after.len(), |(_, _, at)| at);
        let literal = after.get(..next).unwrap_or_default();
        let end = if literal.is_empty() {
            Some(rest.len())
        } else {
            rest.windows(literal.len()).position(|window| window == literal)
        };
        let Some(secret) = end.and_then(|end| rest.get(..end)) else { return false };
        if secret.is_empty() || known.learn_as(number, secret) != Some(number) {
            return false;
        }
        if known.redact(now) == written {
            // Too short to be found again.
            return false;
        }
    }
}

/// The tags in these bytes: number, length and place.
fn tags(bytes: &[u8]) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..bytes.len()).filter_map(move |at| {
        let rest = bytes.get(at..)?;
        let (number, length) = tag_at(rest)?;
        Some((number, length, at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(likeness: &mut Likeness, then: &str, now: &str) -> bool {
        likeness.is_like(&Data::from(then), now.as_bytes())
    }

    #[test]
    fn what_the_charm_was_told_it_says_again() {
        let mut likeness = Likeness::default();
        likeness.told(&Data::from(r#"{"key":"<redacted 1>"}"#));
        assert!(like(&mut likeness, "KEY=<redacted 1>", "KEY=<redacted 1>"));
        assert!(!like(&mut likeness, "KEY=<redacted 1>", "KEY=something"));
        // In base64 too.
        assert!(like(&mut likeness, "<redacted 1 in base64>", "PHJlZGFjdGVkIDE+"));
    }

    #[test]
    fn what_the_charm_makes_up_is_the_same_from_then_on() {
        let mut likeness = Likeness::default();
        assert!(like(&mut likeness, "a=<redacted 2>, b=<redacted 2>", "a=0123abcd, b=0123abcd"));
        assert!(!like(&mut likeness, "c=<redacted 2>", "c=ffffffff"));
        assert!(like(&mut likeness, "c=<redacted 2>", "c=0123abcd"));
        let told = likeness.told(&Data::from("<redacted 2> and <redacted 3>"));
        assert_eq!(told, Data::from("0123abcd and <redacted 3>"));
    }

    #[test]
    fn an_attempt_that_fails_teaches_nothing() {
        let mut likeness = Likeness::default();
        assert!(!like(&mut likeness, "a=<redacted 1>, b=2", "a=0123abcd, b=3"));
        assert!(like(&mut likeness, "a=<redacted 1>", "a=ffffffff"));
    }
}
