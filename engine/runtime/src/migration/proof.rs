//! Whether the steps at which a case's tokens stand are there in another release, and go on alike.
//!
//! Invariant: looks at definitions and at where tokens stand, never at a case's data, so that all cases that stand alike
//! are answered at once.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use xueji_definition::file::{Candidates, OrganisationFile};
use xueji_definition::model::{ForEach, Kind, Process, Step, Within};

use super::{Obstacle, ObstacleKind as Is, StepMap};
use crate::release::Release;
use crate::state::{Open, START, Scope};

/// What a token waits for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum At {
    /// Somebody's answer.
    Task,
    /// Further signatures to an answer that was given: this one.
    Signatures(String),
    /// A time or a message.
    Wait,
    /// Branches.
    Branches,
    /// A called case.
    Call,
}

/// Where a token stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Token {
    /// The step.
    pub step: String,
    /// What it waits for.
    pub at: At,
}

impl Token {
    /// Returns where the token of a scope stands; nothing when the scope has ended.
    #[must_use]
    pub fn of(scope: &Scope) -> Option<Self> {
        let at = match scope.open.as_ref()? {
            Open::Task(task) => match &task.answered {
                Some(answer) => At::Signatures(answer.outcome.clone()),
                None => At::Task,
            },
            Open::Wait { .. } => At::Wait,
            Open::Branches => At::Branches,
            Open::Call { .. } => At::Call,
        };
        Some(Self { step: scope.at.clone()?, at })
    }
}

/// Returns what stands in the way of moving a case of which the live tokens stand so. `organisation` and `on` say who
/// holds which role then.
#[must_use]
pub fn obstacles(
    (old, new): (&Release, &Release),
    process: &str,
    steps: &StepMap,
    tokens: &BTreeSet<Token>,
    (organisation, on): (&OrganisationFile, Date),
) -> Vec<Obstacle> {
    let Some(after) = new.process(process) else {
        let title = old.process(process).map(|process| process.title.clone());
        let (zh, en) = title.map_or_else(Default::default, |title| (title.zh, title.en));
        return vec![Obstacle::new(
            Is::ProcessGone,
            format!("新版本没有流程“{zh}”；此事项按原版本办完，或终止"),
            format!("the process “{en}” is not there; the case ends by its own release"),
        )];
    };
    let Some(before) = old.process(process) else { return Vec::new() };
    if before.subject != after.subject {
        return vec![Obstacle::new(
            Is::SubjectChanged,
            "新版本中流程的对象类型不同；此事项按原版本办完",
            "the process is about another type of record there; the case ends by its own release",
        )];
    }
    let proof = Proof { before, after, steps, organisation, on };
    let mut found = proof.map();
    found.extend(tokens.iter().filter(|token| token.step != START).flat_map(|t| proof.token(t)));
    found.sort();
    found.dedup();
    found
}

struct Proof<'a> {
    before: &'a Process,
    after: &'a Process,
    steps: &'a StepMap,
    organisation: &'a OrganisationFile,
    on: Date,
}

