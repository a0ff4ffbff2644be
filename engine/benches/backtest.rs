//! How long it takes to judge 20,000 decided cases again under edited rules: `cargo bench -p xueji-engine --bench backtest`.
//!
//! The cases are made by commands on a store in memory: a start with 14 rules, and an answer with 6 more, each case to its
//! end. Then a limit is edited, and a rule is added, and all of them are judged again.

mod house;

use std::sync::Arc;
use std::time::Instant;

use house::Answered;
use serde_json::json;
use xueji_definition::Sources;
use xueji_engine::backtest::{Era, backtest};
use xueji_engine::queries::{Paging, TaskFilter};
use xueji_engine::{Clock, Engine, Submission};
use xueji_runtime::Actor;
use xueji_runtime::command::{Command, Completion};
use xueji_store::MemoryStore;

const CASES: u32 = 20_000;
/// The rules of the start, and of the answer.
const RULES: (u32, u32) = (14, 6);

const FORM: &str = "
form: booking
title: {zh: 预订, en: Booking}
fields:
  seats: {title: {zh: 座位, en: Seats}, type: number, required: true}
  day: {title: {zh: 日期, en: Day}, type: date, required: true}
  why: {title: {zh: 事由, en: Reason}, type: text}
";

fn list(from: u32, count: u32) -> String {
    (from..from + count).map(|number| format!("limit-{number}")).collect::<Vec<_>>().join(", ")
}

fn rules(count: u32) -> String {
    let mut text = String::new();
    for number in 0..count {
        let body = match number % 4 {
            0 => format!("form.seats + {number} <= param.hall.seats"),
            1 => format!("subject.bookings <= param.hall.bookings + {number}"),
            2 => "form.day > today && subject.fee < param.hall.fee".to_owned(),
            _ => "!form.has(\"why\") || form.why != \"\"".to_owned(),
        };
        text.push_str(&format!(
            "/// 规则{number}\n/// Rule {number}\n/// @id R{number}\n/// @effect block\n/// @source P\n\
             /// @reason zh 要{{form.seats}}座，上限{{param.hall.seats}}座\n\
             /// @reason en {{form.seats}} seats, {{param.hall.seats}} is the limit\n\
             fn limit_{number}(subject, form, param, today) {{ {body} }}\n\n"
        ));
    }
    text
}

/// The files: with a limit, and so many rules at the start.
fn sources(seats: u32, at_start: u32) -> Sources {
    let parameters = format!(
        "
parameters:
  hall.seats: {{title: {{zh: 座位, en: Seats}}, type: number, values: [{{value: {seats}, source: 馆规}}]}}
  hall.bookings: {{title: {{zh: 次数, en: Bookings}}, type: number, values: [{{value: 5, source: 馆规}}]}}
  hall.fee: {{title: {{zh: 费用, en: Fee}}, type: money, values: [{{value: 900, source: 馆规}}]}}
"
    );
    let process = format!(
        "
process: booking
title: {{zh: 预订, en: Booking}}
subject: guest
start:
  by: {{role: guest, self: true}}
  form: booking
  rules: [{}]
steps:
  look:
    user-task: {{candidates: {{role: keeper}}, outcomes: [approve, reject], rules: [{}]}}
    next: {{approve: booked, reject: refused}}
  booked: {{end: booked}}
  refused: {{end: refused}}
",
        list(0, at_start),
        list(20, RULES.1),
    );
    house::with(&[
        ("workflows/forms/booking.yaml", FORM),
        ("workflows/parameters.yaml", &parameters),
        ("workflows/processes/booking.yaml", &process),
        ("rules/limits.rhai", &rules(20 + RULES.1)),
    ])
}

/// Fills a store with decided cases, each started and answered by commands.
fn decided(cases: u32) -> Answered<Engine> {
    let store = Arc::new(MemoryStore::new());
    let engine = house::open(store, Clock::manual, sources(500, RULES.0))?;
    let keeper = Actor::Person("keeper".to_owned());
    for n in 0..cases {
        let form = json!({"seats": 20 + n % 400, "day": "2026-12-24"});
        let id = engine.submit(house::start("booking", n, form))?.instance;
        let filter = TaskFilter { instance: Some(id.clone()), ..TaskFilter::default() };
        let task =
            engine.tasks(&filter, &Paging::default())?.items.pop().ok_or("no task is open")?;
        let answer = Completion { outcome: "approve".to_owned(), ..Completion::default() };
        let command =
            Command::Complete { instance: id, scope: task.scope, task: task.task.id, answer };
        engine.submit(Submission::new(command, keeper.clone()))?;
    }
    Ok(engine)
}

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn main() -> Answered<()> {
    let began = Instant::now();
    let engine = decided(CASES)?;
    println!("{CASES} cases decided in {:.1} s", began.elapsed().as_secs_f64());
    let edited =
        house::builder()(&sources(300, RULES.0 + 1)).map_err(|findings| format!("{findings:?}"))?;
    let edited = Arc::new(edited);
    let since = jiff::civil::date(2026, 1, 1);
    let era = Era { since, until: None, process: Some("booking".to_owned()), open: false };
    for _ in 0..3 {
        let began = Instant::now();
        let report = backtest(&engine.past(), &era, &edited, engine.live().calendar.offset())?;
        println!(
            "{} cases, {} verdicts judged again in {:.2} s: {} changed, {} cannot be told",
            report.cases,
            report.verdicts,
            began.elapsed().as_secs_f64(),
            report.changes.len(),
            report.cannot_tell.len(),
        );
    }
    Ok(())
}
