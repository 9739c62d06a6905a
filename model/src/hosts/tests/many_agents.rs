//! The hosts whose agents live beside each other in one process, and whom no cache ends.

use std::rc::Rc;

use super::super::{Command, Departure, Kind, Settings};
use super::{HERMES, Log, Recorder, calls, check, turn};
use crate::contracts::Loaded;
use crate::contracts::memory::Habits;
use crate::machine::bench::Bench;
use crate::words::command::Adoption;

#[test]
fn a_new_chat_of_the_desktop_ends_nothing() {
    let hooks = ["S1 initialize", "S1 turn S1#1", "S1 warm_up"];
    let left = [&hooks[..], &["S2 initialize"]].concat();
    check(Kind::Desktop, vec![turn("S1#1"), Command::New("S2".into())], &left);
    check(Kind::Desktop, vec![turn("S1#1"), Command::New("S2".into()), Command::Expire("S1".into())], &left);
    check(Kind::Desktop, vec![turn("S1#1"), Command::CliExit, Command::Evict("S1".into())], &hooks);
    let shown_again = vec![turn("S1#1"), Command::New("S2".into()), Command::Use("S1".into()), Command::End];
    check(Kind::Desktop, shown_again, &[&left[..], &["S1 end"]].concat());
    let resumed = vec![
        Command::Switch("S2".into(), Adoption::Resume),
        Command::New("S3".into()),
        Command::Use("S2".into()),
        Command::Prefetch,
    ];
    let one_agent = ["S1 initialize", "S1 switch S1 S2 Resume", "S3 initialize", "S1 prefetch S2"];
    check(Kind::Desktop, resumed, &one_agent);
    let stopped = ["S1 initialize", "S2 initialize", "S1 end", "S1 shutdown", "S2 end", "S2 shutdown"];
    check(Kind::Desktop, vec![Command::New("S2".into()), Command::Shutdown], &stopped);
    assert_eq!(calls(Kind::Desktop, HERMES, vec![turn("S1#1")]).1, Departure::OsExit);
}

#[test]
fn the_tui_ends_the_sessions_of_its_chats_and_shuts_no_memory_down() {
    let chats = || vec![turn("S1#1"), Command::New("S2".into())];
    let hooks = ["S1 initialize", "S1 turn S1#1", "S1 warm_up", "S2 initialize"];
    check(Kind::Tui, chats(), &hooks);
    let (bench, log) = (Bench::new(), Log::default());
    let memory = Rc::new(Recorder { log: Rc::clone(&log), habits: HERMES });
    let loaded = Loaded { memory, commits: None, chats: None };
    let machine = bench.machine();
    let departure = bench.run(async {
        let program = Kind::Tui.start(machine, loaded, &Settings::default(), &"S1".into()).await;
        program.take(Command::New("S2".into())).await;
        assert!(program.handles_sigterm());
        program.sigterm().await
    });
    assert_eq!(log.take(), ["S1 initialize", "S2 initialize", "S1 end", "S2 end"]);
    assert_eq!(departure, Departure::OsExit);
}

#[test]
fn every_request_has_an_agent_of_its_own_that_nothing_ends() {
    let commands = || vec![turn("S1#1"), Command::Prefetch, turn("S1#2"), Command::New("S2".into()), turn("S2#1")];
    let expected = [
        "S1 initialize",
        "S1 turn S1#1",
        "S1 warm_up",
        "S1 initialize",
        "S1 prefetch S1",
        "S1 turn S1#2",
        "S1 warm_up",
        "S2 initialize",
        "S2 turn S2#1",
        "S2 warm_up",
    ];
    check(Kind::ApiServer, commands(), &expected);
    let fixed = Habits { request_warms_up: false, ..HERMES };
    let without = expected.into_iter().filter(|hook| !hook.ends_with("warm_up"));
    assert_eq!(calls(Kind::ApiServer, fixed, commands()).0, without.collect::<Vec<_>>());
    let ended = vec![turn("S1#1"), Command::End, Command::Expire("S1".into()), Command::Shutdown];
    check(Kind::ApiServer, ended, &expected[..3]);
}
