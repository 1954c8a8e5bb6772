//! What tools can know of a charm's metadata from the program alone.

use crate::{charm, root};
use ops_metadata::{Charm, Digest, Rules, SourceFile};
use std::fs;

#[test]
fn the_digest_in_the_program_is_that_of_the_files() {
    let [metadata, charmcraft] = ["metadata.yaml", "charmcraft.yaml"]
        .map(|name| (name, fs::read(root().join(name)).unwrap()));
    let file = |(name, content)| SourceFile::new(name, content);
    let files = [(metadata.0, &*metadata.1), (charmcraft.0, &*charmcraft.1)].map(file);
    let charm_of_the_files = Charm::read(&files, Rules::Author).unwrap();
    let program = fs::read(charm()).unwrap();
    assert_eq!(Digest::find(&program), [Digest::of(&charm_of_the_files)]);
}

/// Cargo builds again when a file of this list changes.
#[test]
fn the_charm_is_built_again_when_its_yaml_changes() {
    let inputs = fs::read_to_string(charm().with_extension("d")).unwrap();
    for name in ["/metadata.yaml", "/charmcraft.yaml"] {
        assert!(inputs.contains(name), "{inputs}");
    }
}
