//! Who is known to break what.

use model::agents::Subject;

/// A release that breaks the invariant, soon enough to be caught at it.
///
/// # Panics
///
/// If nobody is known: whoever adds an invariant names a release here, or nothing shows that it can be violated.
pub fn breaker(invariant: &str) -> Subject {
    let name = match invariant {
        "no-loss" | "attribution" | "bounded-memory" | "no-stale-recall" | "turn-never-blocked" => "A",
        "closed-is-final" => "B",
        "convergence" => "lazy-start",
        "no-pollution" => "D",
        "lineage" => "F",
        "no-duplicate" | "order" => "pr-55936",
        "abandonment-is-reported" => "blind-retry",
        "bounded-shutdown" => "pr-34859-exit-hook",
        "session-continuity" | "interrupted-turn-is-answered" => "E0",
        "no-false-resume" | "no-resume-storm" | "stop-fits-its-budget" => "E2",
        "stuck-session-is-stopped" => "E3",
        "bounded-sessions" | "turn-starts-at-once" => "W1",
        "drain-is-fair-and-bounded" => "W3",
        "commit-coverage" | "failed-commit-stays-retryable" => "webui-marks-early",
        "commit-ownership" => "webui-one-owner",
        "commit-serialization" | "live-agent-never-closed" | "one-end-per-boundary" => "webui-commit-per-turn",
        "no-late-clear" => "webui-dirty-flag",
        other => panic!("nobody is known to break {other}"),
    };
    name.parse().expect("it is a release")
}
