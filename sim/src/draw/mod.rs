//! Scenarios drawn at random: one strategy, sampled by a seed for a campaign, and shrunk by proptest in a test.
//!
//! A seed makes a scenario and nothing else: the same seed and profile are the same file on every machine. Each concern draws
//! from a stream of its own (`swarm`, `config`, `workload`, `faults`, `ends`, `schedule`), so a new kind of fault shifts no
//! workload. Swarm testing: each scenario leaves out whole families of operations and faults, because a plan that has a little
//! of everything rarely gets deep into anything (Groce et al., 2012).
//!
//! - `sketch`: a scenario before it is a file. - `swarm`: which families take part. - `memory`, `webui`, `gateway`: what
//!   happens on each part of Hermes. - `faults`: what goes wrong meanwhile. - `profile`: what a campaign is about.

mod faults;
mod gateway;
mod memory;
mod profile;
mod sketch;
mod swarm;
mod webui;

use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

pub use profile::Profile;
pub use sketch::Sketch;
use sketch::{Ends, Setting, Tables};
use swarm::Swarm;

/// The scenario of this seed.
pub fn sketch(seed: u64, profile: Profile) -> Sketch {
    let swarm = Swarm::new(sample(seed, "swarm", profile, &swarm::masks()), profile);
    let setting: Setting = sample(seed, "config", profile, &settings(swarm));
    let lists = sample(seed, "workload", profile, &lists(swarm, &setting));
    let tables = sample(seed, "faults", profile, &tables(swarm));
    let ends = sample(seed, "ends", profile, &faults::ends(swarm));
    let schedule = sample(seed, "schedule", profile, &proptest::num::u32::ANY);
    Sketch::assemble(setting, lists, tables, ends, schedule)
}

/// All scenarios of a profile, for `proptest!`. A failing one is shrunk step by step, but for its schedule.
pub fn sketches(profile: Profile) -> impl Strategy<Value = Sketch> {
    swarm::masks().no_shrink().prop_flat_map(move |mask| {
        let swarm = Swarm::new(mask, profile);
        let parts = settings(swarm).no_shrink().prop_flat_map(move |setting| {
            let rest = (lists(swarm, &setting), tables(swarm), faults::ends(swarm));
            (proptest::strategy::Just(setting), rest, proptest::num::u32::ANY.no_shrink())
        });
        parts.prop_map(|(setting, (lists, tables, ends), schedule): Parts| {
            Sketch::assemble(setting, lists, tables, ends, schedule)
        })
    })
}

type Parts = (Setting, (Vec<Vec<String>>, Tables, Ends), u32);

/// The configuration, the host and the server.
fn settings(swarm: Swarm) -> BoxedStrategy<Setting> {
    match swarm.profile() {
        Profile::Gateway => gateway::settings(swarm),
        Profile::WebUi => webui::settings(swarm),
        _ => memory::settings(swarm),
    }
}

/// The steps, in lists that run beside each other.
fn lists(swarm: Swarm, setting: &Setting) -> BoxedStrategy<Vec<Vec<String>>> {
    match swarm.profile() {
        Profile::Gateway => gateway::lists(swarm),
        Profile::WebUi => webui::lists(swarm),
        _ => memory::lists(swarm, setting),
    }
}

/// What goes wrong meanwhile.
fn tables(swarm: Swarm) -> BoxedStrategy<Tables> {
    match swarm.profile() {
        Profile::WebUi => webui::tables(swarm),
        _ => faults::tables(swarm),
    }
}

/// What a strategy yields for the stream called `name` of a seed.
fn sample<S: Strategy>(seed: u64, name: &str, profile: Profile, strategy: &S) -> S::Value {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    hasher.update(name.as_bytes());
    hasher.update(profile.name().as_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, hasher.finalize().as_bytes());
    let config = Config { failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, rng);
    strategy.new_tree(&mut runner).expect("no strategy here rejects what it draws").current()
}

/// One of several, each as often as its weight says. There is at least one.
fn one_of<T: std::fmt::Debug + 'static>(choices: Vec<(u32, BoxedStrategy<T>)>) -> BoxedStrategy<T> {
    proptest::strategy::Union::new_weighted(choices).boxed()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_seed_is_a_scenario_and_every_scenario_can_be_read() {
        for profile in Profile::ALL {
            let texts: BTreeSet<String> = (0..200).map(|seed| sketch(seed, profile).text()).collect();
            assert!(texts.len() > 190, "{profile}: {} different scenarios of 200 seeds", texts.len());
            for seed in 0..200 {
                let sketch_of_it = sketch(seed, profile);
                assert_eq!(sketch_of_it, sketch(seed, profile));
                if let Err(error) = sketch_of_it.scenario() {
                    panic!("{error}\n{}", sketch_of_it.text());
                }
            }
        }
    }
}
