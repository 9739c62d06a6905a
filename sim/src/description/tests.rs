use std::path::Path;

use super::*;

const NOTES: &str = include_str!("../../../model/python/examples/notes.toml");

fn parsed(text: &str, variant: Option<&str>) -> Result<Description, String> {
    file::description(Path::new("p.toml"), text, "p", variant).map_err(|error| error.to_string())
}

/// The mistake in the notes' description when a part of it is another.
fn mistake(part: &str, other: &str) -> String {
    assert!(NOTES.contains(part), "{part}");
    parsed(&NOTES.replacen(part, other, 1), None).expect_err("a mistake")
}

#[test]
fn every_description_that_the_program_has_can_be_read_and_is_short() {
    for (name, text) in BUILT_IN {
        let description = find(name).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(description.name, *name);
        assert!(text.lines().count() <= 60, "{name} has {} lines", text.lines().count());
        assert!(
            description.is_local()
                || description
                    .unseen()
                    .iter()
                    .all(|name| ["attribution", "lineage", "order", "recall-is-read"].contains(name))
        );
    }
}

#[test]
fn a_description_says_where_a_provider_is_and_what_it_shows() {
    let notes = parsed(NOTES, None).expect("a description");
    assert_eq!((notes.url().as_str(), notes.commits(), notes.unseen()), ("http://notes:8080", true, vec!["lineage"]));
    let text =
        |pairs: &[(String, String)]| pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
    assert_eq!(text(&notes.configuration.environment), ["NOTES_KEY=key", "NOTES_URL=http://notes:8080"]);
    let files =
        ["notes/plain.txt=at http://notes:8080", r#"notes/settings.json={"retries":0,"url":"http://notes:8080/"}"#];
    assert_eq!(text(&notes.configuration.files), files);
}

#[test]
fn a_variant_has_other_parts_and_a_name_of_its_own() {
    let again = |variant| parsed(NOTES, variant).map(|notes| (notes.name, notes.store.again, notes.shows.session));
    assert_eq!(again(Some("replace")), Ok(("p:replace".into(), Again::Replace, true)));
    assert_eq!(again(Some("skip-prefix")), Ok(("p:skip-prefix".into(), Again::SkipPrefix, false)));
    let unknown = "p.toml: unknown variant \"replce\"; did you mean \"replace\"? variants: replace, skip-prefix";
    assert_eq!(again(Some("replce")), Err(unknown.into()));
}

#[test]
fn a_mistake_has_its_place_what_is_allowed_and_the_nearest_word() {
    let check = |part: &str, other: &str, start: &str| {
        let told = mistake(part, other);
        assert!(told.starts_with(start), "{told}");
    };
    let routes = "p.toml:25:8: unknown kind \"wirte\"; did you mean \"write\"? kinds: init, write, commit, recall, status, other";
    check("kind = \"write\"", "kind = \"wirte\"", routes);
    check("host = \"notes\"", "host = \"a b\"", "p.toml:2:8: \"a b\" is no name of a host");
    check("host = \"notes\"", "hots = \"notes\"", "p.toml:2:1: unknown field \"hots\"; did you mean \"host\"?");
    check(
        "again = \"append\"",
        "again = \"apend\"",
        "p.toml:13:9: unknown meaning \"apend\"; did you mean \"append\"?",
    );
    check("\"POST /v1/search\"", "\"PSOT /v1/search\"", "p.toml:48:6: unknown method \"PSOT\"; did you mean \"POST\"?");
    check("\"POST /v1/search\"", "\"POST v1/search\"", "p.toml:48:6: \"POST v1/search\" has no path");
    check("\"POST /v1/search\"", "\"POST /v1/{s\"", "p.toml:48:6: \"{s\" is no segment of a path");
    check("\"POST /v1/search\"", "\"POST /v1/{a}/{a}\"", "p.toml:48:6: the path has two variables {a}");
    check("\"POST /v1/search\"", "\"POST /v1/{s}/commit\"", "p.toml:48:6: another route is on the same requests");
    let words = "p.toml:51:31: {recaled} has no meaning here; did you mean \"recalled\"? what has: {path.*}, {query.*}, {header.*}, {body.*}, {id}, {time}, {recalled}";
    check("{recalled}", "{recaled}", words);
    check(
        "{path.job}",
        "{path.jop}",
        "p.toml:44:14: the route has no variable {jop}; did you mean \"job\"? its variables: job",
    );
    check("query = \"{body.q}\"\n", "", "p.toml:48:6: a route of kind recall needs query");
    check(
        "leaves =",
        "query =",
        "p.toml:38:9: query belongs to a route of kind recall, and this one is of kind commit",
    );
    check("\"body.notes\"", "\"notes\"", "p.toml:27:12: the messages stand in the body");
    check("\"parts.*.text\"", "\"parts..text\"", "p.toml:28:8: \"\" is no step of a path");
    check("status = 201\n", "status = 20\n", "p.toml:31:10: 20 is no status of an answer");
    check("for_each =", "answer = {}\nfor_each =", "p.toml:33:12: an answer is one value or one for each message");
    check("most = 4", "most = 0", "p.toml:14:18: a write has at least one message");
    check("\"notes/plain.txt\"", "\"../plain.txt\"", "p.toml:10:68: a file stands in the agent's working directory");
    check("shows = [\"order\"]", "shows = [\"oder\"]", "p.toml:64:10: unknown word \"oder\"; did you mean \"order\"?");
    check("\"at {url}\"", "7", "p.toml:10:88: a text in quotes belongs here");
    check("port = 8080", "port = \"8080\"", "p.toml:3:8: the text \"8080\" stands where a whole number belongs");
    check("kind = \"write\"", "kind = \"other\"", "p.toml:27:12: messages belongs to a route of kind write");
}

#[test]
fn a_key_of_scenarios_is_no_key_here() {
    let told = mistake("port = 8080", "recall = 1");
    assert!(told.starts_with("p.toml:3:1: unknown field \"recall\"; fields: host, known_as, port,"), "{told}");
}

#[test]
fn a_provider_into_which_nothing_can_come_is_a_mistake() {
    let told = parsed("host = \"h\"\n[[routes]]\non = \"GET /a\"\nkind = \"init\"\n", None).expect_err("a mistake");
    assert_eq!(told, "p.toml:1:8: no route is of kind write: nothing can come into the store");
}

#[test]
fn a_path_leads_from_its_route_with_its_variables() {
    let notes = parsed(NOTES, None).expect("a description");
    let leads = |method: &str, path: &str| {
        let all =
            notes.routes.iter().filter_map(|route| route.variables(method, path).map(|found| format!("{found:?}")));
        all.collect::<Vec<_>>()
    };
    assert_eq!(leads("POST", "/v1/S1/notes"), [r#"[("session", "S1")]"#]);
    assert_eq!(leads("GET", "/v1/jobs/7"), [r#"[("job", "7")]"#]);
    for (method, path) in
        [("GET", "/v1/S1/notes"), ("POST", "/v1//notes"), ("POST", "/v1/S1/notes/"), ("POST", "v1/S1/notes")]
    {
        assert_eq!(leads(method, path), [""; 0], "{method} {path}");
    }
}

const DIARY: &str = "[plugin]\npackage = \"diary\"\n[configuration]\nsays = \"{turn} is so\"\n[[keeps]]\nin = \"a.db\"\nsession = \"s\"\nmeans = \"turns\"\n[[keeps]]\nin = \"queue/*\"\nmeans = \"pending\"\n";

#[test]
fn a_plugin_that_keeps_turns_in_files_needs_no_host() {
    let diary = parsed(DIARY, None).expect("a description");
    assert!(diary.is_local() && diary.shows.session);
    assert_eq!(diary.keeps.iter().map(|keep| keep.means).collect::<Vec<_>>(), [Means::Turns, Means::Pending]);
    assert!(diary.unseen().contains(&"prompt-delivery") && !diary.unseen().contains(&"attribution"));
    let nameless = parsed(&DIARY.replace("session = \"s\"\n", ""), None).expect("a description");
    assert!(nameless.unseen().contains(&"attribution"), "nothing names a session");
}

#[test]
fn a_mistake_about_files_has_its_place() {
    let check = |part: &str, other: &str, expected: &str| {
        let error = parsed(&DIARY.replacen(part, other, 1), None).expect_err("a mistake");
        assert!(error.starts_with(expected), "{error}");
    };
    check(
        "\"turns\"",
        "\"turn\"",
        "p.toml:8:9: unknown meaning \"turn\"; did you mean \"turns\"? meanings: turns, digest, pending, nothing",
    );
    check("\"a.db\"", "\"/a.db\"", "p.toml:6:6: files are named by their path");
    check("{turn} is so", "it is so", "p.toml:4:8: a text names its turn");
    assert_eq!(
        parsed("[configuration]\n", None),
        Err("p.toml:1:1: a provider has a host and routes, or its plugin has files; write host, or [[keeps]]".into())
    );
}
