//! Each host calls the hooks in its own order. The memory of these tests only records which hook was called.

mod many_agents;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use super::{Command, Completion, Departure, Kind, Settings};
use crate::contracts::Loaded;
use crate::contracts::commits::{self, AgentHandle, CacheFull, Commits, Completes, Leaving, OnNew};
use crate::contracts::memory::{Habits, Lifecycle, Memory, Unsure};
use crate::facts::commits::Closing;
use crate::machine::bench::Bench;
use crate::words::command::{Adoption, Wait};
use crate::words::session::SessionId;
use crate::words::turn::{Turn, TurnId};

/// The hooks that were called, in order.
type Log = Rc<RefCell<Vec<String>>>;

struct Recorder {
    log: Log,
    habits: Habits,
}

struct Recorded {
    log: Log,
    of: SessionId,
}

impl Recorded {
    fn note(&self, hook: &str) {
        self.log.borrow_mut().push(format!("{} {hook}", self.of));
    }
}

#[async_trait(?Send)]
impl Memory for Recorder {
    async fn initialize(&self, session: &SessionId) -> Rc<dyn Lifecycle> {
        self.log.borrow_mut().push(format!("{session} initialize"));
        Rc::new(Recorded { log: Rc::clone(&self.log), of: session.clone() })
    }

    async fn stop(&self, agents: &[Rc<dyn Lifecycle>]) {
        for agent in agents {
            agent.end().await;
            agent.shutdown().await;
        }
    }

    fn wedge(&self, _: Duration) {}

    fn habits(&self) -> Habits {
        self.habits
    }
}

#[async_trait(?Send)]
impl Lifecycle for Recorded {
    async fn turn(&self, turn: Turn) -> Result<(), Unsure> {
        self.note(&format!("turn {}", turn.id));
        Ok(())
    }

    async fn warm_up(&self, _: &Turn) {
        self.note("warm_up");
    }

    async fn switch(&self, from: &SessionId, to: &SessionId, adoption: Adoption) {
        self.note(&format!("switch {from} {to} {adoption:?}"));
    }

    async fn new_session(&self, from: &SessionId, to: &SessionId) {
        self.note(&format!("new {from} {to}"));
    }

    async fn compress(&self, from: &SessionId, to: &SessionId) {
        self.note(&format!("compress {from} {to}"));
    }

    async fn undo(&self, undone: &TurnId) -> Result<(), Unsure> {
        self.note(&format!("undo {undone}"));
        Ok(())
    }

    async fn end(&self) {
        self.note("end");
    }

    async fn prefetch(&self, session: &SessionId) -> Option<String> {
        self.note(&format!("prefetch {session}"));
        None
    }

    async fn flush_pending(&self) {
        self.note("flush_pending");
    }

    async fn shutdown(&self) {
        self.note("shutdown");
    }

    async fn reinitialize(&self, session: &SessionId) {
        self.note(&format!("initialize again {session}"));
    }
}

/// A session lifecycle that is only a list of turns: a commit takes the first one of its session.
struct Waiting {
    turns: RefCell<Vec<(SessionId, Rc<dyn AgentHandle>)>>,
}

impl Waiting {
    async fn commit_all(&self, session: &SessionId) {
        while self.commit(session, None, Wait::No).await == Some(true) {}
    }
}

#[async_trait(?Send)]
impl Commits for Waiting {
    async fn register(&self, _: &SessionId, _: &Rc<dyn AgentHandle>) {}

    async fn unregister(&self, _: &SessionId) {}

    async fn complete(&self, session: &SessionId, agent: Option<&Rc<dyn AgentHandle>>, _: &TurnId) -> u64 {
        let agent = Rc::clone(agent.expect("a WebUI names the agent"));
        self.turns.borrow_mut().push((session.clone(), agent));
        1
    }

    async fn is_dirty(&self, session: &SessionId) -> bool {
        self.turns.borrow().iter().any(|(of, _)| of == session)
    }

    async fn commit(&self, session: &SessionId, _: Option<&Rc<dyn AgentHandle>>, _: Wait) -> Option<bool> {
        let place = self.turns.borrow().iter().position(|(of, _)| of == session);
        let Some(place) = place else { return Some(false) };
        let (_, agent) = self.turns.borrow_mut().remove(place);
        Some(commits::call(&*agent, session, Vec::new()).await.is_ok())
    }

    async fn commit_in_background(&self, _: &SessionId, _: Option<&Rc<dyn AgentHandle>>) -> Option<bool> {
        None
    }

    async fn discard(&self, _: &SessionId) -> Option<bool> {
        None
    }

    async fn drain(&self, _: Option<Duration>) {
        let waiting: Vec<SessionId> = self.turns.borrow().iter().map(|(session, _)| session.clone()).collect();
        for session in waiting {
            self.commit_all(&session).await;
        }
    }

