//! The page in a real browser: turns followed by click and by keyboard, search, themes, both widths, the first difference of two runs.

use std::path::Path;

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::pages::{campaign, tournament};
use crate::{drawn, folder};

const FILE: &str = "scenarios/ground-truth/n3_switch.toml";

/// A browser, or the name of the test that is skipped.
fn browser(test: &str) -> Option<Browser> {
    let browser = Browser::start(&folder("browsers").join(test));
    if browser.is_none() {
        #[expect(clippy::print_stdout, reason = "who runs the tests reads it")]
        {
            println!("skipped: chromium is not installed: {test}");
        }
    }
    browser
}

/// How many events are lit, and how many rows there are.
fn lit(browser: &mut Browser) -> (u64, u64) {
    let count = |browser: &mut Browser, selector: &str| {
        let count = browser.value(&format!("document.querySelectorAll({selector:?}).length"));
        count.as_u64().expect("a number")
    };
    (count(browser, "#events tr.lit"), count(browser, "#events tr[data-a]"))
}

fn followed(browser: &mut Browser) -> Value {
    browser.value("document.querySelector('#turns [aria-pressed=true]')?.textContent ?? null")
}

#[test]
fn a_turn_is_followed_by_click_and_by_keyboard() {
    let Some(mut browser) = browser("a_turn_is_followed_by_click_and_by_keyboard") else { return };
    let (file, _) = drawn("followed.html", &[FILE, "--release", "B"]);
    browser.resize(1280, 800);
    browser.open(&file);
    assert_eq!(lit(&mut browser).0, 0);
    browser.click("#turns [data-t='1']");
    assert_eq!(followed(&mut browser), "S1#2");
    let (own, all) = lit(&mut browser);
    assert!(own > 3 && own < all / 2, "{own} of {all} events are lit");
    let names_it = "[...document.querySelectorAll('#events tr.own')].every((row) => row.textContent.includes('S1#2'))";
    assert_eq!(browser.value(names_it), true);
    assert_eq!(browser.value("document.querySelectorAll('#picture .way').length"), 1);
    assert_eq!(browser.value("document.querySelectorAll('#picture g.b .fate').length"), 1, "it ends lost");
    browser.press("Escape");
    assert_eq!(lit(&mut browser).0, 0);
    browser.press("t");
    assert_eq!(followed(&mut browser), "S1#1");
    browser.press("t");
    assert_eq!(followed(&mut browser), "S1#2");
    browser.press("o");
    assert_eq!(
        browser.value("getComputedStyle(document.querySelector('#events tr[data-a]:not(.lit)')).display"),
        "none"
    );
    browser.press("Escape");
    browser.value("document.querySelector('#events tr[data-a]').focus()");
    for _ in 0..2 {
        browser.press("ArrowDown");
    }
    assert_eq!(browser.value("document.activeElement.dataset.a"), "3");
    browser.press("Enter");
    assert_eq!(followed(&mut browser), "S1#1", "the third event names it");
    assert_eq!(browser.value("document.querySelector('#detail').textContent.includes('Event 3')"), true);
    assert_eq!(browser.complaints, Vec::<String>::new());
}

#[test]
fn a_click_on_an_event_of_the_picture_follows_its_turn() {
    let Some(mut browser) = browser("a_click_on_an_event_of_the_picture_follows_its_turn") else { return };
    let (file, _) = drawn("clicked.html", &[FILE, "--release", "B"]);
    browser.resize(1280, 800);
    browser.open(&file);
    browser.click("#picture [data-e='a2']");
    assert_eq!(followed(&mut browser), "S1#1");
    assert_eq!(browser.complaints, Vec::<String>::new());
}

#[test]
fn search_finds_and_goes_from_one_to_the_next() {
    let Some(mut browser) = browser("search_finds_and_goes_from_one_to_the_next") else { return };
    let (file, page) = drawn("searched.html", &[FILE, "--release", "B"]);
    browser.resize(1280, 800);
    browser.open(&file);
    browser.press("/");
    for letter in "cleared by".chars() {
        browser.press(&letter.to_string());
    }
    let expected = page.matches("cleared by the switch").count();
    let found = browser.value("document.querySelectorAll('#events mark').length").as_u64().expect("a number");
    assert!(found >= 3 && found as usize <= expected, "{found} of {expected}");
    browser.press("Enter");
    assert_eq!(browser.value("document.querySelector('#found').textContent.startsWith('1 of ')"), true);
    let seen = "(() => { const at = document.querySelector('#events tr.at mark').getBoundingClientRect(); return at.top > 0 && at.bottom < innerHeight; })()";
    browser.wait(seen);
    browser.press("Enter");
    assert_eq!(browser.value("document.querySelector('#found').textContent.startsWith('2 of ')"), true);
    assert_eq!(browser.complaints, Vec::<String>::new());
}

