//! The `xueji` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    xueji_server::cli::main()
}
