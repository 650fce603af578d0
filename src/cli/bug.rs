//! A panic is a bug of ours and says so: what happened, what to send, exit code 70.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{self, PanicHookInfo};

use super::exit::Exit;
use super::output;
use crate::diag::codes::internal::BUG;

/// From now on a panic of any thread ends the process with the message of [`BUG`]. Nothing is half published then:
/// a run writes beside its targets and only a commit moves files.
pub(super) fn install_hook() {
    panic::set_hook(Box::new(|info| {
        output::emergency(&message(info));
        std::process::exit(i32::from(Exit::Bug.code()));
    }));
}

fn message(info: &PanicHookInfo) -> String {
    let what = info.payload_as_str().unwrap_or("it panicked without a word");
    let place = info.location().map(|at| format!(" ({}:{})", at.file(), at.line())).unwrap_or_default();
    let arguments: Vec<_> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let trace = Backtrace::capture();
    let trace = match trace.status() {
        BacktraceStatus::Captured => format!("\n{trace}"),
        _ => "  note: with `RUST_BACKTRACE=1` in the environment there is a stack trace to add\n".to_owned(),
    };
    format!(
        "error[{}]: this is a bug in glue-compile, not in the project\n  note: {what}{place}\n  note: glue-compile {}, `{}`\n  help: please report it with these lines and the files of the \
         project, cut down to what still shows it\n{trace}",
        BUG.number,
        env!("CARGO_PKG_VERSION"),
        arguments.join(" "),
    )
}
