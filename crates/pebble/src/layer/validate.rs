//! What Pebble refuses in a layer and in a plan, in its words and its order.

use super::{Action, Layer, Level, Plan, PlanError, Service};

impl Layer {
    /// Checks a layer by itself.
    ///
    /// # Errors
    /// The first thing that Pebble refuses.
    pub fn validate(&self, label: &str) -> Result<(), PlanError> {
        let refuse = |text: String| Err(PlanError::new(text));
        if label.starts_with("pebble-") {
            return refuse("cannot use reserved label prefix \"pebble-\"".to_owned());
        }
        for (name, service) in &self.services {
            match name.as_str() {
                "" => return refuse("cannot use empty string as service name".to_owned()),
                "pebble" => return refuse(format!("cannot use reserved service name {name:?}")),
                name if name.starts_with('-') => {
                    return refuse(format!(
                        "cannot use service name {name:?}: starting with \"-\" not allowed"
                    ));
                }
                _ => service.validate(name)?,
            }
        }
        for (name, check) in &self.checks {
            if name.is_empty() {
                return refuse("cannot use empty string as check name".to_owned());
            }
            if matches!(check.level, Some(Level::Other(_))) {
                return refuse(format!("plan check {name:?} level must be \"alive\" or \"ready\""));
            }
            if check.period.is_some_and(|period| period.is_zero()) {
                return refuse(format!("plan check {name:?} period must not be zero"));
            }
            if check.timeout.is_some_and(|timeout| timeout.is_zero()) {
                return refuse(format!("plan check {name:?} timeout must not be zero"));
            }
        }
        for (name, target) in &self.log_targets {
            if let Some(label) = target.labels.keys().find(|label| label.starts_with("pebble_")) {
                return refuse(format!(
                    "log target {name:?}: label {label:?} uses reserved prefix \"pebble_\""
                ));
            }
            if !matches!(target.protocol.as_str(), "" | "loki" | "opentelemetry" | "syslog") {
                return refuse(format!(
                    "log target {name:?} has unsupported type {:?}, must be \"loki\", \
                     \"opentelemetry\" or \"syslog\"",
                    target.protocol
                ));
            }
        }
        Ok(())
    }
}

impl Service {
    fn validate(&self, name: &str) -> Result<(), PlanError> {
        let action = |field: &str, action: &Action| {
            PlanError::new(format!(
                "plan service {name:?} {field} action {:?} invalid",
                action.as_str()
            ))
        };
        let known = |word: &Action, special: &Action| {
            matches!(word, Action::Restart | Action::Shutdown | Action::Ignore) || word == special
        };
        if let Some(word) = self.on_success.as_ref().filter(|w| !known(w, &Action::FailureShutdown))
        {
            return Err(action("on-success", word));
        }
        if let Some(word) = self.on_failure.as_ref().filter(|w| !known(w, &Action::SuccessShutdown))
        {
            return Err(action("on-failure", word));
        }
        let mut words = self.on_check_failure.values();
        if let Some(word) = words.find(|word| !known(word, &Action::SuccessShutdown)) {
            return Err(action("on-check-failure", word));
        }
        match self.backoff_factor {
            Some(factor) if factor < 1.0 => Err(PlanError::new(format!(
                "plan service {name:?} backoff-factor must be 1.0 or greater, not {factor}"
            ))),
            _ => Ok(()),
        }
    }
}

