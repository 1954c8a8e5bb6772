//! Charm YAML as one checked model, and every mistake with its file and line.
//!
//! ```
//! use ops_metadata::{Charm, Rules, SourceFile};
//!
//! let file = SourceFile::new("metadata.yaml", b"
//! name: web
//! summary: A web server
//! description: It serves.
//! requires:
//!   database: {interface: postgresql_client, limit: one}
//! ");
//! let problems = Charm::read(&[file], Rules::Author).unwrap_err();
//! assert_eq!(
//!     problems.to_string(),
//!     "metadata.yaml:6: `limit` is the text \"one\", but must be a whole number; \
//!      give it a whole number, such as `limit: 1`"
//! );
//! ```
//!
//! | file | what is read of it |
//! |---|---|
//! | `metadata.yaml` | all that Juju reads |
//! | `charmcraft.yaml` | the same keys, `config`, `actions`, and `title` and `links` as charmcraft renames them; what is about building is left alone |
//! | `config.yaml` | `options` |
//! | `actions.yaml` | the actions |
//!
//! A file by another name is what its keys say. Several files make one charm. As charmcraft has it, a key
//! may stand in one of them only, and what Juju reads stands in `metadata.yaml` if there is one.
//!
//! Plain scalars, aliases and merge keys are read as Go's `yaml.v2` reads them, because Juju does. A file is
//! refused when it has more than 1 MiB, 20,000 values, 64 levels or 10,000 values through aliases, a second
//! document, tags, or a key that is not a scalar.
//!
//! This crate is for tools and for the macro: no YAML gets into a charm. It must not know what the model is
//! used for, with one exception: [`rust_name`] says which Rust names the macro makes of a charm's, because
//! a clash of two of them is a mistake in a line of YAML.

pub mod charm;
mod digest;
mod packed;
mod problem;
mod read;
pub mod rust_name;
mod yaml;

pub use charm::Charm;
pub use digest::Digest;
pub use packed::packed;
pub use problem::{Problem, Problems};
pub use read::{Rules, SourceFile};
