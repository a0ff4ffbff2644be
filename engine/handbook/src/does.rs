//! What the system itself does at a step: papers, notices, numbers, records.
//!
//! Invariant: what only prepares another effect (fields filled in, messages to waiting cases) is not told: no reader meets it.

use xueji_definition::file::SettledState;
use xueji_definition::model::{EffectKind, Kind, Process, Step};

use crate::Book;

impl Book<'_> {
    /// Returns what is done without anybody at a step, in order; each thing once.
    pub(crate) fn does(&self, process: &Process, step: &Step) -> Vec<String> {
        let names = match &step.kind {
            Kind::ServiceTask { effects } | Kind::End { effects, .. } => effects,
            _ => return Vec::new(),
        };
        let mut told: Vec<String> = Vec::new();
        for effect in names.iter().filter_map(|name| process.effects.get(name)) {
            if let Some(words) = self.done_by(process, &effect.kind).filter(|w| !told.contains(w)) {
                told.push(words);
            }
        }
        told
    }

    fn done_by(&self, process: &Process, kind: &EffectKind) -> Option<String> {
        let record = |id: &str| {
            let known = self.definitions.records.records.get(id);
            known.map_or_else(|| id.to_owned(), |known| self.text(&known.title).to_owned())
        };
        Some(match kind {
            EffectKind::Document(paper) => {
                let public = if paper.public { self.say("（公开）", " (public)") } else { "" };
                let title = self.text(&paper.title);
                format!("{}{title}{}{public}", self.say("出具“", "makes “"), self.say("”", "”"))
            }
            EffectKind::Notice(notice) => {
                let known = self.definitions.notices.notices.get(&notice.notice);
                let title = known.map_or(notice.notice.as_str(), |known| self.text(&known.title));
                let to = notice.to.iter().map(|to| self.who(process, to)).collect::<Vec<_>>();
                let to = to.join(self.say("、", ", "));
                format!("{}{to}{}{title}”", self.say("通知", "tells "), self.say("：“", ": “"))
            }
            EffectKind::Number(number) => {
                let known = self.definitions.numbering.series.get(&number.series);
                let title = known.map_or(number.series.as_str(), |known| self.text(&known.title));
                format!("{}{title}”", self.say("编号：“", "gives a number: “"))
            }
            EffectKind::Create(create) => {
                format!("{}{}”", self.say("登记“", "records “"), record(&create.record))
            }
            EffectKind::Set(set) => {
                let id = set.record.as_deref().or(process.subject.as_deref())?;
                format!("{}{}”", self.say("更新“", "updates “"), record(id))
            }
            EffectKind::Settle(settle) => match settle.state {
                SettledState::Effective => {
                    self.say("所作的更新正式生效", "makes the updates final").to_owned()
                }
                SettledState::Refused => {
                    self.say("撤回所作的更新", "takes the updates back").to_owned()
                }
            },
            EffectKind::Fill(_) | EffectKind::Send(_) | EffectKind::Webhook(_) => return None,
        })
    }
}