    async fn let_go(&self, session: &SessionId, agent: &Rc<dyn AgentHandle>, why: Leaving) {
        self.commit_all(session).await;
        let closing = if why == Leaving::CacheFull { Closing::MemoryWithTranscript } else { Closing::Database };
        agent.close(closing).await;
    }

    fn habits(&self) -> commits::Habits {
        commits::Habits {
            agent_swallows: true,
            completes: Completes::WhenCompleted,
            on_new: OnNew::Inline,
            cache_full: CacheFull::Blind,
            spares_live_agents: false,
            handles_sigterm: false,
            drain: None,
            drains_before_update: false,
            rotation_builds_an_agent: false,
        }
    }
}

const HERMES: Habits = Habits {
    one_shot_warms_up: true,
    request_warms_up: true,
    hands_over_ephemeral_turns: true,
    reviews_have_memory: true,
    announces_undo_in_gateway: false,
    ends_idle_sessions: false,
};

/// The hooks that a host calls for these commands, until it finishes, and how it leaves.
fn calls(kind: Kind, habits: Habits, commands: Vec<Command>) -> (Vec<String>, Departure) {
    let (bench, log) = (Bench::new(), Log::default());
    let machine = bench.machine();
    let memory = Rc::new(Recorder { log: Rc::clone(&log), habits });
    let commits = Rc::new(Waiting { turns: RefCell::default() });
    let departure = bench.run(async {
        let settings = Settings { agent_cache: 2, ..Settings::default() };
        let loaded = Loaded { memory, commits: Some(commits), chats: None };
        let program = kind.start(machine, loaded, &settings, &"S1".into()).await;
        for command in commands {
            let turn = matches!(command, Command::Turn(..));
            program.take(command).await;
            if turn {
                program.after_turn().await;
            }
        }
        program.finish().await
    });
    (log.take(), departure)
}

fn check(kind: Kind, commands: Vec<Command>, expected: &[&str]) {
    assert_eq!(calls(kind, HERMES, commands).0, expected, "{kind:?}");
}

fn turn(id: &str) -> Command {
    Command::Turn(Turn::of(id.parse().expect("a turn")), Completion::Completed)
}

#[test]
fn the_cli_turns_each_command_into_a_hook() {
    let commands = vec![
        turn("S1#1"),
        Command::Switch("S2".into(), Adoption::Branch),
        Command::Prefetch,
        Command::New("S3".into()),
        Command::Compress("S4".into()),
        Command::Undo("S4#1".parse().expect("a turn")),
        Command::Shutdown,
    ];
    let expected = [
        "S1 initialize",
        "S1 turn S1#1",
        "S1 warm_up",
        "S1 switch S1 S2 Branch",
        "S1 prefetch S2",
        "S1 new S2 S3",
        "S1 compress S3 S4",
        "S1 undo S4#1",
        "S1 end",
        "S1 shutdown",
    ];
    check(Kind::Cli, commands, &expected);
}

#[test]
fn agents_of_one_process_keep_their_sessions() {
    let commands = vec![
        Command::Agent("second".into(), Some("S2".into())),
        Command::Prefetch,
        Command::Agent("main".into(), None),
        Command::Prefetch,
        Command::Use("S3".into()),
        Command::Prefetch,
    ];
    let expected = ["S1 initialize", "S2 initialize", "S2 prefetch S2", "S1 prefetch S1", "S1 prefetch S3"];
    check(Kind::Cli, commands, &expected);
}

#[test]
fn an_interrupted_turn_is_not_handed_over() {
    let interrupted = Command::Turn(Turn::of("S1#1".parse().expect("a turn")), Completion::Interrupted);
    check(Kind::Cli, vec![interrupted], &["S1 initialize"]);
    let ephemeral = || vec![Command::Turn(Turn::of("S1#1".parse().expect("a turn")), Completion::Ephemeral)];
    check(Kind::Cli, ephemeral(), &["S1 initialize", "S1 turn S1#1", "S1 warm_up"]);
    let fixed = Habits { hands_over_ephemeral_turns: false, ..HERMES };
    assert_eq!(calls(Kind::Cli, fixed, ephemeral()).0, ["S1 initialize"]);
}

#[test]
fn one_question_is_answered_and_the_process_leaves() {
    let hooks = ["S1 initialize", "S1 turn S1#1", "S1 warm_up", "S1 flush_pending", "S1 end", "S1 shutdown"];
    let (called, departure) = calls(Kind::ChatQ, HERMES, vec![turn("S1#1")]);
    assert_eq!((called, departure), (hooks.map(str::to_owned).to_vec(), Departure::Return));
    let hooks = ["S1 initialize", "S1 turn S1#1", "S1 warm_up", "S1 end", "S1 shutdown"];
    let (called, departure) = calls(Kind::Oneshot, HERMES, vec![turn("S1#1")]);
    assert_eq!((called, departure), (hooks.map(str::to_owned).to_vec(), Departure::OsExit));
    let fixed = Habits { one_shot_warms_up: false, ..HERMES };
    assert!(!calls(Kind::ChatQ, fixed, vec![turn("S1#1")]).0.contains(&"S1 warm_up".to_owned()));
}

