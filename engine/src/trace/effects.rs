//! What a case does to records, numbers, papers, people and other cases, and what becomes of itself, in words.
//!
//! Invariant: every value that stands in a sentence has passed the [`super::Sight`] of the reader.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use xueji_definition::Text;
use xueji_definition::value::Value;
use xueji_runtime::RecordId;
use xueji_runtime::event::{Event, Timer, TimerKind};
use xueji_runtime::record::Standing;
use xueji_runtime::state::Open;

use super::answers;
use super::words::{Telling, Words, moment, note, plain};

impl Telling<'_> {
    /// What the case does to records, numbers, papers, people and other cases, and what becomes of itself.
    pub(super) fn effect(&self, event: &Event) -> Words {
        match event {
            Event::RecordSet { record, values, from, standing } => {
                let (zh, en) = standing_words(*standing);
                let about = self.names.record(record);
                let says = Text::new(
                    format!("修改 {}，自 {from} 起，{zh}", about.zh),
                    format!("{} changes from {from} on, {en}", about.en),
                );
                (says, self.values(record, values))
            }
            Event::RecordSettled { record, standing, from } => {
                let ((zh, en), about) = (standing_words(*standing), self.names.record(record));
                plain(
                    format!("{} 的待定修改：{zh}，自 {from} 起", about.zh),
                    format!("what was unsettled of {}: {en} from {from} on", about.en),
                )
            }
            Event::Numbered { number, .. } => plain(
                format!("编号 {}（{}）", number.text, number.series),
                format!("number {} ({})", number.text, number.series),
            ),
            Event::DocumentMade { title, hash, .. } => {
                let short: String = hash.chars().take(16).collect();
                plain(
                    format!("生成文书“{}”（SHA-256 {short}…）", title.zh),
                    format!("made the paper “{}” (SHA-256 {short}…)", title.en),
                )
            }
            Event::Noticed { to, title, text, .. } => {
                let to: Vec<Text> = to.iter().map(|offer| self.names.offer(offer)).collect();
                let all = |pick: fn(&Text) -> &str, between: &str| {
                    to.iter().map(pick).collect::<Vec<_>>().join(between)
                };
                let says = Text::new(
                    format!("通知 {}：{}", all(|t| &t.zh, "、"), title.zh),
                    format!("told {}: {}", all(|t| &t.en, ", "), title.en),
                );
                let lines = if self.sight.sees_words() { vec![text.clone()] } else { Vec::new() };
                (says, lines)
            }
            Event::MessageSent { message } => {
                let answer = message.answer.as_deref().map(answers::words);
                let (zh, en) = answer.map_or_else(Default::default, |answer| {
                    (format!("，答复：{}", answer.zh), format!(", answer: {}", answer.en))
                });
                plain(
                    format!("发出消息“{}”（{}）{zh}", message.name, message.key),
                    format!("sent the message “{}” ({}){en}", message.name, message.key),
                )
            }
            Event::WebhookCalled { address, .. } => {
                plain(format!("呼叫外部地址 {address}"), format!("called the address {address}"))
            }
            Event::TimerSet { timer } => self.timer(timer),
            Event::TimerParked { timer } => {
                let (words, _) = self.timer(timer);
                plain(
                    format!("事项暂停期间到时，留待恢复：{}", words.zh),
                    format!("came due while the case is held, kept until it goes on: {}", words.en),
                )
            }
            _ => self.case(event),
        }
    }

    fn timer(&self, timer: &Timer) -> Words {
        let due = moment(self.offset, timer.due);
        match &timer.what {
            TimerKind::Remind => {
                plain(format!("定于 {due} 催办"), format!("a reminder is to come on {due}"))
            }
            TimerKind::Escalate { .. } => {
                plain(format!("定于 {due} 上报"), format!("to be told to somebody above on {due}"))
            }
            TimerKind::Answer { outcome } => {
                let outcome = answers::words(outcome);
                plain(
                    format!("定于 {due} 自动答复：{}", outcome.zh),
                    format!("to answer by itself on {due}: {}", outcome.en),
                )
            }
            TimerKind::JoinDeadline => plain(
                format!("定于 {due} 以当时结果汇合"),
                format!("to join on {due} with what is there"),
            ),
            TimerKind::Open => plain("稍后开启其余分支", "the other branches open next"),
            _ => {
                plain(format!("{due} 与其他事项往来"), format!("deals with another case on {due}"))
            }
        }
    }

    /// What becomes of the case, and of others by it.
    fn case(&self, event: &Event) -> Words {
        match event {
            Event::CallRequested { process, subject, .. } => {
                let title = self.names.process(process);
                let about = subject.as_ref().map(|subject| self.names.record(subject));
                let (zh, en) = about.map_or_else(Default::default, |about| {
                    (format!("，对象：{}", about.zh), format!(", about {}", about.en))
                });
                plain(
                    format!("发起事项“{}”{zh}", title.zh),
                    format!("asked for a case of “{}”{en}", title.en),
                )
            }
            Event::CallStarted { called, .. } => {
                plain(format!("事项 {called} 已发起"), format!("case {called} has started"))
            }
            Event::ParentTold { parent, result } => {
                let result = answers::words(result);
                plain(
                    format!("告知事项 {}：{}", parent.instance, result.zh),
                    format!("case {} is told: {}", parent.instance, result.en),
                )
            }
            Event::CalledEnded { called } => {
                plain(format!("事项 {called} 一并终止"), format!("case {called} ends with it"))
            }
            Event::Held { reason } => {
                let (zh, en) = note(Some(reason).filter(|reason| self.may_say(reason)));
                plain(format!("暂停办理{zh}"), format!("is held{en}"))
            }
            Event::Resumed { reason } => {
                let (zh, en) = note(reason.as_ref());
                plain(format!("恢复办理{zh}"), format!("goes on{en}"))
            }
            Event::Ended { result, reason } => {
                let (result, (zh, en)) = (answers::words(result), note(reason.as_ref()));
                plain(format!("办结：{}{zh}", result.zh), format!("is over: {}{en}", result.en))
            }
            Event::Migrated { from, to, steps, reason } => {
                let short = |hash: &String| hash.chars().take(16).collect::<String>();
                let (from, to) = (short(from), short(to));
                let says = Text::new(
                    format!("改按版本 {to} 办理（原 {from}）：{reason}"),
                    format!("goes on by release {to} (before: {from}): {reason}"),
                );
                (says, renamed(steps))
            }
            Event::StepsRenamed { steps, .. } => {
                (Text::new("步骤改名", "steps are called otherwise"), renamed(steps))
            }
            Event::Reoffered { open, .. } => self.offered_anew(open),
            // All other events have had their words before.
            other => {
                let kind = super::kind(other);
                plain(kind.clone(), kind)
            }
        }
    }

    fn values(&self, record: &RecordId, values: &[(String, Option<Value>)]) -> Vec<Text> {
        let line = |(name, value): &(String, Option<Value>)| {
            let field = self.names.record_field(&record.kind, name);
            let json = match value {
                Some(value) => self.sight.record_value(&record.kind, name, value)?,
                None => Json::Null,
            };
            Some(self.line(name, field, &json))
        };
        values.iter().filter_map(line).collect()
    }

    /// What a step waits for after the case moved to another release.
    fn offered_anew(&self, open: &Open) -> Words {
        match open {
            Open::Task(task) => {
                let (words, lines) = self.opened(task);
                let says =
                    Text::new(format!("按新版本：{}", words.zh), format!("anew: {}", words.en));
                (says, lines)
            }
            Open::Wait { until, message, key, .. } => self.waits(*until, message.as_deref(), key),
            Open::Branches | Open::Call { .. } => {
                plain("按新版本继续等待", "goes on waiting, by the new release")
            }
        }
    }

    /// Tells whether the reason of a hold may be shown: one that rules gave holds values that they read.
    fn may_say(&self, reason: &str) -> bool {
        let mut given =
            self.said.iter().filter(|said| said.holds() && reason.contains(&said.reason.zh));
        self.sight.sees_words()
            || given.all(|said| {
                let mut reads = said.reads.iter();
                reads.all(|(path, value)| value.as_ref().is_none_or(|v| self.sight.sees(path, v)))
            })
    }
}

fn renamed(steps: &BTreeMap<String, String>) -> Vec<Text> {
    let line = |(old, new): (&String, &String)| {
        Text::new(format!("{old} → {new}"), format!("{old} → {new}"))
    };
    steps.iter().map(line).collect()
}

fn standing_words(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Effective => ("生效", "effective"),
        Standing::Pending => ("本单位内生效，尚待正式核准", "held locally, not yet official"),
        Standing::Proposed => ("拟议", "proposed"),
        Standing::Refused => ("不予核准", "refused"),
    }
}
