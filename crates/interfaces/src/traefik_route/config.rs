//! Traefik's dynamic configuration: the HTTP part of it that charms ask for, and how it becomes YAML.
//!
//! The names are Traefik's own; its documentation says what they do. What is left empty is not written.

use crate::yaml::{self, Node};
use serde::Serialize;
use std::collections::BTreeMap;

/// HTTP routers, middlewares and services by name. The names are global to Traefik, so build them from
/// the model's and the application's.
///
/// ```
/// use ops_interfaces::traefik_route::{DynamicConfig, Router, Service, path_prefix};
///
/// let config = DynamicConfig::default()
///     .router("shop-web", Router::new(path_prefix("/shop"), "shop-web").entry_point("web"))
///     .service("shop-web", Service::server("http://web.shop.svc.cluster.local:8080"));
/// assert_eq!(
///     config.to_yaml(),
///     "\
/// http:
///   routers:
///     shop-web:
///       entryPoints:
///       - web
///       rule: PathPrefix(`/shop`)
///       service: shop-web
///   services:
///     shop-web:
///       loadBalancer:
///         servers:
///         - url: http://web.shop.svc.cluster.local:8080
/// "
/// );
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DynamicConfig {
    /// What is matched, and where it goes.
    pub routers: BTreeMap<String, Router>,
    /// What happens on the way.
    pub middlewares: BTreeMap<String, Middleware>,
    /// Where requests end.
    pub services: BTreeMap<String, Service>,
}

/// Which requests go to which service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Router {
    /// Names of Traefik's entry points. Empty: all of them.
    pub entry_points: Vec<String>,
    /// The rule, such as ``PathPrefix(`/shop`)``.
    pub rule: String,
    /// Names of middlewares, in the order in which requests pass them.
    pub middlewares: Vec<String>,
    /// The name of the service.
    pub service: String,
    /// The highest is tried first. `None`: Traefik goes by the length of the rule.
    pub priority: Option<i64>,
    /// `None`: the router takes plain HTTP.
    pub tls: Option<RouterTls>,
}

/// A router that takes HTTP over TLS.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RouterTls {
    /// The name of a certificate resolver of Traefik's static configuration.
    pub cert_resolver: Option<String>,
    /// What certificates are for.
    pub domains: Vec<Domain>,
}

/// The names on one certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Domain {
    /// The main name.
    pub main: String,
    /// The alternative names.
    pub sans: Vec<String>,
}

/// What happens to a request between router and service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Middleware {
    /// Puts a prefix before the path.
    AddPrefix {
        /// The prefix.
        prefix: String,
    },
    /// Answers with a redirect to another scheme.
    RedirectScheme {
        /// Answer 301 instead of 302.
        permanent: bool,
        /// The scheme.
        scheme: String,
    },
    /// Replaces the path.
    ReplacePathRegex {
        /// What matches.
        regex: String,
        /// What comes in its place.
        replacement: String,
    },
    /// Takes a prefix off the path.
    StripPrefix {
        /// Whether a path that is empty afterwards becomes `/`. `None`: Traefik's default, `true`.
        force_slash: Option<bool>,
        /// The prefixes; the first that matches counts.
        prefixes: Vec<String>,
    },
}

/// Servers that share the requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Service {
    /// The URL of each server.
    pub servers: Vec<String>,
    /// Whether the server sees the client's `Host` header. `None`: Traefik's default, `true`.
    pub pass_host_header: Option<bool>,
}

/// The rule for paths that start with this prefix.
///
/// ```
/// use ops_interfaces::traefik_route::path_prefix;
///
/// assert_eq!(path_prefix("/shop"), "PathPrefix(`/shop`)");
/// // A prefix cannot end the literal that it stands in.
/// assert_eq!(path_prefix("/`\""), r#"PathPrefix("/`\"")"#);
/// ```
#[must_use]
pub fn path_prefix(prefix: &str) -> String {
    // The literals of a rule are those of Go: backquotes know no escapes, and drop carriage returns.
    if prefix.contains(['`', '\r']) {
        let mut literal = String::new();
        for c in prefix.chars() {
            match c {
                '"' | '\\' => literal.extend(['\\', c]),
                c if c.is_control() => literal.push_str(&format!("\\u{:04x}", u32::from(c))),
                c => literal.push(c),
            }
        }
        format!("PathPrefix(\"{literal}\")")
    } else {
        format!("PathPrefix(`{prefix}`)")
    }
}

impl DynamicConfig {
    /// With this router.
    #[must_use]
    pub fn router(mut self, name: impl Into<String>, router: Router) -> Self {
        self.routers.insert(name.into(), router);
        self
    }

    /// With this middleware.
    #[must_use]
    pub fn middleware(mut self, name: impl Into<String>, middleware: Middleware) -> Self {
        self.middlewares.insert(name.into(), middleware);
        self
    }

    /// With this service.
    #[must_use]
    pub fn service(mut self, name: impl Into<String>, service: Service) -> Self {
        self.services.insert(name.into(), service);
        self
    }

    /// The YAML document: block style, sorted keys. Without content it is `{}`.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let mut http = Map::default();
        http.map("routers", named(&self.routers, Router::node));
        http.map("middlewares", named(&self.middlewares, Middleware::node));
        http.map("services", named(&self.services, Service::node));
        let mut root = Map::default();
        root.map("http", http);
        yaml::to_string(&root.0)
    }
}

