//! What values mean to Spark 3.5 (not ANSI, UTC): which types meet in which, casts that give NULL instead of failing,
//! and how values are written as text.

pub mod calendar;
pub mod cast;
pub mod common;
pub mod decimal;
pub mod parse;
pub mod text;
