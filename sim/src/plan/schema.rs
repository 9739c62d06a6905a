//! The format of a scenario as a JSON Schema (draft 7), for editors. It comes from the tables that the reader uses.
//!
//! It knows words and types. What depends on another part of the file (a turn that the steps make, a step that the host has) only the reader knows.

use model::agents::Subject;
use model::hosts::Kind;
use model::words::profile::Template;
use model::words::server::Server;
use serde_json::{Map, Value, json};
use strum::VariantArray;

use super::faults::PROTOCOL;
use super::keys::{KEYS, Key};
use super::patterns::{DURATION, NUMBER, TURN, of_form};
use super::tail::Tail;
use super::{commit_fault_forms, request_fault_forms, step_forms};

/// The schema of a scenario file in which expectations may name these invariants as violated.
pub fn schema(invariants: &[&str]) -> Value {
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A scenario of Forget-Me-Not",
        "description": "What happens to an agent, what goes wrong meanwhile, and what each release is known to do.",
        "type": "object",
        "required": ["title"],
        "oneOf": [{ "required": ["steps"] }, { "required": ["parallel"] }],
        "additionalProperties": false,
        "properties": {
            "title": { "description": "What goes wrong, in one sentence.", "type": "string", "pattern": "^[^\\u0000-\\u001f]*[^\\u0000-\\u0020][^\\u0000-\\u001f]*$" },
            "reports": { "description": "Where it was reported, as owner/repository#number.", "type": "array", "items": { "type": "string" } },
            "seed": { "description": "The random numbers of the run, above all of its schedule; 0 by default.", "type": "integer", "minimum": 0 },
            "schedule": schedule(),
            "config": { "description": "Settings of the memory, of the host that owns the agents, and the limits to judge by.", "type": "object", "additionalProperties": false, "properties": settings() },
            "steps": { "description": "What happens, in order.", "$ref": "#/definitions/steps" },
            "parallel": { "description": "Instead of steps: a list of such lists, one for each of several processes that run at the same time.", "type": "array", "minItems": 1, "items": { "$ref": "#/definitions/steps" } },
            "faults": { "description": "Which requests the provider fails, and where processes are killed.", "type": "object", "additionalProperties": false, "properties": faults() },
            "agent": agent(),
            "missed_steps": { "description": "A run may pass without steps that the plan does not cut off.", "const": "allowed" },
            "expect": { "description": "What each release does.", "type": "object", "additionalProperties": false, "properties": expect() },
        },
        "definitions": definitions(invariants),
    })
}

fn definitions(invariants: &[&str]) -> Value {
    let steps: Vec<Value> = step_forms().iter().flat_map(|form| of_form(form, "")).collect();
    let until = format!("( +until +{DURATION})?");
    let requests: Vec<Value> = request_fault_forms().iter().flat_map(|form| of_form(form, &until)).collect();
    let commits: Vec<Value> = commit_fault_forms().iter().flat_map(|form| of_form(form, "")).collect();
    let turns = json!({ "type": "array", "minItems": 1, "items": { "$ref": "#/definitions/turn" } });
    json!({
        "duration": { "type": "string", "pattern": format!("^{DURATION}$"), "examples": ["400ms", "2s"] },
        "turn": { "type": "string", "pattern": format!("^{TURN}$"), "examples": ["S1#1"] },
        "step": { "type": "string", "anyOf": steps },
        "steps": { "type": "array", "minItems": 1, "items": { "$ref": "#/definitions/step" } },
        "request_fault": { "type": "string", "anyOf": requests },
        "commit_fault": { "type": "string", "anyOf": commits },
        "kill": {
            "type": "string",
            "pattern": format!("^ *(sigkill|sigterm|power_loss) +(at +step +{NUMBER}|at +({NUMBER}(st|nd|rd|th) +)?\"[^\"]+\"|{DURATION} +after +the +start)( +of +process +{NUMBER})? *$"),
            "examples": super::Kill::EXAMPLES,
        },
        "outcome": {
            "anyOf": [
                { "const": "pass" },
                {
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": false,
                    "properties": {
                        "seed": { "description": "A seed whose schedule shows it.", "type": "integer", "minimum": 0 },
                        "lost": turns,
                        "duplicated": {
                            "description": "From a turn to the number of its copies.",
                            "type": "object",
                            "minProperties": 1,
                            "propertyNames": { "$ref": "#/definitions/turn" },
                            "additionalProperties": { "type": "integer", "minimum": 2 },
                        },
                        "misattributed": turns,
                        "polluted": turns,
                        "order_broken": { "const": true },
                        "stale_recall": turns,
                        "violates": { "type": "array", "minItems": 1, "items": { "enum": invariants } },
                    },
                },
            ],
        },
        "outcomes": {
            "anyOf": [
                { "$ref": "#/definitions/outcome" },
                { "type": "array", "minItems": 1, "items": { "$ref": "#/definitions/outcome" } },
            ],
        },
    })
}

