//! What the judges say of a campaign on every release is what was recorded: what they judged, what they convicted of and in which words, and
//! which marks they read.
//!
//! A judge that sleeps, or convicts of something else than before, is noticed here even if no scenario asks for it. A judge that was meant to
//! change updates the record in its own commit, which says what differs and why:
//!
//! ```text
//! cargo test --test judgements -- --update
//! ```
//!
//! `baseline/judgements.txt` has four lines for each campaign. They begin with the release, the profile and the number of seeds.

use libtest_mimic::{Arguments, Trial};
use model::agents::Subject;
use serde_json::{Map, Value};
use sim::draw::Profile;

mod recorded;

const RECORD: &str = "judgements.txt";
const UPDATE: &str = "cargo test --test judgements -- --update";
/// The number of seeds of each campaign.
const SEEDS: &str = "200";
/// The campaigns on other profiles than that of the release's part.
const ELSEWHERE: &[(&str, &[Profile])] = &[
    (
        "reference",
        &[Profile::Shutdown, Profile::Switch, Profile::Storage, Profile::Gateway, Profile::WebUi, Profile::Whole],
    ),
    ("A", &[Profile::Shutdown, Profile::Switch, Profile::Storage, Profile::Whole]),
    ("F", &[Profile::Shutdown, Profile::Switch, Profile::Storage, Profile::Whole]),
    ("W3", &[Profile::Whole]),
    ("E4", &[Profile::Whole]),
];

fn main() {
    let (own, rest): (Vec<String>, Vec<String>) = std::env::args().partition(|argument| argument == "--update");
    if !own.is_empty() {
        let lines: Vec<String> = campaigns().flat_map(|(release, profile)| judged(release, profile)).collect();
        return recorded::write(RECORD, &lines);
    }
    let mut trials = vec![Trial::test("the_record_has_every_campaign", || {
        let lines = recorded::lines(RECORD);
        let named: Vec<String> = campaigns().map(|(release, profile)| head(release, profile)).collect();
        let of = |line: &String| named.iter().position(|head| line.starts_with(head.as_str()));
        let found: Vec<Option<usize>> = lines.iter().map(of).collect();
        let wanted: Vec<Option<usize>> = (0..named.len()).flat_map(|place| [Some(place); 4]).collect();
        if found == wanted { Ok(()) } else { Err(format!("run `{UPDATE}`").into()) }
    })];
    for (release, profile) in campaigns() {
        let name = format!("is_judged_as_recorded::{}::{}", release.name(), profile.name());
        trials.push(Trial::test(name, move || {
            let head = head(release, profile);
            let before: Vec<String> =
                recorded::lines(RECORD).into_iter().filter(|line| line.starts_with(&head)).collect();
            recorded::same(&before, &judged(release, profile), UPDATE)
        }));
    }
    libtest_mimic::run(&Arguments::from_iter(rest), trials).exit();
}

/// Every release on the profile of its part, and some on others.
fn campaigns() -> impl Iterator<Item = (Subject, Profile)> {
    let elsewhere = ELSEWHERE.iter().flat_map(|(release, profiles)| {
        let release = release.parse::<Subject>().expect("a release");
        profiles.iter().map(move |profile| (release, *profile))
    });
    Subject::all().map(|release| (release, Profile::of(release))).chain(elsewhere)
}

/// How the lines of a campaign begin.
fn head(release: Subject, profile: Profile) -> String {
    format!("{} {} {SEEDS} ", release.name(), profile.name())
}

/// The lines of a campaign, as it is judged today.
fn judged(release: Subject, profile: Profile) -> Vec<String> {
    let (release_name, profile_name) = (release.name(), profile.name());
    let folder = format!("judgements/{release_name}-{profile_name}");
    let page = recorded::campaign(&folder, release_name, profile_name, SEEDS);
    let counts = |key: &str| -> String {
        let counted: &Map<String, Value> = page[key].as_object().expect("an object");
        let counted = counted.iter().filter(|(_, count)| count.as_u64() != Some(0));
        counted.map(|(name, count)| format!(" {} {count}", name.replace(' ', "-"))).collect()
    };
    let classes = page["classes"].to_string();
    let hash = blake3::hash(classes.as_bytes()).to_hex();
    let head = head(release, profile);
    vec![
        format!("{head}judged{}", counts("judged")),
        format!("{head}violated{}", counts("violations")),
        format!("{head}classes {} {}", page["classes"].as_array().map_or(0, Vec::len), &hash[..16]),
        format!("{head}marks{}", counts("marks")),
    ]
}
