//! The house: its definitions, an engine on it, and the acts that the tests speak in.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;
use xueji_definition::Sources;
use xueji_engine::queries::{CaseView, Paging, TaskFilter};
use xueji_engine::{Answer, Clock, Engine, Put, ReleaseBuilder, Submission, SubmitError};
use xueji_rules::RuleSet;
use xueji_runtime::command::{CaseAct, Completion, Start};
use xueji_runtime::{Actor, Command, RecordId, Release};
use xueji_store::{MemoryStore, Store};

pub(crate) const ORGANISATION: &str = r#"
title: {zh: 会馆, en: House}
units:
  house: {title: {zh: 会馆, en: House}}
  east: {title: {zh: 东厅, en: East hall}, parent: house}
  west: {title: {zh: 西厅, en: West hall}, parent: house}
roles:
  guest: {title: {zh: 客人, en: Guest}, held-by: guest}
  head: {title: {zh: 负责人, en: Head}}
  keeper: {title: {zh: 管理员, en: Keeper}, manages: true}
people:
  east-head: {name: 东}
  west-head: {name: 西}
  house-head: {name: 总}
  keeper: {name: 管}
  helper: {name: 帮}
holders:
  - {person: east-head, role: head, unit: east}
  - {person: west-head, role: head, unit: west}
  - {person: house-head, role: head, unit: house}
  - {person: keeper, role: keeper}
substitutes:
  - {person: keeper, by: helper, from: 2026-09-28, to: 2026-09-29}
"#;

const RECORDS: &str = r#"
records:
  guest:
    title: {zh: 客人, en: Guest}
    id: number
    fields:
      number: {title: {zh: 编号, en: Number}, type: text}
      unit: {title: {zh: 厅, en: Hall}, type: code, codes: halls, index: true}
      bookings: {title: {zh: 次数, en: Bookings}, type: number}
      fee: {title: {zh: 费用, en: Fee}, type: money}
"#;

const CODES: &str = r#"
lists:
  halls: {title: {zh: 厅, en: Halls}, entries: {east: {zh: 东, en: East}, west: {zh: 西, en: West}}}
"#;

const FORM: &str = r#"
form: booking
title: {zh: 预订, en: Booking}
fields:
  seats: {title: {zh: 座位, en: Seats}, type: number, required: true, min: 1, max: 500}
  why: {title: {zh: 事由, en: Reason}, type: text}
"#;

const RULES: &str = r#"
/// 预订次数未到上限
/// The limit of bookings is not reached
/// @id B1
/// @effect block
/// @source P
/// @reason zh 已预订{subject.bookings}次，上限{param.booking.max}次
/// @reason en booked {subject.bookings} times, the limit is {param.booking.max}
/// @override-role keeper
fn few_bookings(subject, param) { subject.bookings < param.booking.max }
"#;

pub(crate) const PARAMETERS: &str = r#"
parameters:
  booking.max: {title: {zh: 上限, en: Limit}, type: number, values: [{value: 2, source: 习惯}]}
"#;

const NUMBERING: &str = r#"
series:
  booking:
    title: {zh: 预订号, en: Booking number}
    pattern: "H{year}-{serial:3}"
    parts: {year: today.year}
    restart-per: [year]
"#;

const NOTICES: &str = r#"
notices:
  booked: {title: {zh: 已预订, en: Booked}, text: {zh: "座位 {form.seats}", en: "{form.seats} seats"}}
"#;

const CALENDARS: &str = r#"
time-zone: "+08:00"
years:
  2026: {certain: true, notice: {zh: 通知, en: Notice}, days-off: [{date: 2026-10-01, name: {zh: 国庆, en: National Day}}], make-up-days: []}
terms: []
windows: {}
days: {}
"#;

const FACTS: &str = r#"
queries:
  all_guests: {title: {zh: 客人, en: Guests}, over: {records: guest}}
"#;

pub(crate) const BOOKING: &str = r#"
process: booking
title: {zh: 预订大厅, en: Booking a hall}
subject: guest
start:
  by: {role: guest, self: true}
  form: booking
  rules: [few-bookings]
  excludes: [booking]
effects:
  number-it: {number: {series: booking, key: case.id, into: why}}
  count-it: {set: {compute: {bookings: subject.bookings + 1}}}
  say-so: {notice: {notice: booked, to: [{role: guest, self: true}]}}
  paper: {document: {template: confirmation, title: {zh: 确认书, en: Confirmation}}}
steps:
  both:
    parallel:
      own-head:
        user-task: {candidates: {role: head, unit: subject.unit}, outcomes: [approve, return, reject]}
      keeper-look:
        user-task: {candidates: {role: keeper}, outcomes: [approve, return, reject]}
    join: {when: all, counts: [approve], at-once: [reject, return]}
    next: {approve: publish, return: start, reject: refused}
  publish:
    wait: {working-days: 2}
    on: {objection: refused}
    next: {elapsed: written}
  written:
    service-task: [number-it, count-it, say-so, paper]
    next: {done: booked}
  booked: {end: booked}
  refused: {end: refused}
