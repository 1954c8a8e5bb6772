//! An application: a charm, its configuration, and what its leader says of it.

use super::{
    super::metadata::{CharmMetadata, ConfigValue},
    Model, ModelError, StatusRecord,
};
use ops_core::names::UnitName;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// An application in the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Application {
    /// The charm it runs. For an application of another model, its endpoints are enough.
    pub charm: Arc<CharmMetadata>,
    /// What the operator has set; an option that is not here has its default.
    pub config: Arc<BTreeMap<String, ConfigValue>>,
    /// Whether the operator trusts it with the cloud's credentials.
    pub trusted: bool,
    /// The files behind its resources, by the resource's name.
    #[serde(default)]
    pub resources: BTreeMap<String, PathBuf>,
    /// What its leader has set with `leader-set`, before Juju 4.
    #[serde(default)]
    pub leader_settings: BTreeMap<String, String>,
    /// The version of the workload, as a unit last said.
    pub workload_version: String,
    /// Its status, once its leader has set one.
    pub status: Option<StatusRecord>,
    /// The unit that leads it.
    pub leader: Option<UnitName>,
    /// The number of the next unit.
    pub next_unit: u32,
    /// Whether it is being removed.
    pub dying: bool,
}

impl Application {
    pub(super) fn new(charm: Arc<CharmMetadata>) -> Self {
        Self {
            charm,
            config: Arc::default(),
            trusted: false,
            resources: BTreeMap::new(),
            leader_settings: BTreeMap::new(),
            workload_version: String::new(),
            status: None,
            leader: None,
            next_unit: 0,
            dying: false,
        }
    }

    /// What `config-get` answers for one option.
    #[must_use]
    pub fn config_value(&self, option: &str) -> Option<&ConfigValue> {
        self.config.get(option).or_else(|| self.charm.default_of(option))
    }
}

impl Model {
    /// Sets a configuration option, as `juju config` does.
    ///
    /// # Errors
    /// There is no such application or option, or the value has another type.
    pub fn set_config(
        &mut self,
        application: &str,
        option: &str,
        value: impl Into<ConfigValue>,
    ) -> Result<(), ModelError> {
        let value = value.into();
        let application = self.application_mut(application)?;
        let declared = application
            .charm
            .options
            .get(option)
            .ok_or_else(|| ModelError(format!("unknown option \"{option}\"")))?;
        if !declared.kind.accepts(&value) {
            return Err(ModelError(format!(
                "option \"{option}\" expected {:?}, got {value:?}",
                declared.kind
            )));
        }
        Arc::make_mut(&mut application.config).insert(option.to_owned(), value);
        Ok(())
    }

    /// Gives an option its default again, as `juju config --reset` does.
    ///
    /// # Errors
    /// There is no such application.
    pub fn reset_config(&mut self, application: &str, option: &str) -> Result<(), ModelError> {
        Arc::make_mut(&mut self.application_mut(application)?.config).remove(option);
        Ok(())
    }
}
