//! What a story expects after a step, compared with what is so.
//!
//! Invariant: everything that is named is compared, in the order of the type; the first difference is told.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use xueji_definition::Text;
use xueji_definition::file::{
    Expectation, ExpectedDocument, ExpectedVerdict, GivenRecord, ScenarioStep, StartAct,
};
use xueji_definition::finding::Key;
use xueji_definition::value::Fields;
use xueji_runtime::event::Event;
use xueji_runtime::state::{Instance, InstanceState, Scope};
use xueji_runtime::verdict::Verdict;
use xueji_runtime::{Perspective, RecordId, Recorded};

use super::acts::Came;
use super::failure::{Failure, Judged, Words, none, says};
use super::stage::{Stage, is_row};
use super::values::{at, same, shown};
use crate::queries::{cases, house, records};

type Compared = Result<(), Box<Failure>>;

impl Stage {
    /// Plays one step.
    pub(crate) fn step(&mut self, step: &ScenarioStep) -> Compared {
        let act = summary(step);
        let from = self.core.next_sequence();
        let mut came = Came::default();
        let played = self.play(step, from, &mut came);
        played.map_err(|mut failure| {
            failure.act = came.refused_row.as_ref().map_or_else(
                || act.clone(),
                |row| {
                    let Text { zh, en } = &act;
                    Text::new(
                        format!("{zh}\n  被拒绝的一行：{row}"),
                        format!("{en}\n  the row refused: {row}"),
                    )
                },
            );
            failure.verdicts = came.verdicts.iter().map(Judged::of).collect();
            failure.open = self.open_lines();
            failure
        })
    }

    fn play(&mut self, step: &ScenarioStep, from: u64, came: &mut Came) -> Compared {
        if let Some(at) = &step.at {
            self.move_to(at)?;
        }
        *came = self.act(step)?;
        self.core.settle().map_err(|error| Box::new(super::stage::broken("settle", &error)))?;
        let expectations = || step.expect.iter().chain(&step.and);
        let refused = expectations().find_map(|expectation| expectation.refused.as_ref());
        let found = came.refused.as_ref().map(|(code, words)| (code.as_str(), words));
        match (refused, found) {
            (None, None) => {}
            (Some(expected), Some((code, _))) if expected == code => {}
            (expected, found) => {
                let not_refused = || Text::new("（未拒绝）", "(not refused)");
                let actual = found.map_or_else(not_refused, |(code, Text { zh, en })| {
                    Text::new(format!("{code}: {zh}"), format!("{code}: {en}"))
                });
                let key = if expected.is_some() { Some("expect") } else { verb(step) };
                let expected =
                    expected.map_or_else(|| Text::new("（不拒绝）", "(not refused)"), Words::words);
                let differs = differs(Text::new("拒绝", "refused"), expected, actual);
                return differs.map_err(|f| Box::new(f.under(key.map(Key::from))));
            }
        }
        let events = self.events_from(from)?;
        let own = step.expect.iter().map(|expectation| (vec![Key::from("expect")], expectation));
        let more = (0..)
            .zip(&step.and)
            .map(|(index, expectation)| (vec![Key::from("and"), Key::Index(index)], expectation));
        for (place, expectation) in own.chain(more) {
            let checked = self.expected(expectation, came, &events);
            checked.map_err(|failure| Box::new(failure.under(place)))?;
        }
        Ok(())
    }

    fn expected(&self, expectation: &Expectation, came: &Came, events: &[Recorded]) -> Compared {
        at_key("verdicts", self.verdicts(expectation, came))?;
        self.case_or_row(expectation)?;
        at_key("records", self.records(&expectation.records, Perspective::Local))?;
        at_key("official", self.records(&expectation.official, Perspective::Official))?;
        self.events(expectation, events)
    }

    fn verdicts(&self, expectation: &Expectation, came: &Came) -> Compared {
        if expectation.verdicts.is_empty() {
            return Ok(());
        }
        let last;
        let verdicts = if came.judged {
            &came.verdicts
        } else {
            let instance = self.case(expectation.of.as_deref())?;
            last = self
                .read(|reader| cases::case(reader, &instance))?
                .map(|case| case.verdicts)
                .unwrap_or_default();
            &last
        };
        expectation.verdicts.iter().try_for_each(|expected| verdict(expected, verdicts))
    }

