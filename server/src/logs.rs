//! Structured logs, to stderr.
//!
//! Invariant: no log line names a person or holds data of a case; see [`crate::api::language`].

use tracing_subscriber::EnvFilter;

/// How log lines are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Begins logging. What is logged is chosen by `XUEJI_LOG` (`info`, `xueji_server=debug`, …); warnings and what is worse
/// when not said.
///
/// Does nothing when logging has begun already.
pub fn begin(format: LogFormat) {
    let filter = EnvFilter::try_from_env("XUEJI_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let begun = match format {
        LogFormat::Text => logs.with_ansi(false).try_init(),
        LogFormat::Json => logs.json().try_init(),
    };
    // Whoever began before, as tests do, goes on.
    drop(begun);
}
