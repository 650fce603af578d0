//! Runs plans: the only place, with `state`, `cli`, `lsp` and `ui`, that touches the outside.

pub mod commit;
pub mod dataset;
pub mod dry;
pub mod eval;
pub mod execute;
pub mod git;
pub mod git_world;
pub mod os_world;
pub mod pin;
pub mod profile;
pub mod progress;
pub mod quality;
pub mod report;
mod rows;
pub mod session;
mod sources;
mod stage;
