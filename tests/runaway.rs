//! Plans that run away: days of faults, thousands of processes, turns and requests. Each ends within the bounds of a run or is refused where
//! it is read, and the reference is accused by none. The bounds are counted, and never measured in time.

use std::path::Path;

use model::agents::Subject;
use model::words::part::Part;
use model::words::server::Server;
use rayon::prelude::*;
use sim::plan::Scenario;
use sim::run::{self, Run, Verdict};
use sim::world::{EVENTS_MAX, Engine, STEPS_MAX};

/// A plan, and what becomes of it.
struct Plan {
    name: &'static str,
    text: String,
    reference: Outcome,
}

/// What becomes of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Passes,
    /// It passes or is cut short, and proves nothing then.
    IsNotAccused,
    /// The plan is refused where it is read.
    IsRefused,
}

use Outcome::{IsNotAccused, IsRefused, Passes};

fn steps(text: &str) -> String {
    format!("steps = [{text}]")
}

fn hosted(host: &str, text: &str) -> String {
    format!("config = {{ host = \"{host}\" }}\nsteps = [{text}]")
}

fn repeated(step: &str, times: usize) -> String {
    vec![step; times].join(", ")
}

type Add<'a> = &'a mut dyn FnMut(&'static str, Outcome, String);

fn plans() -> Vec<Plan> {
    let mut plans = Vec::new();
    let mut add = |name, reference, text: String| plans.push(Plan { name, text, reference });
    of_disks_and_lags(&mut add);
    of_many(&mut add);
    of_waits(&mut add);
    of_networks_and_servers(&mut add);
    of_faults(&mut add);
    plans
}

fn of_disks_and_lags(add: Add<'_>) {
    for (fault, name) in [("full", "a full disk"), ("fails", "a failing disk"), ("stalls", "a stalling disk")] {
        add(name, IsNotAccused, steps(&format!(r#""disk {fault} 24h", "turn", "sleep 1s", "shutdown""#)));
    }
    add(
        "a full disk of a gateway",
        IsNotAccused,
        hosted("gateway", r#""disk full 24h", "turn x5", "run 10s", "sleep 24h", "sigterm""#),
    );
    add(
        "a full disk of a WebUI",
        IsNotAccused,
        hosted("webui", r#""disk full 24h", "turn x5", "commit S1", "sleep 24h", "drain""#),
    );
    add(
        "ten turns applied a day later",
        Passes,
        format!("config = {{ operation_lag = \"24h\" }}\n{}", steps(r#""turn x10", "sleep 1s", "shutdown""#)),
    );
    add(
        "ten turns with a day between",
        Passes,
        format!("config = {{ operation_lag = \"24h\" }}\n{}", steps(&[r#""turn""#; 6].join(r#", "sleep 24h", "#))),
    );
}

fn of_many(add: Add<'_>) {
    add("700 turns", IsNotAccused, steps(r#""turn x699", "shutdown""#));
    add(
        "700 turns on the slowest network",
        IsNotAccused,
        format!("config = {{ latency = \"5h\", timeout = \"24h\" }}\n{}", steps(r#""turn x699", "shutdown""#)),
    );
    add("700 turns of a gateway", IsNotAccused, hosted("gateway", r#""turn x699", "sigterm""#));
    add("700 turns of a WebUI", IsNotAccused, hosted("webui", r#""turn x699", "drain""#));
    add("300 processes", IsNotAccused, steps(&repeated(r#""turn", "restart""#, 299)));
    add(
        "300 processes that lose their power",
        IsNotAccused,
        steps(&repeated(r#""turn", "power_loss", "restart""#, 200)),
    );
    add("300 gateways", IsNotAccused, hosted("gateway", &repeated(r#""turn", "restart""#, 299)));
    add(
        "60 lists beside each other",
        IsNotAccused,
        format!("parallel = [{}]", repeated(r#"["turn x5", "sleep 1s", "shutdown"]"#, 60)),
    );
    add(
        "50 lists meet at a barrier",
        IsNotAccused,
        format!("parallel = [{}]", repeated(r#"["turn x20", "barrier 50", "turn x20", "sigkill"]"#, 50)),
    );
}

fn of_waits(add: Add<'_>) {
    add("a hundred vain waits", Passes, steps(&format!(r#""turn", {}"#, repeated(r#""wait_retain 1000000""#, 100))));
    add("seven days of sleep", Passes, steps(&format!(r#""turn", {}, "turn""#, repeated(r#""sleep 24h""#, 7))));
    add("eight days of sleep", IsRefused, steps(&format!(r#""turn", {}"#, repeated(r#""sleep 24h""#, 8))));
    add("a wedged daemon", IsNotAccused, steps(r#""wedge 24h", "turn x5", "sleep 1s", "shutdown""#));
    add(
        "a turn that hangs",
        IsNotAccused,
        hosted("gateway", r#""run hangs", "sleep 24h", "turn", "sleep 24h", "sigterm""#),
    );
    add(
        "turns that hang in a WebUI",
        IsNotAccused,
        hosted("webui", &format!(r#"{}, "sleep 24h", "drain""#, repeated(r#""run hangs""#, 200))),
    );
}

fn of_networks_and_servers(add: Add<'_>) {
    add(
        "a network that holds every packet",
        IsNotAccused,
        steps(r#""network hold", "turn x100", "sleep 24h", "shutdown""#),
    );
    add("a network in pieces", IsNotAccused, steps(r#""network partition", "turn x100", "sleep 24h", "shutdown""#));
    add(
        "a million lost packets",
        IsNotAccused,
        steps(r#""network drop 1000000", "turn x20", "sleep 24h", "shutdown""#),
    );
    add("a server that is down", IsNotAccused, steps(r#""server_down 24h", "turn x100", "sleep 24h", "shutdown""#));
    add(
        "a server that is down from the start",
        IsNotAccused,
        format!("faults = {{ down = \"24h\" }}\n{}", steps(r#""turn x100", "sleep 24h", "shutdown""#)),
    );
    add(
        "requests that never end",
        IsNotAccused,
        format!(
            "faults = {{ retain = {{ \"*\" = \"hang\" }}, recall = {{ \"*\" = \"hang\" }} }}\n{}",
            steps(r#""turn x20", "sleep 24h", "shutdown""#)
        ),
    );
}

fn of_faults(add: Add<'_>) {
    add(
        "requests that always fail",
        IsNotAccused,
        format!(
            "faults = {{ retain = {{ \"*\" = \"500\" }}, version = {{ \"*\" = \"drop\" }} }}\n{}",
            steps(r#""turn x20", "sleep 24h", "shutdown""#)
        ),
    );
    add(
        "operations that are never known",
        IsNotAccused,
        format!(
            "faults = {{ operation = {{ \"*\" = \"500\" }} }}\n{}",
            steps(r#""turn x20", "sleep 24h", "sleep 24h", "shutdown""#)
        ),
    );
    add(
        "a server that restarts with each request",
        IsNotAccused,
        format!(
            "faults = {{ retain = {{ \"*\" = \"restart 1ms\" }} }}\n{}",
            steps(r#""turn x20", "sleep 24h", "shutdown""#)
        ),
    );
    add(
        "a worker that crashes each time",
        IsNotAccused,
        format!(
            "faults = {{ retain = {{ \"*\" = \"worker_crash\" }} }}\n{}",
            steps(r#""turn x200", "sleep 1s", "shutdown""#)
        ),
    );
    let kills: Vec<String> = (1..=100).map(|process| format!("\"sigkill at step 40 of process {process}\"")).collect();
    add(
        "a kill in every process",
        IsNotAccused,
        format!(
            "{}\nfaults = {{ kills = [{}] }}",
            steps(&format!(r#"{}, "turn""#, repeated(r#""turn x3", "sleep 1s", "restart""#, 100))),
            kills.join(", ")
        ),
    );
    add(
        "a commit that never returns",
        IsNotAccused,
        format!(
            "{}\nfaults = {{ commit = {{ a = {{ \"*\" = \"hang\" }} }} }}",
            hosted("webui", r#""mark S1 a", "start commit S1 a wait", "sleep 24h", "drain""#)
        ),
    );
    add("5,001 steps", IsRefused, steps(r#""turn x5001""#));
    add("a step written 5,001 times", IsRefused, steps(&repeated(r#""turn""#, 5_001)));
    add("a hundred and one waits", IsRefused, steps(&repeated(r#""wait_retain 9""#, 101)));
}

/// Runs a plan with a release. It ends within the bounds.
fn bounded(plan: &Plan, scenario: &Scenario, release: &str) -> Run {
    let subject: Subject = release.parse().expect("a release");
    let run = run::run(scenario, subject, Server::Append, Engine::Events);
    let events = u64::try_from(run.events.len()).expect("a number");
    assert!(run.steps <= STEPS_MAX + 1, "{}: {release} took {} steps", plan.name, run.steps);
    assert!(events <= EVENTS_MAX + 10_000, "{}: {release} has {events} events", plan.name);
    assert!(run.ended || run.cut_short.is_some(), "{}: {release} does not say why it did not end", plan.name);
    run
}

#[test]
fn every_runaway_plan_ends_and_accuses_nobody_wrongly() {
    plans().par_iter().for_each(ends_and_accuses_nobody_wrongly);
}

fn ends_and_accuses_nobody_wrongly(plan: &Plan) {
    let text = format!("title = \"t\"\n{}\n", plan.text);
    let scenario = match Scenario::parse(Path::new("runaway.toml"), &text) {
        Ok(scenario) => scenario,
        Err(error) => {
            assert_eq!(plan.reference, IsRefused, "{}: {error}", plan.name);
            assert!(error.to_string().starts_with("runaway.toml:2:"), "{error}");
            return;
        }
    };
    assert_ne!(plan.reference, IsRefused, "{} was read", plan.name);
    let run = bounded(plan, &scenario, "reference");
    assert_eq!(run.violations, [], "{}", plan.name);
    match plan.reference {
        Passes => assert_eq!(run.verdict, Verdict::Pass, "{}", plan.name),
        IsNotAccused | IsRefused => {
            assert!(
                run.verdict == Verdict::Pass || run.cut_short.is_some() || run.turns == run.refused.len(),
                "{}",
                plan.name
            );
        }
    }
    let others = match scenario.part() {
        Part::WebUi => &["F", "W3"][..],
        Part::Gateway => &["F", "E4"],
        Part::Memory => &["A", "F"],
    };
    for release in others {
        bounded(plan, &scenario, release);
    }
}

/// Runs the program. Returns its exit code and its output.
fn forget_me_not(arguments: &[&str]) -> (u8, String) {
    let arguments = std::iter::once("forget-me-not").chain(arguments.iter().copied()).map(std::ffi::OsString::from);
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    let code = sim::cli::run(arguments, &mut out, &mut errors);
    (code, String::from_utf8(out).expect("text"))
}

/// Release A sends the whole session again with every turn. No reply arrives, so it may.
#[test]
fn a_run_that_is_cut_short_proves_nothing_and_says_why() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cut_short.toml");
    std::fs::write(&path, "title = \"t\"\nconfig = { memory_limit = 100000 }\nsteps = [\"turn x800\", \"shutdown\"]\nfaults = { retain = { \"*\" = \"apply_drop\" } }\n")
        .expect("a file");
    let path = path.to_str().expect("a path of letters");
    let (code, page) = forget_me_not(&["replay", path, "--release", "A", "--server", "append"]);
    assert_eq!(code, 5, "{page}");
    assert!(page.contains("proved nothing: it was cut short"), "{page}");
    let told = "sent turns again until its history named 500,000";
    assert!(page.contains("      cut short: ") && page.contains(told), "{page}");
}
