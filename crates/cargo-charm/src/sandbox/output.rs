//! What was asked for, as YAML or JSON.

use crate::failure::Failure;
use clap::ValueEnum;
use serde_json::Value;
use std::io::Write;

/// How to print what was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    #[default]
    Yaml,
    Json,
}

impl Format {
    pub(super) fn print(self, out: &mut dyn Write, value: &Value) -> Result<(), Failure> {
        match self {
            Self::Json => writeln!(out, "{value}")?,
            Self::Yaml => {
                let text = serde_yaml::to_string(value)
                    .map_err(Failure::because("cannot print this as YAML"))?;
                write!(out, "{text}")?;
            }
        }
        Ok(())
    }
}
