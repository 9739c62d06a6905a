//! Hermes' WebUI: its session lifecycle, release by release.

mod release;

pub use release::Release;
