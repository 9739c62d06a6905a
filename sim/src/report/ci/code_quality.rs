//! GitLab's code quality: a list of issues, which a merge request shows beside its changes.

use serde_json::{Value, json};

use super::Finding;

/// The findings as a report of code quality.
pub fn code_quality(findings: &[Finding]) -> String {
    let issue = |finding: &Finding| -> Value {
        json!({
            "description": finding.headline(),
            "check_name": finding.rule,
            "fingerprint": finding.fingerprint(),
            "severity": "major",
            // Each issue has a place; that of a check without a scenario is all of them.
            "location": { "path": finding.uri().unwrap_or_else(|| "scenarios".into()), "lines": { "begin": 1 } },
            "content": { "body": finding.why },
        })
    };
    let issues: Vec<Value> = findings.iter().map(issue).collect();
    serde_json::to_string_pretty(&issues).expect("issues are JSON") + "\n"
}
