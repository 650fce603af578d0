//! The exit codes, in one place.

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All is well.
    Fine,
    /// The project has errors; `fmt --check` found something to format; a test of `test` failed.
    Faults,
    /// The command line makes no sense.
    Usage,
    /// A quality gate stopped the run; a rule of `quality eval` failed.
    GateFailed,
    /// The run failed: data could not be read or written.
    RunFailed,
    /// What is there differs from what was written down.
    Drift,
    /// A bug in glue-compile.
    Bug,
}

/// What the long help says of them.
pub(crate) const HELP: &str = "\
Exit codes:
   0  all is well
   1  the project has errors; `fmt --check` found something to format; a test failed
   2  the command line makes no sense
   3  a quality gate stopped the run; a rule of `quality eval` failed
   4  the run failed: data could not be read or written
   5  drift: `diff` found a breaking change, `pin --check` data with other columns
  70  a bug in glue-compile";

impl Exit {
    /// The number that the shell sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Faults => 1,
            Self::Usage => 2,
            Self::GateFailed => 3,
            Self::RunFailed => 4,
            Self::Drift => 5,
            Self::Bug => 70,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
