//! The words of a story, and what stays hidden in them.

use jiff::tz::Offset;
use xueji_definition::value::{Fields, Value};
use xueji_definition::{Definitions, Text};
use xueji_rules::{Effect, RuleSet};
use xueji_runtime::event::Event;
use xueji_runtime::state::{Answer, Offer, Task};
use xueji_runtime::verdict::{Says, Verdict};
use xueji_runtime::{RecordId, Recorded, Release, ScopePath};

use super::{AllSeeing, Found, Names, Sight, Teller, Told};

/// Sees nothing that a rule read, and no words meant for others.
struct Blind;

impl Sight for Blind {
    fn form(&self, _: &Fields) -> serde_json::Map<String, serde_json::Value> {
        serde_json::Map::new()
    }
    fn record_value(&self, _: &str, _: &str, _: &Value) -> Option<serde_json::Value> {
        None
    }
    fn sees(&self, _: &str, _: &Value) -> bool {
        false
    }
    fn sees_words(&self) -> bool {
        false
    }
}

fn recorded(seq: u64, by: Option<&str>, event: Event) -> Recorded {
    let at = "2026-09-28T01:05:00Z".parse().unwrap();
    Recorded { instance: "2026-000001".into(), seq, at, by: by.map(str::to_owned), event }
}

fn verdict(says: Says, effect: Effect) -> Verdict {
    Verdict {
        rule: "within-capacity".into(),
        id: Some("C1".into()),
        release: "r1".into(),
        title: Text::new("座位够", "enough seats"),
        effect,
        says,
        reason: Text::new("要700座，上限500座", "700 seats, 500 are the limit"),
        articles: vec!["规程第3条".into()],
        source: Vec::new(),
        override_role: None,
        overridden: None,
        reads: [
            ("form".to_owned(), Some(Value::Map(Fields::new()))),
            ("form.seats".to_owned(), Some(Value::Int(700))),
            ("form.mark".to_owned(), None),
        ]
        .into(),
    }
}

fn started(verdicts: Vec<Verdict>) -> Event {
    Event::Started {
        process: "booking".into(),
        release: "r1".into(),
        subject: Some(RecordId::new("guest", "g1")),
        applicant: "guest:g1".into(),
        date: "2026-09-28".parse().unwrap(),
        cohort: None,
        form: [("seats".to_owned(), Value::Int(700))].into(),
        verdicts,
        parent: None,
    }
}

fn offered() -> Event {
    let offer = Offer { role: "keeper".into(), unit: Some("east".into()), own: None, person: None };
    Event::TaskOpened {
        scope: ScopePath::root(),
        task: Task {
            id: "2026-000001-2".into(),
            offer,
            assignee: None,
            delegate: None,
            due: Some("2026-09-30T16:00:00Z".parse().unwrap()),
            signers: Vec::new(),
            answered: None,
            kept: None,
            copies: Vec::new(),
            reminded: 0,
            defects: Vec::new(),
            interrupts: Vec::new(),
        },
    }
}

fn answered() -> Event {
    Event::Answered {
        scope: ScopePath::root(),
        step: "check".into(),
        answer: Answer {
            visit: 1,
            outcome: "return".into(),
            opinion: Some("缺签字".into()),
            by: Some("ann".into()),
            on_behalf: Some("bob".into()),
            at: "2026-09-28T01:05:00Z".parse().unwrap(),
            rests: String::new(),
        },
        form: Fields::new(),
        cleared: Vec::new(),
        to: None,
        defects: vec!["补签字".into()],
        verdicts: Vec::new(),
        recallable: true,
    }
}

fn tell(events: Vec<(Option<&str>, Event)>, sight: &dyn Sight) -> Vec<Told> {
    let release = Release::new("r1", Definitions::default(), RuleSet::default());
    let definitions = Definitions::default();
    let label = |id: &RecordId| (id.id == "g1").then(|| "王".to_owned());
    let names = Names { definitions: &definitions, today: &definitions, label: &label };
    let mut teller = Teller::new(Offset::constant(8));
    let numbered = (0..).zip(events);
    numbered
        .map(|(seq, (by, event))| teller.tell(&recorded(seq, by, event), &release, &names, sight))
        .collect()
}

fn entered() -> Event {
    Event::Entered { scope: ScopePath::root(), step: "check".into(), visit: 1, stage: None }
}

#[test]
fn an_answer_is_told_with_who_for_whom_in_which_role_and_what_is_to_be_mended() {
    let story = tell(
        vec![
            (Some("guest:g1"), started(Vec::new())),
            (Some("guest:g1"), entered()),
            (Some("guest:g1"), offered()),
            (Some("ann"), answered()),
        ],
        &AllSeeing,
    );
    assert_eq!(story[0].says.zh, "王（guest:g1）发起“booking”，对象：guest 王 g1");
    assert_eq!(story[0].local, "2026-09-28 09:05");
    assert_eq!(
        story[2].says.zh,
        "任务 2026-000001-2 交 keeper（east） 办理，期限 2026-10-01 00:00"
    );
    let last = &story[3];
    assert_eq!(last.says.zh, "代 bob 答复：退回（return）");
    assert_eq!(last.says.en, "answered for bob: returned (return)");
    let lines: Vec<&str> = last.details.iter().map(|line| line.zh.as_str()).collect();
    assert_eq!(lines, ["意见：缺签字", "须补正：补签字"]);
    assert_eq!(last.role.as_ref().map(|role| role.id.as_str()), Some("keeper"));
    assert_eq!(last.unit.as_ref().map(|unit| unit.id.as_str()), Some("east"));
    assert_eq!(last.on_behalf.as_ref().map(|who| who.id.as_str()), Some("bob"));
    assert_eq!(last.release, "r1");
}

#[test]
fn a_verdict_is_told_with_each_value_that_it_read_and_bare_groups_left_out() {
    let story =
        tell(vec![(None, started(vec![verdict(Says::NotSatisfied, Effect::Warn)]))], &AllSeeing);
    let reads = &story[0].verdicts[0].reads;
    let told: Vec<(&str, bool)> =
        reads.iter().map(|read| (read.path.as_str(), read.found == Found::Nothing)).collect();
    assert_eq!(told, [("form.mark", true), ("form.seats", false)]);
    assert!(matches!(&reads[1].found, Found::Value(_, words) if words.zh == "700"));
}

#[test]
fn who_may_not_see_a_value_reads_neither_it_nor_a_hold_that_rests_on_it() {
    let hold = verdict(Says::NotSatisfied, Effect::Hold);
    let reason = hold.reason.zh.clone();
    let events =
        |reason: String| vec![(None, started(vec![hold.clone()])), (None, Event::Held { reason })];
    let story = tell(events(reason.clone()), &Blind);
    assert!(story[0].details.iter().all(|line| !line.zh.contains("700")), "{:?}", story[0]);
    assert!(story[0].verdicts[0].reads.iter().all(|read| match &read.found {
        Found::Masked => read.path == "form.seats",
        found => *found == Found::Nothing,
    }));
    assert_eq!(story[1].says.zh, "暂停办理");
    assert_eq!(tell(events(reason), &AllSeeing)[1].says.zh, "暂停办理：要700座，上限500座");
    let by_hand = tell(events("等补件".into()), &Blind);
    assert_eq!(by_hand[1].says.zh, "暂停办理：等补件", "what a person gave as a reason is shown");
}
