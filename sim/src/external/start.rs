//! `START`: everything that a child knows of its run from the beginning.

use std::path::Path;

use model::agents::outside::{Choice, Threads, Track};

use super::frames::{Frame, NEVER, VERSION};

/// Nanoseconds from 1970 until the simulated world begins, on 1 January 2026.
const EPOCH: u64 = 1_767_225_600 * 1_000_000_000;
/// A call may last so long: a thread that polls for ever is as good as a deadlock.
const LIMIT: u64 = 6 * 60 * 60 * 1_000_000_000;
/// How far a child runs before it asks again, in ns. It hears of what happens meanwhile so much later at most.
pub(super) const AHEAD: u64 = 100_000;
/// What a reading of the clock costs, in ns.
const CLOCK_COST: u32 = 1_000;
/// What a compiled-in switch point costs, in ns.
const POINT_COST: u32 = 200;
/// What an imported KiB costs, in ns. The cold import of a client takes 4 s with it, as on the machine where the releases were measured.
const IMPORT_COST: u32 = 800_000;

/// The number of switch points that a process probably passes: change points of a schedule by priorities are drawn among them.
const STEPS: u32 = 2_000;

/// What differs between runs.
pub(super) struct Start<'a> {
    /// The world's time, in ns.
    pub(super) now: u64,
    /// Until when nothing happens to the child.
    pub(super) horizon: u64,
    /// The number that the process believes to have.
    pub(super) pid: u32,
    /// Of its random sources.
    pub(super) seed: u64,
    /// Its schedule.
    pub(super) threads: &'a Threads,
    /// Its folder.
    pub(super) folder: &'a Path,
    /// The file for what it prints.
    pub(super) output: &'a Path,
    /// Names of hosts and their addresses.
    pub(super) hosts: &'a [(String, String)],
    /// Settings for the adapter.
    pub(super) options: &'a [(String, String)],
    /// At which points which signals are raised.
    pub(super) strikes: &'a [(u64, u8)],
}

impl Start<'_> {
    /// The frame.
    pub(super) fn frame(&self) -> Vec<u8> {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let frame = Frame::of(0x41).u16(VERSION).u64(self.now).u64(self.horizon).u64(EPOCH).u64(AHEAD).u64(LIMIT);
        let frame = frame.u32(CLOCK_COST).u32(POINT_COST).u32(IMPORT_COST).u32(self.pid);
        let threads = self.threads;
        let frame = frame.u64(self.seed).u64(threads.seed).u8(threads.draws.into());
        let frame = frame.u32(threads.point_odds).u32(threads.line_odds).u32(threads.depth).u32(STEPS);
        // No trace; the world decides what SIGTERM does; the interpreter finalizes if somebody could see that.
        let frame = frame.u8(0).u8(1).u8(3).text(&path(self.folder)).text(&path(self.output));
        let nothing: [(&str, &str); 0] = [];
        let frame = frame.pairs(&nothing).pairs(self.hosts).pairs(self.options);
        let frame = frame.list(self.strikes, |frame, (point, signal)| frame.u64(*point).u8(*signal));
        let tape = |frame: Frame, Choice { track, gap, choice }: &Choice| {
            let track = match track {
                Track::Next => 0,
                Track::Step => 1,
            };
            frame.u8(track).u32(*gap).u32(*choice)
        };
        let frame = frame.list(&threads.tape, tape);
        frame.list(&threads.forced, |frame, (step, choice)| frame.u64(*step).u32(*choice)).bytes()
    }
}

const _: () = assert!(LIMIT < NEVER, "a limit is a time");
