//! Which request goes where.

use super::{Pebble, Request, Response};
use ops_pebble::layer::parse_duration;
use serde_json::json;

impl Pebble {
    /// Answers one request. WebSockets need a connection: see [`Daemon`](super::Daemon).
    pub fn handle(&mut self, request: &Request) -> Response {
        if let Some(refusal) = self.does_not_know(request) {
            return refusal;
        }
        let path = request.path.as_str();
        match (request.method.as_str(), path) {
            ("GET", "/v1/system-info") => Response::sync(&json!({
                "boot-id": *self.boot_id, "version": *self.version,
            })),
            ("GET", "/v1/plan") => self.get_plan(request.parameter("format")),
            ("GET", "/v1/services") => self.get_services(&request.list("names")),
            ("POST", "/v1/services") => self.post_services(&request.body),
            ("POST", "/v1/layers") => self.post_layers(&request.body),
            ("GET", "/v1/checks") => {
                self.get_checks(request.parameter("level"), &request.list("names"))
            }
            ("POST", "/v1/checks") => self.post_checks(&request.body),
            ("POST", "/v1/checks/refresh") => self.post_refresh(&request.body),
            ("GET", "/v1/health") => self.get_health(request),
            ("GET", "/v1/changes") => self.get_changes(request),
            ("GET", "/v1/logs") => self.get_logs(request),
            ("GET", "/v1/metrics") => self.get_metrics(),
            ("POST", "/v1/signals") => self.post_signals(&request.body),
            ("GET", "/v1/notices") => self.get_notices(request),
            ("POST", "/v1/notices") => self.post_notices(&request.body),
            ("GET", "/v1/identities") => self.get_identities(),
            ("POST", "/v1/identities") => self.post_identities(&request.body),
            ("GET", "/v1/files") => self.get_files(request),
            ("POST", "/v1/files") => self.post_files(request),
            ("POST", "/v1/exec") => self.post_exec(&request.body),
            (
                _,
                "/v1/system-info" | "/v1/plan" | "/v1/services" | "/v1/layers" | "/v1/checks"
                | "/v1/files" | "/v1/notices" | "/v1/exec",
            ) => {
                let message = format!("method {:?} not allowed", request.method);
                Response::refused(405, "", message)
            }
            ("GET", path) => match path.strip_prefix("/v1/changes/") {
                Some(id) => self.get_change(id, request.parameter("timeout")),
                None => match path.strip_prefix("/v1/notices/") {
                    Some(id) => self.get_notice(id),
                    None => unknown(),
                },
            },
            ("POST", path) => match path.strip_prefix("/v1/changes/") {
                Some(id) => self.post_change(id, &request.body),
                None => unknown(),
            },
            _ => unknown(),
        }
    }

    /// The same for a client that nobody but itself could bring what it waits for: that lets time pass.
    pub(super) fn handle_in_time(&mut self, request: &Request) -> Response {
        if let Some(limit) = parse_duration(request.parameter("timeout"))
            && self.must_wait(request)
        {
            self.pass_time(limit);
        }
        self.handle(request)
    }

    fn get_plan(&self, format: &str) -> Response {
        if format != "yaml" {
            return Response::refused(400, "", format!("invalid format {format:?}"));
        }
        self.plan.answer()
    }

    /// Whether a request waits: for a change that is not ready, or for a notice that is not there.
    pub(super) fn must_wait(&self, request: &Request) -> bool {
        if request.method == "GET" && request.path == "/v1/notices" {
            let waits = !request.parameter("timeout").is_empty();
            return waits && self.wanted_notices(request).is_empty();
        }
        let id = request.path.strip_prefix("/v1/changes/").and_then(|id| id.strip_suffix("/wait"));
        let change = id.and_then(|id| self.find_change(id));
        request.method == "GET" && change.is_some_and(|change| !change.is_ready())
    }

    fn get_change(&self, path: &str, timeout: &str) -> Response {
        let (id, waits) = match path.strip_suffix("/wait") {
            Some(id) => (id, true),
            None => (path, false),
        };
        match self.find_change(id) {
            None => Response::refused(404, "", format!("cannot find change with id {id:?}")),
            Some(change) if waits && !change.is_ready() => {
                let message = format!("timed out waiting for change after {timeout}");
                Response::refused(504, "", message)
            }
            Some(change) => Response::sync(&change.info()),
        }
    }
}

fn unknown() -> Response {
    Response::refused(404, "", "invalid API endpoint requested")
}
