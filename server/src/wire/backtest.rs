//! A backtest, as callers ask for it and get it.
//!
//! Invariant: holds no value of a form or record but those that the reasons of rules name; only administrators get it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use xueji_definition::Text;
use xueji_engine::backtest::Report;

/// Which cases are judged again, and under what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BacktestIn {
    /// The edited files by path: `workflows/processes/x.yaml`, `rules/x.rhai`.
    pub files: BTreeMap<String, String>,
    /// The first day on which the cases started.
    pub since: Date,
    /// The last day.
    pub until: Option<Date>,
    /// The process; all when not said.
    pub process: Option<String>,
    /// Judge cases that still go on, too.
    #[serde(default)]
    pub open: bool,
}

/// What a backtest found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Backtest {
    /// The first day on which the cases started.
    pub since: Option<Date>,
    /// The last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// The process; absent when all were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// The hash of the edited files.
    pub release: String,
    /// Which parameters the edited rules were judged with.
    pub parameters: Text,
    /// The cases.
    pub cases: u64,
    /// The moments at which rules were judged: starts, answers, gateways.
    pub moments: u64,
    /// The verdicts looked at.
    pub verdicts: u64,
    /// Those that say the same.
    pub same: u64,
    /// Those among them of which only the words of the reason differ.
    pub reworded: u64,
    /// The cases in which at least one verdict changed.
    pub cases_changed: u64,
    /// By process and rule: `process, rule, title, verdicts, changed, now_blocks, now_passes, cannot_tell`.
    pub rules: Vec<Json>,
    /// Every changed verdict: `instance, seq, process, date, step, row, rule, id, kind` (verdict, effect, added, dropped or
    /// rerouted), `then` and `now` (each `says, effect, reason, consequence, leads_to`), `parameters` (`name, then, now`).
    pub changes: Vec<Json>,
    /// What cannot be told: `instance, seq, process, date, step, row, rule, why` (`is, of`), `words`.
    pub cannot_tell: Vec<Json>,
}

impl From<Report> for Backtest {
    fn from(report: Report) -> Self {
        fn all<T: Serialize>(items: &[T]) -> Vec<Json> {
            items.iter().filter_map(|item| serde_json::to_value(item).ok()).collect()
        }
        Self {
            since: report.since,
            until: report.until,
            rules: all(&report.rules),
            changes: all(&report.changes),
            cannot_tell: all(&report.cannot_tell),
            process: report.process,
            release: report.release,
            parameters: report.parameters,
            cases: report.cases,
            moments: report.moments,
            verdicts: report.verdicts,
            same: report.same,
            reworded: report.reworded,
            cases_changed: report.cases_changed,
        }
    }
}
