//! Marks: rare states that a campaign must reach for a result without violations to mean anything.
//!
//! The place in the model or in the world that reaches a rare state marks it ([`model::machine::marks`]); a relation over a whole history
//! is read from the history ([`judging::marks`](crate::judging::marks)). This is the table: each mark in words, and the campaigns that must
//! reach it.

use model::agents::Subject;
use model::machine::marks::Mark;

use crate::draw::Profile as P;

/// In every profile.
const EVERY: &[P] = P::ALL;
/// Not in the WebUI's profile, where only commits are drawn to fail.
const BUT_WEBUI: &[P] = &[P::Default, P::Shutdown, P::Switch, P::Storage, P::Gateway];
/// Not in the switch profile, where processes seldom end.
const BUT_SWITCH: &[P] = &[P::Default, P::Shutdown, P::Storage, P::Gateway, P::WebUi];
const MEMORY: &[P] = &[P::Default, P::Shutdown, P::Switch, P::Storage];
const GATEWAY: &[P] = &[P::Gateway];
const WEBUI: &[P] = &[P::WebUi];
/// Reached less often than ten times in [`ENOUGH`](super::ENOUGH) runs, or never: counted, and required nowhere.
const RARE: &[P] = &[];

/// A mark, in words.
pub struct Row {
    /// The mark.
    pub mark: Mark,
    /// What must have happened.
    pub words: &'static str,
    /// Whether only the reference must reach it: it stands in the reference's own code, or other releases lack the mechanism that leads to
    /// it.
    of_reference: bool,
    /// The profiles whose campaigns must reach it.
    required: &'static [P],
}

const fn of_anybody(mark: Mark, required: &'static [P], words: &'static str) -> Row {
    Row { mark, words, of_reference: false, required }
}

const fn of_reference(mark: Mark, required: &'static [P], words: &'static str) -> Row {
    Row { mark, words, of_reference: true, required }
}

impl Row {
    /// Whether a campaign over this profile with this release must reach it.
    pub fn is_required(&self, profile: P, release: Subject) -> bool {
        self.required.contains(&profile) && (!self.of_reference || release.is_of_reference())
    }
}

