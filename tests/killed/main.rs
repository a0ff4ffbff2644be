//! A server that is killed at any moment loses nothing that it acknowledged, and keeps nothing half.
//!
//! Callers send commands, each under a name, and take down what is answered. The server is killed (SIGKILL) at a moment
//! that chance chooses, and started again on the same folder. Then every acknowledged command must be there, once; the
//! one that each caller got no answer to must be there whole or not at all, and sending it again must leave it there
//! once; and all lists must say what the cases say.
//!
//! `XUEJI_SEED=7 XUEJI_KILLS=200 cargo test -p xueji-tests --test killed` plays another game, or a longer one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod campaign;
mod model;
mod truth;
mod worker;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use xueji_tests::chance::Chance;
use xueji_tests::house::{House, People};

use model::{Ask, Known, Sent};
use worker::Worker;

const WORKERS: usize = 6;
const GUESTS: usize = 24;
/// Lists are looked at whole after so many kills.
const WHOLE_EVERY: u64 = 10;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn a_killed_server_keeps_what_it_acknowledged_once_and_nothing_half() {
    let (seed, kills) = (number("XUEJI_SEED", 20_260_928), number("XUEJI_KILLS", 50));
    println!("seed {seed}, {kills} kills");
    let mut chance = Chance::new(seed);
    let house = House::new();
    let mut server = house.start();
    let mut people = house.open(&server);
    let guests: Vec<String> = (1..=GUESTS).map(|number| format!("g{number}")).collect();
    let mut workers: Vec<Worker> = (0..WORKERS)
        .map(|name| {
            Worker::new(
                name,
                chance.number(),
                guests.iter().skip(name).step_by(WORKERS).cloned().collect(),
            )
        })
        .collect();

    for kill in 1..=kills {
        let moment = Duration::from_micros(1_000 + chance.below(250_000));
        let gone = AtomicBool::new(false);
        thread::scope(|scope| {
            for worker in &mut workers {
                let (people, gone) = (&people, &gone);
                scope.spawn(move || worker.work(people, gone));
            }
            // Not to wait for something: the moment of the kill is what chance chooses.
            thread::sleep(moment);
            gone.store(true, Ordering::SeqCst);
            server.kill();
        });
        if chance.below(4) == 0 {
            // Once more, while it finds its way back.
            house.start_and_kill(Duration::from_micros(1_000 + chance.below(300_000)));
        }
        server = house.start();
        people = people.at(&server);
        for worker in &mut workers {
            settle(&people, worker);
        }
        if kill % WHOLE_EVERY == 0 || kill == kills {
            whole(&people, &workers, &guests);
        }
    }
    let acknowledged: u32 = workers.iter().map(|worker| worker.acknowledged).sum();
    let [there, not_there] = [true, false]
        .map(|there| workers.iter().map(|worker| worker.cut_off[usize::from(there)]).sum::<u32>());
    println!("{acknowledged} commands acknowledged; unanswered: {there} there, {not_there} not");
    assert!(there + not_there > 0, "some commands were under way when the server was killed");
    assert!(u64::from(acknowledged) > kills * 4, "there was a load worth the name: {acknowledged}");
    assert_eq!(server.stop(), Some(0));
}

/// Holds what a caller knows against the restarted server, and finishes the command that was not answered.
fn settle(people: &People, worker: &mut Worker) {
    let unanswered = worker.unanswered.take();
    for id in std::mem::take(&mut worker.touched) {
        if unanswered.as_ref().is_none_or(|sent| sent.on != id) {
            truth::agrees(people, &worker.known[&id]);
        }
    }
    let Some(sent) = unanswered else { return };
    let there = carried_out(people, &worker.known, &sent);
    worker.cut_off[usize::from(there.is_some())] += 1;
    let reply = people
        .of(&sent.person)
        .post_once(&sent.path, &sent.body, &sent.mark)
        .expect("the server answers");
    assert!(
        matches!(reply.status, 200 | 201),
        "again, {there:?} before: {sent:?}: {} {}",
        reply.status,
        reply.text()
    );
    let answer = reply.json();
    if let Some(case) = &there {
        let same = if sent.ask == Ask::Start { answer["id"] == **case } else { repeated(&answer) };
        assert!(same, "what was carried out is not carried out again: {sent:?}: {answer}");
    }
    worker.acknowledge(&sent, &answer);
    for id in std::mem::take(&mut worker.touched) {
        truth::agrees(people, &worker.known[&id]);
    }
    again(people, worker);
}

