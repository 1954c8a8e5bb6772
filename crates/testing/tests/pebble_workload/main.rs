//! Files and commands of the workload: one suite, for the emulated Pebble and for a real one.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../pebble_doors/mod.rs"]
mod doors;

macro_rules! cases {
    ($($case:ident;)*) => {
        cases!(@doors [in_process socket real] { $($case)* });
    };
    (real: $($case:ident;)*) => {
        cases!(@doors [real] { $($case)* });
    };
    (@doors [$($door:ident)*] $cases:tt) => {
        $(cases!(@door $door $cases);)*
    };
    (@door $door:ident { $($case:ident)* }) => {
        mod $door {
            $(
                #[test]
                fn $case() {
                    if let Some(door) = crate::doors::$door() {
                        super::$case(&door).unwrap();
                    }
                }
            )*
        }
    };
}

mod file_lists;
mod file_requests;
mod file_streams;
mod file_trees;
mod hazards;
mod processes;
mod support;
