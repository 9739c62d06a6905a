//! The HTML file: it has every event and every turn, nothing of a scenario becomes markup, and it stays small.

use serde_json::Value;

use crate::{SAMPLE, drawn, run, scenario};

/// The data that a page holds for its script.
fn data(page: &str) -> Value {
    let (_, rest) = page.split_once("<script type=\"application/json\" id=\"data\">").expect("the data");
    let (data, _) = rest.split_once("</script>").expect("their end");
    serde_json::from_str(data).expect("data in JSON")
}

/// How many events a page tells: those with a row, and those that are told together.
fn told(page: &str) -> usize {
    let (before, _) = page.split_once("id=\"data\"").expect("the data");
    let folds = before.split(" of asking whether operations are over").map(|text| {
        let (_, words) = text.rsplit_once('>').expect("a row");
        let number = words.split(" event").next().filter(|_| words.contains(" event")).unwrap_or("0");
        number.replace(',', "").parse().unwrap_or(0)
    });
    let all = folds.collect::<Vec<usize>>();
    before.matches("<tr data-a=\"").count() + all[..all.len() - 1].iter().sum::<usize>()
}

fn events(file: &str, release: &str) -> usize {
    let (_, lines, _) = run(&["history", file, "--release", release, "--json"]);
    lines.lines().count()
}

#[test]
fn every_event_is_a_row_and_every_turn_has_its_fate() {
    for (number, (file, release)) in SAMPLE.iter().enumerate() {
        let server = if *release == "B" { "replace" } else { "append" };
        let (_, page) = drawn(&format!("row{number}.html"), &[file, "--release", release, "--server", server]);
        let (_, lines, _) = run(&["history", file, "--release", release, "--server", server, "--json"]);
        let rows = told(&page);
        assert!(rows == lines.lines().count() && rows > 10, "{file} with {release}: {rows} rows");
        let data = data(&page);
        let lanes = data["runs"][0]["lanes"].as_array().expect("lanes");
        let names: Vec<&str> = lanes.iter().filter_map(|lane| lane[0].as_str()).collect();
        for name in ["user", "host", "disk", "wire", "provider"] {
            assert!(names.contains(&name), "{file}: {names:?}");
        }
        let turns = data["turns"].as_array().expect("turns").len();
        assert!(turns > 0, "{file}");
        assert_eq!(page.matches("class=\"turn\" data-t=\"").count(), turns, "{file}");
        assert_eq!(data["runs"][0]["lane"].as_array().map(Vec::len), Some(rows), "{file}");
    }
}

#[test]
fn a_broken_promise_stands_at_its_event_with_the_point_of_no_return() {
    let (_, page) = drawn("broken.html", &["scenarios/ground-truth/n3_switch.toml", "--release", "B"]);
    assert_eq!(page.matches("<tr class=\"v\">").count(), 2, "two turns are lost");
    assert_eq!(page.matches("<tr class=\"n\">").count(), 1);
    assert!(page.contains("last seen in the buffer, cleared by the switch, at 800 ms"));
    let data = data(&page);
    let place = data["runs"][0]["no_return"].as_u64().expect("a place");
    let (_, why, _) = run(&["explain", "scenarios/ground-truth/n3_switch.toml", "--release", "B", "--json"]);
    let why: Value = serde_json::from_str(&why).expect("an explanation");
    assert_eq!(why["point_of_no_return"]["shown"]["event"], place + 1);
}

#[test]
fn nothing_of_a_scenario_becomes_markup() {
    let file = scenario(
        "hostile.toml",
        "title = \"</script><script>alert(1)</script><img src=x onerror=alert(2)>\"\n\
         reports = [\"<b>/x#1\"]\n\
         steps = [\"turn\", \"say </script><script>alert(3)</script>\", \"switch S2\", \"turn\", \"shutdown\"]\n",
    );
    let (_, page) = drawn("hostile.html", &[&file, "--release", "B", "--against", "C"]);
    assert_eq!(page.matches("<script").count(), 2, "the data and the script");
    assert_eq!(page.matches("</script>").count(), 2);
    assert!(!page.contains("<img"));
    assert!(page.contains("&lt;/script&gt;&lt;script&gt;alert(1)"));
}

