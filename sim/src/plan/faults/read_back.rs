//! A planned fault read back from its text: `retain 3: drop`, `retain S1#2: 413`, `commit.S1 1: fail`.

use std::str::FromStr;

use super::{PROTOCOL, PlannedFault, Which};

/// Before the name of an agent whose commit has the fault.
const OF_COMMITS: &str = "commit.";

impl FromStr for PlannedFault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("\"{text}\" is no planned fault; write it as in \"retain 3: drop\" or \"commit.S1 1: fail\"");
        let (place, fault) = text.split_once(": ").ok_or_else(wrong)?;
        let (target, which) = place.rsplit_once(' ').ok_or_else(wrong)?;
        let which = Which::read(which).ok_or_else(wrong)?;
        match target.strip_prefix(OF_COMMITS) {
            Some(agent) => Ok(Self::Commit(agent.to_owned(), which, fault.parse()?)),
            None => Ok(Self::Request(PROTOCOL.endpoint(target).ok_or_else(wrong)?, which, fault.parse()?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{CommitFault, Fault, RequestFault};

    #[test]
    fn every_planned_fault_reads_back() {
        let number = Which::Number(3);
        let turn = Which::Turn("S1#2".parse().expect("a turn"));
        for endpoint in PROTOCOL.meeting_faults() {
            for fault in Fault::DRAWN {
                for which in [&number, &turn, &Which::Every] {
                    let planned = PlannedFault::Request(endpoint, which.clone(), RequestFault::from(*fault));
                    assert_eq!(planned.to_string().parse(), Ok(planned));
                }
            }
        }
        for fault in CommitFault::SWEPT {
            let planned = PlannedFault::Commit("my agent".into(), number.clone(), fault);
            assert_eq!(planned.to_string().parse(), Ok(planned));
        }
    }

    #[test]
    fn what_is_no_planned_fault_is_refused() {
        for bad in ["", "retain", "retain 3", "retain 3 drop", "retain x: drop", "put 3: drop", "retain 3: dorp"] {
            assert!(bad.parse::<PlannedFault>().is_err(), "{bad}");
        }
    }
}
