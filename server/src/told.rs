//! What follows from a release that was handed in, in words; and what happens to releases, for the log.
//!
//! Invariant: reads only; says what is, and decides nothing.

use serde_json::Value as Json;
use xueji_definition::Text;
use xueji_definition::finding::Severity;
use xueji_engine::{
    Ask, Audience, Deployed, Engine, Happened, Listed, LiveTable, News, Proposal, ProposalState,
};

use xueji_engine::stored::Live;

use crate::api::error::ApiError;
use crate::api::releases::{DeployedOut, Outcome};
use crate::wire::Release;
use crate::wire::local;

/// The releases looked at for those that were overtaken.
const LOOKED_AT: usize = 200;

/// Returns what became of a release that was handed in, with what follows from it.
///
/// # Errors
/// The store cannot be read.
pub(crate) fn deployed(
    engine: &Engine,
    before: &LiveTable,
    ask: &Ask,
    deployed: &Deployed,
    findings: Vec<Json>,
) -> Result<DeployedOut, ApiError> {
    let table = engine.live_table();
    let mut told = Vec::new();
    let (outcome, release) = match deployed {
        Deployed::Unchanged(live) => (Outcome::Unchanged, Release::of_live(live, &table)),
        Deployed::Live(live) => {
            told.extend(open_on(engine, before, ask, &live.hash)?);
            told.extend(beside(&table, ask.audience));
            told.extend(without_effect(engine, &table, ask.audience, &live.hash)?);
            told.extend(overtaken(engine, live)?);
            (Outcome::Live, Release::of_live(live, &table))
        }
        Deployed::Waits(proposal) => {
            told.extend(waits(proposal, &table));
            told.extend(engine.tied(proposal)?);
            told.extend(open_on(engine, before, ask, &proposal.hash)?);
            told.extend(without_effect(engine, &table, ask.audience, &proposal.hash)?);
            (Outcome::Waits, Release::of_proposal(proposal, &table))
        }
    };
    if outcome != Outcome::Unchanged && release.note.is_none() {
        told.push(Text::new(
            "没有写说明：日后看不出改了什么、为什么（--note）",
            "there is no note: nobody will see what was changed and why (--note)",
        ));
    }
    Ok(DeployedOut { outcome, release, told, findings })
}

/// Says for what a release waits.
fn waits(proposal: &Proposal, table: &LiveTable) -> Vec<Text> {
    let mut told = Vec::new();
    let signed = u32::try_from(proposal.signatures.len()).unwrap_or(u32::MAX);
    let missing = proposal.needed.saturating_sub(signed);
    let short: String = proposal.hash.chars().take(16).collect();
    if missing > 0 {
        told.push(Text::new(
            format!("还须另外 {missing} 人签发：xueji releases approve {short}"),
            format!("{missing} more must sign: xueji releases approve {short}"),
        ));
    }
    if let Some(due) = proposal.due {
        let at = local(due, table.calendar.offset());
        told.push(Text::new(format!("{at} 起生效"), format!("goes live at {at}")));
    }
    told
}

/// Says which of the releases that waited do not go live any more because this one has.
fn overtaken(engine: &Engine, live: &Live) -> Result<Vec<Text>, ApiError> {
    let all = engine.all_releases(LOOKED_AT)?;
    let overtaken = all.iter().filter_map(|listed| match listed {
        Listed::Proposal(proposal) => match &proposal.state {
            ProposalState::Overtaken { at, by, .. } if *at == live.at && *by == live.hash => {
                let short: String = proposal.hash.chars().take(16).collect();
                Some(Text::new(
                    format!("等待中的版本 {short} 因此被超越，不再自动上线；看过差别再 xueji releases renew"),
                    format!("{short}, which waited, is overtaken by it: look at what differs, and xueji releases renew"),
                ))
            }
            _ => None,
        },
        Listed::Live(_) => None,
    });
    Ok(overtaken.collect())
}

/// Says how many cases stay on the releases that go.
fn open_on(
    engine: &Engine,
    before: &LiveTable,
    ask: &Ask,
    new: &str,
) -> Result<Vec<Text>, ApiError> {
    let counts = engine.open_by_release()?;
    let mut told = Vec::new();
    let mut seen = Vec::new();
    for stands in before.standing(ask.audience) {
        let count = counts.get(&stands.hash).copied().unwrap_or(0);
        if count == 0 || stands.hash == new || seen.contains(&stands.hash) {
            continue;
        }
        let short: String = stands.hash.chars().take(16).collect();
        told.push(Text::new(
            format!("{count} 件在办事项仍按 {short} 办完"),
            format!("{count} open cases stay on {short}"),
        ));
        seen.push(stands.hash);
    }
    Ok(told)
}

/// Says which cohorts keep a release of their own.
fn beside(table: &LiveTable, audience: Audience) -> Vec<Text> {
    if audience != Audience::Others {
        return Vec::new();
    }
    let own = table.all().skip(1).filter_map(|live| {
        let cohorts = table.live_for(live.info.number)?;
        let cohorts: Vec<String> = cohorts.iter().map(ToString::to_string).collect();
        let short: String = live.info.hash.chars().take(16).collect();
        let cohorts = cohorts.join(", ");
        Some(Text::new(
            format!("届别 {cohorts} 仍用自己的版本 {short}；要一并改用请加 --every-cohort"),
            format!("cohorts {cohorts} keep their own release {short}; --every-cohort ends that"),
        ))
    });
    own.collect()
}

/// Says what of a release of some cohorts is without effect, because it is asked of the one for all others.
fn without_effect(
    engine: &Engine,
    table: &LiveTable,
    audience: Audience,
    hash: &str,
) -> Result<Vec<Text>, ApiError> {
    if audience.cohorts().is_none() {
        return Ok(Vec::new());
    }
    let Some(release) = engine.release(hash)? else { return Ok(Vec::new()) };
    Ok(xueji_engine::plan::without_effect(&release, &table.release))
}

/// Says how much of a release that was accepted before would be refused by now.
pub(crate) fn refused_by_now(checked: &xueji_check::Checked) -> Option<Text> {
    let errors = checked.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let errors = errors.count();
    (errors > 0).then(|| {
        Text::new(
            format!("这个版本当初合格；按现在的校验有 {errors} 处错误，改动时须一并改正（xueji validate）"),
            format!("it was accepted then; today's checks find {errors} errors in it, to be mended with the next edit (xueji validate)"),
        )
    })
}

/// Writes what happens to releases into the log, once it is durable.
pub(crate) fn log(engine: &Engine) {
    engine.on_release(|News { hash, by, kind, what }: &News| {
        let by = by.as_deref().unwrap_or("-");
        match what {
            Happened::WentLive { number } => {
                tracing::info!(release = %hash, by, number, "release went live");
            }
            Happened::Stands(proposal) => {
                let state = proposal.state.word();
                match &proposal.state {
                    ProposalState::Overtaken { .. } | ProposalState::Broken { .. } => {
                        tracing::warn!(release = %hash, by, state, "release does not go live");
                    }
                    _ => tracing::info!(release = %hash, by, state, what = kind.word(), "release"),
                }
            }
        }
    });
}