#[test]
fn both_themes_and_both_widths_fit() {
    let Some(mut browser) = browser("both_themes_and_both_widths_fit") else { return };
    let (one, _) = drawn("fits.html", &["scenarios/ground-truth/kill_inflight.toml", "--release", "F"]);
    let (two, _) = drawn("fits-two.html", &[FILE, "--release", "B", "--server", "replace", "--against", "C"]);
    let paper = "getComputedStyle(document.body).backgroundColor";
    for file in [&one, &two] {
        for (width, height) in [(1280, 800), (390, 844)] {
            browser.resize(width, height);
            browser.open(file);
            browser.value("localStorage.clear()");
            for zoom in ["-", "-", "+", "+", "+"] {
                let wide = browser.value("document.documentElement.scrollWidth").as_u64().expect("a width");
                assert!(wide <= u64::from(width), "{} at {width}: {wide}", file.display());
                browser.press(zoom);
            }
        }
        browser.prefer("light");
        let light = browser.value(paper);
        browser.prefer("dark");
        assert_ne!(browser.value(paper), light);
        browser.click("#theme");
        assert_eq!(browser.value(paper), light);
        browser.click("#theme");
        assert_ne!(browser.value(paper), light);
        browser.value("localStorage.clear()");
    }
    assert_eq!(browser.complaints, Vec::<String>::new());
}

#[test]
fn zoom_changes_the_height_of_the_rows() {
    let Some(mut browser) = browser("zoom_changes_the_height_of_the_rows") else { return };
    let (file, _) = drawn("zoomed.html", &[FILE, "--release", "B"]);
    browser.resize(1280, 800);
    browser.open(&file);
    let tall = |browser: &mut Browser| {
        browser.value("document.querySelector('#picture').clientHeight").as_u64().expect("a height")
    };
    let mut heights = vec![tall(&mut browser)];
    for selector in ["#out", "#out"] {
        browser.click(selector);
        heights.push(tall(&mut browser));
    }
    assert!(heights.is_sorted_by(|one, two| one > two), "{heights:?}");
    assert_eq!(browser.value("document.querySelector('#out').disabled"), true);
    assert_eq!(browser.complaints, Vec::<String>::new());
}

#[test]
fn the_first_difference_is_shown() {
    let Some(mut browser) = browser("the_first_difference_is_shown") else { return };
    let (file, _) = drawn("parted.html", &[FILE, "--release", "B", "--server", "replace", "--against", "C"]);
    browser.resize(1280, 800);
    browser.open(&file);
    browser.click("#part");
    assert_eq!(
        browser
            .value("document.querySelector('#events tr.at') === document.querySelector('#parting').nextElementSibling"),
        true
    );
    let before = "(() => { let row = document.querySelector('#parting'); \
         while ((row = row.previousElementSibling)) if (['l', 'r', 'm'].some((name) => row.classList.contains(name))) return false; return true; })()";
    assert_eq!(browser.value(before), true, "no row before it differs");
    let differs = "['l', 'r', 'm'].some((name) => document.querySelector('#parting').nextElementSibling.classList.contains(name))";
    assert_eq!(browser.value(differs), true);
    let visible = "(() => { const at = document.querySelector('#parting').getBoundingClientRect(); return at.top > 0 && at.bottom < innerHeight; })()";
    browser.wait(visible);
    let lanes = "document.querySelectorAll('#lanes text').length";
    assert!(browser.value(lanes).as_u64().is_some_and(|lanes| lanes >= 12));
    assert_eq!(browser.complaints, Vec::<String>::new());
}

#[test]
fn the_other_pages_fit_both_widths() {
    let Some(mut browser) = browser("the_other_pages_fit_both_widths") else { return };
    let (results, _) = campaign("fits");
    for file in [results.join("index.html"), tournament("fits")] {
        for (width, height) in [(1280, 800), (390, 844)] {
            browser.resize(width, height);
            browser.open(&file);
            let wide = browser.value("document.documentElement.scrollWidth").as_u64().expect("a width");
            assert!(wide <= u64::from(width), "{} at {width}: {wide}", file.display());
        }
    }
    assert_eq!(browser.complaints, Vec::<String>::new());
}

/// Axe is a tool of its own: `AXE_CORE` names its file, as `.ci/run` gets it with npm.
#[test]
fn axe_finds_nothing_serious() {
    let test = "axe_finds_nothing_serious";
    #[expect(clippy::disallowed_methods, reason = "the gate says where the tool is")]
    let axe = std::env::var("AXE_CORE").ok().and_then(|path| std::fs::read_to_string(Path::new(&path)).ok());
    let Some(axe) = axe else {
        #[expect(clippy::print_stdout, reason = "who runs the tests reads it")]
        {
            println!("skipped: AXE_CORE names no file: {test}");
        }
        return;
    };
    let Some(mut browser) = browser(test) else { return };
    let (one, _) = drawn("axe.html", &["scenarios/ground-truth/kill_inflight.toml", "--release", "F"]);
    let (two, _) = drawn("axe-two.html", &[FILE, "--release", "B", "--server", "replace", "--against", "C"]);
    let (results, _) = campaign("axe");
    for file in [one, two, results.join("index.html"), tournament("axe")] {
        for theme in ["light", "dark"] {
            browser.prefer(theme);
            browser.resize(1280, 800);
            browser.open(&file);
            browser.value(&axe);
            let judged = browser.value("axe.run().then((result) => result.passes.length)");
            assert!(judged.as_u64().is_some_and(|rules| rules > 20), "axe judged {judged} rules");
            let found = browser.value(
                "axe.run().then((result) => result.violations.filter((one) => ['serious', 'critical'].includes(one.impact))\
                 .map((one) => one.id + ': ' + one.nodes.slice(0, 3).map((node) => node.html + ' ' + node.failureSummary).join(' | ')))",
            );
            assert_eq!(found, json!([]), "{} in {theme}", file.display());
        }
    }
}
