//! Orchestration: from what is seen to what should be, and to a status.

use crate::{
    configs,
    integrations::{self, HYDRA, INGRESS, PEERS, PORT, PeerData, Place},
    meta::{Config, Meta, containers::HOOK_SERVICE},
    observability::{self, LOGGING, Logging, TRACING},
    secrets::{self, API_TOKEN_BYTES, API_TOKEN_KEY, API_TOKEN_LABEL, ApiToken, Consumer},
    services::{self, CHECK, Workload},
};
use ops::prelude::*;
use ops::{Conditions, Remote};
use ops_interfaces::traefik_route::Provider as Traefik;
use serde::Serialize;

/// The Hook Service operator.
#[derive(Debug, Clone, Copy)]
pub struct HookService;

/// What the charm sees of the world.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Seen {
    /// Where the application is found.
    pub place: Place,
    /// The operator's options.
    pub config: Config,
    /// Whether this unit leads.
    pub leadership: Leadership,
    /// The API token.
    pub token: Probe<ApiToken>,
    /// The Salesforce consumer; absent when Salesforce is disabled.
    pub consumer: Probe<Consumer>,
    /// Whether there is a relation with Traefik.
    pub has_ingress: bool,
    /// What Traefik says.
    pub ingress: Probe<Remote<Traefik>>,
    /// Where logs go; absent when the container cannot be reached.
    pub logging: Probe<Logging>,
    /// The host and port that take traces; looked at only for a workload that can be planned.
    pub traces: Probe<String>,
    /// How the workload is; failed when its container cannot be reached.
    pub workload: Probe<Workload>,
}

/// What must hold before the workload is planned at all. If not, nothing of it is touched, and the status
/// says why.
const NO_OP: Conditions<Seen> = Conditions::new(&[
    ("the container can be reached", Seen::is_reachable),
    ("no option is missing", |seen| configs::missing_keys(&seen.config).is_empty()),
]);

impl Seen {
    fn is_reachable(&self) -> bool {
        self.workload.fault().is_none()
    }
}

impl Charm for HookService {
    type Meta = Meta;

    fn reconcile(&self, cx: Reconciling<'_>) -> Settled {
        cx.converge(self)
    }

    fn on(&self, event: &Event, cx: &mut Live<'_>) -> Result<Outcome<Self>, Fault> {
        observability::tell(event, cx)?;
        match event {
            Event::PebbleReady { .. } => {
                cx.open_port_unasked(ops::hook_command::PortRange::tcp(PORT));
                let version = services::version(cx.model()).unwrap_or_else(|fault| {
                    log::warn!("cannot read the workload's version: {fault}");
                    String::new()
                });
                cx.set_workload_version(&version)?;
            }
            Event::PebbleCheckFailed { check, .. } if check == CHECK => {
                log::warn!("The service is not running");
            }
            Event::PebbleCheckRecovered { check, .. } if check == CHECK => {
                log::info!("The service is online again");
            }
            _ => {}
        }
        Ok(Outcome::done())
    }
}

impl Reconcile for HookService {
    type Seen = Seen;

    fn observe(&self, model: &Model) -> Result<Seen, Fault> {
        let config: Config = model.config()?;
        let leadership = model.leadership()?;
        let workload = services::workload(model);
        // Read only for a workload that can be planned: whoever has nothing to run needs no content.
        let is_wanted = workload.fault().is_none() && configs::missing_keys(&config).is_empty();
        let consumer = match workload.present() {
            _ if !config.salesforce_enabled || !is_wanted => Probe::Absent,
            Some(Workload::Unplanned) => {
                model.secret_option_afresh(&config.salesforce_consumer_secret)
            }
            _ => model.secret_option(&config.salesforce_consumer_secret),
        };
        let logging = match workload.fault() {
            None => observability::logging(model),
            Some(_) => Probe::Absent,
        };
        let traces = if is_wanted { observability::traces(model) } else { Probe::Absent };
        Ok(Seen {
            place: Place {
                model: model.name().to_owned(),
                application: model.application().to_string(),
            },
            leadership,
            token: secrets::api_token(model, leadership),
            consumer,
            has_ingress: !model.relations(INGRESS)?.is_empty(),
            ingress: model.remote(INGRESS),
            logging,
            traces,
            workload,
            config,
        })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan, Fault> {
        let mut plan = Plan::new();
        if seen.has_ingress {
            plan.application_data(INGRESS, || {
                let traefik = seen.ingress.optional()?;
                let host = traefik.map(|traefik| traefik.data.external_host.as_str());
                Ok(integrations::route(&seen.place, host))
            });
        }
        plan.secret(API_TOKEN_LABEL, |secret| {
            secret.random_hex(API_TOKEN_KEY, API_TOKEN_BYTES);
            Ok(())
        });
        plan.application_data(PEERS, || {
            // Of a token that is gone no id is told: a new one is made in this dispatch, and its id is told then.
            let token = seen.token.optional()?;
            Ok(PeerData { api_token_secret: token.map(|token| token.id.clone()) })
        });
        if seen.is_reachable() {
            plan.port(PORT);
        } else {
            // Held, so that a Pebble that refuses to talk is not mistaken for one that is not up yet.
            plan.container(HOOK_SERVICE, |_| seen.workload.require("container").map(drop));
        }
        if let Some(logging) = seen.logging.present().filter(|logging| logging.has_endpoints()) {
            plan.application_data(LOGGING, || observability::log_source(&logging.source));
        }
        // Nonsense from Loki or Tempo is told, and is no reason to leave the workload as it is.
        if let Some(fault) = seen.logging.fault() {
            plan.application_data(LOGGING, || Err(fault.clone()));
        }
        if let Some(fault) = seen.traces.fault() {
            plan.application_data(TRACING, || Err(fault.clone()));
        }
        if !NO_OP.are_met(seen) {
            return Ok(plan);
        }
        plan.application_data(HYDRA, || {
            let token = seen.token.require("api token")?;
            Ok(integrations::hydra(&seen.place, &token.value))
        });
        plan.container(HOOK_SERVICE, |container| {
            let token = seen.token.require("api token")?;
            let consumer = match seen.config.salesforce_enabled {
                true => Some(seen.consumer.require("salesforce_consumer_secret")?),
                false => None,
            };
            let traces = seen.traces.present().map(String::as_str);
            let environment = services::environment(&seen.config, &token.value, consumer, traces);
            services::plan(container, environment);
            if let Some(logging) = seen.logging.present() {
                observability::plan_logging(container, logging);
            }
            Ok(())
        });
        Ok(plan)
    }

    fn collect_status(&self, seen: Observed<'_, Seen>, _: &Report, status: &mut Statuses) {
        let Observed::Seen(seen) = seen else { return };
        status.unit_if(!seen.is_reachable(), || Status::waiting("Container is not connected yet"));
        if let Some(message) = configs::missing_message(&seen.config) {
            status.unit(Status::blocked(message));
        }
        status.unit_if(seen.token.present().is_none(), || {
            Status::waiting("Waiting for secrets creation")
        });
        status.unit_if(seen.workload.present() == Some(&Workload::Failed), || {
            Status::blocked(
                "Failed to start the service, please check the hook-service container logs",
            )
        });
        if let Some(message) = configs::unsupported_limits_message(&seen.config) {
            status.unit(Status::blocked(message));
        }
        status.unit(Status::active());
    }
}
