//! What a container should run: a layer, files, and what is restarted for which file.

use super::secret_of;
use ops_core::{Fault, Secret, Text, names::ContainerName};
use ops_pebble::{
    Owner, Permissions,
    layer::{Check, Layer, LogTarget, Service},
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a container should run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContainerPlan {
    pub(in crate::reconcile) label: String,
    pub(in crate::reconcile) layer: Layer,
    pub(in crate::reconcile) files: BTreeMap<String, File>,
    pub(in crate::reconcile) running: BTreeSet<String>,
    /// By service, the files whose new content it is restarted for.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    restart_on: BTreeMap<String, BTreeSet<String>>,
}

/// A file that should be in a container.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::reconcile) struct File {
    pub(in crate::reconcile) content: Text,
    pub(in crate::reconcile) mode: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::reconcile) owner: Option<Owner>,
}

impl File {
    /// Who may do what with it. Secret content is its owner's alone, unless the plan says otherwise.
    pub(in crate::reconcile) fn permissions(&self) -> Permissions {
        let default = if self.content.is_secret() { 0o600 } else { 0o644 };
        self.mode.unwrap_or(default).into()
    }
}

impl ContainerPlan {
    pub(super) fn new(name: &ContainerName) -> Self {
        Self {
            label: name.to_string(),
            layer: Layer::default(),
            files: BTreeMap::new(),
            running: BTreeSet::new(),
            restart_on: BTreeMap::new(),
        }
    }

    /// The layer's label, summary and description. The label is the container's name otherwise.
    pub fn layer(
        &mut self,
        label: impl Into<String>,
        summary: impl Into<String>,
        description: impl Into<String>,
    ) -> &mut Self {
        self.label = label.into();
        self.layer.summary = summary.into();
        self.layer.description = description.into();
        self
    }

    /// A service that should run: it is started when it does not, and restarted when it changed.
    pub fn service(&mut self, name: impl Into<String>, service: Service) -> &mut Self {
        let name = name.into();
        self.running.insert(name.clone());
        self.layer.services.insert(name, service);
        self
    }

    /// A service that should be in the plan, whether it runs or not.
    pub fn idle_service(&mut self, name: impl Into<String>, service: Service) -> &mut Self {
        self.layer.services.insert(name.into(), service);
        self
    }

    /// A check.
    pub fn check(&mut self, name: impl Into<String>, check: Check) -> &mut Self {
        self.layer.checks.insert(name.into(), check);
        self
    }

    /// A place that logs go to. One that should go no more must be planned as such: a layer takes nothing
    /// out of Pebble's plan.
    pub fn log_target(&mut self, name: impl Into<String>, target: LogTarget) -> &mut Self {
        self.layer.log_targets.insert(name.into(), target);
        self
    }

    /// A file with this content, of mode 0644, or 0600 if the content is secret. Its directory is made.
    pub fn file(&mut self, path: impl Into<String>, content: impl Into<Text>) -> &mut Self {
        self.put_file(path, content, None, None)
    }

    /// A file with this content and mode. A right content with a wrong mode is written again.
    pub fn file_with_mode(
        &mut self,
        path: impl Into<String>,
        content: impl Into<Text>,
        mode: u32,
    ) -> &mut Self {
        self.put_file(path, content, Some(mode), None)
    }

    /// A file with this content, mode and owner, for a workload that does not run as the user that
    /// Pebble runs as. Directories that are made for it have the same owner.
    pub fn file_with_owner(
        &mut self,
        path: impl Into<String>,
        content: impl Into<Text>,
        mode: u32,
        owner: Owner,
    ) -> &mut Self {
        self.put_file(path, content, Some(mode), Some(owner))
    }

    /// Restarts a service when the content of a planned file changes, for a workload that reads the file
    /// as it starts. Both must be planned here: the [`service`](Self::service) as one that runs.
    ///
    /// The service is stopped before the file is written, so that no restart is lost when the charm is
    /// killed in between. What only repairs the mode or the owner of a file restarts nothing.
    ///
    /// ```
    /// use ops::{Plan, names::ContainerName, pebble::layer::Service};
    ///
    /// let mut plan = Plan::new();
    /// plan.container(ContainerName::from_static("web"), |web| {
    ///     web.file("/etc/web/web.conf", "port = 8080\n");
    ///     web.service("web", Service::new("web --config /etc/web/web.conf"));
    ///     web.restart_on("web", "/etc/web/web.conf");
    ///     Ok(())
    /// });
    /// assert_eq!(plan.held().count(), 0);
    /// ```
    pub fn restart_on(&mut self, service: impl Into<String>, path: impl Into<String>) -> &mut Self {
        self.restart_on.entry(service.into()).or_default().insert(path.into());
        self
    }

    /// The services that ask to be restarted for one of these files.
    pub(in crate::reconcile) fn restarted_by<'a>(
        &'a self,
        paths: &'a [&str],
    ) -> impl Iterator<Item = &'a str> {
        let hears = |files: &BTreeSet<String>| paths.iter().any(|path| files.contains(*path));
        let asked = self.restart_on.iter().filter(move |(_, files)| hears(files));
        asked.map(|(service, _)| service.as_str())
    }

    /// A service that need not run would not be started again by the dispatch after a crash, and a
    /// misspelt path would never restart anything.
    pub(super) fn restarts_what_it_plans(&self) -> Result<(), Fault> {
        for (service, files) in &self.restart_on {
            if !self.running.contains(service) {
                let text = format!("restart_on: service {service} is not planned to run");
                return Err(Fault::bug(text));
            }
            if let Some(path) = files.iter().find(|path| !self.files.contains_key(*path)) {
                let text = format!("restart_on: file {path} is not planned, for service {service}");
                return Err(Fault::bug(text));
            }
        }
        Ok(())
    }

    fn put_file(
        &mut self,
        path: impl Into<String>,
        content: impl Into<Text>,
        mode: Option<u32>,
        owner: Option<Owner>,
    ) -> &mut Self {
        self.files.insert(path.into(), File { content: content.into(), mode, owner });
        self
    }

    /// Every secret that the plan puts into the container.
    pub(in crate::reconcile) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        let environments = self.layer.services.values().flat_map(|s| s.environment.values());
        environments.chain(self.files.values().map(|file| &file.content)).filter_map(secret_of)
    }
}