#[test]
fn a_host_waits_for_the_memory_of_its_agent_where_it_has_one_that_stays() {
    let flushes =
        |host| calls(host, HERMES, vec![turn("S1#1"), Command::Flush]).0.contains(&"S1 flush_pending".to_owned());
    for host in [Kind::Cli, Kind::Oneshot, Kind::Desktop, Kind::Tui, Kind::Gateway] {
        assert!(flushes(host), "{host:?}");
    }
    for host in [Kind::Cron, Kind::ApiServer, Kind::WebUi] {
        assert!(!flushes(host), "{host:?}");
    }
}

#[test]
fn every_job_has_an_agent_of_its_own() {
    let commands = vec![turn("S1#1"), Command::Use("S2".into()), turn("S2#1")];
    let job = |session: &str| {
        [
            format!("{session} initialize"),
            format!("{session} turn {session}#1"),
            format!("{session} warm_up"),
            format!("{session} end"),
            format!("{session} shutdown"),
        ]
    };
    assert_eq!(calls(Kind::Cron, HERMES, commands).0, [job("S1"), job("S2")].concat());
}

#[test]
fn the_gateway_has_an_agent_for_each_session_and_evicts_the_idlest() {
    let commands = vec![
        turn("S1#1"),
        Command::Use("S2".into()),
        turn("S2#1"),
        turn("S1#2"),
        Command::Use("S3".into()),
        turn("S3#1"),
    ];
    let expected = [
        "S1 initialize",
        "S1 turn S1#1",
        "S1 warm_up",
        "S2 initialize",
        "S2 turn S2#1",
        "S2 warm_up",
        "S1 turn S1#2",
        "S1 warm_up",
        "S3 initialize",
        "S2 end",
        "S3 turn S3#1",
        "S3 warm_up",
        "S1 end",
        "S1 shutdown",
        "S3 end",
        "S3 shutdown",
    ];
    check(Kind::Gateway, commands, &expected);
}

#[test]
fn the_gateway_drops_agents_where_others_switch() {
    let hooks = ["S1 initialize", "S1 turn S1#1", "S1 warm_up"];
    let cleaned = [&hooks[..], &["S1 flush_pending", "S1 end", "S1 shutdown"]].concat();
    check(Kind::Gateway, vec![turn("S1#1"), Command::New("S2".into())], &cleaned);
    check(Kind::Gateway, vec![turn("S1#1"), Command::Expire("S1".into())], &cleaned);
    check(Kind::Gateway, vec![turn("S1#1"), Command::Switch("S2".into(), Adoption::Resume)], &hooks);
    check(Kind::Gateway, vec![turn("S1#1"), Command::Undo("S1#1".parse().expect("a turn"))], &hooks);
    check(Kind::Gateway, vec![turn("S1#1"), Command::Idle("S1".into())], &hooks);
    check(Kind::Gateway, vec![turn("S1#1"), Command::Evict("S1".into())], &[&hooks[..], &["S1 end"]].concat());
}

#[test]
fn the_webui_commits_at_boundaries_and_ends_an_evicted_session_twice() {
    let hooks = ["S1 initialize", "S1 turn S1#1", "S1 warm_up"];
    let committed = [&hooks[..], &["S1 end"]].concat();
    check(Kind::WebUi, vec![turn("S1#1")], &hooks);
    check(Kind::WebUi, vec![turn("S1#1"), Command::New("S2".into())], &committed);
    check(Kind::WebUi, vec![turn("S1#1"), Command::New("S2".into()), Command::New("S1".into())], &committed);
    check(Kind::WebUi, vec![turn("S1#1"), Command::Evict("S1".into())], &committed);
    check(Kind::WebUi, vec![turn("S1#1"), Command::Shutdown, Command::Shutdown], &committed);
    check(Kind::WebUi, vec![turn("S1#1"), Command::Switch("S2".into(), Adoption::Resume)], &hooks);
    let compressed = [&hooks[..], &["S1 compress S1 S2", "S1 turn S2#1", "S1 warm_up"]].concat();
    check(Kind::WebUi, vec![turn("S1#1"), Command::Compress("S2".into()), turn("S2#1")], &compressed);
    let crowded = vec![turn("S1#1"), Command::Use("S2".into()), turn("S2#1"), Command::Use("S3".into()), turn("S3#1")];
    let evicted = [
        "S1 initialize",
        "S1 turn S1#1",
        "S1 warm_up",
        "S2 initialize",
        "S2 turn S2#1",
        "S2 warm_up",
        "S3 initialize",
        "S1 end",
        "S1 end",
        "S1 shutdown",
        "S3 turn S3#1",
        "S3 warm_up",
    ];
    check(Kind::WebUi, crowded, &evicted);
}
