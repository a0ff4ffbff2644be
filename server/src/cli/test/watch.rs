//! `xueji test --watch`: plays again what a change of files can touch.
//!
//! Invariant: a scenario file is left out only when nothing of what changed is known to be read by it; whatever is not
//! known to be read by few is taken to be read by all.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use xueji_check::render;
use xueji_definition::Sources;
use xueji_definition::file::ScenarioFile;
use xueji_engine::scenario::{StoryResult, Trail, play_traced, rules_of};
use xueji_runtime::Release;

use super::super::{Exit, Io, Trouble, house};
use super::{Played, TestArgs, again, coverage, show};

/// How often the files are looked at.
const EVERY: Duration = Duration::from_millis(300);

/// Clears the screen and puts the cursor at its top.
const CLEAR: &str = "\u{1b}[2J\u{1b}[H";

pub(super) fn run(args: &TestArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    // A folder that is not there is told at once; later it may be on its way.
    let (mut sources, found) = house::sources(&args.folders)?;
    let mut checked = xueji_check::check_with(&sources, found);
    let stopped = stopped()?;
    let mut results: Vec<StoryResult> = Vec::new();
    let mut changed: Option<BTreeSet<String>> = None;
    loop {
        // What reads a pipe has no screen to clear.
        if std::io::stdout().is_terminal() {
            write!(io.out, "{CLEAR}")?;
        }
        let exit = match checked.release.take() {
            None => {
                let words =
                    render::text(&checked.findings, &checked.places, args.lang.into(), false);
                write!(io.out, "{words}")?;
                // What was not played stays to be played.
                results.clear();
                Exit::Findings
            }
            Some(release) => {
                let places = std::mem::take(&mut checked.places);
                let mut played = Played {
                    release: Arc::new(release),
                    places,
                    results: std::mem::take(&mut results),
                };
                let exit = replay(args, &mut played, changed.as_ref(), io)?;
                results = played.results;
                exit
            }
        };
        let waiting = args.lang.pick("等候改动，Ctrl-C 结束", "waiting for changes, Ctrl-C ends");
        writeln!(io.out, "{waiting}")?;
        io.out.flush()?;
        let Some((next, next_checked)) = next(args, &sources, &stopped) else {
            writeln!(io.out)?;
            return Ok(exit);
        };
        changed = Some(differing(&sources, &next));
        (sources, checked) = (next, next_checked);
    }
}

/// Plays what a change can touch, and tells of all.
fn replay(
    args: &TestArgs,
    played: &mut Played,
    changed: Option<&BTreeSet<String>>,
    io: &mut Io<'_>,
) -> Result<Exit, Trouble> {
    let begun = Instant::now();
    let known = &played.results;
    let touched = match changed {
        Some(changed) if !known.is_empty() => touched(changed, &played.release, known),
        _ => None,
    };
    let chosen = |id: &str| touched.as_ref().is_none_or(|touched| touched.contains(id));
    let fresh = play_traced(&played.release, &args.filter(), chosen);
    let fresh = fresh.map_err(|error| Trouble::of(Exit::Findings, &error))?;
    let count = fresh.len();
    let scenarios = &played.release.definitions.scenarios;
    played.results.retain(|result| !chosen(&result.file) && scenarios.contains_key(&result.file));
    played.results.extend(fresh);
    played
        .results
        .sort_by(|a, b| (&a.file, a.example, a.number).cmp(&(&b.file, b.example, b.number)));
    let now = jiff::Zoned::now().strftime("%H:%M:%S").to_string();
    let took = begun.elapsed().as_secs_f64();
    let zh = format!("演 {count} 个，{took:.1} 秒");
    let en = format!("played {count} in {took:.1} s");
    writeln!(io.out, "{now}  {}", args.lang.pick(&zh, &en))?;
    show::failures(played, args.lang, io.out)?;
    show::summary(&played.results, args.lang, io.out)?;
    if args.covers() {
        coverage::text(&coverage::of(played), played, args.lang, io.out)?;
    }
    let failed = played.results.iter().any(|result| result.failure.is_some());
    Ok(if failed { Exit::Findings } else { Exit::Good })
}

/// Waits for other texts; nothing when somebody ends it.
fn next(
    args: &TestArgs,
    before: &Sources,
    stopped: &AtomicBool,
) -> Option<(Sources, xueji_check::Checked)> {
    loop {
        std::thread::sleep(EVERY);
        if stopped.load(Ordering::Relaxed) {
            return None;
        }
        let read = house::sources(&args.folders).ok();
        if read.is_some_and(|(sources, _)| sources.files != before.files)
            && let Some(found) = again(args)
        {
            return Some(found);
        }
    }
}

