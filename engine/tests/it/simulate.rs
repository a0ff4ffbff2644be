//! Simulation: what it finds, that it finds it again, and that what it prints can be played.

use std::sync::Arc;

use xueji_definition::Sources;
use xueji_engine::scenario::{StoryFilter, StoryResult, play};
use xueji_engine::simulate::{Invariant, Options, Report, simulate};
use xueji_runtime::command::Actor;
use xueji_runtime::{Command, Context, Decision, Refusal, View};

use crate::house::{BOOKING, builder, sources};

fn run(sources: &Sources, options: &Options) -> Report {
    let release = builder()(sources).unwrap();
    simulate(&Arc::new(release), options).unwrap()
}

fn options() -> Options {
    Options { cases: 60, round: 20, seed: 7, unlawful: 40, ..Options::new("booking") }
}

/// Plays the story that a report prints.
fn played(mut sources: Sources, report: &Report) -> Vec<StoryResult> {
    let story = report.failure.as_ref().expect("something does not hold");
    sources.files.insert("workflows/scenarios/simulated.yaml".to_owned(), story.scenario.clone());
    let filter = StoryFilter { file: Some("simulated".to_owned()), ..StoryFilter::default() };
    play(&sources, &builder(), &filter).unwrap()
}

#[test]
fn people_walk_a_process_and_every_invariant_holds() {
    let report = run(&sources(), &options());
    assert!(report.failure.is_none(), "{:?}", report.failure);
    let figures = report.figures;
    assert_eq!(figures.asked, 60);
    assert!(figures.started > 20, "{figures:?}");
    assert!(figures.unlawful > 8, "{figures:?}");
    assert!(figures.results.contains_key("booked"), "{figures:?}");
    assert_eq!(figures.results.values().sum::<u64>(), figures.started);
    assert!(figures.steps["keeper-look"].working > 0, "{figures:?}");
    assert!(figures.queues["keeper"].minutes > 0, "{figures:?}");
}

#[test]
fn steps_that_no_case_reached_are_told() {
    let none = run(&sources(), &Options { cases: 0, ..options() });
    assert!(none.figures.unreached.is_empty(), "no round, nothing to tell: {:?}", none.figures);
    let few = run(&sources(), &Options { cases: 1, round: 1, ..options() });
    let many = run(&sources(), &options());
    assert!(!few.figures.unreached.is_empty(), "{:?}", few.figures);
    assert!(few.figures.unreached.len() > many.figures.unreached.len(), "{:?}", many.figures);
    assert!(!many.figures.unreached.contains(&"keeper-look".to_owned()), "{:?}", many.figures);
}

#[test]
fn a_story_takes_the_name_of_its_file_and_names_its_schema() {
    let report =
        run(&sources(), &Options { decide: too_kind, cases: 400, unlawful: 15, ..options() });
    let story = report.failure.as_ref().expect("the fault is found").named("strangers");
    let mut lines = story.lines();
    assert_eq!(lines.next(), Some("# yaml-language-server: $schema=../schema/scenario.json"));
    assert_eq!(lines.find(|line| !line.is_empty()), Some("scenarios: strangers"));
}

#[test]
fn the_same_seed_tells_the_same_and_another_seed_another() {
    let told = |options: &Options| serde_json::to_string(&run(&sources(), options)).unwrap();
    assert_eq!(told(&options()), told(&options()));
    assert_ne!(told(&options()), told(&Options { seed: 8, ..options() }));
}

#[test]
fn longer_work_and_more_arrivals_make_longer_queues() {
    let busy = Options {
        arrivals: 60,
        work: [("keeper-look".to_owned(), (120, 240))].into(),
        ..options()
    };
    let (calm, busy) = (run(&sources(), &options()), run(&sources(), &busy));
    assert!(calm.figures.queues["keeper"].most < busy.figures.queues["keeper"].most);
}

/// Decides like the runtime, but lets anybody reject.
fn too_kind(view: &dyn View, command: &Command, at: &Context) -> Result<Decision, Refusal> {
    let rejects = matches!(command, Command::Complete { answer, .. } if answer.outcome == "reject");
    match (xueji_runtime::decide(view, command, at), &at.actor) {
        (Err(Refusal::NotAllowed { .. }), Actor::Person(_)) if rejects => {
            let Command::Complete { instance, scope, .. } = command else { unreachable!() };
            let found = view.scope(instance, scope)?.and_then(|scope| scope.task().cloned());
            let offer = found.map(|task| task.offer).ok_or(Refusal::TaskGone)?;
            let today = view.calendar().local_date(at.now);
            let holders = xueji_runtime::people::candidates(view.organisation(), &offer, today);
            let actor = holders.into_iter().next().map_or(Actor::Engine, Actor::Person);
            xueji_runtime::decide(view, command, &Context { actor, ..at.clone() })
        }
        (decided, _) => decided,
    }
}

#[test]
fn an_engine_that_lets_strangers_reject_is_found_by_a_story_of_two_acts() {
    let report =
        run(&sources(), &Options { decide: too_kind, cases: 400, unlawful: 15, ..options() });
    let story = report.failure.as_ref().expect("the fault is found");
    assert_eq!(story.violation.invariant, Invariant::Refused);
    assert!(story.acts_before > story.acts, "{story:?}");
    assert_eq!(story.acts, 2, "{}", story.scenario);
    // The engine as it is refuses what the story tells of.
    for result in played(sources(), &report) {
        assert!(result.failure.is_none(), "{}\n{}", result.failure.unwrap(), story.scenario);
    }
}

#[test]
fn a_definition_in_which_a_case_can_get_stuck_is_found_and_its_story_fails_when_played() {
    // Who answered first may not answer again, and there is nobody else.
    let stuck = BOOKING.replace(
        "    next: {approve: publish, return: start, reject: refused}\n",
        "    next: {approve: again, return: start, reject: refused}\n  again:\n    \
         user-task: {candidates: {role: keeper}, outcomes: [approve]}\n    \
         separate-from: [keeper-look]\n    next: {approve: publish}\n",
    );
    assert_ne!(stuck, BOOKING);
    let mut sources = sources();
    sources.files.insert("workflows/processes/booking.yaml".to_owned(), stuck);
    let report = run(&sources, &options());
    let story = report.failure.as_ref().expect("it is found");
    assert_eq!(story.violation.invariant, Invariant::NotStuck);
    assert_eq!(story.violation.step.as_deref(), Some("again"));
    assert!(story.acts <= 3, "{}", story.scenario);
    let results = played(sources, &report);
    let failure = results.iter().find_map(|result| result.failure.clone()).expect("it fails");
    assert_eq!((failure.expected.en.as_str(), failure.actual.en.as_str()), ("ended", "open"));
    assert!(failure.open.iter().any(|task| task.starts_with("again")), "{failure}");
}
