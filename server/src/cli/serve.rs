//! `xueji serve`: the HTTP API on a data folder.
//!
//! Invariant: one line on stdout says where it serves, once it does; a stopped server finishes what it began.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::watch;
use xueji_engine::Engine;

use super::args::ServeArgs;
use super::house::{self, ClockKind};
use super::sample;
use super::{Exit, Io, Trouble, system};
use crate::api::{App, RATE, rate::RateLimit, router};
use crate::{logs, webhooks};

/// When the clock of a sample begins.
const SAMPLE_CLOCK: &str = "2026-12-23T09:00:00+08:00";
/// The longest that open connections are waited for when the server stops.
const STOPS_WITHIN: Duration = Duration::from_secs(20);

pub(super) fn run(args: &ServeArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    logs::begin(args.log);
    let clock = clock(args)?;
    // An old data folder needs no definitions beside it: its own release is live.
    let sources = house::sources(&args.folders).map(|(sources, _)| sources);
    let seed = if args.sample {
        let ClockKind::From(until) = clock else { return Err(no_real_sample()) };
        let seed = sources?;
        sample::fill(&args.data.data, &args.folders.workflows, seed.clone(), until, io)?;
        Some(seed)
    } else {
        sources.ok()
    };
    let engine = Arc::new(house::open(&args.data.data, seed, clock)?);
    if args.sample {
        sample::write_tokens(&args.data.data, &engine)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(args, Arc::clone(&engine), io))?;
    drop(runtime);
    // The last holder waits until all that was handed in is on disk.
    if let Some(engine) = Arc::into_inner(engine) {
        engine.close();
    }
    Ok(Exit::Good)
}

fn clock(args: &ServeArgs) -> Result<ClockKind, Trouble> {
    let parse = |text: &str| {
        text.parse::<Timestamp>().map(ClockKind::From).map_err(|_| {
            Trouble::new(
                Exit::Usage,
                format!("--clock 应为 real 或 {SAMPLE_CLOCK} 这样的时刻，不能是 {text}"),
                format!("--clock is real, or a moment such as {SAMPLE_CLOCK}, not `{text}`"),
            )
        })
    };
    match args.clock.as_deref() {
        Some("real") => Ok(ClockKind::Real),
        Some(text) => parse(text),
        None if args.sample => parse(SAMPLE_CLOCK),
        None => Ok(ClockKind::AsBefore),
    }
}

fn no_real_sample() -> Trouble {
    Trouble::new(
        Exit::Usage,
        "样例的时间不是真实时间，不能与 --clock real 同用",
        "a sample has a clock of its own and cannot go with --clock real",
    )
}

async fn serve(args: &ServeArgs, engine: Arc<Engine>, io: &mut Io<'_>) -> Result<(), Trouble> {
    let address = format!("{}:{}", args.host, args.port);
    let listener = TcpListener::bind(&address).await.map_err(|error| {
        let trouble = Trouble::new(
            Exit::Io,
            format!("无法监听 {address}：{}", system::in_chinese(&error)),
            format!("cannot listen on {address}: {error}"),
        );
        match error.kind() {
            ErrorKind::AddrInUse | ErrorKind::PermissionDenied => {
                trouble.hint("换一个端口：--port", "take another port: --port")
            }
            _ => trouble.hint(
                "--host 写本机的地址，如 127.0.0.1 或 0.0.0.0",
                "--host is an address of this machine, such as 127.0.0.1 or 0.0.0.0",
            ),
        }
    })?;
    let local = listener.local_addr()?;
    let (stop, stopping) = watch::channel(false);
    crate::told::log(&engine);
    let calling = webhooks::begin(Arc::clone(&engine), stopping.clone());
    let app = App::new(engine, RateLimit::new(RATE.0, RATE.1), stopping.clone());
    // Listened for before anybody is told that it serves: whoever is may ask at once.
    let asked = asked_to_stop()?;
    writeln!(io.out, "xueji 已启动 | serving at http://{local}")?;
    io.out.flush()?;
    tracing::info!(%local, "serving");
    let stopped = stopped(stopping.clone());
    let server = axum::serve(listener, router(app)).with_graceful_shutdown(stopped);
    let serving = tokio::spawn(server.into_future());
    asked.await?;
    tracing::info!("stopping: finishing what was begun");
    stop.send_replace(true);
    // Whoever keeps a connection open for longer is cut off; commands that were handed in are finished all the same.
    match tokio::time::timeout(STOPS_WITHIN, serving).await {
        Ok(Ok(served)) => served?,
        Ok(Err(error)) => return Err(Trouble::new(Exit::Io, error.to_string(), error.to_string())),
        Err(_) => tracing::warn!("connections were cut off"),
    }
    // A call that is under way is waited for as well; one that is cut off is made again after the next start.
    let called = tokio::task::spawn_blocking(move || calling.join());
    if tokio::time::timeout(STOPS_WITHIN, called).await.is_err() {
        tracing::warn!("a call was cut off");
    }
    Ok(())
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a stop as well.
    drop(stopping.wait_for(|stopping| *stopping).await);
}

/// Listens from now on, and returns what ends when the process is asked to end: Ctrl-C, or SIGTERM.
fn asked_to_stop() -> std::io::Result<impl Future<Output = std::io::Result<()>>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            Ok(())
        })
    }
    #[cfg(not(unix))]
    {
        Ok(tokio::signal::ctrl_c())
    }
}
