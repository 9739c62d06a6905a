//! The plan's language: every form that can be written reads back as the same value.

use std::fmt::{Debug, Display};
use std::path::PathBuf;
use std::str::FromStr;

use proptest::prelude::{Strategy, any, proptest};

use crate::plan::faults::{commit, disk, network, words as fault_words};
use crate::plan::*;

/// Values for the capitals of a form.
#[derive(Clone, Debug)]
struct Values {
    duration: u64,
    number: u32,
    name: String,
    text: String,
    status: u16,
}

fn values() -> impl Strategy<Value = Values> {
    let drawn =
        (0..86_400_000_u64, 1..=u32::MAX, "[A-Za-z_][A-Za-z0-9_]{0,20}", "[a-z\"'][ -\"$-~é]{0,20}", 300..600_u16);
    drawn.prop_map(|(duration, number, name, text, status)| Values { duration, number, name, text, status })
}

impl Values {
    /// The form with values instead of the words in capitals.
    fn fill(&self, form: &str) -> String {
        let word = |word: &str| match word {
            "D" => format!("{}ms", self.duration),
            "-D" => format!("-{}ms", self.duration),
            "N" => self.number.to_string(),
            "S" | "A" | "NAME" => self.name.clone(),
            "TEXT" => self.text.clone(),
            "STEP" => format!("new {}", self.name),
            "FILE" => "sessions.json".to_owned(),
            "P" => "work".to_owned(),
            "OPERATION" => "truncate".to_owned(),
            "300`" | "`599" => self.status.to_string(),
            _ => word.to_owned(),
        };
        let words = form.replace(" to ", " ");
        let mut words: Vec<String> = words.split(' ').map(word).collect();
        words.dedup_by(|one, other| one == other && *one == self.status.to_string());
        words.join(" ")
    }
}

/// Reads every form of these, filled with values, and every example, and checks that it reads back as the same.
#[track_caller]
fn check<T: FromStr<Err = String> + Display + PartialEq + Debug>(
    forms: impl Iterator<Item = Form>,
    prefix: &str,
    values: &Values,
) {
    for Form { written, example, .. } in forms {
        let filled = written.iter().map(|form| values.fill(form));
        for text in filled.chain([example.to_owned()]) {
            let text = text.strip_prefix(prefix).unwrap_or_else(|| panic!("{text}"));
            let read: T = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(read.to_string().parse(), Ok(read), "{text}");
        }
        assert!(written.len() < 3 && !example.contains(char::is_control), "{example}");
    }
}

proptest! {
    #[test]
    fn every_form_reads_back(values in values()) {
        check::<Step>(steps::forms(), "", &values);
        check::<Step>(rows::forms(network::ROWS).chain(rows::forms(disk::ROWS)), "", &values);
        check::<Weather>(rows::forms(network::ROWS), "network ", &values);
        check::<DiskFault>(rows::forms(disk::ROWS), "disk ", &values);
        check::<Fault>(rows::forms(fault_words::ROWS).chain([fault_words::REFUSE]), "", &values);
        check::<CommitFault>(rows::forms(commit::ROWS).chain([commit::TAKES]), "", &values);
    }

    #[test]
    fn every_session_without_a_name_reads_back(word in any::<proptest::sample::Index>()) {
        let words = ["unregister", "mark", "commit", "commit_in_background", "discard", "dirty"];
        let text = format!("{} \"\"", word.get(&words));
        let step: Step = text.parse().expect("a step");
        proptest::prop_assert_eq!(step.to_string(), text);
    }
}

#[test]
fn every_word_that_is_listed_has_a_form_and_every_form_begins_with_its_word() {
    fn check<T>(rows: &[rows::Row<T>], prefix: &str) {
        for row in rows {
            let word = format!("{prefix}{}", row.word);
            let begins = |text: &&str| **text == word || text.starts_with(&format!("{word} "));
            let texts: Vec<&str> =
                row.forms.iter().flat_map(|form| form.written.iter().chain([&form.example])).copied().collect();
            assert!(texts.iter().all(begins), "{word}: {texts:?}");
            assert!(!texts.is_empty() || ["network", "disk"].contains(&row.word), "{word}");
        }
    }
    check(steps::turns::ROWS, "");
    check(steps::sessions::ROWS, "");
    check(steps::agents::ROWS, "");
    check(steps::ending::ROWS, "");
    check(steps::starting::ROWS, "");
    check(steps::surroundings::ROWS, "");
    check(steps::beside::ROWS, "");
    check(steps::webui::ROWS, "");
    check(steps::gateway::ROWS, "");
    check(network::ROWS, "network ");
    check(disk::ROWS, "disk ");
    check(fault_words::ROWS, "");
    check(commit::ROWS, "");
}

