#![allow(missing_docs, unused_variables, clippy::all)]
use crate::*;
use std::rc::Rc;
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct Error;
impl Error {
    pub fn is_unreachable(&self) -> bool {
        true
    }
    pub fn is_not_found(&self) -> bool {
        true
    }
    pub fn is_change(&self) -> bool {
        true
    }
}
#[derive(Debug, Clone)]
pub struct Client;
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceInfo {
    pub name: String,
    pub current: ServiceStatus,
}
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceStatus;
impl ServiceStatus {
    pub fn is_running(&self) -> bool {
        true
    }
}
#[derive(Debug, Clone, PartialEq)]
pub struct CheckInfo {
    pub name: String,
    pub status: CheckStatus,
}
#[derive(Debug)]
pub struct Exec;
#[derive(Debug)]
pub struct ExecOutput;
#[derive(Debug)]
pub enum Combine {
    Yes,
    No,
}
#[derive(Debug)]
pub struct PushOptions;
impl PushOptions {
    pub fn new() -> Self {
        Self
    }
    pub fn make_dirs(self) -> Self {
        self
    }
    pub fn permissions(self, _: u32) -> Self {
        self
    }
}
impl Client {
    pub fn new(d: Rc<dyn Dial>) -> Self {
        Self
    }
    pub fn plan(&self) -> Result<layer::Plan, Error> {
        Err(Error)
    }
    pub fn services(&self, n: &[&str]) -> Result<Vec<ServiceInfo>, Error> {
        Err(Error)
    }
    pub fn checks(&self, n: &[&str]) -> Result<Vec<CheckInfo>, Error> {
        Err(Error)
    }
    pub fn pull(&self, n: &str) -> Result<Vec<u8>, Error> {
        Err(Error)
    }
    pub fn push(&self, n: &str, c: &[u8], o: &PushOptions) -> Result<(), Error> {
        Err(Error)
    }
    pub fn exec(&self, n: &Exec) -> Result<ExecOutput, Error> {
        Err(Error)
    }
    pub fn add_layer(&self, l: &str, y: &layer::Layer, c: Combine) -> Result<(), Error> {
        Err(Error)
    }
    pub fn replan(&self) -> Result<(), Error> {
        Err(Error)
    }
    pub fn start(&self, n: &[&str]) -> Result<(), Error> {
        Err(Error)
    }
}
#[derive(Debug, Clone, PartialEq)]
pub enum CheckStatus {
    Up,
    Down,
}
impl Exec {
    pub fn new<S: Into<String>>(c: impl IntoIterator<Item = S>) -> Self {
        Self
    }
    pub fn timeout(self, t: std::time::Duration) -> Self {
        self
    }
}
impl ExecOutput {
    pub fn success(self) -> Result<Self, Error> {
        Ok(self)
    }
    pub fn stdout_text(&self) -> String {
        String::new()
    }
}
