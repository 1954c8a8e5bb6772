//! What `metadata.yaml` and `charmcraft.yaml` declare, as types, in the shape that generated code will
//! have. A test holds it to the two files.

use ops::__private::serde;
use ops::metadata::{
    Configuration, Endpoint, Metadata, NoActions, OptionKind, OptionSpec, Options, SecretOption,
};

/// The metadata of the charm.
#[derive(Debug, Clone, Copy)]
pub struct Meta;

impl Metadata for Meta {
    type Config = Config;
    type Action = NoActions;
    const NAME: &'static str = "hook-service";
    const ENDPOINTS: &'static [Endpoint] = &[
        Endpoint { name: "hydra-token-hook", role: "provides", interface: "hydra_token_hook" },
        Endpoint { name: "metrics-endpoint", role: "provides", interface: "prometheus_scrape" },
        Endpoint { name: "grafana-dashboard", role: "provides", interface: "grafana_dashboard" },
        Endpoint { name: "ingress", role: "requires", interface: "traefik_route" },
        Endpoint { name: "logging", role: "requires", interface: "loki_push_api" },
        Endpoint { name: "tracing", role: "requires", interface: "tracing" },
        Endpoint { name: "hook-service", role: "peers", interface: "hook_service_peers" },
    ];
    const CONTAINERS: &'static [&'static str] = &["hook-service"];
    const OPTIONS: &'static [OptionSpec] = &[
        OptionSpec { name: "http_proxy", kind: OptionKind::String(Some("")) },
        OptionSpec { name: "https_proxy", kind: OptionKind::String(Some("")) },
        OptionSpec { name: "no_proxy", kind: OptionKind::String(Some("")) },
        OptionSpec { name: "log_level", kind: OptionKind::String(Some("info")) },
        OptionSpec { name: "cpu", kind: OptionKind::String(None) },
        OptionSpec { name: "memory", kind: OptionKind::String(None) },
        OptionSpec { name: "salesforce_domain", kind: OptionKind::String(None) },
        OptionSpec { name: "salesforce_consumer_secret", kind: OptionKind::Secret },
        OptionSpec { name: "salesforce_enabled", kind: OptionKind::Boolean(Some(true)) },
    ];
}

/// The options.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(crate = "::ops::__private::serde")]
pub struct Config {
    /// `http_proxy`
    pub http_proxy: String,
    /// `https_proxy`
    pub https_proxy: String,
    /// `no_proxy`
    pub no_proxy: String,
    /// `log_level`
    pub log_level: String,
    /// `cpu`
    pub cpu: Option<String>,
    /// `memory`
    pub memory: Option<String>,
    /// `salesforce_domain`
    pub salesforce_domain: Option<String>,
    /// `salesforce_consumer_secret`
    pub salesforce_consumer_secret: SecretOption,
    /// `salesforce_enabled`
    pub salesforce_enabled: bool,
}

impl Configuration for Config {
    fn read(options: &mut Options<'_>) -> Self {
        Self {
            http_proxy: options.string("http_proxy").unwrap_or_default(),
            https_proxy: options.string("https_proxy").unwrap_or_default(),
            no_proxy: options.string("no_proxy").unwrap_or_default(),
            log_level: options.string("log_level").unwrap_or_else(|| "info".to_owned()),
            cpu: options.string("cpu"),
            memory: options.string("memory"),
            salesforce_domain: options.string("salesforce_domain"),
            salesforce_consumer_secret: options.secret("salesforce_consumer_secret"),
            salesforce_enabled: options.boolean("salesforce_enabled").unwrap_or(true),
        }
    }
}

/// The endpoints, one type each.
pub mod endpoints {
    use ops::interface::{EndpointSpec, Peers, Provides, Requires};

    /// `hydra-token-hook`
    #[derive(Debug, Clone, Copy)]
    pub struct HydraTokenHook;

    impl EndpointSpec for HydraTokenHook {
        type Role = Provides;
        const NAME: &'static str = "hydra-token-hook";
        const INTERFACE: &'static str = "hydra_token_hook";
    }

    /// `metrics-endpoint`
    #[derive(Debug, Clone, Copy)]
    pub struct MetricsEndpoint;

    impl EndpointSpec for MetricsEndpoint {
        type Role = Provides;
        const NAME: &'static str = "metrics-endpoint";
        const INTERFACE: &'static str = "prometheus_scrape";
    }

    /// `grafana-dashboard`
    #[derive(Debug, Clone, Copy)]
    pub struct GrafanaDashboard;

    impl EndpointSpec for GrafanaDashboard {
        type Role = Provides;
        const NAME: &'static str = "grafana-dashboard";
        const INTERFACE: &'static str = "grafana_dashboard";
    }

    /// `ingress`
    #[derive(Debug, Clone, Copy)]
    pub struct Ingress;

    impl EndpointSpec for Ingress {
        type Role = Requires;
        const NAME: &'static str = "ingress";
        const INTERFACE: &'static str = "traefik_route";
    }

    /// `logging`
    #[derive(Debug, Clone, Copy)]
    pub struct Logging;

    impl EndpointSpec for Logging {
        type Role = Requires;
        const NAME: &'static str = "logging";
        const INTERFACE: &'static str = "loki_push_api";
    }

    /// `tracing`
    #[derive(Debug, Clone, Copy)]
    pub struct Tracing;

    impl EndpointSpec for Tracing {
        type Role = Requires;
        const NAME: &'static str = "tracing";
        const INTERFACE: &'static str = "tracing";
    }

    /// `hook-service`
    #[derive(Debug, Clone, Copy)]
    pub struct HookService;

    impl EndpointSpec for HookService {
        type Role = Peers;
        const NAME: &'static str = "hook-service";
        const INTERFACE: &'static str = "hook_service_peers";
    }
}

/// The containers.
pub mod containers {
    use ops::names::ContainerName;

    /// `hook-service`
    pub const HOOK_SERVICE: ContainerName = ContainerName::from_static("hook-service");
}
