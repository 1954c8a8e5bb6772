//! A workload container, as seen through its Pebble.

use super::Memo;
use ops_core::{Fault, FaultKind, Probe, names::ContainerName};
use ops_pebble::{
    CheckInfo, Client, Dial, Exec, ExecOutput, FileContent, FileInfo, FileReader, MakeDirOptions,
    Notice, Process, PushOptions, ServiceInfo, TransferError, layer::Plan,
};
use std::{collections::BTreeMap, path::Path, rc::Rc};

/// A workload container. What it says is remembered until this dispatch writes to it.
///
/// An unreachable container is a waiting fault, `container web is not reachable`: the `pebble-ready` that
/// says it is there wakes the charm.
#[derive(Debug, Clone)]
pub struct Container(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    name: ContainerName,
    client: Client,
    plan: Memo<(), Rc<Plan>>,
    services: Memo<(), Rc<BTreeMap<String, ServiceInfo>>>,
    checks: Memo<(), Rc<BTreeMap<String, CheckInfo>>>,
    files: Memo<String, Option<Rc<[u8]>>>,
    infos: Memo<String, Option<FileInfo>>,
    notices: Memo<String, Option<Notice>>,
}

impl Container {
    pub(super) fn new(name: ContainerName, dial: Rc<dyn Dial>) -> Self {
        Self(Rc::new(Inner {
            name,
            client: Client::new(dial),
            plan: Memo::default(),
            services: Memo::default(),
            checks: Memo::default(),
            files: Memo::default(),
            infos: Memo::default(),
            notices: Memo::default(),
        }))
    }

    /// The container's name.
    #[must_use]
    pub fn name(&self) -> &ContainerName {
        &self.0.name
    }

    /// A guard for what needs the container: `?` ends it while Pebble does not answer.
    ///
    /// It asks for the services, once in a dispatch. A plan needs none: a scope whose container cannot be
    /// reached waits by itself.
    ///
    /// # Errors
    /// Waiting, `container {name} is not reachable`, when nobody answers; else what Pebble said.
    pub fn require(&self) -> Result<(), Fault> {
        self.services().map(drop)
    }

    /// What runs there is planned like this now.
    ///
    /// # Errors
    /// Waiting when it cannot be reached, else what Pebble said.
    pub fn plan(&self) -> Result<Rc<Plan>, Fault> {
        self.0.plan.get((), || self.said(self.0.client.plan()).map(Rc::new))
    }

    /// The services that the plan has, by name.
    ///
    /// # Errors
    /// Waiting when it cannot be reached, else what Pebble said.
    pub fn services(&self) -> Result<Rc<BTreeMap<String, ServiceInfo>>, Fault> {
        self.0.services.get((), || {
            let services = self.said(self.0.client.services(&[]))?;
            let named = services.into_iter().map(|service| (service.name.clone(), service));
            Ok(Rc::new(named.collect()))
        })
    }

    /// One service. Absent: the plan does not have it.
    pub fn service(&self, name: &str) -> Probe<ServiceInfo> {
        self.services().map(|services| services.get(name).cloned()).into()
    }

    /// The checks that the plan has, by name.
    ///
    /// # Errors
    /// Waiting when it cannot be reached, else what Pebble said.
    pub fn checks(&self) -> Result<Rc<BTreeMap<String, CheckInfo>>, Fault> {
        self.0.checks.get((), || {
            let checks = self.said(self.0.client.checks(&[]))?;
            let named = checks.into_iter().map(|check| (check.name.clone(), check));
            Ok(Rc::new(named.collect()))
        })
    }

    /// One check. Absent: the plan does not have it.
    pub fn check(&self, name: &str) -> Probe<CheckInfo> {
        self.checks().map(|checks| checks.get(name).cloned()).into()
    }