    fn case_or_row(&self, expectation: &Expectation) -> Compared {
        let asks = expectation.state.is_some()
            || expectation.result.is_some()
            || expectation.stage.is_some()
            || expectation.tasks.is_some()
            || !expectation.open.is_empty()
            || !expectation.due.is_empty()
            || !expectation.form.is_empty();
        if !asks {
            return Ok(());
        }
        let instance = self.case(expectation.of.as_deref())?;
        let Some(header) = self.header(&instance)? else {
            return differs(Text::new("事项", "case"), &instance, none());
        };
        let scope = self.scope_of(&header, expectation.row.as_deref())?;
        self.standing(expectation, &header, &scope)?;
        self.open_tasks(expectation, &header)?;
        if expectation.form.is_empty() {
            return Ok(());
        }
        let row = self.read(|reader| cases::row(reader, &header.id, &scope.path))?;
        let form = row.map(|row| row.form).unwrap_or_default();
        for (name, expected) in &expectation.form {
            at_key("form", compare(what("表单", "form", name), &expected.0, &form, name))?;
        }
        Ok(())
    }

    /// Returns the scope that an expectation looks at: the case's own, or the last opened of the row.
    fn scope_of(&self, header: &Instance, row: Option<&str>) -> Result<Scope, Box<Failure>> {
        let scopes = self.scopes(&header.id)?;
        let depth = |scope: &Scope| scope.path.segments().len();
        let found = match row {
            None => scopes.into_iter().find(|scope| scope.path.is_root()),
            // Branches inside a row have the row's keys, too: the row itself is the outermost; of several visits the last.
            Some(row) => scopes
                .into_iter()
                .filter(|scope| is_row(&self.row(&header.process, &scope.path), row))
                .min_by_key(|scope| {
                    let visits: u32 =
                        scope.path.segments().iter().map(|segment| segment.visit).sum();
                    (depth(scope), u32::MAX - visits)
                }),
        };
        found.ok_or_else(|| {
            Box::new(super::stage::broken(
                "row",
                &format!("没有这一行：{0} | no row {0}", row.unwrap_or_default()),
            ))
        })
    }

    fn standing(&self, expectation: &Expectation, header: &Instance, scope: &Scope) -> Compared {
        let own = expectation.row.is_none();
        if let Some(expected) = &expectation.state {
            let state =
                if !own && scope.ended.is_some() { InstanceState::Ended } else { header.state };
            let state = match state {
                InstanceState::Open => "open",
                InstanceState::Held => "held",
                InstanceState::Ended => "ended",
            };
            if expected != state {
                let what = Text::new("状态", "state");
                return at_key("state", differs(what, in_state(expected), in_state(state)));
            }
        }
        if let Some(expected) = &expectation.result {
            let result = if own { header.result.as_ref() } else { scope.ended.as_ref() };
            let at = place(scope);
            let none = Text::new(format!("（无，在 {at}）"), format!("(none, at {at})"));
            if result != Some(expected) {
                let found = result.map_or(none, Words::words);
                return at_key("result", differs(Text::new("结果", "result"), expected, found));
            }
        }
        if let Some(expected) = &expectation.stage {
            let found = header.stage.as_ref().map_or("", |stage| stage.zh.as_str());
            at_key("stage", equal(Text::new("阶段", "stage"), expected, found))?;
        }
        Ok(())
    }

    fn open_tasks(&self, expectation: &Expectation, header: &Instance) -> Compared {
        let mut tasks = self.tasks(&header.id)?;
        let under = |row: &str, wanted: &str| {
            is_row(row, wanted) || format!("/{row}").contains(&format!("/{wanted}/"))
        };
        if let Some(wanted) = &expectation.row {
            tasks.retain(|task| under(&self.row(&task.process, &task.scope), wanted));
        }
        if let Some(expected) = &expectation.tasks {
            let expected: BTreeSet<&str> = expected.iter().map(String::as_str).collect();
            let found: BTreeSet<&str> = tasks.iter().map(|task| task.step.as_str()).collect();
            if expected != found {
                let list = |set: BTreeSet<&str>| set.into_iter().collect::<Vec<_>>().join(", ");
                let what = Text::new("待办", "tasks");
                return at_key("tasks", differs(what, list(expected), list(found)));
            }
        }
        for (step, expected) in &expectation.open {
            let found = tasks.iter().filter(|task| task.step == *step).count();
            if usize::try_from(*expected) != Ok(found) {
                let what = what("待办数", "open at", step);
                return at_key("open", differs(what, expected.to_string(), found.to_string()));
            }
        }
        for (step, expected) in &expectation.due {
            let due = tasks.iter().find(|task| task.step == *step).and_then(|task| task.task.due);
            // A period ends at 24:00 of its last day, which is already the next one.
            let day = due.and_then(|due| due.checked_sub(SignedDuration::from_secs(1)).ok());
            let day = day.map(|day| self.core.live.calendar.local_date(day));
            if day != Some(*expected) {
                let found = day.map_or_else(none, |day| day.to_string().words());
                let what = what("期限", "due of", step);
                return at_key("due", differs(what, expected.to_string(), found));
            }
        }
        Ok(())
    }