#[test]
fn what_follows_a_word_is_complained_of() {
    for (text, complaint) in [
        ("", "unknown step \"\"; steps: turn, review, run, say"),
        ("undo S1", "\"undo\" stands alone; \"S1\" means nothing there"),
        ("stop now", "\"stop\" stands alone; \"now\" means nothing there"),
        ("sleep", "\"sleep\" needs a duration, as in \"sleep 400ms\""),
        ("barrier 0", "\"barrier\" needs a number, as in \"barrier 1\""),
        ("switch", "\"switch\" needs a session, as in \"switch S2\""),
        ("switch S2 S3", "\"S2 S3\" is not a session's name"),
        ("commit wait", "\"commit\" needs a session, as in \"commit S2\""),
        ("commit S1 a b", "\"commit\" takes a session and an agent, as in \"commit S1 a\"; \"b\" means nothing there"),
        ("commit S1 wait 1s 2s", "\"commit\" waits without a limit or with one"),
        ("register S1", "\"register\" needs a session and an agent"),
        ("turn x0", "\"turn x0\" is not a step; write \"turn\""),
        ("turn twice", "\"turn twice\" is not a step; write \"turn\""),
        ("run", "\"run\" needs how long the turn takes"),
        ("say", "\"say\" needs a text"),
        ("say as in S1#2, no", "what is said names S1#2, and would be taken for that turn"),
        ("start", "\"start\" needs the step that is taken beside what follows"),
        ("start turn x2", "\"turn x2\" cannot be started beside what follows"),
        ("start start turn", "\"start turn\" cannot be started beside what follows"),
        ("start power_loss", "\"power_loss\" cannot be started beside what follows"),
        ("network", "\"network\" needs one of: hold, release"),
        ("network drop", "\"network drop\" needs a number, as in \"network drop 1\""),
        ("network hold 2", "\"network hold\" stands alone; \"2\" means nothing there"),
        ("network blow", "the network cannot \"blow\""),
        ("disk", "\"disk\" needs one of: fails, full, stalls; and for how long"),
        ("disk full", "\"disk full\" needs a duration, as in \"disk full 400ms\""),
        ("suspend", "\"suspend\" needs a duration, as in \"suspend 400ms\""),
        ("clock", "\"clock\" needs \"jumps\" and how far, as in \"clock jumps 1h\" or \"clock jumps -1h\""),
        (
            "clock jump 1h",
            "the clock cannot \"jump 1h\"; did you mean \"jumps\"? it can: jumps, forwards or back, as in \"clock jumps 1h\" or \"clock jumps -1h\"",
        ),
    ] {
        let error = text.parse::<Step>().expect_err("a mistake");
        assert!(error.starts_with(complaint), "{text}: {error}");
    }
}

#[test]
fn every_scenario_of_the_project_reads_back() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios"));
    let scenarios = crate::search::replay::find(&[folder]).unwrap_or_else(|errors| panic!("{errors:?}"));
    assert!(scenarios.len() > 100, "{}", scenarios.len());
    for scenario in scenarios {
        let text = scenario.to_string();
        match Scenario::parse(&scenario.path, &text) {
            Ok(read) => assert_eq!(read, scenario, "{text}"),
            Err(error) => panic!("{error}\n{text}"),
        }
    }
}

#[test]
fn whatever_a_scenario_says_reads_back() {
    let text = r#"
        title = "all \"kinds\" of things"
        reports = ["a/b#1", "c/d#2"]
        seed = 7
        config = { host = "webui", agent_cache = 128, drain_timeout = "0s", stop_timeout = "90s", timeout = "1.5s" }
        parallel = [["start_after 90m", "turn x3", 'commit ""', "say it's \"so\""], ["turn", "restart S2 after 2h", "turn"]]
        [faults]
        retain = { 2 = "500", 1 = "delay 90s", "*" = "hang" }
        operation = { 3 = "accept_fail" }
        commit.S1 = { 1 = "ok", 2 = "fail 500ms", "*" = "1.5s" }
        commit."S2.2" = { 1 = "panic" }
        down = "20s"
        kills = ["sigkill 15s after the start", "power_loss at step 40 of process 2"]
        [expect]
        reference = "pass"
        F = [{ seed = 3, lost = ["S1#1"], duplicated = { "S1#2" = 2 } }, { seed = 5 }]
        [expect.append]
        pr-17447 = { misattributed = ["S1#1"], polluted = ["S1#2"], stale_recall = ["S1#3"], order_broken = true, violates = ["lineage"] }
    "#;
    let path = Path::new("a.toml");
    let scenario = Scenario::parse(path, text).unwrap_or_else(|error| panic!("{error}"));
    let written = scenario.to_string();
    assert_eq!(Scenario::parse(path, &written).map_err(|error| error.to_string()), Ok(scenario), "{written}");
    let host = "config = { agent_cache = 128, drain_timeout = \"0s\", host = \"webui\", stop_timeout = \"90s\"";
    assert!(written.contains(host), "{written}");
}
