//! What a right charm must do is not held against it.

use super::acts::{ask, ask_with, settled};
use ops_testing::explore::Exploration;

#[test]
fn a_charm_that_rotates_its_secret_passes() {
    let world = settled(|hook, stage| match hook {
        "install" => {
            ask_with(stage, "secret-add --owner unit --label mine --rotate hourly", "first-value");
        }
        "secret-rotate" => {
            let id = ask(stage, "secret-ids").unwrap_or_default();
            ask_with(stage, &format!("secret-set {id}"), "second-value");
        }
        _ => {}
    });
    Exploration::of(world).change(|world| world.advance(3600)).exhaustive(3).run().unwrap();
}
