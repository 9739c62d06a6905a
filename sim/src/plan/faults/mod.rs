//! What goes wrong, one family a file.

pub(in crate::plan) mod commit;
pub(in crate::plan) mod disk;
pub(in crate::plan) mod network;
pub(in crate::plan) mod request;