/// Returns a flag that Ctrl-C raises.
fn stopped() -> Result<Arc<AtomicBool>, Trouble> {
    let raised = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&raised);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // The handler stands before this returns, so that no Ctrl-C after it ends the process unheard.
    let (ready, standing) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        runtime.block_on(async {
            let interrupted = tokio::signal::ctrl_c();
            tokio::pin!(interrupted);
            let at_once = tokio::time::timeout(Duration::ZERO, &mut interrupted).await;
            if ready.send(()).is_err() {
                return;
            }
            if at_once.is_ok() || interrupted.await.is_ok() {
                flag.store(true, Ordering::Relaxed);
            }
        });
    });
    standing
        .recv()
        .map_err(|_| Trouble::new(Exit::Io, "不能接收 Ctrl-C", "Ctrl-C cannot be listened for"))?;
    Ok(raised)
}

/// Returns the files that came, went, or have another text.
fn differing(before: &Sources, after: &Sources) -> BTreeSet<String> {
    let one_way = |one: &Sources, other: &Sources| {
        let differs = one.files.iter().filter(|(path, text)| other.files.get(*path) != Some(text));
        differs.map(|(path, _)| path.clone()).collect::<Vec<_>>()
    };
    one_way(before, after).into_iter().chain(one_way(after, before)).collect()
}

/// Returns the scenario files that a change can touch; `None` for all.
fn touched(
    changed: &BTreeSet<String>,
    release: &Release,
    known: &[StoryResult],
) -> Option<BTreeSet<String>> {
    let mut trails: BTreeMap<&str, Trail> = BTreeMap::new();
    for result in known {
        trails.entry(&result.file).or_default().join(&result.trail);
    }
    let scenarios = &release.definitions.scenarios;
    // What has never been played may read anything.
    let mut touched: BTreeSet<String> =
        scenarios.keys().filter(|id| !trails.contains_key(id.as_str())).cloned().collect();
    for path in changed {
        let parts: Vec<&str> = path.split('/').collect();
        let name = parts.last().and_then(|file| file.rsplit_once('.')).map_or("", |(stem, _)| stem);
        let reads = |id: &str, file: &ScenarioFile| {
            let trail = trails.get(id);
            let through = |process: &str| {
                named(file, process)
                    || trail.is_some_and(|trail| trail.steps.iter().any(|s| s.process == process))
            };
            match parts.as_slice() {
                [_, "scenarios", _] => Some(id == name || takes_over(release, file, name, 0)),
                [_, "processes", _] => Some(through(name)),
                [_, "forms", _] => Some(
                    release
                        .definitions
                        .processes
                        .values()
                        .any(|process| through(&process.id) && process.forms().contains(&name)),
                ),
                [_, "documents", _] => Some(trail.is_some_and(|trail| trail.papers.contains(name))),
                ["rules", _] => Some(asks_rules(release, file, path, &through)),
                _ => None,
            }
        };
        for (id, file) in scenarios {
            if reads(id, file)? {
                touched.insert(id.clone());
            }
        }
    }
    Some(touched)
}

/// Tells whether the stories of a file name a process.
fn named(file: &ScenarioFile, process: &str) -> bool {
    file.stories
        .iter()
        .flat_map(|story| &story.steps)
        .any(|step| step.start.iter().chain(&step.check).any(|start| start.process == process))
}

/// Tells whether a file takes over the records of another.
fn takes_over(release: &Release, file: &ScenarioFile, other: &str, depth: u32) -> bool {
    depth < 10
        && file.with.iter().any(|id| {
            let next = release.definitions.scenarios.get(id);
            id == other || next.is_some_and(|file| takes_over(release, file, other, depth + 1))
        })
}

/// Tells whether a scenario file tries a rule of a script, or goes through a process that asks one.
fn asks_rules(
    release: &Release,
    file: &ScenarioFile,
    script: &str,
    through: &dyn Fn(&str) -> bool,
) -> bool {
    let stands = |rule: &str| release.rules.get(rule).is_none_or(|rule| rule.file == script);
    file.examples.iter().any(|example| stands(&example.rule))
        || release.definitions.processes.values().any(|process| {
            through(&process.id) && rules_of(release, process).iter().any(|rule| stands(rule))
        })
}