"#;

const ROUND: &str = r#"
process: round
title: {zh: 巡查, en: Round}
start:
  by: {role: keeper}
steps:
  guests:
    for-each:
      items: all_guests
      subject: true
      body: {user-task: {candidates: {role: keeper}, outcomes: [fine, wrong]}}
    join: {when: all, counts: [fine], at-once: [wrong]}
    next: {approve: closed, short: closed, wrong: stopped}
  closed: {end: closed}
  stopped: {end: stopped}
"#;

const PARTY: &str = r#"
process: party
title: {zh: 聚会, en: Party}
subject: guest
start:
  by: {role: guest, self: true}
steps:
  cleaning:
    call: {process: cleaning, subject: subject.id, cancel: true}
    next: {clean: over, dirty: over}
  over: {end: over}
"#;

const CLEANING: &str = r#"
process: cleaning
title: {zh: 清扫, en: Cleaning}
subject: guest
start:
  by: {role: guest, self: true}
effects:
  tell: {send: {message: cleaned, key: subject.id, answer: '"yes"'}}
steps:
  sweep:
    user-task: {candidates: {role: keeper}, outcomes: [clean, dirty]}
    next: {clean: say, dirty: dirty}
  say: {service-task: [tell], next: {done: clean}}
  clean: {end: clean}
  dirty: {end: dirty}
"#;

const WAITING: &str = r#"
process: waiting
title: {zh: 等候, en: Waiting}
subject: guest
start:
  by: {role: guest, self: true}
steps:
  until-cleaned:
    wait: {message: cleaned, key: subject.id, answers: ["yes"]}
    next: {"yes": over}
  over: {end: over}
"#;

pub(crate) const STORIES: &str = r#"
scenarios: booking
title: {zh: 预订, en: Booking}
given:
  - {type: guest, id: "7", values: {unit: east, bookings: 0, fee: "10.00"}}
stories:
  - name: {zh: 顺利预订, en: A booking goes through}
    steps:
      - at: 2026-09-28
        by: "7"
        start: {process: booking, subject: "7", form: {seats: 30}}
        expect:
          state: open
          tasks: [own-head, keeper-look]
          verdicts: [{rule: few-bookings, says: satisfied}]
      - {by: east-head, complete: {step: own-head, outcome: approve}}
      - by: keeper
        complete: {step: keeper-look, outcome: approve}
        expect: {tasks: []}
      - at: 2026-09-30T23:59
        expect: {state: open}
      - at: 2026-10-08
        expect:
          state: ended
          result: booked
          form: {why: H2026-001, seats: "30"}
          records: [{type: guest, id: "7", values: {bookings: 1, fee: 10}}]
          notices: [booked]
          documents: [{template: confirmation, contains: ["30"]}]
          events: [numbered]
      - by: "7"
        check: {process: booking, subject: "7"}
        expect: {verdicts: [{rule: B1, says: satisfied}]}
  - name: {zh: 已到上限, en: The limit is reached}
    given:
      - {type: guest, id: "7", values: {bookings: 2}}
    steps:
      - at: 2026-09-28
        by: "7"
        start: {process: booking, subject: "7", form: {seats: 30}}
        expect:
          refused: rules
          verdicts: [{rule: few-bookings, says: not-satisfied, reason: 上限2次}]
  - name: {zh: 上限放宽, en: The limit is raised}
    given:
      - {type: guest, id: "7", values: {bookings: 2}}
    parameters: {booking.max: 3}
    steps:
      - {at: 2026-09-28, by: "7", start: {process: booking, subject: "7", form: {seats: 30}}, expect: {state: open}}
      - {by: keeper, complete: {step: keeper-look, outcome: reject, opinion: 不行}, expect: {state: ended, result: refused}}
examples:
  - rule: few-bookings
    given: {subject: {bookings: 2}, param: {booking.max: 2}}
    says: not-satisfied
    reason: 已预订2次
  - {rule: few-bookings, given: {param: {booking.max: 2}, subject: {unit: east}}, says: not-judged}
"#;

/// The files of the house.
pub(crate) fn sources() -> Sources {
    Sources::from_pairs([
        ("workflows/organisation.yaml", ORGANISATION),
        ("workflows/records.yaml", RECORDS),
        ("workflows/codes.yaml", CODES),
        ("workflows/forms/booking.yaml", FORM),
        ("workflows/parameters.yaml", PARAMETERS),
        ("workflows/numbering.yaml", NUMBERING),
        ("workflows/notices.yaml", NOTICES),
        ("workflows/calendars.yaml", CALENDARS),
        ("workflows/facts.yaml", FACTS),
        ("workflows/documents/confirmation.html", "<p>座位 {{ form.seats }}</p>"),
        ("workflows/processes/booking.yaml", BOOKING),
        ("workflows/processes/round.yaml", ROUND),
        ("workflows/processes/party.yaml", PARTY),
        ("workflows/processes/cleaning.yaml", CLEANING),
        ("workflows/processes/waiting.yaml", WAITING),
        ("workflows/scenarios/booking.yaml", STORIES),
        ("rules/booking.rhai", RULES),
    ])
}

