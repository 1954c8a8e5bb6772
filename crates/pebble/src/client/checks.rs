//! Checks: how they stand.

use super::{Client, Error, names_query};
use crate::wire::CheckInfo;

impl Client {
    /// These checks, or all of them, by name. A name that nobody knows is left out.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn checks(&self, names: &[&str]) -> Result<Vec<CheckInfo>, Error> {
        self.get("/v1/checks", &names_query(names))
    }
}