    fn records(&self, expected: &[GivenRecord], perspective: Perspective) -> Compared {
        let today = self.core.live.calendar.local_date(self.core.clock.now());
        for record in expected {
            let id = RecordId::new(&record.record_type, &record.id);
            let found = self.read(|reader| records::record(reader, &id))?;
            let Some(found) = found else {
                let what = Text::new("记录", "record");
                return differs(what, format!("{}:{}", id.kind, id.id), none());
            };
            let values = found.view(today, None, perspective);
            for (name, value) in &record.values {
                let of = format!("{}:{} {name}", id.kind, id.id);
                let (zh, en) = match perspective {
                    Perspective::Local => ("记录（本单位）", "record (local)"),
                    Perspective::Official => ("记录（正式）", "record (official)"),
                };
                compare(what(zh, en, &of), &value.0, &values, name)?;
            }
        }
        Ok(())
    }

    fn events(&self, expectation: &Expectation, events: &[Recorded]) -> Compared {
        let kinds: Vec<String> = events.iter().map(kind).collect();
        for expected in &expectation.events {
            at_key("events", among(Text::new("事件", "event"), expected, &kinds))?;
        }
        let notices: Vec<String> = events
            .iter()
            .filter_map(|event| match &event.event {
                Event::Noticed { notice, .. } => Some(notice.clone()),
                _ => None,
            })
            .collect();
        for expected in &expectation.notices {
            at_key("notices", among(Text::new("通知", "notice"), expected, &notices))?;
        }
        for expected in &expectation.documents {
            at_key("documents", self.document(expected, events))?;
        }
        Ok(())
    }

    fn document(&self, expected: &ExpectedDocument, events: &[Recorded]) -> Compared {
        let made: Vec<(String, String)> = events
            .iter()
            .filter_map(|event| match &event.event {
                Event::DocumentMade { template, id, .. } => Some((template.clone(), id.clone())),
                _ => None,
            })
            .collect();
        let templates: Vec<String> = made.iter().map(|(template, _)| template.clone()).collect();
        among(Text::new("文书", "document"), &expected.template, &templates)?;
        let mut closest = Text::default();
        for (_, id) in made.iter().filter(|(template, _)| *template == expected.template) {
            let page = self
                .read(|reader| house::paper(reader, id))?
                .map(|(_, page)| page)
                .unwrap_or_default();
            let missing: Vec<&str> = expected
                .contains
                .iter()
                .filter(|words| !page.contains(words.as_str()))
                .map(String::as_str)
                .collect();
            if missing.is_empty() {
                return Ok(());
            }
            closest = Text::new(
                format!("缺少：{}\n{page}", missing.join("、")),
                format!("lacks: {}\n{page}", missing.join(", ")),
            );
        }
        differs(
            what("文书内容", "document", &expected.template),
            expected.contains.join("、"),
            closest,
        )
    }
}

fn place(scope: &Scope) -> &str {
    scope.at.as_deref().unwrap_or("—")
}

fn verdict(expected: &ExpectedVerdict, verdicts: &[Verdict]) -> Compared {
    let Some(found) =
        verdicts.iter().find(|v| v.rule == expected.rule || v.id.as_ref() == Some(&expected.rule))
    else {
        let known: Vec<&str> = verdicts.iter().map(|verdict| verdict.rule.as_str()).collect();
        return differs(Text::new("判定", "verdict"), &expected.rule, known.join(", "));
    };
    let said = says(found);
    if said != expected.says {
        return differs(what("判定", "verdict", &expected.rule), expected.says, said);
    }
    match &expected.reason {
        Some(words) if !found.reason.zh.contains(words.as_str()) => {
            differs(what("理由", "reason", &expected.rule), words, &found.reason.zh)
        }
        _ => Ok(()),
    }
}

