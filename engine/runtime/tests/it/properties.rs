//! What holds for every process and every sequence of commands, lawful or not.
//!
//! Processes are generated: scopes of a few steps of every kind, nested two deep, with edges forward and, from a person's
//! step, backward. Then anybody asks for anything in any order.

use crate::world::World;
use proptest::prelude::*;
use xueji_definition::value::Value;
use xueji_runtime::command::{CaseAct, Command, Completion, Migrate, Start, TaskAct};
use xueji_runtime::state::{InstanceState, Open, SignPlace};
use xueji_runtime::{Actor, ScopePath};

const ORGANISATION: &str = r#"
title: {zh: 会馆, en: House}
units:
  a: {title: {zh: 甲, en: A}}
roles:
  clerk: {title: {zh: 办事员, en: Clerk}, manages: true, administers: true}
  other: {title: {zh: 旁人, en: Other}}
people:
  clerk: {name: 办}
  second: {name: 副}
  other: {name: 旁}
holders:
  - {person: clerk, role: clerk}
  - {person: second, role: clerk}
  - {person: other, role: other}
"#;

const RECORDS: &str = r#"
records:
  guest:
    title: {zh: 客人, en: Guest}
    id: number
    fields:
      number: {title: {zh: 编号, en: Number}, type: text}
      seen: {title: {zh: 次数, en: Times}, type: number}
"#;

const FACTS: &str = r#"
queries:
  guests: {title: {zh: 客人, en: Guests}, over: {records: guest}}
"#;

const CALENDARS: &str = r#"
time-zone: "+08:00"
years:
  2026: {certain: true, notice: {zh: 通知, en: Notice}, days-off: [], make-up-days: []}
  2027: {certain: true, notice: {zh: 通知, en: Notice}, days-off: [], make-up-days: []}
terms: []
windows: {}
days: {}
"#;

const FORM: &str = r#"
form: note
title: {zh: 记录, en: Note}
fields:
  big: {title: {zh: 大, en: Big}, type: flag}
  words: {title: {zh: 文字, en: Words}, type: text, max-length: 20}
"#;

const RULES: &str = r#"
/// 填写了大
/// It is big
/// @id Q1
/// @effect route
/// @source D
fn is_big(form) { form.has("big") && form.big }
"#;

/// A scope of a generated process.
#[derive(Debug, Clone)]
enum Shape {
    Task { back: bool, again: bool },
    Service,
    Gateway,
    Wait,
    Parallel(Vec<Vec<Shape>>, u8),
    ForEach(Vec<Shape>, bool),
}

fn shapes(depth: u32) -> BoxedStrategy<Vec<Shape>> {
    let leaf = prop_oneof![
        4 => (any::<bool>(), any::<bool>()).prop_map(|(back, again)| Shape::Task { back, again }),
        1 => Just(Shape::Service),
        1 => Just(Shape::Gateway),
        1 => Just(Shape::Wait),
    ];
    if depth == 0 {
        return prop::collection::vec(leaf, 1..3).boxed();
    }
    let nested = prop_oneof![
        3 => leaf,
        1 => (prop::collection::vec(shapes(depth - 1), 2..4), 0..3u8).prop_map(|(b, need)| Shape::Parallel(b, need)),
        1 => (shapes(depth - 1), any::<bool>()).prop_map(|(body, turn)| Shape::ForEach(body, turn)),
    ];
    prop::collection::vec(nested, 1..4).boxed()
}

/// Writes generated scopes as YAML.
struct Writer {
    next: u32,
}

impl Writer {
    fn scope(&mut self, shapes: &[Shape], indent: usize) -> String {
        let ids: Vec<String> = shapes.iter().map(|_| self.id()).collect();
        let end = self.id();
        let bad = self.id();
        let pad = " ".repeat(indent);
        let mut text = String::new();
        for (index, shape) in shapes.iter().enumerate() {
            let next = ids.get(index + 1).unwrap_or(&end).clone();
            let first = ids.first().unwrap_or(&end).clone();
            text.push_str(&self.step(shape, &ids[index], &next, &first, &bad, indent));
        }
        text.push_str(&format!("{pad}{end}: {{end: good}}\n{pad}{bad}: {{end: bad}}\n"));
        text
    }