fn schedule() -> Value {
    let strategy = json!({ "type": "string", "pattern": format!("^(random|recorded|pct([ =] *{NUMBER})?)$"), "examples": ["random", "pct 3", "recorded"] });
    let tapes = json!({
        "type": "object",
        "propertyNames": { "pattern": format!("^{NUMBER}$") },
        "additionalProperties": { "type": "string" },
    });
    let forced = format!("^(go|yield|sleep {DURATION}) at step {NUMBER} of process {NUMBER}$");
    json!({
        "description": "Which thread goes on, where one is preempted, and how long work takes; \"random\" by default.",
        "anyOf": [strategy, {
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "strategy": strategy,
                "at": { "type": "array", "items": { "type": "string", "pattern": forced } },
                "agent": tapes,
                "provider": tapes,
                "child": tapes,
            },
        }],
    })
}

fn settings() -> Map<String, Value> {
    KEYS.iter().map(|key| (key.key.to_owned(), setting(key))).collect()
}

/// The schema of a setting: its example says which type it has.
fn setting(key: &Key) -> Value {
    let description = format!("{} [default: {}]", key.means, key.default.replace('`', ""));
    let written = key.example.split_once(" = ").map_or("", |(_, value)| value);
    match (key.key, written.parse::<u64>(), written.parse::<bool>()) {
        ("host", ..) => json!({ "description": description, "enum": Kind::ALL.map(Kind::name) }),
        ("bank_id_template", ..) => {
            let templates = [Template::Profile, Template::ProfileAndSession].map(Template::text);
            json!({ "description": description, "enum": templates })
        }
        ("unsynced_tail", ..) => {
            let tails: Vec<String> = Tail::VARIANTS.iter().map(ToString::to_string).collect();
            json!({ "description": description, "enum": tails })
        }
        (_, Ok(_), _) => {
            let least: u64 = key.least.parse().unwrap_or_default();
            json!({ "description": description, "type": "integer", "minimum": least })
        }
        (_, _, Ok(_)) => json!({ "description": description, "type": "boolean" }),
        _ => json!({ "description": description, "$ref": "#/definitions/duration" }),
    }
}

fn faults() -> Map<String, Value> {
    let occurrences = |keys: &str, fault: &str| {
        json!({
            "type": "object",
            "propertyNames": { "pattern": keys },
            "additionalProperties": { "$ref": format!("#/definitions/{fault}") },
        })
    };
    let (numbered, of_turns) = (format!("^({NUMBER}|\\*)$"), format!("^({NUMBER}|\\*|{TURN})$"));
    let mut faults = Map::new();
    for endpoint in PROTOCOL.meeting_faults() {
        let keys = if endpoint.delivers() { &of_turns } else { &numbered };
        faults.insert(endpoint.name().to_owned(), occurrences(keys, "request_fault"));
    }
    let commit = json!({ "description": "For each agent of a webui, by name.", "type": "object", "additionalProperties": occurrences(&numbered, "commit_fault") });
    faults.insert("commit".to_owned(), commit);
    faults.insert(
        "down".to_owned(),
        json!({ "description": "The provider refuses connections from the start.", "$ref": "#/definitions/duration" }),
    );
    faults.insert("kills".to_owned(), json!({ "description": "Where processes are killed.", "type": "array", "items": { "$ref": "#/definitions/kill" } }));
    faults
}

fn agent() -> Value {
    json!({
        "description": "The run of a real agent that showed it.",
        "type": "object",
        "required": ["name", "server", "digest"],
        "additionalProperties": false,
        "properties": {
            "name": { "type": "string" },
            "server": { "enum": Server::ALL.iter().map(|server| server.name()).collect::<Vec<_>>() },
            "versions": { "type": "object", "additionalProperties": { "type": "string" } },
            "digest": { "type": "string" },
        },
    })
}

fn expect() -> Map<String, Value> {
    let known = || Subject::all().filter(|subject| subject.making().is_none());
    let outcomes = |subject: Subject| json!({ "description": subject.about(), "$ref": "#/definitions/outcomes" });
    let releases: Map<String, Value> = known().map(|subject| (subject.name().to_owned(), outcomes(subject))).collect();
    let bare: Map<String, Value> =
        known().map(|subject| (subject.name().to_owned(), json!({ "$ref": "#/definitions/outcomes" }))).collect();
    let of_servers = Server::ALL.iter().map(|server| {
        let of_a_server = json!({
            "description": format!("What each release does on the server of version {}.", server.api_version()),
            "type": "object",
            "additionalProperties": false,
            "properties": bare,
        });
        (server.name().to_owned(), of_a_server)
    });
    of_servers.chain(releases).collect()
}
