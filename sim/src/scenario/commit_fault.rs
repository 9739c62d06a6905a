//! What becomes of an agent's commits: `ok`, `fail`, `fail 500ms`, `panic`, `hang`, or a duration that it takes.

use std::collections::BTreeMap;
use std::time::Duration;

use model::hosts::{CommitFault, CommitFaults};
use toml::Spanned;

use super::Mistake;
use super::error::did_you_mean;
use super::span::parse_duration;

const WORDS: [&str; 4] = ["ok", "fail", "panic", "hang"];

/// By agent, what becomes of which of its commits.
pub(super) fn read(
    agents: &BTreeMap<String, BTreeMap<String, Spanned<String>>>,
) -> Result<BTreeMap<String, CommitFaults>, Mistake> {
    let mut read = BTreeMap::new();
    for (agent, table) in agents {
        let faults: &mut CommitFaults = read.entry(agent.clone()).or_default();
        for (key, text) in table {
            let fault = fault(text.get_ref()).map_err(|message| (text.span(), message))?;
            match key.parse::<u32>() {
                Ok(number) if number > 0 => _ = faults.by_number.insert(number, fault),
                _ if key == "*" => faults.every = Some(fault),
                _ => {
                    let message =
                        format!("\"{key}\" is not a commit; write its number, from 1, or \"*\" for every one");
                    return Err((text.span(), message));
                }
            }
        }
    }
    Ok(read)
}

fn fault(text: &str) -> Result<CommitFault, String> {
    if let Some(duration) = text.strip_prefix("fail ") {
        return parse_duration(duration.trim()).map(CommitFault::Fail);
    }
    match text {
        "ok" => Ok(CommitFault::Takes(Duration::ZERO)),
        "fail" => Ok(CommitFault::Fail(Duration::ZERO)),
        "panic" => Ok(CommitFault::Panic),
        "hang" => Ok(CommitFault::Hang),
        _ if text.starts_with(|c: char| c.is_ascii_digit()) => parse_duration(text).map(CommitFault::Takes),
        _ => {
            let hint = did_you_mean(text, &WORDS);
            Err(format!("a commit cannot \"{text}\"{hint} it can: take a duration, as in 500ms, {}", WORDS.join(", ")))
        }
    }
}
