//! What a simulation tells: how cases end, where they wait, who is busy.
//!
//! Invariant: figures of rounds add up in any order to the same.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use xueji_definition::model::Process;

/// What was counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Figures {
    /// Cases that somebody asked to start.
    pub asked: u64,
    /// Cases that were started.
    pub started: u64,
    /// How they ended; `open` for those that had not.
    pub results: BTreeMap<String, u64>,
    /// Rules that kept cases from being started.
    pub refused_by: BTreeMap<String, u64>,
    /// Commands of people that were carried out.
    pub carried_out: u64,
    /// Commands that nobody may give, all of which were refused.
    pub unlawful: u64,
    /// Minutes from start to end of the cases that ended.
    pub minutes: u64,
    /// The cases that ended.
    pub ended: u64,
    /// Where time went, by step.
    pub steps: BTreeMap<String, StepFigures>,
    /// Who had to wait for whom, by role.
    pub queues: BTreeMap<String, QueueFigures>,
    /// Tasks that were given up, for forms or rules that chance could not meet, by step.
    pub given_up: BTreeMap<String, u64>,
    /// Steps of the process that no case reached, in the order of its file: nothing is known of them.
    pub unreached: Vec<String>,
    /// Steps that some case reached.
    #[serde(skip)]
    pub(super) reached: BTreeSet<String>,
}

/// Where time went at a step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StepFigures {
    /// How often it was left.
    pub times: u64,
    /// Minutes in which nobody worked on it.
    pub waiting: u64,
    /// Minutes in which somebody did.
    pub working: u64,
}

/// How many tasks waited for a role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct QueueFigures {
    /// The most at one time.
    pub most: u64,
    /// Tasks times the minutes that they waited.
    pub task_minutes: u64,
    /// Minutes that were looked at.
    pub minutes: u64,
}

impl QueueFigures {
    /// Returns how many waited on average, in hundredths.
    #[must_use]
    pub fn mean_hundredths(&self) -> u64 {
        self.task_minutes.saturating_mul(100).checked_div(self.minutes).unwrap_or(0)
    }
}

impl Figures {
    /// Adds what another round counted.
    pub(super) fn add(&mut self, other: &Self) {
        self.asked += other.asked;
        self.started += other.started;
        self.carried_out += other.carried_out;
        self.unlawful += other.unlawful;
        self.minutes += other.minutes;
        self.ended += other.ended;
        for (mine, theirs) in [
            (&mut self.results, &other.results),
            (&mut self.refused_by, &other.refused_by),
            (&mut self.given_up, &other.given_up),
        ] {
            for (name, count) in theirs {
                *mine.entry(name.clone()).or_default() += count;
            }
        }
        self.reached.extend(other.reached.iter().cloned());
        for (step, figures) in &other.steps {
            let own = self.steps.entry(step.clone()).or_default();
            own.times += figures.times;
            own.waiting += figures.waiting;
            own.working += figures.working;
        }
        for (role, figures) in &other.queues {
            let own = self.queues.entry(role.clone()).or_default();
            own.most = own.most.max(figures.most);
            own.task_minutes += figures.task_minutes;
            own.minutes += figures.minutes;
        }
    }

    /// Takes note of the steps that no case reached.
    pub(super) fn leave_out(&mut self, process: &Process) {
        let steps = process.steps.keys().filter(|step| !self.reached.contains(*step));
        self.unreached = steps.cloned().collect();
    }

    /// Counts the stretches of time in which tasks waited for a role, of a round that took so many minutes.
    pub(super) fn queue(&mut self, role: &str, waits: &[(Timestamp, Timestamp)], minutes: u64) {
        let mut turns: Vec<(Timestamp, i64)> = Vec::new();
        let figures = self.queues.entry(role.to_owned()).or_default();
        for (from, to) in waits {
            figures.task_minutes += minutes_between(*from, *to);
            turns.extend([(*from, 1), (*to, -1)]);
        }
        figures.minutes += minutes;
        // One that goes at a moment makes room for one that comes.
        turns.sort_unstable();
        let (mut now, mut most) = (0_i64, 0_i64);
        for (_, turn) in turns {
            now += turn;
            most = most.max(now);
        }
        figures.most = figures.most.max(u64::try_from(most).unwrap_or(0));
    }
}

/// Returns the whole minutes from one moment to another; 0 when the other is before.
pub(super) fn minutes_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_second().saturating_sub(from.as_second()) / 60).unwrap_or(0)
}