    /// A notice by its id, as the event of a custom notice names it. It is read when you ask. Absent: the daemon has
    /// forgotten it.
    pub fn notice(&self, id: &str) -> Probe<Notice> {
        let notice = self.0.notices.get(id.to_owned(), || match self.0.client.notice(id) {
            Ok(notice) => Ok(Some(notice)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => self.said(Err(error)),
        });
        notice.into()
    }

    /// A file's content. Absent: there is no such file.
    pub fn file(&self, path: &str) -> Probe<Rc<[u8]>> {
        let content = self.0.files.get(path.to_owned(), || match self.0.client.pull(path) {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => self.said(Err(error)),
        });
        content.into()
    }

    /// Begins to read a file that may be larger than memory. It is not remembered.
    ///
    /// # Errors
    /// Waiting when it cannot be reached, else what Pebble said. A read fails with an [`std::io::Error`].
    pub fn open(&self, path: &str) -> Result<FileReader, Fault> {
        self.said(self.0.client.open(path))
    }

    /// What is in a directory, by name; of a file, the file alone.
    ///
    /// # Errors
    /// Waiting when it cannot be reached, else what Pebble said: also when there is nothing.
    pub fn list(&self, path: &str) -> Result<Vec<FileInfo>, Fault> {
        self.said(self.0.client.list(path))
    }

    /// What is at a path, a directory itself and not what is in it. Absent: there is nothing.
    pub fn file_info(&self, path: &str) -> Probe<FileInfo> {
        let info = self.0.infos.get(path.to_owned(), || match self.0.client.file_info(path) {
            Ok(info) => Ok(Some(info)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => self.said(Err(error)),
        });
        info.into()
    }

    /// Writes a file at once, for actions and handlers. In `observe`, write nothing; what should be there belongs into
    /// the plan, whose files are written only when they differ.
    ///
    /// # Errors
    /// Waiting when it cannot be reached, else what Pebble said.
    pub fn push(
        &self,
        path: &str,
        content: impl Into<FileContent>,
        options: &PushOptions,
    ) -> Result<(), Fault> {
        let pushed = self.0.client.push(path, content, options);
        self.forget_files();
        self.said(pushed)
    }

    /// Copies a file, or a directory with all below it, to the workload: see [`Client::push_path`].
    ///
    /// # Errors
    /// Some of it could not be copied; all the rest was. Waiting when it cannot be reached.
    pub fn push_path(
        &self,
        local: &Path,
        remote: &str,
        options: &PushOptions,
    ) -> Result<usize, Fault> {
        let copied = self.0.client.push_path(local, remote, options);
        self.forget_files();
        self.copied(copied)
    }

    /// Copies a file, or a directory with all below it, from the workload: see [`Client::pull_path`].
    ///
    /// # Errors
    /// Some of it could not be copied; all the rest was. Waiting when it cannot be reached.
    pub fn pull_path(&self, remote: &str, local: &Path) -> Result<usize, Fault> {
        self.copied(self.0.client.pull_path(remote, local))
    }

    /// Makes a directory.
    ///
    /// # Errors
    /// Waiting when it cannot be reached, else what Pebble said.
    pub fn make_dir(&self, path: &str, options: &MakeDirOptions) -> Result<(), Fault> {
        let made = self.0.client.make_dir(path, options);
        self.forget_files();
        self.said(made)
    }

    /// Removes whatever is at this path, with all below it. Nothing there is fine.
    ///
    /// # Errors
    /// Waiting when it cannot be reached, else what Pebble said.
    pub fn remove_all(&self, path: &str) -> Result<(), Fault> {
        let removed = self.0.client.remove_all(path);
        self.forget_files();
        self.said(removed)
    }

    /// Runs a command to its end. In `observe`, run only what reads.
    ///
    /// # Errors
    /// Waiting when it cannot be reached, else what Pebble said. An exit code other than 0 is part of the
    /// output.
    pub fn exec(&self, command: &Exec) -> Result<ExecOutput, Fault> {
        self.said(self.0.client.exec(command))
    }

    /// Starts a command, to read what it prints as it comes, to feed its input, or to send it signals.
    ///
    /// # Errors
    /// Waiting when it cannot be reached, else what Pebble said.
    pub fn spawn(&self, command: &Exec) -> Result<Process, Fault> {
        self.said(self.0.client.spawn(command))
    }

    pub(crate) fn client(&self) -> &Client {
        &self.0.client
    }

    /// What this dispatch wrote changes what Pebble says.
    pub(crate) fn forget(&self) {
        self.0.plan.forget(&());
        self.0.services.forget(&());
        self.0.checks.forget(&());
    }

    /// Anything may have changed.
    pub(crate) fn forget_all(&self) {
        self.forget();
        self.0.files.forget_all();
    }

    pub(crate) fn forget_file(&self, path: &str) {
        self.0.files.forget(&path.to_owned());
        // Directories may have been made for it.
        self.0.infos.clear();
    }

    fn forget_files(&self) {
        self.0.files.clear();
        self.0.infos.clear();
    }

    fn copied(&self, result: Result<usize, TransferError>) -> Result<usize, Fault> {
        result.map_err(|error| {
            if error.failures().any(|failure| failure.error.is_unreachable()) {
                let text = format!("container {} is not reachable", self.0.name);
                return Fault::from(error).restate(FaultKind::Waiting, text);
            }
            error.into()
        })
    }

    /// The client's errors as faults of this container.
    pub(crate) fn said<T>(&self, result: Result<T, ops_pebble::Error>) -> Result<T, Fault> {
        match result {
            Ok(value) => Ok(value),
            Err(error) if error.is_unreachable() => {
                let text = format!("container {} is not reachable", self.0.name);
                Err(Fault::from(error).restate(FaultKind::Waiting, text))
            }
            Err(error) => Err(error.into()),
        }
    }
}
