//! The program; all of it is in the library.

use std::process::ExitCode;

/// Batches are made and dropped on several threads at once, which the system's allocator is slow at: see
/// `docs/performance.md` for what was measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    glue_compile::cli::main()
}