/// A builder that takes what loads and compiles.
pub(crate) fn builder() -> ReleaseBuilder {
    Arc::new(|sources| {
        let loaded = xueji_definition::load(sources);
        if loaded.has_errors() {
            return Err(loaded.findings);
        }
        let (rules, problems) = RuleSet::compile(loaded.definitions.rules.clone());
        assert!(problems.is_empty(), "{problems:#?}");
        Ok(Release::new(sources.hash(), loaded.definitions, rules))
    })
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Monday, 28 September 2026, nine in the morning.
pub(crate) fn monday() -> Timestamp {
    at("2026-09-28T01:00:00Z")
}

/// An engine on a store, moved by hand.
pub(crate) fn open(store: Arc<dyn Store>) -> Engine {
    Engine::open(store, builder(), Clock::manual(monday()), Some(sources())).unwrap()
}

/// An engine on a store of its own, with guests 1 to `guests` in the east.
pub(crate) fn house(guests: u32) -> (Arc<MemoryStore>, Engine) {
    let store = Arc::new(MemoryStore::new());
    let engine = open(store.clone());
    let puts = (1..=guests).map(|number| guest(&number.to_string(), "east")).collect();
    engine.put_records(puts, false).unwrap();
    (store, engine)
}

pub(crate) fn guest(number: &str, unit: &str) -> Put {
    use xueji_definition::value::Value;
    let values = vec![
        ("number".to_owned(), Some(Value::Text(number.to_owned()))),
        ("unit".to_owned(), Some(Value::Text(unit.to_owned()))),
        ("bookings".to_owned(), Some(Value::Int(0))),
    ];
    Put::new(RecordId::new("guest", number), values)
}

pub(crate) fn person(id: &str) -> Actor {
    Actor::Person(id.to_owned())
}

pub(crate) fn start_of(process: &str, guest: &str) -> Submission {
    let form = if process == "booking" { json!({"seats": 30}) } else { json!({}) };
    let start = Start {
        process: process.to_owned(),
        subject: Some(guest.to_owned()),
        form: form.as_object().unwrap().clone(),
        ..Start::default()
    };
    Submission::new(Command::Start(start), person(&format!("guest:{guest}")))
}

pub(crate) fn start(engine: &Engine, process: &str, guest: &str) -> String {
    engine.submit(start_of(process, guest)).unwrap().instance
}

pub(crate) fn round(engine: &Engine) -> String {
    let start = Start { process: "round".to_owned(), ..Start::default() };
    let id =
        engine.submit(Submission::new(Command::Start(start), person("keeper"))).unwrap().instance;
    engine.settle().unwrap();
    id
}

/// The answer to the open task at a step, of the row when one is named.
pub(crate) fn completion(
    engine: &Engine,
    case: &str,
    step: &str,
    row: &str,
    outcome: &str,
    by: &str,
) -> Submission {
    let filter = TaskFilter {
        instance: Some(case.to_owned()),
        step: Some(step.to_owned()),
        ..TaskFilter::default()
    };
    let paging = Paging { after: None, limit: Some(500) };
    let found = engine.tasks(&filter, &paging).unwrap().items;
    let task = found.into_iter().find(|task| row.is_empty() || task.scope.row() == row);
    let task = task.unwrap_or_else(|| panic!("no task at {step} {row}"));
    let answer = Completion {
        outcome: outcome.to_owned(),
        opinion: Some("意见".to_owned()),
        ..Completion::default()
    };
    let command = Command::Complete {
        instance: case.to_owned(),
        scope: task.scope,
        task: task.task.id,
        answer,
    };
    Submission::new(command, person(by))
}

pub(crate) fn complete(
    engine: &Engine,
    case: &str,
    step: &str,
    row: &str,
    outcome: &str,
    by: &str,
) -> Result<Answer, SubmitError> {
    engine.submit(completion(engine, case, step, row, outcome, by))
}

pub(crate) fn act(
    engine: &Engine,
    case: &str,
    act: CaseAct,
    by: &str,
) -> Result<Answer, SubmitError> {
    engine.submit(Submission::new(Command::Case { instance: case.to_owned(), act }, person(by)))
}

pub(crate) fn case(engine: &Engine, id: &str) -> CaseView {
    engine.case(id).unwrap().unwrap()
}

/// The steps with an open task, in order.
pub(crate) fn steps(engine: &Engine, id: &str) -> Vec<String> {
    let mut steps: Vec<String> =
        case(engine, id).open_tasks.into_iter().map(|task| task.step).collect();
    steps.sort();
    steps
}

pub(crate) fn inbox(engine: &Engine, person: &str) -> Vec<String> {
    let tasks = engine.tasks_of(person, &TaskFilter::default(), &Paging::default()).unwrap();
    tasks.items.into_iter().map(|task| task.step).collect()
}
