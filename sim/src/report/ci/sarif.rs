//! SARIF 2.1.0, which code scanning reads.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Finding, demand};

/// The findings as SARIF.
pub fn sarif(findings: &[Finding]) -> String {
    let rules: Vec<&str> = findings.iter().map(|finding| &*finding.rule).collect::<BTreeSet<_>>().into_iter().collect();
    let result = |finding: &Finding| {
        let index = rules.iter().position(|rule| *rule == finding.rule);
        json!({
            "ruleId": finding.rule,
            "ruleIndex": index,
            "level": "error",
            "message": { "text": format!("{}\n{}", finding.headline(), finding.why) },
            "locations": locations(finding),
            "partialFingerprints": { "finding/v1": finding.fingerprint() },
        })
    };
    let described = |rule: &&str| json!({ "id": rule, "shortDescription": { "text": demand(rule) } });
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "forget-me-not",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(described).collect::<Vec<_>>(),
            } },
            "results": findings.iter().map(result).collect::<Vec<_>>(),
        }],
    });
    serde_json::to_string_pretty(&log).expect("a log is JSON") + "\n"
}

/// The scenario that shows it, as a whole.
fn locations(finding: &Finding) -> Vec<Value> {
    let at = |uri: String| {
        json!({ "physicalLocation": {
            "artifactLocation": { "uri": encoded(&uri) },
            "region": { "startLine": 1 },
        } })
    };
    finding.uri().map(at).into_iter().collect()
}

/// A path as a URI reference: whatever is not plain is written as its bytes. A path from the root names its scheme.
fn encoded(path: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    let path: String = path.bytes().map(byte).collect();
    if path.starts_with('/') { format!("file://{path}") } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_uri() {
        assert_eq!(encoded("scenarios/a b#1.toml"), "scenarios/a%20b%231.toml");
        assert_eq!(encoded("/tmp/ä.toml"), "file:///tmp/%C3%A4.toml");
    }

    #[test]
    fn each_result_names_its_rule() {
        let log: Value = serde_json::from_str(&sarif(&super::super::tests::some())).expect("JSON");
        let run = &log["runs"][0];
        let results = run["results"].as_array().expect("results");
        assert_eq!(results.len(), 4);
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("a small number");
            assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        }
        assert_eq!(results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "a/b.toml");
        assert_eq!(results[3]["locations"], serde_json::json!([]));
    }
}