/// Returns the kind of an event, as it is written down.
fn kind(event: &Recorded) -> String {
    let json = serde_json::to_value(&event.event).unwrap_or_default();
    json.get("kind").and_then(|kind| kind.as_str()).unwrap_or_default().to_owned()
}

/// Returns what is looked at, with the name that files give it.
fn what(zh: &str, en: &str, name: &str) -> Text {
    Text::new(format!("{zh} {name}"), format!("{en} {name}"))
}

fn compare(what: Text, expected: &serde_json::Value, fields: &Fields, name: &str) -> Compared {
    let found = at(fields, name);
    if same(expected, found) { Ok(()) } else { differs(what, expected.to_string(), shown(found)) }
}

fn equal(what: Text, expected: &str, actual: &str) -> Compared {
    if expected == actual { Ok(()) } else { differs(what, expected, actual) }
}

fn among(what: Text, expected: &str, found: &[String]) -> Compared {
    if found.iter().any(|found| found == expected) {
        Ok(())
    } else {
        differs(what, expected, found.join(", "))
    }
}

fn differs(what: Text, expected: impl Words, actual: impl Words) -> Compared {
    Err(Box::new(Failure {
        what,
        expected: expected.words(),
        actual: actual.words(),
        ..Failure::default()
    }))
}

/// Says under which key of an expectation a difference stands.
fn at_key(key: &str, compared: Compared) -> Compared {
    compared.map_err(|failure| Box::new(failure.under([Key::from(key)])))
}

/// Returns the key of what a step does.
fn verb(step: &ScenarioStep) -> Option<&'static str> {
    let verbs = [
        ("start", step.start.is_some()),
        ("check", step.check.is_some()),
        ("complete", step.complete.is_some()),
        ("task", step.task.is_some()),
        ("case", step.case.is_some()),
        ("message", step.message.is_some()),
    ];
    verbs.into_iter().find(|(_, is)| *is).map(|(verb, _)| verb)
}

/// Returns what a state is called; a word that is none reads the same in both languages.
fn in_state(word: &str) -> Text {
    let zh = match word {
        "open" => "办理中",
        "held" => "已暂停",
        "ended" => "已结束",
        other => other,
    };
    Text::new(zh, word)
}

/// Returns what is done with a task or a case, in Chinese; a word that is none as it is written.
fn done(act: &str) -> &str {
    match act {
        "claim" => "认领",
        "release" => "放回",
        "delegate" => "委托",
        "transfer" => "转交",
        "add-signer" => "加签",
        "recall" => "收回",
        "remind" => "催办",
        "copy" => "抄送",
        "withdraw" => "撤回",
        "hold" => "暂停",
        "resume" => "恢复",
        "terminate" => "终止",
        "reopen" => "重开",
        "add-item" => "添加一项",
        other => other,
    }
}

/// Returns what a step does, in short.
fn summary(step: &ScenarioStep) -> Text {
    let mut words: Vec<Text> = Vec::new();
    words.extend(step.at.iter().chain(&step.by).map(Words::words));
    let mut act = |zh: &str, en: &str, of: String| {
        words.push(Text::new(format!("{zh} {of}"), format!("{en} {of}")));
    };
    let case = |act: &StartAct| match &act.subject {
        Some(subject) => format!("{} {subject}", act.process),
        None => act.process.clone(),
    };
    if let Some(start) = &step.start {
        act("发起", "start", case(start));
    }
    if let Some(check) = &step.check {
        act("查问", "check", case(check));
    }
    if let Some(complete) = &step.complete {
        let row = complete.row.as_ref().map(|row| format!(" {row}")).unwrap_or_default();
        act("办理", "complete", format!("{}{row}: {}", complete.step, complete.outcome));
    }
    if let Some(task) = &step.task {
        act(done(&task.act), &task.act, task.step.clone());
    }
    if let Some(message) = &step.message {
        let answer = message.answer.as_deref().unwrap_or_default();
        act("消息", "message", format!("{}: {answer}", message.name));
    }
    for put in &step.put {
        act("写入", "put", format!("{}:{}", put.record_type, put.id));
    }
    words.extend(step.case.iter().map(|case| Text::new(done(&case.act), case.act.as_str())));
    let joined = |of: fn(&Text) -> &str| words.iter().map(of).collect::<Vec<_>>().join(" ");
    Text::new(joined(|text| &text.zh), joined(|text| &text.en))
}
