//! The sentence of each event, and the lines that belong to it.
//!
//! Invariant: every value that stands in a sentence has passed the [`Sight`] of the reader.

use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::{Map, Value as Json};
use xueji_definition::Text;
use xueji_definition::file::Field;
use xueji_definition::model::Process;
use xueji_definition::value::{Fields, Value};
use xueji_runtime::event::{Event, Handing};
use xueji_runtime::state::{Answer, Kept, SignPlace, Task};
use xueji_runtime::verdict::Verdict;
use xueji_runtime::{RecordId, ScopePath};

use super::{Found, Judged, Named, Names, ReadValue, Sight, answers};

/// Where uploaded papers stand in a form.
const MATERIALS: &str = "materials";

/// What one event is told with.
pub(super) struct Telling<'a> {
    pub(super) names: &'a Names<'a>,
    pub(super) sight: &'a dyn Sight,
    pub(super) process: Option<&'a Process>,
    pub(super) step: Option<&'a Named>,
    pub(super) offset: Offset,
    /// What the rules said last before the event.
    pub(super) said: &'a [Verdict],
    /// How often the step was entered before in this scope.
    pub(super) times: u32,
}

pub(super) type Words = (Text, Vec<Text>);

pub(super) fn plain(zh: impl Into<String>, en: impl Into<String>) -> Words {
    (Text::new(zh, en), Vec::new())
}

/// Returns a moment as the office's clock showed it, to the minute.
pub(super) fn moment(offset: Offset, at: Timestamp) -> String {
    offset.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string()
}

fn colon(title: &Text, value: &Text) -> Text {
    Text::new(format!("{}：{}", title.zh, value.zh), format!("{}: {}", title.en, value.en))
}

/// Returns words behind a colon, if there are any.
pub(super) fn note(words: Option<&String>) -> (String, String) {
    match words.filter(|words| !words.trim().is_empty()) {
        Some(words) => (format!("：{words}"), format!(": {words}")),
        None => (String::new(), String::new()),
    }
}

