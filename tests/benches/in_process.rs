//! What one run of the Hook Service charm costs in process: the config-changed of a settled leader.
//!
//! Nothing here fails because of a figure: it prints it beside its target.
//!
//! `cargo bench -p ops-tests --bench in_process`
#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing)]

use hook_service::{HookService, meta};
use ops::names::SecretId;
use ops_testing::{Container, Context, Relation, Secret, State};
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

const TARGET: Duration = Duration::from_micros(50);
const RUNS: usize = 5_000;

fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("a bench: run it with cargo bench");
        return;
    }
    let ctx = Context::new(|| HookService);
    let state = settled(&ctx);
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            black_box(ctx.run(ctx.on().config_changed(), &state));
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    let calls = ctx.run(ctx.on().config_changed(), &state).calls.len();
    let median = times[RUNS / 2];
    let verdict = if median < TARGET { "met" } else { "MISSED" };
    println!("one in-process run, settled config-changed, {calls} hook commands, {RUNS} runs");
    println!("the check of the state, before each run: median {:?}", check(&ctx, &state));
    println!("median {median:?}, best {:?}   target below {TARGET:?}: {verdict}", times[0]);
}

/// What is found in a state that is as it should be: nothing, a thousand times for one figure.
fn check(ctx: &Context, state: &State) -> Duration {
    const CHECKS: u32 = 1_000;
    let hook = ctx.on().config_changed();
    let mut times: Vec<Duration> = (0..101)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..CHECKS {
                assert!(black_box(ctx.check(&hook, black_box(state))).is_empty());
            }
            start.elapsed() / CHECKS
        })
        .collect();
    times.sort_unstable();
    times[50]
}

fn settled(ctx: &Context) -> State {
    let consumer = SecretId::parse("secret:d0erdgfmp25c762i8np0").unwrap();
    let keys = [("consumer-key", "the-consumer-key"), ("consumer-secret", "the-consumer-secret")];
    let state = State::default()
        .leader()
        .config(meta::options::SALESFORCE_DOMAIN, "https://domain.salesforce.com")
        .config(meta::options::SALESFORCE_CONSUMER_SECRET, consumer.clone())
        .secret(&Secret::granted(&consumer, &keys))
        .relation(&Relation::peer(meta::endpoints::HookService, 0))
        .with_container(meta::containers::HOOK_SERVICE, Container::default());
    let out = ctx.run(ctx.on().config_changed(), &state);
    assert_eq!(out.state.unit_status, ops::Status::active());
    out.state
}
