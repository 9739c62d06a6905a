//! A plan that runs away is cut short at a counted bound, and the page names it.

use std::path::Path;

/// Runs the program. Returns its exit code and its output.
fn forget_me_not(arguments: &[&str]) -> (u8, String) {
    let arguments = std::iter::once("forget-me-not").chain(arguments.iter().copied()).map(std::ffi::OsString::from);
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    let code = sim::cli::run(arguments, &mut out, &mut errors);
    (code, String::from_utf8(out).expect("text"))
}

/// Release A sends the whole session again with every turn.
#[test]
fn a_run_that_is_cut_short_proves_nothing_and_says_why() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cut_short.toml");
    std::fs::write(&path, "title = \"t\"\nconfig = { memory_limit = 100000 }\nsteps = [\"turn x800\", \"shutdown\"]\n")
        .expect("a file");
    let path = path.to_str().expect("a path of letters");
    let (code, page) = forget_me_not(&["replay", path, "--release", "A", "--server", "append"]);
    assert_eq!(code, 5, "{page}");
    assert!(page.contains("proved nothing: it was cut short"), "{page}");
    let told = "sent turns again until its history named 500,000";
    assert!(page.contains("      cut short: ") && page.contains(told), "{page}");
}
