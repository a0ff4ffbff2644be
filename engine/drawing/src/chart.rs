//! A process together with what its drawing needs beside it: titles of roles and rules, and the language.
//!
//! Invariant: a chart only looks; words that nothing names are shown as they are written.

use xueji_definition::file::Candidates;
use xueji_definition::model::{JoinNeed, Kind, Process, Step, Within};
use xueji_definition::{Definitions, Text};
use xueji_rules::RuleSet;

use crate::ways::{Target, Way, Word};
use crate::words;

/// The language of a drawing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// 中文.
    #[default]
    Zh,
    /// English.
    En,
}

/// The applicant's own task, as `next` names it.
pub(crate) const START: &str = "start";

/// A process that is to be drawn.
#[derive(Debug, Clone, Copy)]
pub struct Chart<'a> {
    /// The process.
    pub process: &'a Process,
    /// Where roles, queries and called processes are found.
    pub definitions: &'a Definitions,
    /// The rules.
    pub rules: &'a RuleSet,
    /// The language.
    pub language: Language,
}

/// A scope of a process: the case's own, or one that a step opens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// Where it hangs; nothing for the case's own.
    pub(crate) within: Option<&'a Within>,
    /// The first step.
    pub(crate) entry: &'a str,
}

impl<'a> Chart<'a> {
    /// Returns the words of a text in the chart's language.
    #[must_use]
    pub fn text<'t>(&self, text: &'t Text) -> &'t str {
        match self.language {
            Language::Zh => &text.zh,
            Language::En => &text.en,
        }
    }

    /// Returns one of two words, by the chart's language.
    pub(crate) fn say<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        match self.language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    /// Returns the steps of a scope, in the order of the file.
    pub(crate) fn steps(&self, within: Option<&Within>) -> Vec<&'a Step> {
        self.process.steps.values().filter(|step| step.within.as_ref() == within).collect()
    }

    /// Returns the scopes that a step opens, each with its steps, in the order of the file.
    pub(crate) fn opened(&self, step: &'a Step) -> Vec<(&'a str, &'a str, Vec<&'a Step>)> {
        let scope = |branch: &'a str, entry: &'a str| {
            let within = Within { step: step.id.clone(), branch: branch.to_owned() };
            (branch, entry, self.steps(Some(&within)))
        };
        match &step.kind {
            Kind::Parallel { branches, .. } => {
                branches.iter().map(|(name, branch)| scope(name, &branch.entry)).collect()
            }
            Kind::ForEach(each) => vec![scope("body", &each.body.entry)],
            _ => Vec::new(),
        }
    }

    /// Returns every scope, those inside a scope before it, the case's own last.
    pub(crate) fn scopes(&self) -> Vec<Scope<'a>> {
        let mut scopes: Vec<Scope<'a>> = Vec::new();
        for step in self.process.steps.values().rev() {
            for (branch, entry, steps) in self.opened(step) {
                let within = steps.first().and_then(|inner| inner.within.as_ref());
                debug_assert!(within.is_none_or(|within| within.branch == branch));
                scopes.extend(within.map(|within| Scope { within: Some(within), entry }));
            }
        }
        scopes.push(Scope { within: None, entry: &self.process.entry });
        scopes
    }

    /// Returns what a step is called; an end to which nobody gave a name is called by its result.
    pub(crate) fn title(&self, step: &Step) -> String {
        let title = self.text(&step.title);
        match &step.kind {
            Kind::End { result, .. } if title == step.id => self.outcome(result),
            _ => title.to_owned(),
        }
    }

    /// Returns a result to stand below the title of its end, unless it says the same.
    pub(crate) fn result(&self, step: &Step) -> Option<String> {
        let Kind::End { result, .. } = &step.kind else { return None };
        let result = self.outcome(result);
        (result != self.title(step)).then_some(result)
    }

    /// Returns what a role is called.
    #[must_use]
    pub fn role(&self, role: &str) -> String {
        let known = self.definitions.organisation.roles.get(role);
        known.map_or_else(|| role.to_owned(), |known| self.text(&known.title).to_owned())
    }

    /// Returns who may do a task, in words.
    pub(crate) fn who(&self, candidates: &Candidates) -> String {
        let role = self.role(&candidates.role);
        if candidates.own {
            return format!("{role}{}", self.say("（本人）", " (own)"));
        }
        role
    }

    /// Returns what a process is called.
    pub(crate) fn called(&self, process: &str) -> String {
        let known = self.definitions.processes.get(process);
        known.map_or_else(|| process.to_owned(), |known| self.text(&known.title).to_owned())
    }

    /// Returns the word on a way.
    #[must_use]
    pub fn word(&self, word: &Word<'_>) -> String {
        match word {
            Word::Outcome(outcome) => self.outcome(outcome),
            Word::Message(message) => self.outcome(message),
            Word::Choice(rule) => {
                let known = self.rules.get(rule);
                known.map_or_else(|| (*rule).to_owned(), |known| self.text(&known.title).to_owned())
            }
            Word::Otherwise => self.say("否则", "else").to_owned(),
        }
    }

    /// Returns an outcome in the chart's language.
    pub(crate) fn outcome(&self, outcome: &str) -> String {
        match self.language {
            Language::Zh => {
                words::zh(outcome).or_else(|| self.code(outcome)).unwrap_or(outcome).to_owned()
            }
            Language::En => outcome.to_owned(),
        }
    }

    /// Returns what the office's own lists call a word in Chinese, if they call it one thing.
    fn code(&self, word: &str) -> Option<&'a str> {
        let lists = self.definitions.codes.lists.values();
        let mut named = lists.filter_map(|list| Some(list.entries.get(word)?.zh.as_str()));
        let first = named.next()?;
        named.all(|other| other == first).then_some(first)
    }

    /// Returns the ways of a step that stay in its scope or go to `start`, those with the same goal together.
    pub(crate) fn grouped(&self, step: &'a Step) -> Vec<(Target<'a>, Vec<Way<'a>>)> {
        let mut grouped: Vec<(Target<'a>, Vec<Way<'a>>)> = Vec::new();
        for way in self.ways(step) {
            let message = matches!(way.word, Word::Message(_));
            let known = grouped.iter_mut().find(|(to, ways)| {
                let same = ways.first().map(|w| matches!(w.word, Word::Message(_)));
                *to == way.to && same == Some(message)
            });
            match known {
                Some((_, ways)) => ways.push(way),
                None => grouped.push((way.to, vec![way])),
            }
        }
        grouped
    }

    /// Returns the words that a drawing shows on ways of a step with the same goal.
    pub(crate) fn shown(&self, step: &Step, ways: &[Way<'_>]) -> String {
        let message = ways.iter().any(|way| matches!(way.word, Word::Message(_)));
        // That the engine has done its work goes without saying.
        if matches!(step.kind, Kind::ServiceTask { .. }) && !message {
            return String::new();
        }
        self.label(ways)
    }

    /// Returns the words on ways with the same goal.
    pub(crate) fn label(&self, ways: &[Way<'_>]) -> String {
        let mut words: Vec<String> = ways.iter().map(|way| self.word(&way.word)).collect();
        words.dedup();
        words.join(" / ")
    }

    /// Returns when the branches of a step end it, in words.
    pub(crate) fn join(&self, step: &Step) -> Option<String> {
        let join = match &step.kind {
            Kind::Parallel { join, .. } => join,
            Kind::ForEach(each) => &each.join,
            _ => return None,
        };
        let list = |words: &[String]| {
            let words: Vec<String> = words.iter().map(|word| self.outcome(word)).collect();
            words.join(self.say("、", ", "))
        };
        let counts = list(&join.counts);
        let mut said = match (&join.need, self.language) {
            (JoinNeed::All, Language::Zh) => format!("全部{counts}"),
            (JoinNeed::All, Language::En) => format!("all {counts}"),
            (JoinNeed::Any, Language::Zh) => format!("任一{counts}"),
            (JoinNeed::Any, Language::En) => format!("any {counts}"),
            (JoinNeed::AtLeast(least), Language::Zh) => format!("至少 {} 个{counts}", least.0),
            (JoinNeed::AtLeast(least), Language::En) => format!("at least {} {counts}", least.0),
            (JoinNeed::Share(share), Language::Zh) => format!("{} 的比例{counts}", share.0),
            (JoinNeed::Share(share), Language::En) => format!("a share of {} {counts}", share.0),
        };
        if !join.at_once.is_empty() {
            said.push_str(self.say("；遇", "; at once on "));
            said.push_str(&list(&join.at_once));
            said.push_str(self.say("即止", ""));
        }
        if join.deadline.is_some() {
            said.push_str(self.say("；到期即止", "; ends at the deadline"));
        }
        Some(said)
    }
}
