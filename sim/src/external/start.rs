//! `START`: everything that a child knows of its run from the beginning.

use std::path::Path;

use super::frames::{Frame, NEVER, VERSION};

/// Nanoseconds from 1970 until the simulated world begins, on 1 January 2026.
const EPOCH: u64 = 1_767_225_600 * 1_000_000_000;
/// A child's clock may run so far: a thread that polls for ever is as good as a deadlock.
const LIMIT: u64 = 6 * 60 * 60 * 1_000_000_000;
/// What a reading of the clock costs, in ns.
const CLOCK_COST: u32 = 1_000;
/// What a compiled-in switch point costs, in ns.
const POINT_COST: u32 = 200;
/// What an imported KiB costs, in ns.
const IMPORT_COST: u32 = 100_000;

/// What differs between runs.
pub(super) struct Start<'a> {
    /// The world's time, in ns.
    pub(super) now: u64,
    /// Until when nothing happens to the child.
    pub(super) horizon: u64,
    /// The least time in which the world answers.
    pub(super) ahead: u64,
    /// The number that the process believes to have.
    pub(super) pid: u32,
    /// Of its random sources, and of its schedule.
    pub(super) seed: u64,
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
        let frame = Frame::of(0x41).u16(VERSION).u64(self.now).u64(self.horizon).u64(EPOCH).u64(self.ahead).u64(LIMIT);
        let frame = frame.u32(CLOCK_COST).u32(POINT_COST).u32(IMPORT_COST).u32(self.pid);
        // Threads run until they wait, and who goes on then is drawn.
        let frame = frame.u64(self.seed).u64(self.seed).u8(1).u32(0).u32(0).u32(0).u32(0);
        // No trace; the world decides what SIGTERM does; the interpreter finalizes.
        let frame = frame.u8(0).u8(1).u8(1).text(&path(self.folder)).text(&path(self.output));
        let nothing: [(&str, &str); 0] = [];
        let frame = frame.pairs(&nothing).pairs(self.hosts).pairs(self.options);
        let count = u32::try_from(self.strikes.len()).expect("a plan has a few kills");
        let frame = self.strikes.iter().fold(frame.u32(count), |frame, (point, signal)| frame.u64(*point).u8(*signal));
        frame.u32(0).bytes()
    }
}

const _: () = assert!(LIMIT < NEVER, "a limit is a time");
