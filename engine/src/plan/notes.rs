//! What else somebody should know who puts a release live: cohorts that keep their own, releases that wait.
//!
//! Invariant: pure; reads what stands and what waits, and decides nothing.

use xueji_definition::Text;
use xueji_definition::file::RecordsFile;
use xueji_runtime::Release;

use super::prospect::{Prospect, Target};
use crate::releases::{Audience, Proposal, Standing, Stands, before, short, take_overtaken};

/// Returns what should be known beside the changes. `others` is the release that is for all others then.
pub(super) fn of(
    prospect: &Prospect,
    new: &Release,
    others: Option<&std::sync::Arc<Release>>,
    target: Target,
) -> Vec<Text> {
    let mut told = Vec::new();
    if target.audience == Audience::Others {
        told.extend(keep_their_own(&prospect.before));
    }
    if let (Some(_), Some(others)) = (target.audience.cohorts(), others) {
        told.extend(without_effect(new, others));
    }
    let from = prospect.due.and(target.from);
    let taken = prospect
        .waiting
        .iter()
        .find(|waits| from.is_some() && waits.from == from && waits.audience == target.audience);
    if let (Some(waits), Some(from)) = (taken, from) {
        let short = short(&waits.hash);
        told.push(Text::new(
            format!("{from} 已有版本 {short} 等着上线：须先撤回或改期那一个，或换一个日子"),
            format!(
                "{short} waits for {from} already: withdraw or renew that one, or take another day"
            ),
        ));
        return told;
    }
    told.extend(made_on(&prospect.now, &prospect.waiting, &prospect.base));
    let earlier: Vec<u64> =
        before(&prospect.waiting, prospect.due, u64::MAX).iter().map(|one| one.number).collect();
    let later = prospect.waiting.iter().filter(|one| !earlier.contains(&one.number)).cloned();
    told.extend(overtakes(&prospect.before.with(&new.hash, target.audience), later.collect()));
    told
}

/// Returns what should be known of a release that waits.
pub(super) fn of_waiting(
    now: &Standing,
    mut waiting: Vec<Proposal>,
    proposal: &Proposal,
) -> Vec<Text> {
    waiting.retain(|waits| waits.number != proposal.number);
    let earlier = before(&waiting, proposal.due, proposal.number);
    let then = now.after(earlier.iter().copied()).with(&proposal.hash, proposal.audience);
    let earlier: Vec<u64> = earlier.iter().map(|one| one.number).collect();
    let mut told = made_on(now, &waiting, &proposal.base);
    waiting.retain(|one| !earlier.contains(&one.number));
    told.extend(overtakes(&then, waiting));
    told
}

fn keep_their_own(standing: &Standing) -> Vec<Text> {
    let own = standing.of(Audience::Everyone).into_iter().filter_map(|stands| {
        let (cohorts, short) = (stands.cohorts?, short(&stands.hash));
        Some(Text::new(
            format!("届别 {cohorts} 仍用自己的版本 {short}；要一并改用请加 --every-cohort"),
            format!("cohorts {cohorts} keep their own release {short}; --every-cohort ends that"),
        ))
    });
    own.collect()
}

/// Says what of a release of some cohorts is without effect, because it is asked of the one for all others.
#[must_use]
pub fn without_effect(new: &Release, others: &Release) -> Vec<Text> {
    let (own, others) = (&new.definitions, &others.definitions);
    let known = |records: &RecordsFile| records.records.values().any(|kind| kind.cohort.is_some());
    if !known(&own.records) && !known(&others.records) {
        return vec![Text::new(
            "没有记录类型指明届别字段（records.yaml 的 cohort）：没有事项会用这个版本",
            "no record type names its cohort (`cohort` in records.yaml): no case would ever start on this release",
        )];
    }
    let differ = [
        ("organisation.yaml", own.organisation != others.organisation),
        ("calendars.yaml", own.calendars != others.calendars),
        ("records.yaml", own.records != others.records),
    ];
    let differ = differ.into_iter().filter(|(_, differs)| *differs);
    let told = differ.map(|(file, _)| {
        Text::new(
            format!("{file} 与通用版本不同：任职、日历和记录类型以通用版本为准，这里的改动不起作用"),
            format!(
                "{file} differs from the release for all others, whose roles, calendars and record types hold: the change is without effect"
            ),
        )
    });
    told.collect()
}

/// Says which releases of the base are not live yet.
fn made_on(now: &Standing, waiting: &[Proposal], base: &[Stands]) -> Vec<Text> {
    let mut told = Vec::new();
    for waits in waiting.iter().filter(|waits| base.iter().any(|on| on.hash == waits.hash)) {
        if now.of(waits.audience).iter().all(|stands| stands.hash == waits.hash) {
            continue;
        }
        let short = short(&waits.hash);
        let (zh, en) = match waits.from {
            Some(from) => (format!("{from} 上线"), format!("goes live on {from}")),
            None => ("待签发".to_owned(), "waits for signatures".to_owned()),
        };
        told.push(Text::new(
            format!("建立在等待中的版本 {short} 之上（{zh}）；那一个撤回或被否决时，这一个也不会上线"),
            format!(
                "it is made on {short}, which {en}; if that is withdrawn or rejected, this does not go live either"
            ),
        ));
    }
    told
}

/// Says which of the releases that wait do not go live any more once this has.
fn overtakes(then: &Standing, mut later: Vec<Proposal>) -> Vec<Text> {
    let told = take_overtaken(then, &mut later).into_iter().map(|waits| {
        let short = short(&waits.hash);
        let (zh, en) = match waits.from {
            Some(from) => (format!("（{from}）"), format!(" (for {from})")),
            None => (String::new(), String::new()),
        };
        Text::new(
            format!("上线后，等待中的版本 {short}{zh}就被超越，不再自动上线；看过差别再 renew"),
            format!("it overtakes {short}{en}, which waits: look at what differs, and renew it"),
        )
    });
    told.collect()
}
