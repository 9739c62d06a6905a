//! How the fault of a request is written: `500`, `429 retry_after 5s`, `delay 4s`.

use std::str::FromStr;

use super::Fault;
use crate::plan::argument::Argument;
use crate::plan::error::did_you_mean;
use crate::plan::rows::{self, Form, Row};
use crate::plan::span::parse_duration;

/// The words; a refusal is a number.
pub(in crate::plan) const ROWS: &[Row<Fault>] = &[
    Row {
        word: "drop",
        read: |it| it.alone(Fault::Drop),
        forms: &[Form { written: &["drop"], example: "drop", means: "closes the connection, and applies nothing" }],
    },
    Row {
        word: "apply_drop",
        read: |it| it.alone(Fault::ApplyDrop),
        forms: &[Form {
            written: &["apply_drop"],
            example: "apply_drop",
            means: "applies, then closes the connection: the reply is lost",
        }],
    },
    Row {
        word: "delay",
        read: |it| it.duration().map(Fault::Delay),
        forms: &[Form {
            written: &["delay D"],
            example: "delay 4s",
            means: "applies and answers after D, even if the client has gone",
        }],
    },
    Row {
        word: "delay_if_alive",
        read: |it| it.duration().map(Fault::DelayIfAlive),
        forms: &[Form {
            written: &["delay_if_alive D"],
            example: "delay_if_alive 4s",
            means: "the same, unless the client goes first",
        }],
    },
    Row {
        word: "hang",
        read: |it| it.alone(Fault::Hang),
        forms: &[Form { written: &["hang"], example: "hang", means: "never answers, never applies" }],
    },
    Row {
        word: "restart",
        read: |it| it.duration().map(Fault::Restart),
        forms: &[Form {
            written: &["restart D"],
            example: "restart 1s",
            means: "the provider goes down instead of answering, and comes back after D",
        }],
    },
    Row {
        word: "accept_fail",
        read: |it| it.alone(Fault::AcceptFail),
        forms: &[Form {
            written: &["accept_fail"],
            example: "accept_fail",
            means: "accepts the retain and fails later: the operation ends `failed`. Other kinds of request are \
                answered with 500",
        }],
    },
    Row {
        word: "worker_crash",
        read: |it| it.alone(Fault::WorkerCrash),
        forms: &[Form {
            written: &["worker_crash"],
            example: "worker_crash",
            means: "accepts and applies the retain, but the worker dies before the operation counts as completed; \
                two seconds later another worker claims and applies it again. A request that is not an \
                asynchronous retain is applied, and its reply is lost",
        }],
    },
    Row {
        word: "garbled",
        read: |it| it.alone(Fault::Garbled),
        forms: &[Form {
            written: &["garbled"],
            example: "garbled",
            means: "applies and answers as without a fault, but the JSON of the answer breaks off in the middle: the \
                client cannot read it, and its connection stays",
        }],
    },
    Row {
        word: "accept_stall",
        read: |it| it.alone(Fault::AcceptStall),
        forms: &[Form {
            written: &["accept_stall"],
            example: "accept_stall",
            means: "accepts the retain, and the operation never ends; with `until` a worker takes it up then. A request \
                that is not an asynchronous retain is never answered",
        }],
    },
    Row {
        word: "ack_drop",
        read: |it| it.alone(Fault::AckDrop),
        forms: &[Form {
            written: &["ack_drop"],
            example: "ack_drop",
            means: "confirms the retain, also as a completed operation, and keeps nothing. Other kinds of request are \
                answered as without a fault",
        }],
    },
    Row {
        word: "ack_lose",
        read: |it| it.duration().map(Fault::AckLose),
        forms: &[Form {
            written: &["ack_lose D"],
            example: "ack_lose 3s",
            means: "keeps and confirms the retain, and has lost its texts after D",
        }],
    },
    Row {
        word: "html",
        read: |it| it.alone(Fault::Html),
        forms: &[Form {
            written: &["html"],
            example: "html",
            means: "a proxy answers 200 with a page of HTML, and the provider applies nothing",
        }],
    },
    Row {
        word: "foreign",
        read: |it| it.alone(Fault::Foreign { empty: false }),
        forms: &[Form {
            written: &["foreign"],
            example: "foreign",
            means: "a gateway answers 200 with an error of its own in JSON, `{\"error\": ...}`, and the provider applies nothing",
        }],
    },
    Row {
        word: "empty",
        read: |it| it.alone(Fault::Foreign { empty: true }),
        forms: &[Form {
            written: &["empty"],
            example: "empty",
            means: "answers 200 with an empty body, and applies nothing",
        }],
    },
    Row {
        word: "unsuccessful",
        read: |it| it.alone(Fault::Unsuccessful),
        forms: &[Form {
            written: &["unsuccessful"],
            example: "unsuccessful",
            means: "answers 200 with `\"success\": false` inside, and applies nothing",
        }],
    },
    Row {
        word: "partial",
        read: partial,
        forms: &[
            Form {
                written: &["partial N"],
                example: "partial 1",
                means: "applies the first N turns of the retain and refuses the others, which the answer names: it is \
                    `\"success\": false` inside of a 200, or that of an operation that ends `failed`. Other kinds of \
                    request, and a retain with no more turns, are answered as without a fault",
            },
            Form {
                written: &["partial N silent"],
                example: "partial 1 silent",
                means: "the same, and the answer confirms them all, also as a completed operation",
            },
        ],
    },
];

