//! How long a plan over 100,000 open cases takes: `cargo bench -p xueji-engine --bench plan`; another number of cases may
//! follow after `--`.
//!
//! Halls are booked on a sled store in a temporary folder: three in four stand at two signatures side by side, one in four
//! at a wait that a parameter times. Then an edit is planned that changes the wait's parameter, a holder and a form, so
//! that every form is looked into; and one that changes words alone.

mod house;

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Instant;

use house::Answered;
use xueji_definition::{Places, Sources};
use xueji_engine::plan::{Plan, Target, counts};
use xueji_engine::{Clock, Engine, SubmitError};
use xueji_store::{Format, SledStore};

const CASES: u32 = 100_000;

const PARAMETERS: &str = "
parameters:
  notice.days: {title: {zh: 公示天数, en: Days}, type: number, values: [{value: 5, source: 习惯}]}
";

const FORM: &str = "
form: booking
title: {zh: 预订, en: Booking}
fields:
  seats: {title: {zh: 座位, en: Seats}, type: number}
  why: {title: {zh: 事由, en: Reason}, type: text}
";

const RULES: &str = "
/// 人多
/// Many
/// @id Q1
/// @effect route
/// @source D
fn is_many(form) { form.seats > 100 }
";

const BOOKING: &str = "
process: booking
title: {zh: 预订, en: Booking}
subject: guest
start:
  by: {role: guest, self: true}
  form: booking
steps:
  size: {gateway: {choices: [{when: is-many, next: notice}], else: both}}
  both:
    parallel:
      one: {user-task: {candidates: {role: keeper}, outcomes: [approve, reject]}}
      two: {user-task: {candidates: {role: head}, outcomes: [approve, reject]}}
    join: {when: all, counts: [approve], at-once: [reject]}
    next: {approve: notice, reject: refused, short: refused}
  notice:
    wait: {working-days: param.notice.days}
    next: {elapsed: booked}
  booked: {end: booked}
  refused: {end: refused}
";

fn sources() -> Sources {
    house::with(&[
        ("workflows/parameters.yaml", PARAMETERS),
        ("workflows/forms/booking.yaml", FORM),
        ("workflows/processes/booking.yaml", BOOKING),
        ("rules/booking.rhai", RULES),
    ])
}

fn edited(edits: &[(&str, &str, &str)]) -> Sources {
    let mut sources = sources();
    for (path, from, to) in edits {
        if let Some(text) = sources.files.get_mut(*path) {
            *text = text.replace(from, to);
        }
    }
    sources
}

fn fill(engine: &Engine, cases: u32) -> Answered<()> {
    let (sender, receiver) = mpsc::channel();
    let mut waiting = 0;
    for n in 0..cases {
        let seats = if n % 4 == 0 { 200 } else { 20 };
        let form = serde_json::json!({"seats": seats, "why": "a gathering of friends"});
        let submission = house::start("booking", n, form);
        loop {
            let sender = sender.clone();
            let handed = engine.submit_with(submission.clone(), move |answer| {
                drop(sender.send(answer));
            });
            match handed {
                Ok(()) => break,
                // The queue is full: one answer makes room for one more.
                Err(SubmitError::Busy) => {
                    receiver.recv()??;
                    waiting -= 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
        waiting += 1;
    }
    for _ in 0..waiting {
        receiver.recv()??;
    }
    Ok(())
}

fn planned(engine: &Engine, sources: &Sources) -> Answered<Plan> {
    let new = house::builder()(sources).map_err(|findings| format!("{findings:?}"))?;
    Ok(engine.plan(&Arc::new(new), &Places::default(), Target::default())?)
}

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn main() -> Answered<()> {
    let cases = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(CASES);
    let folder = tempfile::tempdir()?;
    let store =
        SledStore::open(folder.path().join("store"), Format { application: "bench", number: 1 })?;
    let engine = house::open(Arc::new(store), Clock::manual, sources())?;
    let began = Instant::now();
    fill(&engine, cases)?;
    println!("{cases} cases started in {:.1?}", began.elapsed());
    let words = [("workflows/processes/booking.yaml", "zh: 预订,", "zh: 订厅,")];
    let much = [
        ("workflows/parameters.yaml", "value: 5", "value: 3"),
        (
            "workflows/processes/booking.yaml",
            "one: {user-task: {candidates: {role: keeper}",
            "one: {user-task: {candidates: {role: head}",
        ),
        (
            "workflows/forms/booking.yaml",
            "en: Reason}, type: text",
            "en: Reason}, type: text, required: true",
        ),
    ];
    for (name, edits) in [("words alone", &words[..]), ("times, holders, forms", &much[..])] {
        let began = Instant::now();
        let plan = planned(&engine, &edited(edits))?;
        println!(
            "plan ({name}): {:.2?}, {} changes, {:?}",
            began.elapsed(),
            plan.changes.len(),
            counts(&plan.groups)
        );
    }
    engine.close();
    Ok(())
}
