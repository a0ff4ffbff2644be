//! How many commands a second become durable, beside what the disk does: `cargo bench -p xueji-engine`.
//!
//! Visits, each a case with a task, are started by 1 and by 64 callers on a sled store in a temporary folder, each answered after its
//! flush. In the same run the same number of bytes is appended to a plain file with an fdatasync each time.

mod house;

use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use house::Answered;
use serde_json::Value;
use xueji_engine::{Clock, Engine};
use xueji_store::{Format, SledStore};

const FOR: Duration = Duration::from_secs(5);

const VISIT: &str = "
process: visit
title: {zh: 来访, en: Visit}
subject: guest
start:
  by: {role: guest, self: true}
steps:
  greet:
    user-task: {candidates: {role: keeper}, outcomes: [approve]}
    next: {approve: over}
  over: {end: over}
";

/// About what one start writes: its events, its scope, its header, its task and their indices.
const BYTES: usize = 4_096;

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn main() -> Answered<()> {
    let sources = house::with(&[("workflows/processes/visit.yaml", VISIT)]);
    let folder = tempfile::tempdir()?;
    let store =
        SledStore::open(folder.path().join("store"), Format { application: "bench", number: 1 })?;
    let engine = Arc::new(house::open(Arc::new(store), Clock::running, sources)?);
    let next = Arc::new(AtomicU32::new(0));
    for callers in [1, 64] {
        let done = run(&engine, &next, callers);
        println!("{callers} callers: {:.0} durable commands/s", rate(done, FOR));
    }
    let mut file = File::create(folder.path().join("raw"))?;
    let bytes = vec![7_u8; BYTES];
    let (began, mut appended) = (Instant::now(), 0_u64);
    while began.elapsed() < FOR {
        file.write_all(&bytes)?;
        file.sync_data()?;
        appended += 1;
    }
    println!("raw append of {BYTES} bytes + fdatasync: {:.0}/s", rate(appended, FOR));
    Ok(())
}

fn rate(done: u64, time: Duration) -> f64 {
    f64::from(u32::try_from(done).unwrap_or(u32::MAX)) / time.as_secs_f64()
}

/// Starts visits for a while; returns how many were answered.
fn run(engine: &Arc<Engine>, next: &Arc<AtomicU32>, callers: usize) -> u64 {
    let threads: Vec<_> = (0..callers)
        .map(|_| {
            let (engine, next) = (Arc::clone(engine), Arc::clone(next));
            std::thread::spawn(move || {
                let (began, mut done) = (Instant::now(), 0_u64);
                while began.elapsed() < FOR {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let visit = house::start("visit", n, Value::Null);
                    done += u64::from(engine.submit(visit).is_ok());
                }
                done
            })
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().unwrap_or_default()).sum()
}
