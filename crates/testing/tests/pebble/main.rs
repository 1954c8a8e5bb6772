//! What the client asks and what a Pebble answers: one suite, for the emulated Pebble (in process and
//! behind a unix socket) and for the real ones that Juju brings, the oldest and the newest.
//!
//! The emulated one poses as each of the old ones too.
//!
//! A case is a function that gets a [`Door`](doors::Door). `cases!` makes a test of it for each door;
//! with `since FEATURE`, a daemon that is older must end it with `Unsupported`. What differs between
//! daemons that support a feature stands in [`differences`], with its reason: a case asks whether one
//! holds here, or says `differs DIFFERENCE` and must fail there.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

macro_rules! cases {
    ($($case:ident $(since $feature:ident)? $(differs $difference:ident)?;)*) => {
        cases!(@doors [in_process socket as_v1_4 as_v1_10 as_v1_19 v1_4 v1_10 v1_19 v1_32] {
            $($case [$($feature)?] [$($difference)?])*
        });
    };
    // What only processes and time can show.
    (real: $($case:ident $(since $feature:ident)? $(differs $difference:ident)?;)*) => {
        cases!(@doors [v1_4 v1_10 v1_19 v1_32] {
            $($case [$($feature)?] [$($difference)?])*
        });
    };
    (@doors [$($door:ident)*] $cases:tt) => {
        $(cases!(@door $door $cases);)*
    };
    (@door $door:ident { $($case:ident [$($feature:ident)?] [$($difference:ident)?])* }) => {
        mod $door {
            $(
                #[test]
                fn $case() {
                    let case = crate::support::Case {
                        run: super::$case,
                        since: [$(ops_pebble::Feature::$feature)?].first().copied(),
                        differs: [$(&crate::differences::$difference)?].first().copied(),
                    };
                    crate::support::run(crate::doors::$door(), &case);
                }
            )*
        }
    };
}

mod changes;
mod checks;
mod differences;
mod directory;
mod doors;
mod emulator;
mod exec;
mod file_lists;
mod file_requests;
mod file_streams;
mod file_trees;
mod files;
mod hazards;
mod identities;
mod layers;
mod logs;
mod notices;
mod older;
mod processes;
mod random_layers;
mod scoreboard;
mod services;
mod slow;
mod support;
mod system;
mod workload;
mod workload_hazards;