    fn id(&mut self) -> String {
        self.next += 1;
        format!("s{}", self.next)
    }

    fn step(
        &mut self,
        shape: &Shape,
        id: &str,
        next: &str,
        first: &str,
        bad: &str,
        indent: usize,
    ) -> String {
        let pad = " ".repeat(indent);
        match shape {
            Shape::Task { back, again } => {
                let back = if *back { format!(", return: {first}") } else { String::new() };
                let outcomes =
                    if back.is_empty() { "approve, reject" } else { "approve, reject, return" };
                let rests = if *again { format!("{pad}  rests-on: []\n") } else { String::new() };
                format!(
                    "{pad}{id}:\n{pad}  user-task: {{candidates: {{role: clerk}}, outcomes: [{outcomes}], form: note}}\n\
                     {rests}{pad}  due: {{days: 3, remind-after: 1}}\n\
                     {pad}  next: {{approve: {next}, reject: {bad}{back}}}\n"
                )
            }
            Shape::Service => {
                format!("{pad}{id}: {{service-task: [fill], next: {{done: {next}}}}}\n")
            }
            Shape::Gateway => {
                format!(
                    "{pad}{id}: {{gateway: {{choices: [{{when: is-big, next: {next}}}], else: {next}}}}}\n"
                )
            }
            Shape::Wait => format!(
                "{pad}{id}: {{wait: {{days: 2, message: news, answers: [go, stop]}}, \
                 next: {{elapsed: {next}, go: {next}, stop: {bad}}}}}\n"
            ),
            Shape::Parallel(branches, need) => {
                let when = ["{when: all, ", "{when: any, ", "{when: at-least, at-least: 2, "]
                    [usize::from(*need)];
                let mut text = format!("{pad}{id}:\n{pad}  parallel:\n");
                for branch in branches {
                    let name = self.id();
                    text.push_str(&format!("{pad}    {name}:\n{pad}      steps:\n"));
                    text.push_str(&self.scope(branch, indent + 8));
                }
                text.push_str(&format!(
                    "{pad}  join: {when}counts: [good], at-once: [bad]}}\n\
                     {pad}  next: {{approve: {next}, bad: {bad}, short: {bad}}}\n"
                ));
                text
            }
            Shape::ForEach(body, turn) => {
                let inner = self.scope(body, indent + 10);
                format!(
                    "{pad}{id}:\n{pad}  for-each:\n{pad}    items: guests\n{pad}    subject: true\n\
                     {pad}    in-turn: {turn}\n{pad}    body:\n{pad}        steps:\n{inner}\
                     {pad}  join: {{when: all, counts: [good, bad]}}\n\
                     {pad}  next: {{approve: {next}, short: {bad}}}\n"
                )
            }
        }
    }
}

fn process(shapes: &[Shape]) -> String {
    let steps = Writer { next: 0 }.scope(shapes, 2);
    format!(
        "process: any\ntitle: {{zh: 任意, en: Any}}\nstart:\n  by: {{role: clerk}}\n  form: note\n\
         effects:\n  fill: {{fill: {{words: '\"filled\"'}}}}\nsteps:\n{steps}"
    )
}

/// Something that somebody asks for; numbers choose among what there is.
#[derive(Debug, Clone)]
enum Ask {
    Complete { which: usize, who: usize, outcome: usize, big: bool },
    Act { which: usize, who: usize, act: usize },
    Stale { which: usize },
    Recall { which: usize, who: usize },
    Message { which: usize, stop: bool },
    Case { act: usize, who: usize },
    Move { there: bool, who: usize },
    Days(u8),
}

fn asks() -> impl Strategy<Value = Vec<Ask>> {
    let n = 0..8usize;
    let ask = prop_oneof![
        6 => (n.clone(), 0..3usize, 0..4usize, any::<bool>())
            .prop_map(|(which, who, outcome, big)| Ask::Complete { which, who, outcome, big }),
        2 => (n.clone(), 0..3usize, 0..6usize).prop_map(|(which, who, act)| Ask::Act { which, who, act }),
        1 => n.clone().prop_map(|which| Ask::Stale { which }),
        1 => (n.clone(), 0..3usize).prop_map(|(which, who)| Ask::Recall { which, who }),
        1 => (n, any::<bool>()).prop_map(|(which, stop)| Ask::Message { which, stop }),
        1 => (0..4usize, 0..3usize).prop_map(|(act, who)| Ask::Case { act, who }),
        1 => (any::<bool>(), 0..3usize).prop_map(|(there, who)| Ask::Move { there, who }),
        1 => (1..5u8).prop_map(Ask::Days),
    ];
    prop::collection::vec(ask, 1..40)
}