#[test]
fn two_runs_stand_side_by_side_with_the_first_difference_pinned() {
    let (file, release, against) = ("scenarios/ground-truth/n3_switch.toml", "B", "C");
    let arguments = [file, "--release", release, "--server", "replace", "--against", against];
    let (_, page) = drawn("two.html", &arguments);
    let (_, lines, _) =
        run(&["diff", file, "--release", release, "--server", "replace", "--against", against, "--json"]);
    let compared: Value = serde_json::from_str(&lines).expect("a comparison");
    let (first, rows) = (compared["first_difference"].as_u64().expect("a difference"), &compared["rows"]);
    assert!(page.contains(&format!("The runs part behind {first} equal events")), "{first}");
    assert_eq!(page.matches("id=\"parting\"").count(), 1);
    let (before, behind) = page.split_once("id=\"parting\"").expect("the first difference");
    let cells = |text: &str| text.matches(" data-a=\"").count().max(text.matches(" data-b=\"").count());
    assert_eq!(cells(before) as u64, first);
    let differs = &rows[usize::try_from(first).expect("a place")];
    let what = [&differs["first"]["what"], &differs["second"]["what"]].into_iter().find_map(Value::as_str);
    let row = behind.split("<tr").nth(1).expect("a row");
    assert!(row.contains(what.expect("what happened")), "{row}");
}

#[test]
fn sixty_turns_fit_into_300_kilobytes_and_a_thousand_are_drawn() {
    let of = |turns: usize| {
        scenario(
            &format!("turns{turns}.toml"),
            &format!(
                "title = \"many turns\"\nsteps = [\"turn x{turns}\", \"sleep 1s\", \"switch S2\", \"turn\", \"shutdown\"]\n"
            ),
        )
    };
    for release in ["reference", "F", "B"] {
        let (_, page) = drawn(&format!("sixty-{release}.html"), &[&of(60), "--release", release]);
        assert!(page.len() <= 300_000, "{release}: {} bytes", page.len());
        assert!(page.matches("<tr data-a=\"").count() > 60 * 5, "{release}");
    }
    let file = of(1_000);
    let (_, page) = drawn("thousand.html", &[&file, "--release", "reference"]);
    assert_eq!(told(&page), events(&file, "reference"));
    assert_eq!(data(&page)["turns"].as_array().map(Vec::len), Some(1_001));
}

#[test]
fn the_same_run_is_the_same_picture() {
    for format in ["html", "perfetto", "text", "mermaid"] {
        let arguments = ["scenarios/ground-truth/kill_inflight.toml", "--release", "F", "--format", format];
        let [(_, one), (_, two)] = ["one", "two"].map(|name| drawn(&format!("same-{name}.{format}"), &arguments));
        assert_eq!(one, two, "{format}");
    }
}

#[test]
fn text_and_mermaid_are_printed() {
    let file = "scenarios/ground-truth/n3_switch.toml";
    let printed = |format| run(&["timeline", file, "--release", "B", "--format", format]);
    let (code, text, _) = printed("text");
    assert_eq!(code, 0);
    insta::assert_snapshot!("text", text);
    let (code, mermaid, _) = printed("mermaid");
    assert_eq!(code, 0);
    insta::assert_snapshot!("mermaid", mermaid);
}

#[test]
fn mistakes_are_told_with_what_to_do_instead() {
    let file = "scenarios/ground-truth/n3_switch.toml";
    let check = |arguments: &[&str], expected: &str| {
        let (code, out, err) = run(&[&["timeline"], arguments].concat());
        assert_eq!((code, out.as_str(), err.trim_end()), (1, "", expected), "{arguments:?}");
    };
    check(&[file, "--format", "pdf"], "unknown format \"pdf\"; formats: html, perfetto, text, mermaid");
    check(
        &[file, "--release", "B", "--against", "B"],
        "timeline: both runs are the same; name another release or another seed",
    );
    check(
        &[file, "--out", "scenarios"],
        "--out scenarios: this is a folder; name a file, as in --out scenarios/junit.xml",
    );
}
