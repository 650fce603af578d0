//! What the user wrote, shaped: projects, jobs, nodes and their settings. Names are not resolved here.

pub mod catalog;
pub mod cron;
pub mod job;
pub mod load;
pub mod param;
pub mod project;
mod tree;
pub mod uses;