/// Returns the case in which an unanswered command was carried out, after looking whether the case is what it was
/// before it or after it.
fn carried_out(people: &People, known: &Known, sent: &Sent) -> Option<String> {
    if sent.ask == Ask::Start {
        let own = known
            .values()
            .filter(|case| case.guest == sent.on)
            .map(|case| case.id.clone())
            .collect();
        let now = truth::cases_of(people, &sent.on);
        let new: Vec<&String> = now.difference(&own).collect();
        assert!(new.len() <= 1 && now.is_superset(&own), "{sent:?}: {own:?} became {now:?}");
        let case = model::Case::started(sent, new.first()?);
        truth::agrees(people, &case);
        return Some(case.id);
    }
    let mut case = known[&sent.on].clone();
    let there = truth::marks(people, &sent.on).contains(&sent.mark);
    if there {
        case.acknowledged(sent);
    }
    truth::agrees(people, &case);
    there.then(|| sent.on.clone())
}

/// Returns whether an answer says that nothing happened now.
fn repeated(answer: &serde_json::Value) -> bool {
    let done = answer["reached"].get(0).unwrap_or(answer);
    done["repeated"] == true
}

/// Sends the last acknowledged command once more: it is answered, and nothing happens.
fn again(people: &People, worker: &Worker) {
    let Some((sent, first)) = &worker.last else { return };
    let reply = people
        .of(&sent.person)
        .post_once(&sent.path, &sent.body, &sent.mark)
        .expect("the server answers");
    assert!(matches!(reply.status, 200 | 201), "{sent:?}: {} {}", reply.status, reply.text());
    let answer = reply.json();
    if sent.ask == Ask::Start {
        assert_eq!(answer["id"], first["id"], "{sent:?}");
    } else {
        assert!(repeated(&answer), "{sent:?}: {answer}");
    }
    let id = answer["id"].as_str().unwrap_or(&sent.on);
    truth::agrees(people, &worker.known[id]);
}

/// Holds all that is known against all that is there.
fn whole(people: &People, workers: &[Worker], guests: &[String]) {
    let known: Known = workers.iter().flat_map(|worker| worker.known.clone()).collect();
    for case in known.values() {
        truth::agrees(people, case);
    }
    truth::lists_agree(people, &known, guests);
}

#[test]
fn the_check_itself_notices_what_is_lost() {
    let house = House::new();
    let server = house.start();
    let people = house.open(&server);
    let sent = model::start("g1", "mark-0-1", 30);
    let mut case = model::Case::started(&sent, &people.book("g1", 30, "mark-0-1"));
    assert_eq!(server.stop(), Some(0));
    let kept = tempfile::tempdir().unwrap();
    xueji_tests::tree::copy(&house.data(), kept.path());

    let server = house.start();
    let people = people.at(&server);
    let task = people.task(&case.id, "watch-signs").unwrap();
    let sent = case.command(Ask::Watch(true), "mark-0-2", 30, Some(&task));
    people.of("watch").post_once(&sent.path, &sent.body, &sent.mark).unwrap().expect(200);
    case.acknowledged(&sent);
    truth::agrees(&people, &case);
    server.kill();

    // A store that forgets would come back like this.
    std::fs::remove_dir_all(house.data()).unwrap();
    xueji_tests::tree::copy(kept.path(), &house.data());
    let server = house.start();
    let people = people.at(&server);
    println!("what follows is the check's own complaint, and is as it should be");
    let noticed = std::panic::catch_unwind(|| truth::agrees(&people, &case));
    assert!(noticed.is_err(), "a lost signature was not noticed");
}
