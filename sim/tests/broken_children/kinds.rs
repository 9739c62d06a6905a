//! The kinds: what each does, and what the program calls it.

use std::time::Duration;

use super::fake::{
    BYE, Body, CLOSE, CONNECT, ENDED, FAILED, HELLO, IDLE, NEVER, NOTE, OP, READY, REFUSED, SEND, Talk, end, pause,
    serve,
};

/// A kind of broken child.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// What the program says.
    pub(crate) told: &'static str,
    does: Does,
}

enum Does {
    /// The template, instead of being ready.
    Template(fn(&mut Talk)),
    /// The child, from its first word on.
    Begins(fn(&mut Talk)),
    /// The child, once it has started.
    Started(fn(&mut Talk)),
    /// The child, in its first turn: the number of the call.
    Turn(fn(&mut Talk, u32)),
}

use Does::{Begins, Started, Template, Turn};

const fn kind(name: &'static str, told: &'static str, does: Does) -> Kind {
    Kind { name, told, does }
}

const DIED: &str = "the child died: its socket has ended";
const SILENT: &str = "the child stopped answering: 11 s of real time without a question";

/// All of them.
pub(crate) const KINDS: &[Kind] = &[
    kind("template_ends", DIED, Template(|_| end())),
    kind(
        "template_says_garbage",
        "the child sent garbage: a frame of 1667330644 bytes",
        Template(|talk| talk.raw(b"Traceback")),
    ),
    kind(
        "template_of_version_2",
        "the agent speaks version 2 of the protocol; this program speaks version 1",
        Template(other_version),
    ),
    kind(
        "template_fails",
        "the agent does not start: no",
        Template(|talk| talk.send(FAILED, &Body::default().text("no"))),
    ),
    kind(
        "template_ends_in_a_frame",
        DIED,
        Template(|talk| {
            talk.raw(&[9, 0, 0]);
            end()
        }),
    ),
    kind(
        "template_says_something_else",
        "the child sent garbage: Idle",
        Template(|talk| talk.send(IDLE, &Body::default().u64(1).u64(1))),
    ),
    kind("dies_before_a_word", DIED, Begins(|_| end())),
    kind("shuts_before_a_word", DIED, Begins(|talk| talk.shuts())),
    kind("is_silent", SILENT, Begins(|talk| talk.sits())),
    kind("says_garbage", "the child sent garbage: a frame of 1667330644 bytes", Begins(|talk| talk.raw(b"Traceback"))),
    kind(
        "speaks_version_9",
        "the agent speaks version 9 of the protocol",
        Begins(|talk| talk.send(HELLO, &Body::default().u16(9).text("3.11.0").u32(1))),
    ),
    kind("fails", "the child failed: no", Begins(|talk| talk.send(FAILED, &Body::default().text("no")))),
    kind(
        "does_not_greet",
        "the child sent garbage: Idle",
        Begins(|talk| talk.send(IDLE, &Body::default().u64(1).u64(1))),
    ),
    kind(
        "says_a_huge_frame",
        "the child sent garbage: a frame of 4294967295 bytes",
        Begins(|talk| talk.raw(&[255; 64])),
    ),
    kind("says_an_empty_frame", "the child sent garbage: a frame of 0 bytes", Begins(|talk| talk.raw(&[0; 4]))),
    kind("says_one_byte_a_second", SILENT, Begins(drips)),
    kind("dies_when_started", DIED, Started(|_| end())),
    kind("is_silent_when_started", SILENT, Started(|talk| talk.sits())),
    kind("notes_without_end", "the child sent garbage: 1000000 frames without a question", Started(notes)),
    kind("notes_slowly", SILENT, Started(notes_slowly)),
    kind(
        "computes_without_end",
        "the child does not come to rest: it computed for 1s of simulated time and never waited",
        Started(|talk| {
            loop {
                talk.asks(talk.now);
            }
        }),
    ),
    kind(
        "greets_twice",
        "the child sent garbage: a second beginning",
        Started(|talk| {
            talk.hello();
            talk.asks(NEVER);
        }),
    ),
    kind(
        "is_a_template",
        "the child sent garbage: a frame is too short",
        Started(|talk| {
            talk.send(READY, &Body::default());
            talk.sits()
        }),
    ),
    kind(
        "says_an_unknown_kind",
        "the child sent garbage: a frame of the unknown kind 0x7e",
        Started(|talk| {
            talk.send(0x7E, &Body::default());
            talk.sits()
        }),
    ),
    kind(
        "says_too_little",
        "the child sent garbage: a frame is too short",
        Started(|talk| {
            talk.send(SEND, &talk.at());
            talk.sits()
        }),
    ),
    kind(
        "says_too_much",
        "the child sent garbage: 1 bytes behind a frame of kind 0x07",
        Started(|talk| {
            talk.send(IDLE, &talk.at().u64(NEVER).u8(1));
            talk.sits()
        }),
    ),
    kind("says_what_is_no_text", "the child sent garbage: a text is not UTF-8", Started(no_text)),
    kind(
        "closes_in_an_unknown_way",
        "the child sent garbage: a connection closed in the unknown way 7",
        Started(|talk| {
            talk.send(CLOSE, &talk.at().u32(1).u8(7));
            talk.sits()
        }),
    ),
    kind(
        "is_in_another_age",
        "the child sent garbage: the time 18446744073709551615, which is beyond every limit",
        Started(|talk| {
            talk.send(CONNECT, &Body::default().u64(u64::MAX).u32(1).text("hindsight").u16(8888));
            talk.asks(NEVER);
        }),
    ),
    kind(
        "ends_a_call_that_was_never_made",
        "the child sent garbage: the end of call 77, which was never made",
        Started(|talk| {
            talk.op(77, 1, "");
            talk.asks(NEVER);
        }),
    ),
    kind("dies_in_a_call", DIED, Turn(|_, _| end())),
    kind(
        "dies_in_a_frame",
        DIED,
        Turn(|talk, _| {
            talk.raw(&[200, 0, 0, 0, OP, 1]);
            end()
        }),
    ),
    kind("is_silent_in_a_call", SILENT, Turn(|talk, _| talk.sits())),
    kind(
        "ends_a_call_in_an_unknown_phase",
        "the child sent garbage: a call in the unknown phase 9",
        Turn(|talk, call| {
            talk.op(call, 9, "");
            talk.sits()
        }),
    ),
    kind(
        "ends_a_call_twice",
        "the child sent garbage: the end of call",
        Turn(|talk, call| {
            talk.op(call, 1, "");
            talk.op(call, 1, "");
            talk.asks(NEVER);
        }),
    ),
    kind(
        "crashes_in_a_call",
        "the child died: signal 11 ended it",
        Turn(|talk, _| {
            talk.ended(11);
            talk.sits()
        }),
    ),
    kind(
        "ends_without_a_word",
        "the child died: it ended with exit code 3 and without a word",
        Turn(|talk, _| {
            talk.ended(3 << 8);
            talk.sits()
        }),
    ),
    kind(
        "ends_for_an_unknown_reason",
        "the child sent garbage: an end for the unknown reason 9",
        Turn(|talk, _| {
            talk.bye(9, 0);
            talk.sits()
        }),
    ),
    kind(
        "says_goodbye_and_stays",
        SILENT,
        Turn(|talk, _| {
            talk.bye(0, 0);
            talk.sits()
        }),
    ),
    kind(
        "says_half_a_goodbye",
        DIED,
        Turn(|talk, _| {
            talk.raw(&[99, 0, 0, 0, BYE]);
            end()
        }),
    ),
    kind(
        "does_what_is_not_simulated",
        "not simulated: telepathy, called by f (x.py:3)",
        Turn(|talk, _| {
            talk.send(REFUSED, &talk.at().u32(1).text("telepathy").text("x.py").u32(3).text("f"));
            talk.bye(4, 97);
            talk.ended(97 << 8);
            talk.sits()
        }),
    ),
    kind(
        "ends_twice",
        "the child died: signal 9 ended it",
        Turn(|talk, _| {
            talk.send(ENDED, &Body::default().u32(9).u64(1));
            talk.ended(9);
            talk.sits()
        }),
    ),
];

