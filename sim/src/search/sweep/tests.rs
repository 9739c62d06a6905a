//! What a sweep tries is everything, and what it finds is exactly what there is.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::Path;

use model::agents::Subject;
use model::words::server::Server;
use model::words::turn::TurnId;

use super::certificate::Certificate;
use super::places::Places;
use super::shown::Tried;
use super::*;
use crate::plan::{Ending, Kill, Moment, Scenario};

const EVERYTHING: usize = usize::MAX;
/// One in so many of the pairs that a sweep leaves out is run all the same. They are spread over all faults.
const ONE_IN: usize = 6;

fn target(text: &str, server: Server) -> Drawn {
    let scenario = Scenario::parse(Path::new("swept.toml"), text).expect("a scenario");
    Drawn { scenario, server }
}

fn release(name: &str) -> Subject {
    name.parse().expect("a release")
}

fn jobs(jobs: usize) -> NonZeroUsize {
    NonZeroUsize::new(jobs).expect("a number of threads")
}

/// Sweeps, and stops after so many pieces. Returns what was counted, too.
fn swept(
    targets: &[Drawn],
    release: Subject,
    extent: Extent,
    known: &BTreeMap<Piece, Counted>,
    most: usize,
) -> (Swept, BTreeMap<Piece, Counted>) {
    let kept = parking_lot::Mutex::new(BTreeMap::new());
    let swept = sweep(
        targets,
        release,
        extent,
        &mut Attendance {
            known,
            keep: &|piece, counted| _ = kept.lock().insert(piece, counted.clone()),
            over: &|| kept.lock().len() >= most,
            tell: &mut |_, _| {},
        },
    );
    (swept, kept.into_inner())
}

fn everything(target: &Drawn, release: Subject, depth: u8) -> SweptScenario {
    let extent = Extent { depth, alike: EVERYTHING, jobs: jobs(2) };
    let (swept, _) = swept(std::slice::from_ref(target), release, extent, &BTreeMap::new(), EVERYTHING);
    assert!(swept.is_complete());
    swept.scenarios.into_iter().next().expect("one scenario")
}

/// What became of a run, whatever its plan. What its documents hold is no part of it: a run waits at its end for as long as its faults may
/// delay a request, also those that never strike, and a provider may lose something meanwhile.
fn outcome(tried: &Tried) -> String {
    let run = &tried.run;
    format!("{:?} {:?} {:?}", run.exit_code, run.damage(), tried.shown)
}

fn run(target: &Drawn, faults: &[&SweptFault], release: Subject) -> Tried {
    Tried::run(&SweptFault::added(target, faults), release, true)
}

/// Runs all pairs of all faults that can strike anywhere, alone or after any other, in both orders at once: a plan has no order. A pair
/// that the sweep leaves out must come out as one of its faults alone, or as the scenario does without a fault.
fn pruned_is_full(text: &str, release: Subject, server: Server) {
    let target = target(text, server);
    let as_it_is = run(&target, &[], release);
    let singles = Places::of(&target, &as_it_is.run, &as_it_is.taken, EVERYTHING).faults;
    let (mut swept, mut all) =
        (BTreeSet::new(), singles.iter().map(|one| (one.to_string(), one.clone())).collect::<BTreeMap<_, _>>());
    for first in &singles {
        let plan = SweptFault::added(&target, &[first]);
        let alone = run(&target, &[first], release);
        for second in Places::after(first, &plan, &alone.run, &alone.taken, EVERYTHING).faults {
            let pair = BTreeSet::from([first.to_string(), second.to_string()]);
            assert!(swept.insert(pair), "{first}, {second}: tried twice");
            all.insert(second.to_string(), second);
        }
    }
    let mut alone: BTreeMap<&str, String> = BTreeMap::new();
    for (name, fault) in &all {
        alone.insert(name, outcome(&run(&target, &[fault], release)));
    }
    let (as_it_is, mut left_out) = (outcome(&as_it_is), 0);
    for (place, (first, one)) in all.iter().enumerate() {
        for (second, other) in all.iter().skip(place + 1) {
            let in_one_place = |fault: &str| fault.split(": ").next().map(str::to_owned);
            let is_swept = swept.contains(&BTreeSet::from([first.clone(), second.clone()]));
            if is_swept || (in_one_place(first) == in_one_place(second) && first.contains(": ")) {
                continue;
            }
            left_out += 1;
            if left_out % ONE_IN != 0 {
                continue;
            }
            let both = outcome(&run(&target, &[one, other], release));
            let known = [&as_it_is, &alone[first.as_str()], &alone[second.as_str()]];
            assert!(known.contains(&&both), "{first}, {second}: not swept, and {both}; alone {known:?}");
        }
    }
    assert!(left_out > swept.len() / 4, "{left_out} pairs were left out beside {}", swept.len());
}

#[test]
fn no_pair_that_is_left_out_would_have_shown_anything_else() {
    let turn = "title = \"t\"\nconfig = { auto_recall = false }\nsteps = [\"turn\", \"shutdown\"]\n";
    pruned_is_full(turn, release("F"), Server::Replace);
    pruned_is_full(turn, Subject::REFERENCE, Server::Idempotent);
    let two =
        "title = \"t\"\nconfig = { auto_recall = false }\nsteps = [\"turn\", \"os_exit\", \"restart\", \"shutdown\"]\n";
    pruned_is_full(two, Subject::REFERENCE, Server::Append);
}

