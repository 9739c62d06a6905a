//! The pages of a campaign and of the tournament: they say what the commands print, and every link leads to a file.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{folder, run};

/// The links of a page, without those that name a place in it.
fn links(page: &str) -> Vec<String> {
    let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    links.filter(|link| !link.starts_with('#')).map(str::to_owned).collect()
}

/// Every link leads to something beside the page.
fn check_links(page: &Path) -> usize {
    let text = fs::read_to_string(page).expect("a page");
    let links = links(&text);
    for link in &links {
        let there = page.parent().expect("a folder").join(link);
        assert!(there.exists(), "{}: {link}", page.display());
    }
    links.len()
}

/// A campaign that finds several classes, in a folder of this name.
pub(crate) fn campaign(name: &str) -> (PathBuf, Value) {
    let folder = folder("campaigns").join(name);
    _ = fs::remove_dir_all(&folder);
    let out = folder.to_str().expect("a path of letters");
    let arguments = ["fuzz", "--release", "B", "--profile", "switch", "--seeds", "40", "--shrink", "60", "--jobs", "1"];
    let (code, printed, _) = run(&[&arguments[..], &["--out", out, "--timelines", "--json"]].concat());
    assert_eq!(code, 2);
    (folder, serde_json::from_str(&printed).expect("a result"))
}

#[test]
fn a_campaign_writes_its_page_with_a_row_for_each_class() {
    let (folder, result) = campaign("page");
    let page = folder.join("index.html");
    let text = fs::read_to_string(&page).expect("a page");
    let classes = result["classes"].as_array().expect("classes");
    let rows = text.split("Classes of violations, the most frequent first").nth(1).expect("a table");
    let rows = rows.split("</table>").next().expect("its end").matches("<th scope=\"row\">").count();
    assert_eq!(rows, classes.len());
    assert!(classes.len() > 2 && check_links(&page) >= 3 * result["smallest"].as_array().expect("the smallest").len());
    let pictures = fs::read_dir(folder.join("timelines")).expect("timelines").count();
    assert_eq!(pictures, result["smallest"].as_array().expect("the smallest").len());
    let first = |class: &Value| class["seeds"][0].as_u64().expect("a seed");
    let last = classes.iter().map(first).max().expect("a class");
    assert!(text.contains(&format!("the last new one by seed {last};")), "{last}");
    let once = classes.iter().filter(|class| class["count"] == 1).count();
    assert!(text.contains(&format!("{once} of them in one run only")), "{once}");
    assert!(!text.contains("<script"));
    let again = run(&["fuzz", "--resume", folder.to_str().expect("a path of letters"), "--shrink", "0", "--jobs", "1"]);
    assert_eq!(again.0, 2);
    assert!(page.exists());
}

#[test]
fn a_campaign_that_finds_nothing_says_how_much_that_means() {
    let folder = folder("campaigns").join("clean");
    _ = fs::remove_dir_all(&folder);
    let out = folder.to_str().expect("a path of letters");
    run(&["fuzz", "--seeds", "60", "--jobs", "1", "--out", out]);
    let text = fs::read_to_string(folder.join("index.html")).expect("a page");
    assert!(text.contains("No run violated an invariant."));
    assert!(
        text.contains("with 95 % confidence the next run shows a new class in less than 1 in 20 of cases"),
        "{text}"
    );
}

/// The tournament of some scenarios, with pictures.
pub(crate) fn tournament(name: &str) -> PathBuf {
    let folder = folder("tournaments").join(name);
    _ = fs::remove_dir_all(&folder);
    let place = |name: &str| folder.join(name).to_str().expect("a path of letters").to_owned();
    let (page, pictures) = (place("matrix.html"), place("pictures of cells"));
    let scenarios = ["scenarios/ground-truth/n3_switch.toml", "scenarios/ground-truth/n1_switch.toml"];
    let options = ["--releases", "reference,B,E,F", "--html", &page, "--timelines", &pictures];
    let (code, _, errors) = run(&[&["matrix"], &scenarios[..], &options[..]].concat());
    assert_eq!((code, errors.as_str()), (0, ""));
    folder.join("matrix.html")
}

#[test]
fn the_tournament_links_each_failing_cell_to_its_picture() {
    let page = tournament("page");
    let text = fs::read_to_string(&page).expect("a page");
    let pictures = fs::read_dir(page.parent().expect("a folder").join("pictures of cells")).expect("pictures").count();
    let failing = text.matches("<td class=\"b\"").count();
    assert!(failing > 2 && pictures == failing, "{failing} cells, {pictures} pictures");
    let links = links(&text);
    assert_eq!(links.len(), failing);
    for link in links {
        let there = page.parent().expect("a folder").join(link.replace("%20", " "));
        assert!(there.exists(), "{link}");
    }
    assert_eq!(text.matches("<td class=").count(), 8);
}

#[test]
fn a_gate_draws_the_smallest_run_of_each_violation_beside_its_scenario() {
    let folder = folder("gate");
    _ = fs::remove_dir_all(&folder);
    let out = folder.to_str().expect("a path of letters");
    let scenario = "scenarios/ground-truth/n3_switch.toml";
    let options = ["--release", "B", "--seeds", "40", "--jobs", "1", "--out", out, "--timelines"];
    let (code, _, errors) = run(&[&["gate", scenario], &options[..]].concat());
    assert_eq!((code, errors.as_str()), (2, ""));
    let ending = |end: &str| {
        let files = fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("a file").path());
        let mut stems: Vec<PathBuf> = files
            .filter(|path| path.extension().is_some_and(|own| own == end))
            .map(|path| path.with_extension(""))
            .collect();
        stems.sort();
        stems
    };
    assert!(!ending("toml").is_empty());
    assert_eq!(ending("toml"), ending("html"));
}
