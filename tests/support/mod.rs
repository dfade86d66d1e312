//! What several suites need.

pub mod control_plane;
pub mod declared;
pub mod edits;
pub mod git;
pub mod repository;
pub mod sample;
pub mod snapshot;
pub mod specs;