impl Telling<'_> {
    /// Returns the sentence and the lines of an event.
    pub(super) fn words(&self, event: &Event) -> Words {
        match event {
            Event::Started { .. } => self.started(event),
            Event::Entered { stage, .. } => self.entered(stage.as_ref()),
            Event::TaskOpened { task, .. } => self.opened(task),
            Event::Answered { answer, form, cleared, to, defects, .. } => {
                self.answered(answer, form, cleared, to.as_deref(), defects)
            }
            Event::AnswerKept { answer, kept, .. } => self.kept(answer, kept),
            Event::Routed { next, .. } => {
                let next = self.names.step(self.process, next);
                plain(
                    format!("按规则走向“{}”", next.zh),
                    format!("the rules lead to “{}”", next.en),
                )
            }
            Event::SignatureKept { .. } => plain(
                "先前的答复仍然有效：所依据的内容没有变",
                "the earlier answer still holds: what it rests on has not changed",
            ),
            Event::Recalled { .. } => plain("收回了先前的答复", "took the earlier answer back"),
            Event::Interrupted { message, form, .. } => (
                Text::new(
                    format!("消息“{message}”到达，提前结束了这一步"),
                    format!("the message “{message}” came and ended the step before its time"),
                ),
                self.form(form),
            ),
            Event::WaitOpened { until, message, key, .. } => {
                self.waits(*until, message.as_deref(), key)
            }
            Event::Filled { form, .. } => {
                (Text::new("系统填写", "the engine filled in"), self.form(form))
            }
            _ => self
                .task(event)
                .or_else(|| self.branch(event))
                .unwrap_or_else(|| self.effect(event)),
        }
    }

    fn started(&self, event: &Event) -> Words {
        let Event::Started { process, release, subject, applicant, cohort, form, parent, .. } =
            event
        else {
            return plain("", "");
        };
        let title = self.names.process(process);
        let about = subject.as_ref().map(|subject| self.names.record(subject));
        let (about_zh, about_en) = about.map_or_else(Default::default, |about| {
            (format!("，对象：{}", about.zh), format!(", about {}", about.en))
        });
        let person = self.names.person(applicant);
        let says = Text::new(
            format!("{person}发起“{}”{about_zh}", title.zh),
            format!("{person} started “{}”{about_en}", title.en),
        );
        let short: String = release.chars().take(16).collect();
        let mut lines =
            vec![Text::new(format!("按版本 {short} 办理"), format!("on release {short}"))];
        if let Some(cohort) = cohort {
            lines.push(Text::new(format!("所属批次：{cohort}"), format!("cohort: {cohort}")));
        }
        if let Some(parent) = parent {
            lines.push(Text::new(
                format!("由事项 {} 的步骤 {} 发起", parent.instance, parent.step),
                format!("called by step {} of case {}", parent.step, parent.instance),
            ));
        }
        lines.extend(self.form(form));
        (says, lines)
    }

    fn entered(&self, stage: Option<&Text>) -> Words {
        let title = self.step.map(|step| step.title.clone()).unwrap_or_default();
        let (mut zh, mut en) = (format!("到达“{}”", title.zh), format!("came to “{}”", title.en));
        if self.times > 0 {
            let times = self.times + 1;
            zh = format!("第 {times} 次{zh}");
            en += &format!(" for the {times}. time");
        }
        if let Some(stage) = stage {
            zh += &format!("，阶段：{}", stage.zh);
            en += &format!(", stage: {}", stage.en);
        }
        plain(zh, en)
    }

    pub(super) fn opened(&self, task: &Task) -> Words {
        let offer = self.names.offer(&task.offer);
        let due = task.due.map(|due| moment(self.offset, due));
        let (due_zh, due_en) = due
            .map_or_else(Default::default, |due| (format!("，期限 {due}"), format!(", due {due}")));
        let says = Text::new(
            format!("任务 {} 交 {} 办理{due_zh}", task.id, offer.zh),
            format!("task {} is offered to {}{due_en}", task.id, offer.en),
        );
        (says, defects(&task.defects))
    }

    fn answered(
        &self,
        answer: &Answer,
        form: &Fields,
        cleared: &[String],
        to: Option<&str>,
        owed: &[String],
    ) -> Words {
        let outcome = answers::words(&answer.outcome);
        let says = match (&answer.by, &answer.on_behalf) {
            (None, _) => Text::new(
                format!("系统答复：{}", outcome.zh),
                format!("the engine answered: {}", outcome.en),
            ),
            (Some(_), None) => {
                Text::new(format!("答复：{}", outcome.zh), format!("answered: {}", outcome.en))
            }
            (Some(_), Some(other)) => {
                let other = self.names.person(other);
                Text::new(
                    format!("代 {other} 答复：{}", outcome.zh),
                    format!("answered for {other}: {}", outcome.en),
                )
            }
        };
        let mut lines = Vec::new();
        if let Some(opinion) = &answer.opinion {
            lines.push(Text::new(format!("意见：{opinion}"), format!("opinion: {opinion}")));
        }
        if let Some(to) = to {
            let to = self.names.step(self.process, to);
            lines.push(Text::new(format!("退回到“{}”", to.zh), format!("returned to “{}”", to.en)));
        }
        lines.extend(defects(owed));
        lines.extend(self.form(form));
        for field in cleared {
            let title = self.names.form_field(self.process, field).map(|field| field.title.clone());
            let title = title.unwrap_or_else(|| Text::new(field, field));
            lines.push(Text::new(format!("清空：{}", title.zh), format!("emptied: {}", title.en)));
        }
        (says, lines)
    }

    fn kept(&self, answer: &Answer, kept: &Kept) -> Words {
        let outcome = answers::words(&answer.outcome);
        let mut lines = defects(&kept.defects);
        if let Some(opinion) = &answer.opinion {
            lines.insert(0, Text::new(format!("意见：{opinion}"), format!("opinion: {opinion}")));
        }
        let says = Text::new(
            format!("已答复：{}，待加签完成后生效", outcome.zh),
            format!("answered: {}; it counts once the further signatures are there", outcome.en),
        );
        (says, lines)
    }

    pub(super) fn waits(
        &self,
        until: Option<Timestamp>,
        message: Option<&str>,
        key: &str,
    ) -> Words {
        let until = until.map(|until| moment(self.offset, until));
        match (until, message) {
            (Some(until), None) => plain(format!("等到 {until}"), format!("waits until {until}")),
            (None, Some(message)) => plain(
                format!("等待消息“{message}”（{key}）"),
                format!("waits for the message “{message}” ({key})"),
            ),
            (Some(until), Some(message)) => plain(
                format!("等待消息“{message}”（{key}），至迟 {until}"),
                format!("waits for the message “{message}” ({key}), until {until} at the latest"),
            ),
            (None, None) => plain("等待", "waits"),
        }
    }

    /// What people do with a task beside answering it.
    fn task(&self, event: &Event) -> Option<Words> {
        let person = |id: &String| self.names.person(id);
        Some(match event {
            Event::TaskAssigned { how, assignee, note: words, .. } => {
                let (zh, en) = note(words.as_ref());
                let to = assignee.as_ref().map(person).unwrap_or_default();
                match how {
                    Handing::Claim => plain("认领任务", "took the task"),
                    Handing::Release => plain("退还任务", "gave the task back"),
                    Handing::Transfer => plain(
                        format!("把任务转交 {to} 办理{zh}"),
                        format!("handed the task over to {to}{en}"),
                    ),
                }
            }
            Event::TaskDelegated { to, note: words, .. } => {
                let (to, (zh, en)) = (person(to), note(words.as_ref()));
                plain(format!("委派 {to} 拟办{zh}"), format!("had {to} prepare the answer{en}"))
            }
            Event::TaskPrepared { outcome, opinion, .. } => {
                let (outcome, (zh, en)) = (answers::words(outcome), note(opinion.as_ref()));
                plain(
                    format!("受委派拟办：{}{zh}", outcome.zh),
                    format!("prepared, as delegate: {}{en}", outcome.en),
                )
            }
            Event::SignerAdded { person: signer, place, .. } => {
                let signer = person(signer);
                let (zh, en) = match place {
                    SignPlace::Before => ("在答复之前", "before the answer"),
                    SignPlace::After => ("在答复之后", "after the answer"),
                    SignPlace::Beside => ("与答复同时", "beside the answer"),
                };
                plain(format!("请 {signer} {zh}加签"), format!("asked {signer} to sign {en}"))
            }
            Event::SignerAnswered { person: signer, outcome, opinion, .. } => {
                let (signer, outcome) = (person(signer), answers::words(outcome));
                let (zh, en) = note(opinion.as_ref());
                plain(
                    format!("{signer} 加签：{}{zh}", outcome.zh),
                    format!("{signer} signed: {}{en}", outcome.en),
                )
            }
            Event::Copied { person: to, note: words, .. } => {
                let (to, (zh, en)) = (person(to), note(words.as_ref()));
                plain(format!("抄送 {to}{zh}"), format!("copied in {to}{en}"))
            }
            Event::Reminded { escalated: true, .. } => {
                plain("逾期，已上报", "it is late; somebody above was told")
            }
            Event::Reminded { escalated: false, .. } => {
                plain("催办", "those who have the task were reminded")
            }
            _ => return None,
        })
    }

    /// What branches and scopes do.
    fn branch(&self, event: &Event) -> Option<Words> {
        let title = self.step.map(|step| step.title.clone()).unwrap_or_default();
        Some(match event {
            Event::BranchesOpened { .. } => plain("开始分办", "its branches begin to open"),
            Event::BranchesFilled { .. } => plain("各分支均已开启", "all branches are open"),
            Event::ScopeOpened { scope, subject, carried, .. } => {
                let key = last_key(scope);
                let about = subject.as_ref().map(|subject| self.names.record(subject));
                let (zh, en) = about.map_or_else(Default::default, |about| {
                    (format!("，对象：{}", about.zh), format!(", about {}", about.en))
                });
                let mut words =
                    plain(format!("开启分支 {key}{zh}"), format!("branch {key} opened{en}"));
                if carried.is_some() {
                    words.1.push(Text::new(
                        "沿用上一次的填写和签署",
                        "what was entered and signed before goes on",
                    ));
                }
                words
            }
            Event::BranchAnswered { key, outcome, .. } => {
                let outcome = answers::words(outcome);
                plain(
                    format!("分支 {key} 的结果：{}", outcome.zh),
                    format!("branch {key} answered: {}", outcome.en),
                )
            }
            Event::BranchReopened { key, outcome, .. } => {
                let outcome = answers::words(outcome);
                plain(
                    format!("分支 {key} 的结果作废：{}", outcome.zh),
                    format!("the answer of branch {key} is void: {}", outcome.en),
                )
            }
            Event::StepReopened { .. } => {
                plain(format!("“{}”重新进行", title.zh), format!("“{}” goes on again", title.en))
            }
            Event::ScopeEnded { scope, outcome } => {
                let (key, outcome) = (last_key(scope), answers::words(outcome));
                plain(
                    format!("分支 {key} 办结：{}", outcome.zh),
                    format!("branch {key} is over: {}", outcome.en),
                )
            }
            _ => return None,
        })
    }

    /// Returns a line for each field of a form that may be seen.
    fn form(&self, form: &Fields) -> Vec<Text> {
        let shown: Map<String, Json> = self.sight.form(form);
        let line = |(name, value): (&String, &Json)| {
            if name == MATERIALS {
                let papers: Vec<&str> =
                    value.as_object().map(|all| all.keys().map(String::as_str).collect())?;
                let papers = papers.join("、");
                return Some(Text::new(format!("材料：{papers}"), format!("papers: {papers}")));
            }
            let field = self.names.form_field(self.process, name);
            Some(self.line(name, field, value))
        };
        shown.iter().filter_map(line).collect()
    }

    pub(super) fn line(&self, name: &str, field: Option<&Field>, value: &Json) -> Text {
        let title = field.map_or_else(|| Text::new(name, name), |field| field.title.clone());
        colon(&title, &self.names.value(field, value))
    }

    /// Returns a verdict with what it read.
    pub(super) fn judged(&self, said: &Verdict, subject: Option<&RecordId>) -> Judged {
        let kind = subject.map(|subject| subject.kind.as_str());
        let read = |(path, value): (&String, &Option<Value>)| {
            let (title, field) = self.names.read(self.process, kind, path);
            let found = match value {
                None => Found::Nothing,
                Some(value) if !self.sight.sees(path, value) => Found::Masked,
                Some(value) => {
                    let json = value.to_json();
                    let words = self.names.value(field, &json);
                    Found::Value(json, words)
                }
            };
            ReadValue { path: path.clone(), title, found }
        };
        // A group that stands there only as a shape says nothing to people.
        let told = |(_, value): &(&String, &Option<Value>)| !matches!(value, Some(Value::Map(fields)) if fields.is_empty());
        Judged { said: said.clone(), reads: said.reads.iter().filter(told).map(read).collect() }
    }
}

fn defects(all: &[String]) -> Vec<Text> {
    all.iter()
        .map(|one| Text::new(format!("须补正：{one}"), format!("to be mended: {one}")))
        .collect()
}

fn last_key(scope: &ScopePath) -> String {
    scope.segments().last().map(|segment| segment.key.clone()).unwrap_or_default()
}
