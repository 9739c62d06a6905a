//! `docs/memories.md` was made from the cases and descriptions that are there now. No plugin is needed to tell.

use sim::report::made_from;
use sim::search::memories::{Tournament, inputs};

use crate::page::project;

#[test]
fn the_page_about_memories_is_as_new_as_its_cases_and_descriptions() {
    let page = std::fs::read_to_string(project().join("docs/memories.md")).expect("docs/memories.md");
    let cure = "make it anew: forget-me-not memories --python PATH --date DATE --write docs/memories.md";
    assert!(page.contains(&made_from(&inputs())), "{cure}");
    let tournament = Tournament::of_the_program();
    for case in &tournament.cases {
        assert!(page.contains(&format!("\n| {} | ", case.when)), "{}; {cure}", case.when);
    }
    for agent in &tournament.agents {
        assert!(page.contains(&format!("\n| `{agent}` | ")), "{agent}; {cure}");
    }
}