#[test]
fn a_certificate_is_the_same_with_one_job_and_two_and_after_an_interruption() {
    let texts = ["\"turn\", \"shutdown\"", "\"turn\", \"switch S2\", \"turn\", \"shutdown\""];
    let targets = texts.map(|steps| {
        target(&format!("title = \"t\"\nconfig = {{ auto_recall = false }}\nsteps = [{steps}]\n"), Server::Append)
    });
    let none = BTreeMap::new();
    let extent = |depth, threads| Extent { depth, alike: 3, jobs: jobs(threads) };
    for (release, depth) in [(Subject::REFERENCE, 2), (release("F"), 1)] {
        let certificate = |swept: &Swept| Certificate::of(swept).expect("everything was tried").text();
        let (one, _) = swept(&targets, release, extent(depth, 1), &none, EVERYTHING);
        let (two, _) = swept(&targets, release, extent(depth, 2), &none, EVERYTHING);
        assert_eq!(certificate(&one), certificate(&two));
        let (broken_off, kept) = swept(&targets, release, extent(depth, 1), &none, 9);
        assert!(!broken_off.is_complete() && Certificate::of(&broken_off).is_none() && kept.len() == 9);
        assert_eq!(
            broken_off.exit_code(),
            if broken_off.scenarios.iter().all(|one| one.found().next().is_none()) { 5 } else { 2 }
        );
        let (resumed, again) = swept(&targets, release, extent(depth, 2), &kept, EVERYTHING);
        assert_eq!(certificate(&one), certificate(&resumed));
        assert!(again.keys().all(|piece| !kept.contains_key(piece)), "what was counted is not counted again");
    }
}

/// Every kill at every step until the process has no more steps, and the turns that are lost, as the runs themselves say.
fn kills_that_lose(target: &Drawn, release: Subject) -> BTreeMap<String, BTreeSet<TurnId>> {
    let mut losing = BTreeMap::new();
    for process in 1..=u32::try_from(target.scenario.process_count()).expect("a few") {
        for ending in Ending::KILLS {
            for step in 1.. {
                let fault = SweptFault::Kill(Kill { process, at: Moment::Step(step), ending });
                let run = campaign::run(&SweptFault::added(target, &[&fault]), release);
                let ended = run.reading.lives.end_of(process).map_or(0, |end| end.steps);
                let lost: BTreeSet<TurnId> = run.lost.iter().cloned().collect();
                if ended < step {
                    break;
                }
                if !lost.is_empty() && !run.missed_kills.contains(&fault.to_string()) {
                    losing.insert(fault.to_string(), lost);
                }
            }
        }
    }
    losing
}

#[test]
fn exactly_the_kills_that_lose_turns_are_found() {
    for path in [
        "reported/oneshot_exit_without_shutdown.toml",
        "ground-truth/n3_switch.toml",
        "reported/gateway_stop_loses_partial_batches.toml",
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios").join(path);
        let scenario = Scenario::read(&path, &crate::judging::Invariant::names()).expect("a scenario");
        let (target, release) = (Drawn { scenario, server: Server::Append }, release("F"));
        let swept = everything(&target, release, 1);
        let mut found: BTreeMap<String, BTreeSet<TurnId>> = BTreeMap::new();
        for one in swept.singles.found.iter().chain(&swept.singles.as_it_is) {
            let lost = one.shown.iter().filter(|shown| shown.class.invariant == "no-loss");
            let lost: Vec<TurnId> = lost.filter_map(|shown| shown.turn.clone()).collect();
            if let ([fault @ SweptFault::Kill(_)], false) = (&one.faults[..], lost.is_empty()) {
                found.entry(fault.to_string()).or_default().extend(lost);
            }
        }
        let expected = kills_that_lose(&target, release);
        assert!(expected.len() > 20, "{}: {} kills lose turns", path.display(), expected.len());
        assert_eq!(found, expected, "{}", path.display());
    }
}

#[test]
fn every_fault_that_is_tried_strikes() {
    let text = "title = \"t\"\nsteps = [\"turn\", \"prefetch\", \"switch S2\", \"turn\", \"sigterm\", \"restart\", \"turn\", \"shutdown\"]\n";
    for release in [Subject::REFERENCE, release("F")] {
        let swept = everything(&target(text, Server::Append), release, 1);
        assert_eq!(swept.singles.never_struck, 0, "{release}");
        assert!(swept.singles.kinds.keys().any(|kind| kind == "sigterm"), "{:?}", swept.singles.kinds);
    }
    let webui =
        "title = \"t\"\nconfig = { host = \"webui\" }\nsteps = [\"turn\", \"commit S1\", \"turn\", \"drain\"]\n";
    let swept = everything(&target(webui, Server::Append), Subject::REFERENCE, 1);
    assert_eq!((swept.singles.never_struck, swept.singles.found.len()), (0, 0));
    assert!(swept.singles.kinds.get("commit").is_some_and(|runs| *runs >= 12), "{:?}", swept.singles.kinds);
}

#[test]
fn a_long_row_is_thinned_out_and_shows_the_same_classes() {
    let text = "title = \"t\"\nconfig = { auto_recall = false }\nsteps = [\"turn x12\", \"sleep 5s\", \"shutdown\"]\n";
    let target = target(text, Server::Append);
    let classes = |alike| {
        let extent = Extent { depth: 1, alike, jobs: jobs(2) };
        let (swept, _) = swept(std::slice::from_ref(&target), release("F"), extent, &BTreeMap::new(), EVERYTHING);
        let left_out = swept.scenarios[0].singles.left_out;
        assert_eq!(swept.extent() == "complete to depth 1", left_out == 0);
        let classes: BTreeSet<_> = Group::all(&swept).into_iter().map(|group| group.class.clone()).collect();
        (classes, left_out)
    };
    let ((all, none), (thinned, left_out)) = (classes(EVERYTHING), classes(6));
    assert!(none == 0 && left_out > 300, "{none}, {left_out}");
    assert!(!all.is_empty() && thinned == all, "{:?}", all.symmetric_difference(&thinned).collect::<Vec<_>>());
}