impl Plan {
    /// Checks a combined plan as a whole.
    ///
    /// # Errors
    /// The first thing that Pebble refuses.
    pub fn validate(&self) -> Result<(), PlanError> {
        let refuse = |text: String| Err(PlanError::new(text));
        if let Some((name, _)) =
            self.services.iter().find(|(_, service)| service.command.is_empty())
        {
            return refuse(format!("plan must define \"command\" for service {name:?}"));
        }
        for (name, check) in &self.checks {
            if check.http.as_ref().is_some_and(|http| http.url.is_empty()) {
                return refuse(format!("plan must set \"url\" for http check {name:?}"));
            }
            if check.tcp.as_ref().is_some_and(|tcp| tcp.port == 0) {
                return refuse(format!("plan must set \"port\" for tcp check {name:?}"));
            }
            if let Some(exec) = &check.exec {
                if exec.command.is_empty() {
                    return refuse(format!("plan must set \"command\" for exec check {name:?}"));
                }
                let context = &exec.service_context;
                if !context.is_empty() && !self.services.contains_key(context) {
                    return refuse(format!(
                        "plan check {name:?} service context specifies non-existent service \
                         {context:?}"
                    ));
                }
            }
            let kinds = [check.http.is_some(), check.tcp.is_some(), check.exec.is_some()];
            if kinds.into_iter().filter(|there| *there).count() != 1 {
                return refuse(format!(
                    "plan must specify one of \"http\", \"tcp\", or \"exec\" for check {name:?}"
                ));
            }
        }
        for (name, target) in &self.log_targets {
            if target.protocol.is_empty() {
                return refuse(format!(
                    "plan must define \"type\" (\"loki\", \"opentelemetry\" or \"syslog\") for log \
                     target {name:?}"
                ));
            }
            let known = |service: &str| service == "all" || self.services.contains_key(service);
            let mut services = target.services.iter().map(|s| s.strip_prefix('-').unwrap_or(s));
            if let Some(service) = services.find(|service| !known(service)) {
                return refuse(format!(
                    "log target {name:?} specifies unknown service {service:?}"
                ));
            }
            if target.location.is_empty() {
                return refuse(format!("plan must define \"location\" for log target {name:?}"));
            }
        }
        let names: Vec<&str> = self.services.keys().map(String::as_str).collect();
        self.start_order(&names).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{Check, LogTarget};
    use std::time::Duration;

    fn refused(layer: &Layer) -> String {
        let refused = layer
            .validate("a")
            .and_then(|()| Plan::combine([("a", layer)]).and_then(|plan| plan.validate()));
        refused.unwrap_err().to_string()
    }

    #[test]
    fn refusals_are_in_pebbles_words() {
        let two_kinds = {
            let mut check = Check::tcp(80);
            check.http = Check::http("http://x").http;
            check
        };
        for (layer, text) in [
            (
                Layer::new().service("q", Service::new("")),
                r#"plan must define "command" for service "q""#,
            ),
            (
                Layer::new().check("c", two_kinds),
                r#"plan must specify one of "http", "tcp", or "exec" for check "c""#,
            ),
            (
                Layer::new().log_target("c", LogTarget::new("loki", "x").service("zz")),
                r#"log target "c" specifies unknown service "zz""#,
            ),
            (
                Layer::new().service("q", Service::new("x").requires("nothere")),
                r#"service "nothere" does not exist"#,
            ),
            (
                Layer::new()
                    .service("q", Service::new("x").after("r"))
                    .service("r", Service::new("x").after("q")),
                "services in before/after loop: q, r",
            ),
            (
                Layer::new().service("pebble", Service::new("x")),
                r#"cannot use reserved service name "pebble""#,
            ),
            (
                Layer::new().service("", Service::new("x")),
                "cannot use empty string as service name",
            ),
            (
                Layer::new().service("-q", Service::new("x")),
                r#"cannot use service name "-q": starting with "-" not allowed"#,
            ),
            (
                Layer::new().service("q", factor(0.5)),
                r#"plan service "q" backoff-factor must be 1.0 or greater, not 0.5"#,
            ),
            (
                Layer::new().check("c", in_context("q")),
                r#"plan check "c" service context specifies non-existent service "q""#,
            ),
            (
                Layer::new().service("q", Service::new("x").on_success(Action::SuccessShutdown)),
                r#"plan service "q" on-success action "success-shutdown" invalid"#,
            ),
        ] {
            assert_eq!(refused(&layer), text);
        }
    }

    fn factor(factor: f64) -> Service {
        Service::new("x").backoff(Duration::from_secs(1), factor, Duration::from_secs(1))
    }

    fn in_context(service: &str) -> Check {
        let mut check = Check::exec("true");
        check.exec.as_mut().unwrap().service_context = service.to_owned();
        check
    }

    #[test]
    fn the_least_factor_and_a_context_that_is_there_or_not_said_are_let_through() {
        let checks = Layer::new().check("a", in_context("q")).check("b", in_context(""));
        for layer in
            [checks.service("q", Service::new("x")), Layer::new().service("q", factor(1.0))]
        {
            layer.validate("a").unwrap();
            Plan::combine([("a", &layer)]).unwrap().validate().unwrap();
        }
    }
}