const PEOPLE: [&str; 3] = ["clerk", "second", "other"];

fn command(world: &World, id: &str, ask: &Ask) -> Option<(Actor, Command)> {
    let person = |who: usize| Actor::Person(PEOPLE[who].to_owned());
    let scopes: Vec<ScopePath> = world.scopes.values().map(|scope| scope.path.clone()).collect();
    let at = |which: usize| scopes[which % scopes.len()].clone();
    let tasks: Vec<(ScopePath, String)> = world
        .scopes
        .values()
        .filter_map(|scope| Some((scope.path.clone(), scope.task()?.id.clone())))
        .collect();
    let task = |which: usize| (!tasks.is_empty()).then(|| tasks[which % tasks.len()].clone());
    let instance = id.to_owned();
    Some(match ask {
        Ask::Complete { which, who, outcome, big } => {
            let (scope, task) = task(*which)?;
            let outcome = ["approve", "reject", "return", "nonsense"][*outcome].to_owned();
            let answer = Completion {
                outcome,
                opinion: Some("so".into()),
                form: crate::world::json(&format!(r#"{{"big": {big}}}"#)),
                ..Default::default()
            };
            (person(*who), Command::Complete { instance, scope, task, answer })
        }
        Ask::Act { which, who, act } => {
            let (scope, task) = task(*which)?;
            let to = "second".to_owned();
            let act = match act {
                0 => TaskAct::Claim,
                1 => TaskAct::Release,
                2 => TaskAct::Transfer { to, note: None },
                3 => TaskAct::Delegate { to, note: None },
                4 => TaskAct::AddSigner { person: to, place: SignPlace::Beside },
                _ => TaskAct::Remind,
            };
            (person(*who), Command::Task { instance, scope, task, act })
        }
        Ask::Stale { which } => {
            let answer = Completion { outcome: "approve".into(), ..Default::default() };
            (
                person(0),
                Command::Complete { instance, scope: at(*which), task: "gone".into(), answer },
            )
        }
        Ask::Recall { which, who } => {
            (person(*who), Command::Recall { instance, scope: at(*which) })
        }
        Ask::Message { which, stop } => {
            let answer = Some(if *stop { "stop" } else { "go" }.to_owned());
            let form = Default::default();
            (
                person(0),
                Command::Message { instance, scope: at(*which), name: "news".into(), answer, form },
            )
        }
        Ask::Case { act, who } => {
            let reason = "so".to_owned();
            let act = match act {
                0 => CaseAct::Hold { reason },
                1 => CaseAct::Resume { reason: None },
                2 => CaseAct::Withdraw { reason: None },
                _ => CaseAct::Terminate { reason },
            };
            (person(*who), Command::Case { instance, act })
        }
        Ask::Move { there, who } => {
            let to = if *there { "r2" } else { "r1" }.to_owned();
            let steps = Default::default();
            let migrate = Migrate { instance, to, steps, reason: "so".into() };
            (person(*who), Command::Migrate(migrate))
        }
        Ask::Days(_) => return None,
    })
}

/// All that is kept, as bytes.
fn snapshot(world: &World) -> String {
    let scopes: Vec<_> = world.scopes.values().collect();
    serde_json::to_string(&(&world.instances, scopes, &world.numbers, &world.history)).unwrap()
}

fn invariants(world: &World, id: &str) -> Result<(), TestCaseError> {
    let instance = &world.instances[id];
    // Replay gives the very bytes.
    let replayed = world.replay(id);
    let bytes = |value: &dyn Fn() -> String| value();
    prop_assert_eq!(
        bytes(&|| serde_json::to_string(&replayed.instance).unwrap()),
        bytes(&|| serde_json::to_string(&Some(instance)).unwrap())
    );
    prop_assert_eq!(replayed.scopes.len(), world.scopes.len());
    for (path, scope) in &replayed.scopes {
        let kept = &world.scopes[&(id.to_owned(), path.clone())];
        prop_assert_eq!(
            serde_json::to_string(scope).unwrap(),
            serde_json::to_string(kept).unwrap()
        );
    }
    // What an open case's time has passed for goes on, held meanwhile or not; at the latest when it is tried again.
    for scope in world.scopes.values().filter(|scope| world.alive(id, &scope.path)) {
        let late = match (&scope.open, &scope.at) {
            (Some(Open::Wait { until: Some(until), .. }), _) => *until <= world.now,
            (Some(Open::Branches), Some(step)) => {
                let branches = &scope.branches[step];
                !branches.filled && branches.total_answered() == branches.opened
            }
            _ => false,
        };
        let comes = world.timers.iter().any(|(of, timer)| of == id && timer.scope == scope.path);
        let held = instance.state != InstanceState::Open;
        prop_assert!(!late || held || comes, "{} was left behind", scope.path);
    }
    // One token a scope: it stands at a step that waits, or the scope has ended.
    for scope in world.scopes.values().filter(|scope| world.alive(id, &scope.path)) {
        if instance.state == InstanceState::Ended {
            prop_assert!(scope.path.is_root() && scope.at.is_none() && scope.open.is_none());
            continue;
        }
        match (&scope.at, &scope.ended) {
            (Some(_), None) => {
                prop_assert!(scope.open.is_some(), "{} stands at nothing", scope.path)
            }
            (None, Some(_)) => prop_assert!(scope.open.is_none()),
            other => {
                prop_assert!(false, "{} is neither at a step nor over: {:?}", scope.path, other)
            }
        }
        // The counters of a join say what its branches say.
        if let (Some(Open::Branches), Some(step)) = (&scope.open, &scope.at) {
            let branches = &scope.branches[step];
            let below = world.scopes.values().filter(|other| {
                other.path.split().is_some_and(|(above, last)| {
                    above == scope.path && last.step == *step && last.visit == branches.visit
                })
            });
            let (mut opened, mut answered) = (0, 0);
            for branch in below {
                opened += 1;
                answered += u64::from(branch.ended.is_some());
            }
            prop_assert_eq!((opened, answered), (branches.opened, branches.total_answered()));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_asked_of_whatever_process_its_history_its_tokens_and_its_counters_stay_true(
        shapes in shapes(2),
        asks in asks(),
    ) {
        let text = process(&shapes);
        // The other release has later deadlines and shorter waits, so that a move sets times anew.
        let other = text.replace("days: 3", "days: 5").replace("days: 2,", "days: 1,");
        let files = |process: &'static str, text| [
            ("workflows/organisation.yaml", ORGANISATION),
            ("workflows/records.yaml", RECORDS),
            ("workflows/facts.yaml", FACTS),
            ("workflows/calendars.yaml", CALENDARS),
            ("workflows/forms/note.yaml", FORM),
            (process, text),
            ("rules/any.rhai", RULES),
        ];
        let path = "workflows/processes/any.yaml";
        let mut world = World::new(&files(path, &*text), "2026-09-28T01:00:00Z");
        world.beside("r2", &files(path, &*other));
        for n in 0..15 {
            world.record("guest", &format!("{n:02}"), &[("seen", Value::Int(0))]);
        }
        let start = Start { process: "any".into(), ..Start::default() };
        let id = world.submit(Actor::Person("clerk".into()), Command::Start(start)).unwrap().instance;
        invariants(&world, &id)?;
        for ask in &asks {
            if let Ask::Days(days) = ask {
                let later = world.now + jiff::SignedDuration::from_hours(24 * i64::from(*days));
                world.at(&later.to_string());
            } else if let Some((actor, command)) = command(&world, &id, ask) {
                let over = world.instances[&id].state == InstanceState::Ended;
                let before = snapshot(&world);
                let answer = world.submit(actor, command);
                prop_assert!(!(over && answer.is_ok()), "accepted after the end: {:?}", ask);
                if answer.is_err() {
                    prop_assert_eq!(before, snapshot(&world), "a refused command changed something");
                }
            }
            invariants(&world, &id)?;
        }
    }
}
