//! What must not compile, and what the compiler says about it.

/// A few of these fail only where a generic function is instantiated, which `cargo check` does not do.
/// The case that passes makes trybuild run `cargo build` for all of them.
#[test]
fn mistakes_do_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/a_whole_charm.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}
