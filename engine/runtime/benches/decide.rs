//! How long one decision takes, events applied: `cargo bench -p xueji-runtime`.
//!
//! A head approves a booking in a pair of signatures, which opens the next task; the world is not changed, so each
//! round decides the same. And a start is judged by all rules of the process. Prints the median and the 99th of a hundred
//! of many rounds, in microseconds.

#[path = "../tests/it/world.rs"]
#[allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "it is the tests' world, of which a bench uses a part"
)]
mod world;

use std::time::Instant;

use world::World;
use xueji_definition::value::Value;
use xueji_runtime::command::{Command, Completion, Start};
use xueji_runtime::{Actor, Context, check, decide};

const ROUNDS: usize = 5_000;

fn main() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples/hall");
    let read = |path: &str| std::fs::read_to_string(format!("{root}/{path}")).unwrap_or_default();
    let names = [
        "workflows/organisation.yaml",
        "workflows/records.yaml",
        "workflows/parameters.yaml",
        "workflows/facts.yaml",
        "workflows/numbering.yaml",
        "workflows/notices.yaml",
        "workflows/calendars.yaml",
        "workflows/forms/hall-booking.yaml",
        "workflows/forms/booking-number.yaml",
        "workflows/documents/booking-slip.html",
        "workflows/processes/hall-booking.yaml",
        "rules/hall-booking.rhai",
    ];
    let texts: Vec<String> = names.iter().map(|name| read(name)).collect();
    let files: Vec<(&str, &str)> =
        names.iter().copied().zip(texts.iter().map(String::as_str)).collect();
    let mut world = World::new(&files, "2026-09-21T01:00:00Z");
    world.record("hall", "east", &[("name", Value::Text("东厅".into()))]);
    world.record(
        "member",
        "M1",
        &[("bookings", Value::Int(0)), ("debt", Value::Decimal(0.into()))],
    );
    let form = r#"{"hall": "east", "day": "2026-10-20", "guests": 80, "why": "年会"}"#;
    let person = Actor::Person("member:M1".into());
    let start = Start {
        process: "hall-booking".into(),
        subject: Some("M1".into()),
        form: world::json(form),
        ..Start::default()
    };
    let at = |actor: Actor| Context { now: world.now, actor, new_instance: "new".into() };
    let context = at(person.clone());
    measure("check: all start rules of one case", || {
        assert!(check(&world, &start, &context).is_ok());
    });
    let begin = Command::Start(start.clone());
    measure("decide and apply: start", || {
        assert!(decide(&world, &begin, &context).is_ok());
    });
    let Ok(decision) = world.submit(person, begin) else { return };
    let Some((scope, task)) = world.task(&decision.instance, "", "head-opinion") else { return };
    let approve = Command::Complete {
        instance: decision.instance,
        scope,
        task: task.id,
        answer: Completion {
            outcome: "approve".into(),
            opinion: Some("同意".into()),
            ..Completion::default()
        },
    };
    let context = Context {
        now: world.now,
        actor: Actor::Person("east-head".into()),
        new_instance: "new".into(),
    };
    measure("decide and apply: complete a task", || {
        assert!(decide(&world, &approve, &context).is_ok());
    });
}

/// Prints the median and the 99th percentile of many rounds.
#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn measure(what: &str, mut round: impl FnMut()) {
    for _ in 0..ROUNDS / 10 {
        round();
    }
    let mut times: Vec<u128> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            round();
            began.elapsed().as_nanos()
        })
        .collect();
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    println!("{what}: median {} µs, p99 {} µs", at(50) / 1_000, at(99) / 1_000);
}
