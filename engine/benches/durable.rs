//! How many commands a second become durable, beside what the disk does: `cargo bench -p xueji-engine`.
//!
//! Visits, each a case with a task, are started by 1 and by 64 callers on a sled store in a temporary folder, each answered after its
//! flush. In the same run the same number of bytes is appended to a plain file with an fdatasync each time.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use xueji_definition::value::Value;
use xueji_engine::{Clock, Engine, Put, ReleaseBuilder, Submission};
use xueji_runtime::command::{Command, Start};
use xueji_runtime::{Actor, RecordId};
use xueji_store::{Format, SledStore};

/// What the program itself allocates with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const FOR: Duration = Duration::from_secs(5);
const GUESTS: u32 = 1_000;

const CALENDARS: &str = "
time-zone: '+08:00'
years:
  2026: {certain: true, notice: {zh: 通知, en: Notice}, days-off: [], make-up-days: []}
terms: []
windows: {}
days: {}
";

const ORGANISATION: &str = "
title: {zh: 会馆, en: House}
units: {}
roles:
  guest: {title: {zh: 客人, en: Guest}, held-by: guest}
  keeper: {title: {zh: 管理员, en: Keeper}}
people:
  keeper: {name: 管}
holders:
  - {person: keeper, role: keeper}
";

const RECORDS: &str = "
records:
  guest:
    title: {zh: 客人, en: Guest}
    id: number
    fields:
      number: {title: {zh: 编号, en: Number}, type: text}
";

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
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = [
        ("workflows/calendars.yaml", CALENDARS),
        ("workflows/organisation.yaml", ORGANISATION),
        ("workflows/records.yaml", RECORDS),
        ("workflows/processes/visit.yaml", VISIT),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
    let sources = xueji_definition::Sources::from_pairs(files);
    let builder: ReleaseBuilder = Arc::new(|sources| {
        let checked = xueji_check::check(sources);
        checked.release.ok_or(checked.findings)
    });
    let folder = tempfile::tempdir()?;
    let store =
        SledStore::open(folder.path().join("store"), Format { application: "bench", number: 1 })?;
    let clock = Clock::running("2026-09-21T01:00:00Z".parse()?);
    let engine = Arc::new(Engine::open(Arc::new(store), builder, clock, Some(sources))?);
    let guest = |n: u32| {
        let number = format!("G{n}");
        let values = vec![("number".into(), Some(Value::Text(number.clone())))];
        Put::new(RecordId::new("guest", &number), values)
    };
    let puts: Vec<Put> = (0..GUESTS).map(guest).collect();
    for part in puts.chunks(2_000) {
        engine.put_records(part.to_vec(), false)?;
    }
    let next = Arc::new(AtomicU64::new(0));
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
fn run(engine: &Arc<Engine>, next: &Arc<AtomicU64>, callers: usize) -> u64 {
    let threads: Vec<_> = (0..callers)
        .map(|_| {
            let (engine, next) = (Arc::clone(engine), Arc::clone(next));
            std::thread::spawn(move || {
                let (began, mut done) = (Instant::now(), 0_u64);
                while began.elapsed() < FOR {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let guest = n % u64::from(GUESTS);
                    let start = Start {
                        process: "visit".into(),
                        subject: Some(format!("G{guest}")),
                        ..Start::default()
                    };
                    let actor = Actor::Person(format!("guest:G{guest}"));
                    done += u64::from(
                        engine.submit(Submission::new(Command::Start(start), actor)).is_ok(),
                    );
                }
                done
            })
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().unwrap_or_default()).sum()
}
