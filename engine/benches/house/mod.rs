//! The house that benches measure: guests who start cases, and the people who answer them.
//!
//! Each bench adds its own process, with the forms, parameters and rules that it reads.

use std::sync::Arc;

use xueji_definition::Sources;
use xueji_definition::value::Value;
use xueji_engine::{Clock, Engine, Put, ReleaseBuilder, Submission};
use xueji_runtime::command::{Command, Start};
use xueji_runtime::{Actor, RecordId};
use xueji_store::Store;

/// What the program itself allocates with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a bench answers.
pub(crate) type Answered<T> = Result<T, Box<dyn std::error::Error>>;

/// How many guests there are; they are called G0, G1 and so on.
pub(crate) const GUESTS: u32 = 1_000;

/// Guests whose records are written at a time.
const AT_ONCE: usize = 100;

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
  head: {title: {zh: 负责人, en: Head}}
people:
  keeper: {name: 管}
  head: {name: 总}
holders:
  - {person: keeper, role: keeper}
  - {person: head, role: head}
";

const RECORDS: &str = "
records:
  guest:
    title: {zh: 客人, en: Guest}
    id: number
    fields:
      number: {title: {zh: 编号, en: Number}, type: text}
      bookings: {title: {zh: 次数, en: Bookings}, type: number}
      fee: {title: {zh: 费用, en: Fee}, type: money}
";

/// Returns the definitions of the house with some files more.
pub(crate) fn with(more: &[(&str, &str)]) -> Sources {
    let house = [
        ("workflows/calendars.yaml", CALENDARS),
        ("workflows/organisation.yaml", ORGANISATION),
        ("workflows/records.yaml", RECORDS),
    ];
    let files = house.iter().chain(more);
    Sources::from_pairs(files.map(|(path, text)| ((*path).to_owned(), (*text).to_owned())))
}

/// Returns what makes releases of sources.
pub(crate) fn builder() -> ReleaseBuilder {
    Arc::new(|sources| {
        let checked = xueji_check::check(sources);
        checked.release.ok_or(checked.findings)
    })
}

/// Opens a house of these definitions on a store, with a record of each guest.
pub(crate) fn open(
    store: Arc<dyn Store>,
    clock: fn(jiff::Timestamp) -> Clock,
    sources: Sources,
) -> Answered<Engine> {
    let clock = clock("2026-09-21T01:00:00Z".parse()?);
    let engine = Engine::open(store, builder(), clock, Some(sources))?;
    let puts: Vec<Put> = (0..GUESTS).map(guest).collect();
    for some in puts.chunks(AT_ONCE) {
        engine.put_records(some.to_vec(), false)?;
    }
    Ok(engine)
}

fn guest(n: u32) -> Put {
    let number = format!("G{n}");
    let values = vec![
        ("number".to_owned(), Some(Value::Text(number.clone()))),
        ("bookings".to_owned(), Some(Value::Int(i64::from(n % 4)))),
        ("fee".to_owned(), Some(Value::Int(i64::from(n % 800)))),
    ];
    Put::new(RecordId::new("guest", &number), values)
}

/// Returns what a guest sends to start a case; of more numbers than guests, each is for one of them.
pub(crate) fn start(process: &str, n: u32, form: serde_json::Value) -> Submission {
    let number = format!("G{}", n % GUESTS);
    let start = Start {
        process: process.to_owned(),
        subject: Some(number.clone()),
        form: form.as_object().cloned().unwrap_or_default(),
        ..Start::default()
    };
    Submission::new(Command::Start(start), Actor::Person(format!("guest:{number}")))
}