/// How many turns are kept, and whether the answer keeps silent about the others.
fn partial(it: &Argument<'_>) -> Result<Fault, String> {
    let number = |text: &str| text.parse().ok().filter(|number: &u32| *number > 0);
    let (keeps, silent) = match it.words()[..] {
        [keeps] => (number(keeps), false),
        [keeps, SILENT] => (number(keeps), true),
        [keeps, word] if number(keeps).is_some() => {
            let hint = did_you_mean(word, &[SILENT]);
            return Err(format!(
                "\"partial {keeps} {word}\" is not a fault{hint} write \"partial {keeps}\" alone, or \"partial {keeps} {SILENT}\""
            ));
        }
        _ => (None, false),
    };
    let wrong = || {
        format!(
            "\"partial\" needs the number of turns that are kept, from 1, as in \"partial 1\" or \"partial 1 {SILENT}\""
        )
    };
    keeps.map(|keeps| Fault::Partial { keeps, silent }).ok_or_else(wrong)
}

/// The word behind the number of turns that are kept.
const SILENT: &str = "silent";

/// The word behind the status of a refusal that names seconds.
pub(super) const RETRY_AFTER: &str = "retry_after";
/// The word behind the status of a refusal that names a date.
pub(super) const RETRY_AT: &str = "retry_at";

/// The forms that begin with a status.
pub(in crate::plan) const RETRIES: [Form; 2] = [
    Form {
        written: &["429 retry_after D"],
        example: "429 retry_after 5s",
        means: "answers with this status, applies nothing, and asks in `Retry-After` to be left alone for D, rounded up to \
            seconds. Any status of a refusal can have it, and a `503` without it asks for 30 s",
    },
    Form {
        written: &["503 retry_at D"],
        example: "503 retry_at 5s",
        means: "the same, and the header says it as a date, with the provider's time of day in `Date`",
    },
];

/// The word behind the status of a redirect.
pub(super) const TO: &str = "to";
/// A redirect to the request's own path.
pub(super) const ITSELF: &str = "itself";
/// A redirect to another path.
pub(super) const ELSEWHERE: &str = "elsewhere";

/// The forms of a redirect.
pub(in crate::plan) const REDIRECTS: [Form; 2] = [
    Form {
        written: &["307 to itself"],
        example: "307 to itself",
        means: "answers with this status, 301, 302, 303, 307 or 308, applies nothing, and leads with `Location` to the \
            request's own path: who follows repeats the request, and with `\"*\"` goes round in a loop",
    },
    Form {
        written: &["302 to elsewhere"],
        example: "302 to elsewhere",
        means: "the same, and leads to another path, where the request is answered as without the redirect. A `GET` that \
            has no meaning there is answered as a retain that worked",
    },
];

/// The form without a word.
pub(in crate::plan) const REFUSE: Form =
    Form { written: &["300` to `599"], example: "503", means: "answers with this HTTP status, and applies nothing" };

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            return refusal(text);
        }
        rows::read(ROWS, "", text).unwrap_or_else(|| Err(unknown(text)))
    }
}

/// An unknown fault: the nearest word, or how to write what follows a status.
fn unknown(text: &str) -> String {
    let first = text.split_whitespace().next().unwrap_or_default();
    let words: Vec<&str> = rows::words(ROWS).collect();
    let hint = did_you_mean(first, &words);
    if hint == ";" && did_you_mean(first, &[RETRY_AFTER, RETRY_AT, TO, ITSELF, ELSEWHERE]) != ";" {
        return format!(
            "\"{text}\" does not begin with a status; write one, as in \"429 {RETRY_AFTER} 5s\" or \"307 {TO} {ITSELF}\""
        );
    }
    format!("unknown fault \"{text}\"{hint} faults: an HTTP status, {}", words.join(", "))
}

