//! The sample of the definitions: loaded into a new data folder, with a token for everybody in it.
//!
//! Invariant: the store is there only once the whole sample is in it; what was interrupted is begun anew.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value as Json, json};
use xueji_definition::Sources;
use xueji_engine::Engine;
use xueji_engine::queries::{CaseFilter, Paging, RecordFilter};
use xueji_engine::sample::{Sample, load};
use xueji_runtime::{Perspective, people};
use xueji_store::{SledStore, Store};

use super::house::{self, STORE};
use super::{Exit, Io, Trouble, system};
use crate::api::error::ApiError;
use crate::api::tokens;

/// Where the sample is loaded, before it becomes the store.
const LOADING: &str = "store.loading";
/// The file with the tokens.
const TOKENS: &str = "sample-tokens.json";
/// The cases whose applicants get a token.
const CASES: usize = 200;
/// The records of a type that get a token although no case is about them.
const RECORDS: usize = 5;

/// Loads the sample into a data folder that has no store; does nothing in one that has.
pub(super) fn fill(
    data: &Path,
    workflows: &Path,
    seed: Sources,
    until: Timestamp,
    io: &mut Io<'_>,
) -> Result<(), Trouble> {
    if data.join(STORE).exists() {
        return Ok(());
    }
    let sample = read(&workflows.join("sample"))?;
    let loading = data.join(LOADING);
    if loading.exists() {
        fs::remove_dir_all(&loading)?;
    }
    writeln!(io.err, "正在载入样例数据… | loading the sample…")?;
    fs::create_dir_all(data)?;
    let store =
        SledStore::open(&loading, house::FORMAT).map_err(|error| Trouble::of(Exit::Io, &error))?;
    let store: Arc<dyn Store> = Arc::new(store);
    let loaded = load(&store, &house::builder(), seed, &sample, until);
    let loaded = loaded.map_err(|error| Trouble::of(Exit::Findings, &error))?;
    // Closed before it gets its name, for a store knows where it stands.
    drop(store);
    fs::rename(&loading, data.join(STORE))?;
    writeln!(
        io.err,
        "已载入 {0} 条记录、{1} 个故事 | {0} records and {1} stories are loaded",
        loaded.records, loaded.stories
    )?;
    Ok(())
}

fn read(folder: &Path) -> Result<Sample, Trouble> {
    let entries = fs::read_dir(folder).map_err(|error| {
        let path = folder.display();
        Trouble::new(
            Exit::NothingToRead,
            format!("没有样例数据 {path}：{}", system::in_chinese(&error)),
            format!("there is no sample at {path}: {error}"),
        )
    })?;
    let mut paths =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    // Tables come in by name, so that the same folder gives the same store.
    paths.sort();
    let mut sample = Sample::default();
    for path in paths {
        let stem =
            path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        match path.extension().and_then(|end| end.to_str()) {
            Some("csv") => sample.tables.push((stem, fs::read(&path)?)),
            Some("yaml") if stem == "stories" => sample.stories = Some(fs::read_to_string(&path)?),
            _ => {}
        }
    }
    Ok(sample)
}

/// Writes a token for everybody in the sample, unless that was done: for all who hold a role today, for the applicants
/// of cases, and for some records of each type whose records hold a role.
pub(super) fn write_tokens(data: &Path, engine: &Engine) -> Result<(), Trouble> {
    let path = data.join(TOKENS);
    if path.exists() {
        return Ok(());
    }
    let failed =
        |error: ApiError| Trouble { exit: Exit::Io, message: error.detail.clone(), hint: None };
    let mut told = Vec::new();
    for person in persons(engine).map_err(failed)? {
        let made = tokens::make(engine, &person, "sample", None).map_err(failed)?;
        told.push(entry(engine, &person, &made.secret));
    }
    let text = serde_json::to_string_pretty(&told).unwrap_or_default();
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&path)?.write_all(format!("{text}\n").as_bytes())?;
    Ok(())
}

fn persons(engine: &Engine) -> Result<BTreeSet<String>, ApiError> {
    let live = engine.live();
    let today = live.calendar.local_date(engine.now());
    let organisation = &live.release.definitions.organisation;
    let holds = |person: &&String| !people::roles(organisation, person, today).is_empty();
    let mut persons: BTreeSet<String> = organisation.people.keys().filter(holds).cloned().collect();
    let paging = |limit| Paging { after: None, limit: Some(limit) };
    let cases = engine.cases(&CaseFilter::default(), &paging(CASES))?;
    let of_record =
        cases.items.into_iter().map(|case| case.applicant).filter(|person| person.contains(':'));
    persons.extend(of_record);
    let kinds = organisation.roles.values().filter_map(|role| role.held_by.clone());
    for kind in kinds {
        let filter = RecordFilter {
            kind: kind.clone(),
            equal: Vec::new(),
            on: today,
            known_at: None,
            perspective: Perspective::Local,
        };
        let found = engine.records(&filter, &paging(RECORDS))?;
        persons.extend(found.items.into_iter().map(|record| format!("{kind}:{}", record.id.id)));
    }
    Ok(persons)
}

fn entry(engine: &Engine, person: &str, token: &str) -> Json {
    let live = engine.live();
    let definitions = &live.release.definitions;
    let today = live.calendar.local_date(engine.now());
    let roles = people::roles(&definitions.organisation, person, today);
    let roles = roles.iter().map(|held| json!({"role": held.role, "unit": held.unit}));
    let label = || {
        let id = people::record_of(&definitions.organisation, person)?;
        let field = definitions.records.records.get(&id.kind)?.label.as_ref()?;
        let record = engine.record(&id).ok()??;
        Some(record.value(field, today, None, Perspective::Local)?.to_string())
    };
    let name = people::name(&definitions.organisation, person).map(str::to_owned).or_else(label);
    json!({
        "name": name.unwrap_or_else(|| person.to_owned()),
        "person": person,
        "token": token,
        "roles": roles.collect::<Vec<_>>(),
    })
}
