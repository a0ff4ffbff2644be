//! The `xueji` command.

use std::process::ExitCode;

/// Reading, checking and deciding take and give back many small pieces, on several threads at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    xueji_server::cli::main()
}
