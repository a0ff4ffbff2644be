//! Histories: replaying the stored events gives the stored state, byte for byte, and the checksums link up.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use xueji_engine::queries::{CaseFilter, Paging, TaskFilter};
use xueji_engine::{Engine, Submission};
use xueji_runtime::command::{CaseAct, Completion, TaskAct};
use xueji_runtime::{Command, ScopePath, State, apply};

use crate::house::{house, person, round, start_of};

/// Compares each case's stored header and scopes with what its events give.
pub(crate) fn replays(engine: &Engine) {
    let all = Paging { after: None, limit: Some(500) };
    for header in engine.cases(&CaseFilter::default(), &all).unwrap().items {
        let mut state = State::default();
        let mut paging = all.clone();
        loop {
            let page = engine.history(&header.id, &paging).unwrap();
            page.items.iter().for_each(|event| apply(&mut state, event));
            match page.next {
                Some(next) => paging.after = Some(next),
                None => break,
            }
        }
        let json = |value: &dyn erased::Json| value.json();
        assert_eq!(json(&state.instance.clone().unwrap()), json(&header));
        for (path, scope) in &state.scopes {
            let path: ScopePath = path.parse().unwrap();
            let stored = engine.row(&header.id, &path).unwrap().unwrap().scope;
            assert_eq!(json(scope), json(&stored), "{} {path}", header.id);
        }
    }
}

/// Compares the tasks that the indices know with those that stand in scopes that are alive.
pub(crate) fn tasks_agree(engine: &Engine) {
    let all = Paging { after: None, limit: Some(500) };
    let listed = engine.tasks(&TaskFilter::default(), &all).unwrap().items;
    let listed: BTreeSet<String> = listed.into_iter().map(|task| task.task.id).collect();
    let mut open = BTreeSet::new();
    for header in engine.cases(&CaseFilter::default(), &all).unwrap().items {
        let mut state = State::default();
        let events = engine.history(&header.id, &all).unwrap().items;
        events.iter().for_each(|event| apply(&mut state, event));
        for path in state.scopes.keys() {
            let row = engine.row(&header.id, &path.parse().unwrap()).unwrap().unwrap();
            let task = row.scope.task().filter(|_| row.alive).map(|task| task.id.clone());
            open.extend(task);
        }
    }
    assert_eq!(listed, open);
}

mod erased {
    pub(super) trait Json {
        fn json(&self) -> String;
    }

    impl<T: serde::Serialize> Json for T {
        fn json(&self) -> String {
            serde_json::to_string(self).unwrap()
        }
    }
}

#[derive(Debug, Clone)]
enum Move {
    Start(&'static str, u8),
    Round,
    Complete(prop::sample::Index, u8),
    Claim(prop::sample::Index),
    Withdraw(prop::sample::Index, u8),
    Wait(u8),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let process = prop::sample::select(vec!["booking", "party", "waiting", "cleaning"]);
    let one = prop_oneof![
        3 => (process, 1..4_u8).prop_map(|(process, guest)| Move::Start(process, guest)),
        1 => Just(Move::Round),
        6 => (any::<prop::sample::Index>(), 0..4_u8).prop_map(|(task, outcome)| Move::Complete(task, outcome)),
        1 => any::<prop::sample::Index>().prop_map(Move::Claim),
        1 => (any::<prop::sample::Index>(), 1..4_u8).prop_map(|(case, guest)| Move::Withdraw(case, guest)),
        1 => (1..60_u8).prop_map(Move::Wait),
    ];
    prop::collection::vec(one, 1..24)
}

fn play(engine: &Engine, moves: &[Move]) -> BTreeMap<&'static str, u32> {
    let mut done = BTreeMap::new();
    for one in moves {
        let all = Paging { after: None, limit: Some(500) };
        let tasks = engine.tasks(&TaskFilter::default(), &all).unwrap().items;
        let cases = engine.cases(&CaseFilter::default(), &all).unwrap().items;
        let submission = match one {
            Move::Start(process, guest) => start_of(process, &guest.to_string()),
            Move::Round => {
                round(engine);
                continue;
            }
            Move::Complete(task, outcome) if !tasks.is_empty() => {
                let task = task.get(&tasks).clone();
                let process = engine.live().release.process(&task.process).cloned().unwrap();
                let outcomes = process.step(&task.step).map(|step| {
                    step.outcomes().iter().map(|o| (*o).to_owned()).collect::<Vec<_>>()
                });
                let outcome = outcomes
                    .filter(|outcomes| !outcomes.is_empty())
                    .map_or("submit".to_owned(), |outcomes| {
                        outcomes[usize::from(*outcome) % outcomes.len()].clone()
                    });
                let by = match task.task.offer.role.as_str() {
                    "head" => "east-head".to_owned(),
                    "guest" => {
                        task.subject.as_ref().map(|s| format!("guest:{}", s.id)).unwrap_or_default()
                    }
                    _ => "keeper".to_owned(),
                };
                let answer =
                    Completion { outcome, opinion: Some("意见".into()), ..Completion::default() };
                let command = Command::Complete {
                    instance: task.instance,
                    scope: task.scope,
                    task: task.task.id,
                    answer,
                };
                Submission::new(command, person(&by))
            }
            Move::Claim(task) if !tasks.is_empty() => {
                let task = task.get(&tasks).clone();
                let (instance, scope, task) = (task.instance, task.scope, task.task.id);
                Submission::new(
                    Command::Task { instance, scope, task, act: TaskAct::Claim },
                    person("keeper"),
                )
            }
            Move::Withdraw(case, guest) if !cases.is_empty() => {
                let command = Command::Case {
                    instance: case.get(&cases).id.clone(),
                    act: CaseAct::Withdraw { reason: None },
                };
                Submission::new(command, person(&format!("guest:{guest}")))
            }
            Move::Wait(hours) => {
                let to = engine.now() + jiff::SignedDuration::from_hours(i64::from(*hours));
                engine.advance(to).unwrap();
                continue;
            }
            _ => continue,
        };
        let kind = if engine.submit(submission).is_ok() { "taken" } else { "refused" };
        *done.entry(kind).or_default() += 1;
        engine.settle().unwrap();
    }
    done
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn replaying_any_history_gives_the_state_that_is_stored(moves in moves()) {
        let (_store, engine) = house(3);
        play(&engine, &moves);
        replays(&engine);
        tasks_agree(&engine);
    }
}
