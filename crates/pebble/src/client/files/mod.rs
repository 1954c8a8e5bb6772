//! Files in the workload: `/v1/files`. Each method names one path, and fails for that path alone.

mod directories;
mod list;
mod multipart;
mod permissions;
mod read;
mod tree;
mod write;

pub use directories::MakeDirOptions;
pub use list::{FileInfo, FileKind};
pub use permissions::Permissions;
pub use read::FileReader;
pub use tree::{FailedPath, TransferError};
pub use write::{FileContent, PushOptions};

use crate::{
    error::{Error, ErrorKind, Failure},
    wire::PathResult,
};

/// What the daemon says about one path of a request. It answers 200 and says it there.
fn path_verdict(attempt: &str, path: &str, result: &str) -> Result<(), Error> {
    let results: Vec<PathResult> = serde_json::from_str(result)
        .map_err(|_| Error::of(attempt, Failure::Protocol("its verdict has another shape")))?;
    let verdict = results.into_iter().find(|result| result.path == path);
    let verdict = verdict
        .ok_or_else(|| Error::of(attempt, Failure::Protocol("its verdict leaves out the path")))?;
    match verdict.error {
        None => Ok(()),
        Some(refusal) => {
            let path = path.to_owned();
            let kind = ErrorKind::Path { path, kind: refusal.kind, message: refusal.message };
            Err(Error::new(attempt, kind))
        }
    }
}
