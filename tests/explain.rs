//! `explain` says of known bugs what their reports say: the point of no return is where the report sees the cause, the nearest run that keeps the
//! promise goes another way just there, and the release with the fix differs in the behavior that was fixed.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use model::words::server::Server;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde_json::Value;
use sim::judging::Invariant;
use sim::plan::Scenario;
use sim::run;
use sim::world::{Engine, Redraw};

/// A known bug, and what its explanation must contain.
struct Known {
    scenario: &'static str,
    release: &'static str,
    /// The violation to explain; the worst if there is none.
    invariant: Option<&'static str>,
    /// Words of the point of no return: its event, its step, its task.
    point: &'static [&'static str],
    /// Words of the critical pair: the difference, and the event in which each of the two goes its own way.
    pair: &'static [&'static str],
    /// A release that keeps the promise, and a behavior in which it differs.
    keeper: (&'static str, &'static str),
    /// The root cause that the report names.
    because: &'static str,
}

const KNOWN: &[Known] = &[
    Known {
        scenario: "reported/batch_lost_on_switch",
        release: "B",
        invariant: None,
        point: &["switch of S2 begins", "step 5 \"switch S2\"", "main"],
        pair: &["without step 5 \"switch S2\"", "the user asks for S1#3"],
        keeper: ("C", "on switch: flush whole instead of clear"),
        because: "hermes-agent#17447: the switch clears the buffer unsent; #17508 made it flush",
    },
    Known {
        scenario: "reported/no_executor_at_exit",
        release: "F",
        invariant: None,
        point: &["S1#1: given up", "hindsight-writer"],
        pair: &["with \"sleep 1m\" put in as step 3", "a client of the provider is built"],
        keeper: ("pr-34859-exit-hook", "exit hook: before executors close instead of at exit"),
        because: "hermes-agent#34859: the interpreter has closed its executors before the writer's first retain begins",
    },
    Known {
        scenario: "reported/compression_overtakes_queued_turns",
        release: "F",
        invariant: Some("attribution"),
        point: &["compress of S2 begins", "step 3 \"compress S2\"", "main"],
        pair: &["compress of S2 returns", "main"],
        keeper: ("E", "background: no instead of yes"),
        because: "hermes-agent#64315: turns are still queued on the worker when the compression switches inline",
    },
    Known {
        scenario: "reported/reply_lost_after_the_append",
        release: "blind-retry",
        invariant: None,
        point: &["retain 1 arrives with S1#1, and the fault \"apply_drop\" strikes it", "provider"],
        pair: &["without the fault \"retain 1: apply_drop\"", "retain 1 arrives with S1#1"],
        keeper: ("F", "on failure: forget instead of retry"),
        because: "hermes-agent#110846: the append was applied and its reply lost, and it is sent again",
    },
    Known {
        scenario: "reported/end_then_switch_sends_the_tail_twice",
        release: "end-then-switch",
        invariant: None,
        point: &["new of S2 begins", "step 3 \"new S2\""],
        pair: &["with \"turn\" put in as step 3", "the user asks for S1#2"],
        keeper: ("F", "on end: nothing instead of flush tail"),
        because: "review of hermes-agent#55936: /new flushes the tail at the end, and again at the switch",
    },
    Known {
        scenario: "reported/two_appends_at_once",
        release: "N",
        invariant: None,
        point: &["the user asks for S1#2", "step 3 \"turn\""],
        pair: &["S1#2: queued on the manager's worker", "retain 1 is appended to document S1: S1#1 is stored"],
        keeper: ("D", "append: whole session instead of cleared at enqueue"),
        because: "openclaw#117741: the second append begins before the first, which was confirmed, has been written",
    },
    Known {
        scenario: "reported/kill_with_everything_in_memory",
        release: "F",
        invariant: None,
        point: &["the process was killed by SIGKILL", "step 3 \"sigkill\""],
        pair: &["the process was killed by SIGKILL", "retain 1 replaces document"],
        keeper: ("A", "delivery: thread per retain instead of writer"),
        because: "hermes-agent#36216: queue, buffer and writer's queue are in memory only",
    },
    Known {
        scenario: "reported/new_session_blocked_by_a_dead_server",
        release: "D",
        invariant: None,
        point: &["version 1 arrives, and the fault \"hang\" strikes it"],
        pair: &["without the fault \"version *: hang\"", "version 1 arrives"],
        keeper: ("F", "background: yes instead of no"),
        because: "hermes-agent#61139: /new asks the server for its version on the caller's thread",
    },
    Known {
        scenario: "reported/undone_turn_is_flushed",
        release: "F",
        invariant: Some("no-pollution"),
        point: &["S1#2 is not to be kept: undone", "step 3 \"undo\""],
        pair: &["put in as step 3", "the user asks for S1#3"],
        keeper: ("B", "on switch: clear instead of flush whole"),
        because: "the hook ignores that the session was rewound, and flushes the buffer as for any switch",
    },
    Known {
        scenario: "gateway/receipt_discards_an_exact_mark",
        release: "early-receipt",
        invariant: None,
        point: &["the shutdown by the handler of SIGTERM begins", "step 4 \"sigterm\""],
        pair: &["the receipt of a clean stop is written", "S1#2 begins in S1"],
        keeper: ("E4", "receipt: after drain instead of before drain"),
        because: "hermes-agent#11099: the receipt is written before the turn that it will disown has begun",
    },
    Known {
        scenario: "gateway/message_meets_its_resumed_chat",
        release: "E2",
        invariant: None,
        point: &["the message of S1#3 comes", "step 7 \"run 20s\"", "process 2"],
        pair: &["S1#3 begins in S1", "resumed by the gateway itself"],
        keeper: ("E4", "claims first: yes instead of no"),
        because: "hermes-agent#45682: the resumed turn does not claim its chat first, and a message overtakes it",
    },
    Known {
        scenario: "webui/mark_during_commit",
        release: "webui-dirty-flag",
        invariant: None,
        point: &["the host is asked: mark S1 a", "step 4 \"mark S1 a\""],
        pair: &["S1#2 waits for a commit, owned by agent a", "commit a#1 ends, done"],
        keeper: ("W3", "clears: what it captured instead of everything"),
        because: "hermes-webui#2461: a commit that ends late clears what was marked while it was under way",
    },
    Known {
        scenario: "webui/failed_commit_keeps_its_owner",
        release: "webui-one-owner",
        invariant: None,
        point: &["the host is asked: commit S1 b", "step 5 \"commit S1 b\""],
        pair: &["with \"drain\" put in as step 3", "the host is asked: register S1 b"],
        keeper: ("W3", "owners: of segments instead of latest"),
        because: "hermes-webui#2461: what a failed commit leaves belongs to the agent that is registered last",
    },
    Known {
        scenario: "webui/sigterm_loses_what_waits",
        release: "W2",
        invariant: None,
        point: &["the process was ended by SIGTERM", "step 5 \"sigterm\""],
        pair: &["with \"drain\" put in as step 5", "the host is asked: drain"],
        keeper: ("W3", "handles sigterm: yes instead of no"),
        because: "hermes-webui#5543: without a handler SIGTERM ends the process, and no drain is ever reached",
    },
];

