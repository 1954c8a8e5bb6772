//! An emulated Pebble that poses as an old one: what a charm's test finds there. The cases of the suite run against it too.

use ops_core::Secret;
use ops_pebble::{
    Access, Client, Combine, Feature, Identity, NoticeFilter, Notify,
    layer::{Check, Layer, LogTarget, Service, Startup},
};
use ops_testing::emulator::pebble::{Daemon, Effect, Pebble};
use std::rc::Rc;

fn client(version: &str) -> (Daemon, Client) {
    let daemon = Daemon::new(Pebble::new().version(version));
    let client = Client::new(Rc::new(daemon.clone()));
    (daemon, client)
}

#[test]
fn it_says_its_version_with_or_without_the_letter() {
    for version in ["1.10.2", "v1.10.2"] {
        assert_eq!(client(version).1.system_info().unwrap().version, "v1.10.2");
    }
}

#[test]
fn an_endpoint_that_came_later_is_unsupported_until_then() {
    type Asks = fn(&Client) -> Result<(), ops_pebble::Error>;
    let endpoints: [(Feature, Asks); 6] = [
        (Feature::Notices, |client| client.notices(&NoticeFilter::new()).map(drop)),
        (Feature::Notices, |client| client.notify(&Notify::new("example.com/a")).map(drop)),
        (Feature::Identities, |client| client.identities().map(drop)),
        (Feature::Metrics, |client| client.metrics().map(drop)),
        (Feature::StartChecks, |client| client.stop_checks(&["up"]).map(drop)),
        (Feature::RefreshChecks, |client| client.refresh_check("up").map(drop)),
    ];
    for (feature, ask) in endpoints {
        let before = client("1.4.0").1;
        assert_eq!(ask(&before).unwrap_err().unsupported(), Some(feature), "{feature:?}");
        let (since, client) = client(&feature.since().to_string());
        since.with(|pebble| {
            let layer = Layer::new().check("up", Check::tcp(1));
            pebble.add_layer("up", &layer, false).unwrap();
        });
        assert_eq!(ask(&client).map_err(|error| error.to_string()), Ok(()), "{feature:?}");
    }
}

#[test]
fn a_field_that_came_later_is_unsupported_and_changes_nothing() {
    let (daemon, client) = client("1.10.2");
    let target = LogTarget::new("opentelemetry", "http://x").service("all");
    for (feature, layer) in [
        (Feature::StartChecks, Layer::new().check("c", Check::tcp(1).startup(Startup::Disabled))),
        (Feature::OpenTelemetry, Layer::new().log_target("t", target)),
    ] {
        let error = client.add_layer("new", &layer, Combine::Yes).unwrap_err();
        assert_eq!(error.unsupported(), Some(feature));
    }
    assert_eq!(daemon.state().effects(), &[] as &[Effect]);
}

#[test]
fn what_it_would_ignore_is_unsupported_before_it_is_sent() {
    let (daemon, client) = client("1.16.0");
    let hash = Secret::new("hash".to_owned(), "secret:1/hash@1");
    let bob = [("bob".to_owned(), Identity::new(Access::Read).basic(hash))].into();
    let error = client.add_identities(&bob).unwrap_err();
    assert_eq!(error.unsupported(), Some(Feature::BasicIdentities));
    let layer = Layer::new().service("web", Service::new("web"));
    let error = client.add_inner_layer("a/b", &layer, Combine::No).unwrap_err();
    assert_eq!(error.unsupported(), Some(Feature::InnerLayers));
    assert_eq!(daemon.state().effects(), &[] as &[Effect]);
}

#[test]
fn a_layer_of_a_group_goes_to_the_end_where_groups_are_unknown() {
    let (daemon, client) = client("1.10.2");
    for label in ["group/one", "other", "group/two"] {
        client.add_layer(label, &Layer::new(), Combine::No).unwrap();
    }
    let state = daemon.state();
    let labels: Vec<&str> = state.layers().iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(labels, ["group/one", "other", "group/two"]);
}
