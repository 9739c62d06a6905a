//! Scenarios drawn at random: one strategy, sampled by a seed for a campaign, and shrunk by proptest in a test.
//!
//! A seed determines a scenario completely: the same seed and profile give the same file on every machine. Each concern draws from its own
//! stream (`swarm`, `config`, `workload`, `faults`, `ends`, `tail`, `schedule`, `additions`, `limits`), so a new kind of fault shifts no workload. Swarm testing: each
//! scenario leaves out whole families of operations and faults, because a plan that has a little of everything rarely gets deep into
//! anything (Groce et al., 2012).
//!
//! - `drawn`: the result; `real_code`: the same for a real process. - `swarm`: which families take part. - `memory`, `webui`, `gateway`:
//!   the steps for each part of Hermes. - `wide`: what else the language can say; `undrawn`: what is left out. - `steps`: steps that belong
//!   together. - `faults`: faults of the provider, and kills. - `profile`: the subject of a campaign.

mod drawn;
mod faults;
mod gateway;
mod limits;
mod memory;
mod profile;
mod real_code;
mod steps;
mod swarm;
mod undrawn;
mod webui;
mod wide;

use std::time::Duration;

use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

pub use drawn::Drawn;
use drawn::Setting;
pub use profile::Profile;
use swarm::Swarm;
pub use undrawn::{UNDRAWN, Undrawn};

use crate::plan::{Kill, PlannedFault, Step, Tail};

/// The scenario of this seed.
pub fn scenario(seed: u64, profile: Profile) -> Drawn {
    let (whole, profile) = (profile == Profile::Whole, profile.base(seed));
    let swarm = Swarm::new(sample(seed, "swarm", profile, &swarm::masks()), profile);
    let setting: Setting = sample(seed, "config", profile, &settings(swarm));
    let lanes = sample(seed, "workload", profile, &lanes(swarm, &setting));
    let faults = sample(seed, "faults", profile, &faults(swarm));
    let kills = sample(seed, "ends", profile, &faults::kills(swarm));
    let schedule = sample(seed, "schedule", profile, &proptest::num::u32::ANY);
    let host = setting.config.host;
    let tail = sample(seed, "tail", profile, &faults::tail());
    let drawn = Drawn::assemble(setting, lanes, faults, kills, schedule).losing_power(tail);
    let drawn = drawn.within(sample(seed, "limits", profile, &limits::limits()));
    match whole {
        true => drawn.with(sample(seed, "additions", Profile::Whole, &wide::additions(host))),
        false => drawn,
    }
}

/// All scenarios of a profile, for `proptest!`. A failing one is shrunk step by step, except for its schedule. The whole language is added
/// to the first profile only.
pub fn scenarios(profile: Profile) -> impl Strategy<Value = Drawn> {
    let (whole, profile) = (profile == Profile::Whole, profile.base(0));
    swarm::masks().no_shrink().prop_flat_map(move |mask| {
        let swarm = Swarm::new(mask, profile);
        let parts = settings(swarm).no_shrink().prop_flat_map(move |setting| {
            let additions = match whole {
                true => wide::additions(setting.config.host),
                false => proptest::strategy::Just(wide::Additions::default()).boxed(),
            };
            let rest = (lanes(swarm, &setting), faults(swarm), faults::kills(swarm), faults::tail(), additions);
            (proptest::strategy::Just(setting), rest, (proptest::num::u32::ANY.no_shrink(), limits::limits()))
        });
        parts.prop_map(|(setting, (lanes, faults, kills, tail, additions), (schedule, limit)): Parts| {
            let drawn = Drawn::assemble(setting, lanes, faults, kills, schedule).losing_power(tail);
            drawn.within(limit).with(additions)
        })
    })
}

type Rest = (Vec<Vec<Step>>, Vec<PlannedFault>, Vec<Kill>, (Tail, Option<Kill>), wide::Additions);
type Parts = (Setting, Rest, (u32, Option<Duration>));