impl Router {
    /// A router on all entry points, without middlewares and TLS.
    pub fn new(rule: impl Into<String>, service: impl Into<String>) -> Self {
        Self {
            entry_points: Vec::new(),
            rule: rule.into(),
            middlewares: Vec::new(),
            service: service.into(),
            priority: None,
            tls: None,
        }
    }

    /// Also on this entry point.
    #[must_use]
    pub fn entry_point(mut self, name: impl Into<String>) -> Self {
        self.entry_points.push(name.into());
        self
    }

    /// Also through this middleware.
    #[must_use]
    pub fn middleware(mut self, name: impl Into<String>) -> Self {
        self.middlewares.push(name.into());
        self
    }

    /// With this priority.
    #[must_use]
    pub fn priority(mut self, priority: i64) -> Self {
        self.priority = Some(priority);
        self
    }

    /// With TLS.
    #[must_use]
    pub fn tls(mut self, tls: RouterTls) -> Self {
        self.tls = Some(tls);
        self
    }

    fn node(&self) -> Map {
        let mut map = Map::default();
        map.texts("entryPoints", &self.entry_points);
        map.texts("middlewares", &self.middlewares);
        map.text("rule", &self.rule);
        map.text("service", &self.service);
        if let Some(priority) = self.priority {
            map.put("priority", Node::Integer(priority));
        }
        if let Some(tls) = &self.tls {
            map.put("tls", tls.node().into());
        }
        map
    }
}

impl RouterTls {
    /// A certificate for these names. Without any, Traefik's default certificate is used.
    #[must_use]
    pub fn domain(mut self, domain: Domain) -> Self {
        self.domains.push(domain);
        self
    }

    /// The certificates of this resolver.
    #[must_use]
    pub fn cert_resolver(mut self, name: impl Into<String>) -> Self {
        self.cert_resolver = Some(name.into());
        self
    }

    fn node(&self) -> Map {
        let mut map = Map::default();
        if let Some(resolver) = &self.cert_resolver {
            map.text("certResolver", resolver);
        }
        if !self.domains.is_empty() {
            let domains = self.domains.iter().map(|domain| domain.node().into()).collect();
            map.put("domains", Node::List(domains));
        }
        map
    }
}

impl Domain {
    /// The host and everything one level below it.
    ///
    /// ```
    /// use ops_interfaces::traefik_route::Domain;
    ///
    /// assert_eq!(Domain::wildcard("example.org").sans, ["*.example.org"]);
    /// ```
    pub fn wildcard(host: impl Into<String>) -> Self {
        let main = host.into();
        Self { sans: vec![format!("*.{main}")], main }
    }

    fn node(&self) -> Map {
        let mut map = Map::default();
        map.text("main", &self.main);
        map.texts("sans", &self.sans);
        map
    }
}

impl Middleware {
    fn node(&self) -> Map {
        let mut options = Map::default();
        let kind = match self {
            Self::AddPrefix { prefix } => {
                options.text("prefix", prefix);
                "addPrefix"
            }
            Self::RedirectScheme { permanent, scheme } => {
                options.put("permanent", Node::Bool(*permanent));
                options.text("scheme", scheme);
                "redirectScheme"
            }
            Self::ReplacePathRegex { regex, replacement } => {
                options.text("regex", regex);
                options.text("replacement", replacement);
                "replacePathRegex"
            }
            Self::StripPrefix { force_slash, prefixes } => {
                if let Some(force_slash) = force_slash {
                    options.put("forceSlash", Node::Bool(*force_slash));
                }
                options.texts("prefixes", prefixes);
                "stripPrefix"
            }
        };
        let mut map = Map::default();
        map.put(kind, options.into());
        map
    }
}

impl Service {
    /// One server.
    pub fn server(url: impl Into<String>) -> Self {
        Self { servers: vec![url.into()], pass_host_header: None }
    }

    /// And another.
    #[must_use]
    pub fn and(mut self, url: impl Into<String>) -> Self {
        self.servers.push(url.into());
        self
    }

    fn node(&self) -> Map {
        let mut balancer = Map::default();
        if let Some(pass) = self.pass_host_header {
            balancer.put("passHostHeader", Node::Bool(pass));
        }
        let server = |url: &String| {
            let mut map = Map::default();
            map.text("url", url);
            map.into()
        };
        balancer.put("servers", Node::List(self.servers.iter().map(server).collect()));
        let mut map = Map::default();
        map.put("loadBalancer", balancer.into());
        map
    }
}

/// A mapping on its way to YAML.
#[derive(Default)]
struct Map(BTreeMap<String, Node>);

impl Map {
    fn put(&mut self, key: &str, node: Node) {
        self.0.insert(key.to_owned(), node);
    }

    fn text(&mut self, key: &str, text: &str) {
        self.put(key, Node::Text(text.to_owned()));
    }

    fn texts(&mut self, key: &str, texts: &[String]) {
        if !texts.is_empty() {
            self.put(key, Node::List(texts.iter().cloned().map(Node::Text).collect()));
        }
    }

    // Traefik refuses an element that is there but empty.
    fn map(&mut self, key: &str, map: Map) {
        if !map.0.is_empty() {
            self.put(key, map.into());
        }
    }
}

impl From<Map> for Node {
    fn from(map: Map) -> Self {
        Self::Map(map.0)
    }
}

fn named<T>(all: &BTreeMap<String, T>, node: impl Fn(&T) -> Map) -> Map {
    Map(all.iter().map(|(name, one)| (name.clone(), node(one).into())).collect())
}