/// A refusal: a status, and perhaps how long to stay away.
fn refusal(text: &str) -> Result<Fault, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let status = words[0].parse::<u16>().ok().filter(|status| (300..600).contains(status));
    let status = status.ok_or_else(|| {
        format!("\"{}\" is not a refusal; a refusal is an HTTP status from 300 to 599, as in \"503\"", words[0])
    })?;
    match words[1..] {
        [] => Ok(Fault::Refuse(status)),
        [TO, ref place @ ..] => redirect(text, status, place),
        [ITSELF | ELSEWHERE, ..] => Err(format!(
            "\"{text}\" is not a refusal; did you mean \"{status} {TO} {}\"? a redirect has the status {STATUSES}",
            words[1]
        )),
        [word @ (RETRY_AFTER | RETRY_AT), after] => {
            Ok(Fault::RetryAfter { status, after: parse_duration(after)?, dated: word == RETRY_AT })
        }
        [word @ (RETRY_AFTER | RETRY_AT), ..] => {
            Err(format!("\"{text}\" is not a refusal; \"{word}\" needs one duration, as in \"{status} {word} 5s\""))
        }
        [word, ..] => {
            let hint = did_you_mean(word, &[RETRY_AFTER, RETRY_AT, TO]);
            Err(format!(
                "\"{text}\" is not a refusal{hint} write \"{status}\" alone, or \"{status} retry_after 5s\", or \"{status} retry_at 5s\", or \"307 to itself\""
            ))
        }
    }
}

/// The statuses of redirects, for messages.
const STATUSES: &str = "301, 302, 303, 307 or 308";

/// A redirect, with the words after `to`.
fn redirect(text: &str, status: u16, place: &[&str]) -> Result<Fault, String> {
    if !Fault::REDIRECTS.contains(&status) {
        return Err(format!(
            "\"{text}\" is not a redirect; a redirect has the status {STATUSES}, as in \"307 to itself\""
        ));
    }
    match *place {
        [place @ (ITSELF | ELSEWHERE)] => Ok(Fault::Redirect { status, elsewhere: place == ELSEWHERE }),
        _ => {
            let hint = did_you_mean(place.first().unwrap_or(&""), &[ITSELF, ELSEWHERE]);
            Err(format!(
                "\"{text}\" does not say where the redirect leads{hint} write \"{status} to itself\" or \"{status} to elsewhere\""
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_fault_is_drawn() {
        let is_drawn = |word| Fault::DRAWN.iter().any(|fault| fault.word().split(' ').next() == Some(word));
        assert_eq!(rows::words(ROWS).find(|word| !is_drawn(*word)), None);
        assert!(Fault::DRAWN.iter().any(|fault| matches!(fault, Fault::Refuse(_))));
    }

    #[test]
    fn faults_are_read_and_mistakes_explained() {
        assert_eq!("500".parse(), Ok(Fault::Refuse(500)));
        assert_eq!("delay_if_alive 4s".parse(), Ok(Fault::DelayIfAlive(Duration::from_secs(4))));
        assert_eq!("worker_crash".parse(), Ok(Fault::WorkerCrash));
        let error = "aply_drop".parse::<Fault>().expect_err("a mistake");
        assert!(error.starts_with("unknown fault \"aply_drop\"; did you mean \"apply_drop\"?"), "{error}");
        let asks = Fault::RetryAfter { status: 429, after: Duration::from_secs(5), dated: false };
        assert_eq!(("429 retry_after 5s".parse(), asks.to_string()), (Ok(asks), "429 retry_after 5s".to_owned()));
        let silent = Fault::Partial { keeps: 2, silent: true };
        assert_eq!(("partial 2 silent".parse(), silent.to_string()), (Ok(silent), "partial 2 silent".to_owned()));
        let loops = Fault::Redirect { status: 307, elsewhere: false };
        assert_eq!(("307 to itself".parse(), loops.to_string()), (Ok(loops), "307 to itself".to_owned()));
        let error = "302 to elswhere".parse::<Fault>().expect_err("a mistake");
        assert!(error.contains("did you mean \"elsewhere\"?"), "{error}");
        let error = "partial 2 silnt".parse::<Fault>().expect_err("a mistake");
        assert!(error.contains("did you mean \"silent\"?"), "{error}");
        for bad in [
            "200",
            "delay",
            "drop 4s",
            "worker_crash 2s",
            "garbled 2s",
            "",
            "429 retry_after",
            "429 5s",
            "429 retry_aftr 5s",
            "600 retry_after 5s",
            "ack_lose",
            "ack_drop 3s",
            "partial",
            "partial 0",
            "partial one",
            "partial 1 silent 2",
            "partial silent 1",
            "307 to",
            "307 to itslef",
            "307 to itself twice",
            "304 to itself",
            "to itself",
            "itself",
        ] {
            assert!(bad.parse::<Fault>().is_err(), "{bad}");
        }
    }
}