/// One that does nothing wrong.
pub(crate) const GOOD: Kind = kind("behaves", "", Started(Talk::behaves));

impl Kind {
    /// Is this kind.
    pub(crate) fn be(&self) -> ! {
        match self.does {
            Template(does) => serve(
                |talk| {
                    does(talk);
                    talk.sits()
                },
                |_| {},
            ),
            Begins(does) => serve(
                |_| {},
                |talk| {
                    does(talk);
                    talk.sits()
                },
            ),
            Started(does) => serve(
                |_| {},
                |talk| {
                    talk.hello();
                    talk.starts();
                    does(talk);
                },
            ),
            Turn(does) => serve(
                |_| {},
                |talk| {
                    talk.hello();
                    talk.starts();
                    in_turn(talk, does)
                },
            ),
        }
    }
}

fn in_turn(talk: &mut Talk, does: fn(&mut Talk, u32)) {
    loop {
        let (call, name) = talk.called();
        if name == "turn" {
            return does(talk, call);
        }
        talk.op(call, 1, "");
    }
}

fn other_version(talk: &mut Talk) {
    let ready = Body::default().u16(2).text("3.11.0").u32(1).u8(1).u32(0);
    talk.send(READY, &ready.text("hindsight").text("hindsight").u16(8888));
}

fn drips(talk: &mut Talk) {
    for byte in [200, 0, 0, 0].into_iter().chain(std::iter::repeat(HELLO)) {
        talk.raw(&[byte]);
        pause(Duration::from_millis(300));
    }
}

fn notes(talk: &mut Talk) {
    loop {
        talk.send(NOTE, &talk.at().u32(1).u8(0).text(""));
    }
}

fn notes_slowly(talk: &mut Talk) {
    loop {
        talk.send(NOTE, &talk.at().u32(1).u8(0).text(""));
        pause(Duration::from_millis(300));
    }
}

fn no_text(talk: &mut Talk) {
    let mut frame = vec![14, 0, 0, 0, FAILED, 9, 0, 0, 0];
    frame.extend([0xFF; 9]);
    talk.raw(&frame);
    talk.sits();
}
