//! GC07: workflows, triggers, schedules.

use super::{Code, code};

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[&BAD_SCHEDULE];

/// `schedule: "cron(0 2 * * * *)"`
pub static BAD_SCHEDULE: Code = code!(Warning, "GC0701", "bad-schedule", "a schedule that AWS Glue does not take");
