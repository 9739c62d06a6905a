//! The fault of a request, and how long it stands: `401 until 40s`.
//!
//! Whatever a fault does, it can end at a time of the run: a credential goes stale and comes back, a rate limit is lifted.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::Fault;
use crate::plan::error::did_you_mean;
use crate::plan::span::{Span, parse_duration};

/// A fault, and until when it strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestFault {
    /// The fault.
    pub fault: Fault,
    /// From this time of the run on it strikes nothing. `None` if it stands as long as the faults of the run do.
    pub until: Option<Duration>,
}

impl RequestFault {
    /// Whether it strikes a request that arrives at this time.
    pub(super) fn stands(self, at: Duration) -> bool {
        self.until.is_none_or(|until| at < until)
    }

    /// The same with another fault.
    pub fn of(self, fault: Fault) -> Self {
        Self { fault, ..self }
    }
}

impl From<Fault> for RequestFault {
    fn from(fault: Fault) -> Self {
        Self { fault, until: None }
    }
}

impl fmt::Display for RequestFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fault.fmt(f)?;
        self.until.map_or(Ok(()), |until| write!(f, " until {}", Span(until)))
    }
}

impl FromStr for RequestFault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let Some(place) = words.iter().position(|word| *word == "until") else {
            return text.parse().map(|fault: Fault| fault.into()).map_err(|why| ending(&words, why));
        };
        let (fault, [time]) = (words[..place].join(" "), &words[place + 1..]) else {
            return Err(format!(
                "\"{text}\" does not say when the fault ends; write a fault, \"until\" and a time of the run, as in \"503 until 40s\""
            ));
        };
        if fault.is_empty() {
            return Err(format!("\"{text}\" names no fault; write it before \"until\", as in \"503 {text}\""));
        }
        let until = parse_duration(time)?;
        match until.is_zero() {
            true => Err(format!(
                "\"{text}\" strikes nothing, for the run begins at 0s; leave it out, or give it a later end"
            )),
            false => Ok(Self { fault: fault.parse()?, until: Some(until) }),
        }
    }
}

/// Why a text is no fault; if it ends in a time behind a fault, how a fault ends.
fn ending(words: &[&str], why: String) -> String {
    let [before @ .., time] = words else { return why };
    if parse_duration(time).is_err() {
        return why;
    }
    let is_fault = |words: &[&str]| words.join(" ").parse::<Fault>().is_ok();
    if let [fault @ .., word] = before
        && let hint = did_you_mean(word, &["until"])
        && hint != ";"
        && is_fault(fault)
    {
        let fault = fault.join(" ");
        return format!("\"{fault} {word} {time}\" is not a fault{hint} write \"{fault} until {time}\"");
    }
    match is_fault(before) {
        true => format!("{why}; for a fault that ends write \"{} until {time}\"", before.join(" ")),
        false => why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_may_say_when_it_ends() {
        let read: RequestFault = "401 until 40s".parse().expect("a fault");
        assert_eq!(read, RequestFault { fault: Fault::Refuse(401), until: Some(Duration::from_secs(40)) });
        assert!(read.stands(Duration::from_millis(39_999)) && !read.stands(Duration::from_secs(40)));
        for text in ["503", "delay 4s until 1m", "hang until 1500ms"] {
            let read: RequestFault = text.parse().expect("a fault");
            assert_eq!(read.to_string().parse(), Ok(read), "{text}");
        }
    }

    #[test]
    fn a_mistake_says_what_to_write() {
        let mistake = |text: &str| text.parse::<RequestFault>().expect_err("a mistake");
        assert!(mistake("401 until").contains("as in \"503 until 40s\""), "{}", mistake("401 until"));
        assert!(mistake("until 40s").contains("\"503 until 40s\""), "{}", mistake("until 40s"));
        assert!(mistake("401 until 0s").contains("strikes nothing"), "{}", mistake("401 until 0s"));
        assert!(mistake("hnag until 4s").contains("did you mean \"hang\"?"), "{}", mistake("hnag until 4s"));
        assert!(mistake("401 until noon").contains("noon"), "{}", mistake("401 until noon"));
        assert!(mistake("401 until 4s 5s").contains("does not say when"), "{}", mistake("401 until 4s 5s"));
    }
}