/// The configuration, the host and the server.
fn settings(swarm: Swarm) -> BoxedStrategy<Setting> {
    match swarm.profile() {
        Profile::Gateway => gateway::settings(swarm),
        Profile::WebUi => webui::settings(swarm),
        Profile::Default | Profile::Shutdown | Profile::Switch | Profile::Storage | Profile::Whole => {
            memory::settings(swarm)
        }
    }
}

/// The steps, in lanes that run beside each other.
fn lanes(swarm: Swarm, setting: &Setting) -> BoxedStrategy<Vec<Vec<Step>>> {
    match swarm.profile() {
        Profile::Gateway => gateway::lanes(swarm),
        Profile::WebUi => webui::lanes(swarm),
        Profile::Default | Profile::Shutdown | Profile::Switch | Profile::Storage | Profile::Whole => {
            memory::lanes(swarm, setting)
        }
    }
}

/// The faults of requests and commits.
fn faults(swarm: Swarm) -> BoxedStrategy<Vec<PlannedFault>> {
    match swarm.profile() {
        Profile::WebUi => webui::faults(swarm),
        Profile::Default
        | Profile::Shutdown
        | Profile::Switch
        | Profile::Storage
        | Profile::Gateway
        | Profile::Whole => faults::faults(swarm),
    }
}

/// The value that a strategy yields for the stream called `name` of a seed.
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

/// One of several, as often as its weight says. There is at least one.
fn one_of<T: std::fmt::Debug + 'static>(choices: Vec<(u32, BoxedStrategy<T>)>) -> BoxedStrategy<T> {
    proptest::strategy::Union::new_weighted(choices).boxed()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::plan::Scenario;

    #[test]
    fn a_seed_is_a_scenario_and_every_scenario_reads_back() {
        for &profile in Profile::ALL {
            let texts: BTreeSet<String> = (0..200).map(|seed| scenario(seed, profile).scenario.to_string()).collect();
            assert!(texts.len() > 190, "{profile}: {} different scenarios of 200 seeds", texts.len());
            for seed in 0..200 {
                let drawn = scenario(seed, profile);
                assert_eq!(drawn, scenario(seed, profile));
                reads_back(&drawn);
            }
        }
    }

    fn reads_back(drawn: &Drawn) {
        let text = drawn.scenario.to_string();
        match Scenario::parse(Path::new("drawn.toml"), &text) {
            Ok(read) => assert_eq!(read, drawn.scenario, "{text}"),
            Err(error) => panic!("{error}\n{text}"),
        }
    }

    #[test]
    fn what_is_for_real_code_loses_no_power_and_handles_its_sigterms() {
        let (mut handled, mut struck) = (0, 0);
        for seed in 0..1_000 {
            let drawn = scenario(seed, Profile::Default).for_real_code();
            reads_back(&drawn);
            let text = drawn.scenario.to_string();
            assert!(!text.contains("power_loss"), "{text}");
            if text.contains("sigterm at step") && !text.contains("host = \"gateway\"") {
                struck += 1;
                handled += i32::from(text.contains("on_sigterm"));
            }
        }
        assert!(struck > 60 && 5 * handled > 4 * struck, "{handled} of {struck}");
    }

    #[test]
    fn what_is_for_real_code_is_no_flood() {
        let floods = (0..3_000).map(|seed| scenario(seed, Profile::Default));
        let floods = floods.filter(|drawn| drawn.scenario.to_string().contains("turn x600"));
        let stemmed =
            floods.map(Drawn::for_real_code).inspect(|drawn| assert!(drawn.scenario.check().is_ok(), "{drawn:?}"));
        let texts: Vec<String> = stemmed.map(|drawn| drawn.scenario.to_string()).collect();
        assert!(texts.len() > 5 && texts.iter().all(|text| text.contains("turn x11")), "{texts:#?}");
    }
}