/// All of them.
pub const TABLE: &[Row] = &[
    // Events of processes, from the world and the history.
    of_anybody(
        Mark::KilledWithTurns,
        EVERY,
        "a process was killed with turns that were acknowledged and not yet stored",
    ),
    of_anybody(Mark::KilledOnTheWire, BUT_SWITCH, "a process was killed with a request on its way"),
    of_reference(Mark::KilledBeforeSync, BUT_WEBUI, "a process was killed between a write and its sync"),
    of_anybody(Mark::KilledWhileStopping, RARE, "a process was killed while it handled SIGTERM"),
    of_anybody(
        Mark::EndHookKilled,
        &[P::Default, P::Shutdown, P::Storage],
        "a process was killed because the end of its session or memory took too long",
    ),
    of_anybody(Mark::PowerLost, EVERY, "the power was lost"),
    of_reference(
        Mark::UnsyncedLost,
        &[P::Default, P::Shutdown, P::Storage, P::Gateway],
        "the power took with it what was written and not synced",
    ),
    of_reference(Mark::TailSpoiled, BUT_SWITCH, "the power left zeros or garbage in the place of what was not synced"),
    of_reference(Mark::DiskFailed, EVERY, "a disk failed, was full or stalled when something was to be written"),
    of_reference(Mark::DiskFailedAtOperation, EVERY, "a disk failed at one kind of operation"),
    of_anybody(Mark::MachineSlept, EVERY, "the machine slept"),
    of_anybody(
        Mark::SleptOverConnection,
        BUT_WEBUI,
        "the machine slept, and the connections that it had were dead afterwards",
    ),
    of_anybody(Mark::ClockSet, EVERY, "the clock on the wall was set"),
    of_reference(Mark::SignalHandled, EVERY, "a handler of SIGTERM ran"),
    of_anybody(Mark::SideBySide, MEMORY, "two processes lived at the same time"),
    of_reference(Mark::LeftBehindAndStored, EVERY, "a process stored what a former one had left"),
    of_reference(Mark::ClosedTooEarly, EVERY, "a shutdown ended with turns that were not yet stored"),
    of_anybody(Mark::SwitchedTooEarly, EVERY, "the session was switched while turns were not yet stored"),
    of_anybody(Mark::UndoneLate, MEMORY, "a turn was undone after it had been stored"),
    of_anybody(Mark::SaidTwice, MEMORY, "the same was said twice"),
    of_anybody(Mark::Echoed, MEMORY, "two processes that lived at the same time said the same"),
    of_anybody(
        Mark::HandedOverTogether,
        &[P::Default, P::Gateway, P::WebUi],
        "turns of two sessions were handed over at the same time in one process",
    ),
    // Events of requests, at the provider and in the client.
    of_anybody(Mark::ProviderDown, BUT_WEBUI, "the provider was down"),
    of_anybody(Mark::ReplyLost, BUT_WEBUI, "a reply was lost after its retain had been applied"),
    of_anybody(Mark::AppliedLate, BUT_WEBUI, "a request was applied after its sender had given it up"),
    of_reference(Mark::RefusedAndStored, BUT_WEBUI, "a retain was refused, and its turns were stored all the same"),
    of_anybody(
        Mark::AppliedByTwoWorkers,
        BUT_WEBUI,
        "a worker died between its commit and its end, and the next one did the same again",
    ),
    of_anybody(Mark::HeldRequestAbandoned, BUT_WEBUI, "a client left while its request was held"),
    of_anybody(Mark::OperationRecognized, RARE, "a retain was recognized by its operation id, and not applied again"),
    of_anybody(Mark::OperationStalled, BUT_WEBUI, "an operation was accepted that no worker took up"),
    of_reference(Mark::KeptInPart, RARE, "the provider kept some turns of a retain, and refused the others"),
    of_anybody(Mark::LostByProvider, BUT_WEBUI, "the provider lost what it had confirmed"),
    of_anybody(Mark::UpdateLost, RARE, "of two appends at once the last one won"),
    of_anybody(
        Mark::AnotherBank,
        &[P::Default, P::Switch, P::Gateway],
        "a turn was stored in another bank than `hermes`",
    ),
    of_reference(Mark::AskedToWait, BUT_WEBUI, "a request waited because the provider had asked to be left alone"),
    of_reference(Mark::RedirectFollowed, BUT_WEBUI, "a client asked where an answer had led it"),
    of_anybody(Mark::TimedOut, BUT_WEBUI, "an answer did not come in time"),
    of_anybody(Mark::ClosedUnderRequest, BUT_WEBUI, "a client was closed under a request"),
    // The reference's memory.
    of_reference(Mark::RecordCutShort, EVERY, "half a record was found at the end of a journal, and cut off"),
    of_reference(Mark::TailNotCut, EVERY, "what stood behind a journal's last record could not be cut off at once"),
    of_reference(Mark::InFlightRecovered, EVERY, "a start found a batch that had been sent and not proved"),
    of_reference(Mark::OrphanAdopted, MEMORY, "the outbox of a process that was gone was adopted, with turns in it"),
    of_reference(Mark::OutboxLocked, MEMORY, "an outbox was left alone because another process had locked it"),
    of_reference(Mark::TextSpilled, RARE, "a text was read from the journal because memory had no room for it"),
    of_reference(Mark::BatchCutShort, EVERY, "a boundary sent a batch that was not full"),
    of_reference(Mark::SentAgainInDoubt, EVERY, "a batch was sent again because nobody knew what had become of it"),
    of_reference(Mark::OperationFailed, BUT_WEBUI, "an operation was accepted, and failed"),
    of_reference(Mark::UndoneOnTheWay, MEMORY, "a turn was undone while it was on its way"),
    of_reference(
        Mark::TakenBackTwice,
        MEMORY,
        "an undone turn was taken back once more, because an earlier request could have brought it in again",
    ),
    of_reference(
        Mark::UndoneInTheQueue,
        RARE,
        "an undone turn was taken back while the provider had operations in its queue that could bring it in again",
    ),
    of_reference(Mark::UndoSought, MEMORY, "a turn was undone that stood in the outbox of another process"),
    of_reference(Mark::RecallSuperseded, EVERY, "a recall was superseded while it was asked for"),
    of_reference(
        Mark::PauseCutShort,
        BUT_WEBUI,
        "the end of an agent tried at once what was left alone after a failure",
    ),
    of_reference(Mark::OpenedAgain, RARE, "a memory that was shut down was opened again"),
    of_reference(Mark::BudgetRanOut, EVERY, "a shutdown's budget ran out with turns left"),
    of_reference(
        Mark::BudgetUsedUp,
        GATEWAY,
        "an agent's end had no time left, because those before it had used their common budget",
    ),
    of_reference(Mark::CallerLeftUnsure, RARE, "a caller went on before the disk had done what it asked for"),
    of_reference(Mark::PatienceAtItsEnd, GATEWAY, "a provider had failed so often that the pauses grew no longer"),
    of_reference(Mark::AllRequestsTaken, RARE, "a request waited because as many as may be were on their way"),
    of_reference(Mark::HeldByWedge, MEMORY, "a request was held by a wedge"),
    of_reference(Mark::SetAside, BUT_WEBUI, "turns were set aside because the provider would not take them"),
    of_reference(Mark::SegmentSplit, BUT_WEBUI, "a batch was split because the provider refused it"),
    of_reference(Mark::FoundInDocument, RARE, "an operation did not end, and its document had the turns all the same"),
    of_reference(Mark::AsideTriedAgain, BUT_WEBUI, "a start tried again what a former process had set aside"),
    // The WebUI, and the reference's commits.
    of_reference(Mark::BusyAgentSpared, WEBUI, "the agent cache was full, and an agent in a turn was spared"),
    of_reference(Mark::HeirBuilt, WEBUI, "an heir was built for what a former process had not committed"),
    of_reference(Mark::OrphansTakenOver, WEBUI, "a WebUI took over what waited in the file of another that was gone"),
    of_reference(Mark::OthersLeftAlone, WEBUI, "a WebUI left the file of another alone that was still running"),
    of_reference(Mark::CommitWaitedForCommit, WEBUI, "a commit waited for another one of its session or agent"),
    of_reference(Mark::CommitWaitedForTurn, WEBUI, "a commit waited for a turn of its agent"),
    of_reference(Mark::CommitWithdrawn, WEBUI, "a commit was withdrawn because a turn of its agent had begun"),
    of_reference(Mark::CompletedDuringCommit, WEBUI, "a turn was completed while its session was committed"),
    of_reference(Mark::CommitFailed, WEBUI, "a commit failed and was tried again"),
    of_reference(Mark::OwnersMixed, WEBUI, "what waited in one session was completed by two agents"),
    of_reference(Mark::AgentWaited, WEBUI, "an agent that was to go waited for its own turn or commit"),
    of_reference(Mark::CommitCallerLeft, WEBUI, "a commit took so long that its caller went on without it"),
    of_reference(Mark::CompletedDuringDrain, WEBUI, "a turn was completed while a drain was under way"),
    of_reference(Mark::DiscardRefused, WEBUI, "a session was not forgotten because a turn waited in it"),
    of_reference(Mark::DrainRanOut, WEBUI, "a drain's budget ran out with commits left"),
    // The gateway, and the reference's chats.
    of_anybody(Mark::MessageQueued, GATEWAY, "a message queued behind a turn that ran"),
    of_anybody(Mark::MessageWhileStopping, RARE, "a message came while the gateway was stopping"),
    of_anybody(Mark::QueueCutOff, GATEWAY, "a stop left messages in the queue"),
    of_anybody(Mark::StoppedWhileRunning, GATEWAY, "a user stopped a chat that was at work"),
    of_reference(Mark::TurnResumed, GATEWAY, "a turn that a restart had cut short was taken up again, and ended"),
    of_anybody(Mark::AnswerOwed, RARE, "a start sent an answer that the last process had made"),
    of_reference(Mark::GivenUpStuck, GATEWAY, "a turn was given up after its third attempt"),
    of_reference(Mark::GivenUpStale, GATEWAY, "a turn was given up because nobody waited for it any more"),
    of_anybody(Mark::TurnInterrupted, GATEWAY, "a stop interrupted a turn"),
    of_anybody(Mark::TurnOutlastedStop, GATEWAY, "a turn paid no attention to its interruption"),
    of_reference(Mark::JobOutlastedTurns, GATEWAY, "a stop waited for a scheduled job when no turn ran any more"),
    of_anybody(Mark::RestartWaited, GATEWAY, "a restart that was asked for from within waited for turns"),
    of_reference(Mark::ChatWentOnUnwritten, GATEWAY, "a chat went on before the disk had its record"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_has_one_row_in_the_order_of_the_marks() {
        assert!(TABLE.is_sorted_by(|one, other| one.mark < other.mark));
        assert_eq!(TABLE.len(), Mark::ALL.len());
    }

    #[test]
    fn every_profile_has_marks_and_the_reference_more_of_them() {
        for &profile in P::ALL {
            let required = |release| TABLE.iter().filter(|row| row.is_required(profile, release)).count();
            let hermes = Subject::all().find(|release| !release.is_of_reference()).expect("Hermes has releases");
            assert!(required(hermes) >= 3 && required(Subject::REFERENCE) > required(hermes), "{profile}");
        }
    }
}
