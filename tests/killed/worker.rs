//! A caller: sends one command after the other until the server is gone.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use xueji_tests::chance::Chance;
use xueji_tests::house::People;

use super::model::{Ask, Case, Known, Sent, Stage, start};

/// The most cases of a caller that are open at once.
const OPEN_MAX: usize = 8;

/// A caller with guests and cases of its own.
pub(crate) struct Worker {
    name: usize,
    chance: Chance,
    guests: Vec<String>,
    sent: u32,
    pub(crate) known: Known,
    /// The command that was not answered.
    pub(crate) unanswered: Option<Sent>,
    /// The last command that was acknowledged, with its answer.
    pub(crate) last: Option<(Sent, Value)>,
    /// The cases on which a command was sent since they were last looked at.
    pub(crate) touched: Vec<String>,
    pub(crate) acknowledged: u32,
    /// How many unanswered commands were not there after the kill, and how many were.
    pub(crate) cut_off: [u32; 2],
}

impl Worker {
    /// Returns a caller who has sent nothing yet.
    pub(crate) fn new(name: usize, seed: u64, guests: Vec<String>) -> Self {
        Self {
            name,
            chance: Chance::new(seed),
            guests,
            sent: 0,
            known: Known::new(),
            unanswered: None,
            last: None,
            touched: Vec::new(),
            acknowledged: 0,
            cut_off: [0; 2],
        }
    }

    /// Sends commands until one is not answered. `gone` says that the server was killed on purpose.
    pub(crate) fn work(&mut self, people: &People, gone: &AtomicBool) {
        loop {
            // Whoever reads may find the server gone, too: then nothing was sent.
            let Some(sent) = self.next(people, gone) else { return };
            let reply = people.of(&sent.person).post_once(&sent.path, &sent.body, &sent.mark);
            let Ok(reply) = reply else {
                assert!(
                    gone.load(Ordering::SeqCst),
                    "a command was cut off, and nobody killed the server: {sent:?}"
                );
                self.unanswered = Some(sent);
                return;
            };
            assert!(
                matches!(reply.status, 200 | 201),
                "{sent:?}: {} {}",
                reply.status,
                reply.text()
            );
            self.acknowledge(&sent, &reply.json());
        }
    }

    /// Takes down that a command was answered.
    pub(crate) fn acknowledge(&mut self, sent: &Sent, answer: &Value) {
        self.acknowledged += 1;
        self.last = Some((sent.clone(), answer.clone()));
        if sent.ask == Ask::Start {
            let id = answer["id"].as_str().expect("a started case has an id");
            self.known.insert(id.to_owned(), Case::started(sent, id));
            self.touched.push(id.to_owned());
        } else {
            self.known.get_mut(&sent.on).expect("the case is known").acknowledged(sent);
            self.touched.push(sent.on.clone());
        }
    }

    /// Chooses the next command; nothing when the server is gone.
    fn next(&mut self, people: &People, gone: &AtomicBool) -> Option<Sent> {
        self.sent += 1;
        let mark = format!("mark-{}-{}", self.name, self.sent);
        let seats = u32::try_from(1 + self.chance.below(400)).expect("small");
        let open: Vec<String> = self
            .known
            .values()
            .filter(|case| case.stage.result().is_none())
            .map(|case| case.id.clone())
            .collect();
        if open.is_empty() || (open.len() < OPEN_MAX && self.chance.below(4) == 0) {
            let guest = self.chance.one_of(&self.guests).clone();
            return Some(start(&guest, &mark, seats));
        }
        let case = self.known[self.chance.one_of(&open)].clone();
        let ask = choose(&mut self.chance, &case);
        let Some(step) = Case::step(ask) else {
            return Some(case.command(ask, &mark, seats, None));
        };
        // What was acknowledged is seen: the task that the last answer opened is there.
        match people.of("steward").get(&format!("/api/v1/instances/{}", case.id)) {
            Err(_) => {
                assert!(
                    gone.load(Ordering::SeqCst),
                    "a question was cut off, and nobody killed the server"
                );
                None
            }
            Ok(reply) => {
                let page = reply.expect(200);
                let tasks = page["open_tasks"].as_array().expect("a case has open tasks");
                let task = tasks.iter().find(|task| task["step"] == step);
                let task =
                    task.unwrap_or_else(|| panic!("{step} is not open in {page}, after {case:?}"));
                Some(case.command(ask, &mark, seats, task["id"].as_str()))
            }
        }
    }
}

fn choose(chance: &mut Chance, case: &Case) -> Ask {
    if case.held {
        return Ask::Resume;
    }
    match chance.below(40) {
        0 => return Ask::Withdraw,
        1 | 2 => return Ask::Hold,
        _ => {}
    }
    let good = chance.below(10) > 0;
    match case.stage {
        Stage::Signing { head: true, .. } => Ask::Watch(good),
        Stage::Signing { watch: true, .. } => Ask::Head(good),
        Stage::Signing { .. } if chance.below(2) == 0 => Ask::Head(good),
        Stage::Signing { .. } => Ask::Watch(good),
        Stage::Check => Ask::Check(good),
        Stage::Returned => Ask::Mend,
        Stage::Deposit => Ask::Pay,
        Stage::Booked | Stage::Refused | Stage::Withdrawn => panic!("the case has ended"),
    }
}
