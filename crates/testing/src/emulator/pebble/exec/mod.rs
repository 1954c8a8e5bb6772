//! Commands: `/v1/exec`, and what their sockets carry.

mod handler;
mod session;

pub use handler::{ExecAnswer, ExecCall, ExecHandler};
pub(super) use session::{Session, Socket};

use super::{Pebble, Response};
use ops_pebble::layer::parse_duration;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
struct ExecRequest {
    command: Option<Vec<String>>,
    environment: Option<BTreeMap<String, String>>,
    working_dir: Option<String>,
    user: Option<String>,
    user_id: Option<u32>,
    group: Option<String>,
    group_id: Option<u32>,
    service_context: Option<String>,
    timeout: Option<String>,
    split_stderr: Option<bool>,
    terminal: Option<bool>,
    interactive: Option<bool>,
    width: Option<u16>,
    height: Option<u16>,
}

/// What a request and the service whose context it takes come to.
struct Context {
    environment: BTreeMap<String, String>,
    working_dir: String,
    user: String,
    group: String,
}

impl Pebble {
    pub(super) fn post_exec(&mut self, body: &[u8]) -> Response {
        let refuse = |message: String| Response::refused(400, "", message);
        let request: ExecRequest = match serde_json::from_slice(body) {
            Ok(request) => request,
            Err(error) => return refuse(format!("cannot decode request body: {error}")),
        };
        let command = request.command.clone().unwrap_or_default();
        let Some(program) = command.first().cloned() else {
            return refuse("must specify command".to_owned());
        };
        let timeout = request.timeout.clone().unwrap_or_default();
        let limit = parse_duration(&timeout).filter(|limit| !limit.is_zero());
        if limit.is_none()
            && !matches!(timeout.as_str(), "" | "0")
            && parse_duration(&timeout).is_none()
        {
            return refuse(format!("invalid timeout: time: invalid duration {timeout:?}"));
        }
        let fits = |handler: &&ExecHandler| command.starts_with(&handler.prefix);
        let handlers = self.exec_handlers.iter().filter(fits);
        let Some(handler) = handlers.max_by_key(|handler| handler.prefix.len()).cloned() else {
            return refuse(format!("cannot find executable {program:?}"));
        };
        let context = match self.context(&request) {
            Ok(context) => context,
            Err(message) => return refuse(message),
        };
        let cannot = |why: String| Response::refused(500, "", format!("cannot call exec: {why}"));
        let terminal = request.terminal.unwrap_or_default();
        if request.interactive.unwrap_or_default() && !terminal {
            return cannot("cannot use interactive mode without a terminal".to_owned());
        }
        if !context.working_dir.is_empty() && !self.files.is_dir(&context.working_dir) {
            return cannot(format!("working directory {:?} does not exist", context.working_dir));
        }
        let size = (request.width.unwrap_or_default(), request.height.unwrap_or_default());
        let call = ExecCall {
            command,
            environment: context.environment,
            working_dir: context.working_dir,
            user: context.user,
            group: context.group,
            service_context: request.service_context.unwrap_or_default(),
            timeout,
            terminal: terminal.then_some(size),
            stdin: Vec::new(),
            signals: Vec::new(),
        };
        let summary = self.summary_of_exec(&program);
        let task = self.new_task("exec", summary.clone(), "Doing");
        let id = task.id;
        let change = self.add_change("exec", summary, vec![task]);
        let result = json!({
            "task-id": id.to_string(),
            "environment": call.environment,
            "working-dir": call.working_dir,
        });
        let splits_stderr = request.split_stderr.unwrap_or_default();
        self.execs.insert(id, Session::new(change, call, handler, splits_stderr, limit));
        Response::change(change, &result)
    }

    fn context(&self, request: &ExecRequest) -> Result<Context, String> {
        let name = request.service_context.as_deref().unwrap_or_default();
        let service = match name {
            "" => None,
            name => {
                let found = self.plan.services.get(name);
                Some(found.ok_or_else(|| format!("context service {name:?} not found"))?)
            }
        };
        let mut environment: BTreeMap<String, String> = service
            .iter()
            .flat_map(|service| &service.environment)
            .map(|(key, value)| (key.clone(), value.expose().to_owned()))
            .collect();
        environment.extend(request.environment.clone().unwrap_or_default());
        let text = |own: &Option<String>, of_service: Option<&String>| {
            let own = own.clone().filter(|own| !own.is_empty());
            own.or_else(|| of_service.cloned()).unwrap_or_default()
        };
        let number = |own: Option<u32>, of_service: Option<u32>| own.or(of_service);
        let user = text(&request.user, service.map(|service| &service.user));
        let group = text(&request.group, service.map(|service| &service.group));
        let user_id = number(request.user_id, service.and_then(|service| service.user_id));
        let group_id = number(request.group_id, service.and_then(|service| service.group_id));
        self.users.owner(Some(&user), user_id, Some(&group), group_id)?;
        let named = |name: String, id: Option<u32>| match (name.is_empty(), id) {
            (true, Some(id)) => id.to_string(),
            _ => name,
        };
        Ok(Context {
            environment,
            working_dir: text(&request.working_dir, service.map(|service| &service.working_dir)),
            user: named(user, user_id),
            group: named(group, group_id),
        })
    }
}