impl Proof<'_> {
    /// What is wrong with the mapping itself.
    fn map(&self) -> Vec<Obstacle> {
        let mut found = Vec::new();
        let mut taken = BTreeSet::new();
        for (old, new) in self.steps {
            let unfit = |zh: &str, en: &str| {
                let (zh, en) = (format!("{old}={new}：{zh}"), format!("{old}={new}: {en}"));
                Obstacle::new(Is::MapUnfit, zh, en).at(old)
            };
            if self.before.step(old).is_none() {
                found
                    .push(unfit("原版本没有前一个步骤", "the first is no step of the old release"));
            }
            if self.after.step(new).is_none() {
                found.push(unfit(
                    "新版本没有后一个步骤",
                    "the second is no step of the new release",
                ));
            }
            if !taken.insert(new) {
                found.push(unfit("后一个步骤用了两次", "the second is named twice"));
            }
        }
        found
    }

    fn token(&self, token: &Token) -> Vec<Obstacle> {
        let Some(before) = self.before.step(&token.step) else { return Vec::new() };
        let to = self.steps.get(&before.id).unwrap_or(&before.id);
        let say = |kind, zh: &str, en: &str| {
            let title = &before.title;
            let zh = format!("步骤“{}”{zh}", title.zh);
            vec![Obstacle::new(kind, zh, format!("step “{}” {en}", title.en)).at(&before.id)]
        };
        let Some(after) = self.after.step(to) else {
            return say(
                Is::StepGone,
                "在新版本中没有了；用 --map 指明由哪一步代替",
                "is not there; name with --map which step stands for it",
            );
        };
        if std::mem::discriminant(&before.kind) != std::mem::discriminant(&after.kind) {
            return say(
                Is::KindChanged,
                "在新版本中换了类型；请人处理，或留在原版本",
                "is of another kind there; somebody has to look, or it stays",
            );
        }
        if self.place(before.within.as_ref()) != after.within.as_ref().cloned() {
            return say(
                Is::ScopeChanged,
                "在新版本中移到了另一处（分支或逐项）；请人处理，或留在原版本",
                "stands in another branch or scope there; somebody has to look, or it stays",
            );
        }
        if to != &before.id && matches!(token.at, At::Branches | At::Call) {
            return say(
                Is::Renamed,
                "的分支或子事项还开着，改名要等办完这一步",
                "has branches or a called case open; it can get another name once it is left",
            );
        }
        self.same_work(token, before, after, &say)
    }

    /// Where a scope of the old release would hang in the new one.
    fn place(&self, within: Option<&Within>) -> Option<Within> {
        within.map(|within| Within {
            step: self.steps.get(&within.step).unwrap_or(&within.step).clone(),
            branch: within.branch.clone(),
        })
    }

    fn same_work(
        &self,
        token: &Token,
        before: &Step,
        after: &Step,
        say: &dyn Fn(Is, &str, &str) -> Vec<Obstacle>,
    ) -> Vec<Obstacle> {
        match (&before.kind, &after.kind) {
            (
                Kind::Parallel { branches: old, join: old_join },
                Kind::Parallel { branches, join },
            ) => {
                if !old.keys().eq(branches.keys()) {
                    return say(
                        Is::BranchesChanged,
                        "的分支已经开出，新版本的分支不同；等这一步办完",
                        "has opened its branches, and there they are others; wait until it is left",
                    );
                }
                if old_join != join {
                    return self.joined(say);
                }
            }
            (Kind::ForEach(old), Kind::ForEach(new)) => {
                let rows = |each: &ForEach| (each.items.clone(), each.subject, each.in_turn);
                if rows(old) != rows(new) {
                    return say(
                        Is::RowsChanged,
                        "已经逐项开出，新版本的各项不同；等这一步办完",
                        "has opened its rows, and there they are others; wait until it is left",
                    );
                }
                if old.join != new.join {
                    return self.joined(say);
                }
            }
            (Kind::Call(old), Kind::Call(new))
                if (&old.process, old.wait) != (&new.process, new.wait) =>
            {
                return say(
                    Is::CallChanged,
                    "的子事项还开着，新版本发起的不同；等子事项办完",
                    "waits for a called case, and there it calls otherwise; wait until it is over",
                );
            }
            (Kind::UserTask(_), Kind::UserTask(task)) => {
                if let At::Signatures(outcome) = &token.at
                    && !task.outcomes.contains(outcome)
                {
                    return say(
                        Is::AnswerGone,
                        "已有人答复，正等加签，新版本没有这种答复；等签完",
                        "was answered and waits for signatures, and there it has no such answer; wait for them",
                    );
                }
                return self.holders(after, &task.candidates);
            }
            _ => {}
        }
        Vec::new()
    }

    fn joined(&self, say: &dyn Fn(Is, &str, &str) -> Vec<Obstacle>) -> Vec<Obstacle> {
        say(
            Is::JoinChanged,
            "的分支还开着，新版本的汇合办法不同；等这一步办完",
            "has branches open, and there they are joined otherwise; wait until it is left",
        )
    }

    fn holders(&self, step: &Step, candidates: &Candidates) -> Vec<Obstacle> {
        let role = self.organisation.roles.get(&candidates.role);
        let by_record = role.is_some_and(|role| role.held_by.is_some());
        let held = self.organisation.holders.iter().any(|holder| {
            holder.role == candidates.role
                && holder.from.is_none_or(|from| from <= self.on)
                && holder.to.is_none_or(|to| self.on <= to)
        });
        if by_record || held || candidates.applicant {
            return Vec::new();
        }
        let (zh, en) = role
            .map_or((&candidates.role, &candidates.role), |role| (&role.title.zh, &role.title.en));
        let (step_zh, step_en) = (&step.title.zh, &step.title.en);
        vec![
            Obstacle::new(
                Is::NoHolder,
                format!("步骤“{step_zh}”在新版本中由“{zh}”办理，现在没有人担任；先在组织中任命"),
                format!("step “{step_en}” is for “{en}” there, and nobody is; name one first"),
            )
            .at(&step.id),
        ]
    }
}
