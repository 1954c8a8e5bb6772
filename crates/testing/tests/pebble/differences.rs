//! What differs between daemons that support the same thing. A case may ask whether one holds here; what
//! is not listed must be the same everywhere.

use ops_pebble::PebbleVersion;

/// Something that daemons before `until` do differently.
#[derive(Debug)]
pub(crate) struct Difference {
    /// The first of the tested versions that does it as today's does.
    pub(crate) until: PebbleVersion,
    /// What they do, and why that is no fault of ours.
    pub(crate) reason: &'static str,
}

macro_rules! differences {
    ($($name:ident: before $major:literal $minor:literal $patch:literal, $reason:literal;)*) => {
        $(
            #[doc = $reason]
            pub(crate) const $name: Difference = Difference {
                until: PebbleVersion::new($major, $minor, $patch),
                reason: $reason,
            };
        )*
        const ALL: &[(&str, Difference)] = &[$((stringify!($name), $name),)*];
    };
}

differences! {
    PARSE_PREFIX: before 1 10 2,
        "a service that is required and does not exist is refused with `cannot parse layer YAML` before it";
    TIMEOUT_OVER_PERIOD: before 1 10 2,
        "a check whose timeout is not below its period is refused; later ones cut it to the period";
    NO_SERVICES_WORDING: before 1 19 2,
        "an action that needs names and has none says `no services to ACTION provided`";
    QUICK_EXIT: before 1 19 2,
        "the start that fails says `cannot start service: exited quickly with code N`, without what \
         follows, and nothing follows: the service is inactive and is not started again";
}

#[test]
fn every_difference_is_explained_in_the_docs() {
    let page = include_str!("../../../../docs/design/pebble-versions.md");
    for (name, difference) in ALL {
        let line = format!("| `{name}` | {} |", difference.until);
        assert!(
            page.contains(&line),
            "docs/design/pebble-versions.md lacks {line} {}",
            difference.reason
        );
    }
}