/// Runs the program. Returns its exit code and its output.
fn forget_me_not(arguments: &[&str]) -> (u8, String) {
    let arguments = std::iter::once("forget-me-not").chain(arguments.iter().copied()).map(OsString::from);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = sim::cli::run(arguments, &mut out, &mut err);
    assert!(err.is_empty(), "{}", String::from_utf8_lossy(&err));
    (code, String::from_utf8(out).expect("text"))
}

fn explained(known: &Known) -> Value {
    let path = format!("scenarios/{}.toml", known.scenario);
    let wanted = known.invariant.map_or(Vec::new(), |invariant| vec!["--invariant", invariant]);
    let arguments = ["explain", &path, "--release", known.release, "--jobs", "1", "--json"];
    let (code, told) = forget_me_not(&[&arguments[..], &wanted].concat());
    assert_eq!(code, 2, "{} fails with {}", known.scenario, known.release);
    serde_json::from_str(&told).expect("JSON")
}

/// The words of an event: its task, its step, and what happened.
fn words(event: &Value) -> String {
    ["who", "task", "step", "what"].map(|key| event[key].as_str().unwrap_or_default()).join(" | ")
}

#[test]
fn an_explanation_agrees_with_the_report() {
    let complaints: Vec<String> = KNOWN.par_iter().flat_map_iter(complaints).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// What an explanation lacks.
fn complaints(known: &Known) -> Vec<String> {
    let told = explained(known);
    let (point, pair) = (&told["point_of_no_return"], &told["critical_pair"]);
    let of_point = words(&point["shown"]);
    let of_pair =
        [pair["difference"].as_str().unwrap_or_default(), &words(&pair["here"]), &words(&pair["there"])].join(" | ");
    let differences = differences(&told, known.keeper.0);
    let mut complaints = Vec::new();
    let mut needs = |what: &str, words: &[&str], found: &str| {
        let missing = words.iter().filter(|word| !found.contains(**word));
        complaints.extend(
            missing
                .map(|word| format!("{}: the {what} lacks {word:?}: {found}\n    {}", known.scenario, known.because)),
        );
    };
    needs("point of no return", known.point, &of_point);
    needs("critical pair", known.pair, &of_pair);
    needs("release that keeps the promise", &[known.keeper.1], &differences);
    let share = |odds: &Value| (odds["broken"].as_u64().unwrap_or(0), odds["of"].as_u64().unwrap_or(0));
    let (before, after) = (share(&point["before"]), share(&point["after"]));
    if before.0 >= before.1 || after.0 != after.1 || after.1 == 0 {
        complaints.push(format!("{}: before {before:?} and after {after:?} is no turning point", known.scenario));
    }
    complaints
}

/// In which behaviors a release differs that keeps the promise.
fn differences(told: &Value, release: &str) -> String {
    let releases = told["releases"].as_array().expect("releases");
    let other = releases.iter().find(|other| other["release"] == release && other["keeps_the_promise"] == true);
    let differences = other.and_then(|other| other["differences"].as_array()).into_iter().flatten();
    let word = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
    let said = differences
        .map(|one| format!("{}: {} instead of {}", word(one, "behavior"), word(one, "to"), word(one, "from")));
    said.collect::<Vec<_>>().join("; ")
}

#[test]
fn an_explanation_is_the_same_again_and_with_any_number_of_threads() {
    let explain = |jobs: &str| {
        forget_me_not(&["explain", "scenarios/reported/batch_lost_on_switch.toml", "--release", "B", "--jobs", jobs])
    };
    let first = explain("1");
    assert_eq!(first, explain("1"));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    assert_eq!(first, explain(&cores.min(2).to_string()));
    assert!(first.1.lines().count() <= 80, "one page: {}", first.1);
}

/// What an explanation rests on: behind the cut everything may differ, and before it nothing does.
#[test]
fn a_continuation_is_the_same_run_up_to_its_cut() {
    let path = Path::new("scenarios/reported/compression_overtakes_queued_turns.toml");
    let scenario = Scenario::read(path, &Invariant::names()).expect("a scenario");
    let (release, server) = ("F".parse().expect("a release"), Server::Append);
    let run = run::run(&scenario, release, server, Engine::Events);
    let all = run.events.len();
    let continued = |events, seed| run::run_redrawn(&scenario, release, server, Redraw { events, seed });
    for events in [0, 1, all / 3, all / 2, all - 1, all] {
        for seed in 0..4 {
            let other = continued(events, seed);
            assert_eq!(other.events[..events], run.events[..events], "cut at {events}, seed {seed}");
            assert_eq!(other.digest, continued(events, seed).digest, "a continuation is repeated exactly");
        }
    }
    assert_eq!(continued(all, 7).digest, run.digest);
    let digests: BTreeSet<String> = (0..8).map(|seed| continued(all / 3, seed).digest).collect();
    assert!(digests.len() > 2, "another seed behind the cut changes nothing: {digests:?}");
}

#[test]
fn what_passes_has_nothing_to_explain_and_a_hint() {
    let (code, told) = forget_me_not(&["explain", "scenarios/reported/batch_lost_on_switch.toml"]);
    assert_eq!(code, 0);
    assert!(told.contains("there is nothing to explain"), "{told}");
    assert!(told.contains("forget-me-not explain scenarios/reported/batch_lost_on_switch.toml --release B"), "{told}");
}

#[test]
fn two_runs_side_by_side_part_where_the_releases_differ() {
    let path = "scenarios/reported/batch_lost_on_switch.toml";
    let (code, told) = forget_me_not(&["diff", path, "--release", "B", "--against", "C", "--json"]);
    assert_eq!(code, 0);
    let told: Value = serde_json::from_str(&told).expect("JSON");
    let first = usize::try_from(told["first_difference"].as_u64().expect("a difference")).expect("a place");
    let rows = told["rows"].as_array().expect("rows");
    assert!(rows[..first].iter().all(|row| row["kind"] == "same"));
    assert_eq!(rows[first]["kind"], "first");
    assert_eq!(
        words(&rows[first]["first"]),
        "process 1 | main | step 5 \"switch S2\" | S1#1, S1#2: in the buffer, cleared by the switch"
    );
    let (code, told) = forget_me_not(&["diff", path, "--release", "B", "--against", "C"]);
    let marked = told.lines().find(|line| line.starts_with('>')).expect("a mark");
    assert!(code == 0 && marked.contains("cleared by the"), "{told}");
}
