//! Cases: one with all that is open in it, its history, lists, and the rows of a for-each.

use std::collections::BTreeMap;

use xueji_definition::value::Fields;
use xueji_runtime::event::Event;
use xueji_runtime::state::{Instance, InstanceState, Scope};
use xueji_runtime::verdict::Verdict;
use xueji_runtime::{RecordId, Recorded, ScopePath};
use xueji_store::{Direction, Range, Reader};

use super::tasks::{self, TaskView};
use super::{Page, Paging, QueryError, ReadId, mark, page};
use crate::index::Liveness;
use crate::keys;
use crate::stored::{self, StoredEvent};
use crate::view::merged_form;

/// The most open tasks that a case is shown with; all of them are to be had by the task list.
const TASKS_SHOWN: usize = 200;
/// How many of the last events are looked through for verdicts.
const EVENTS_LOOKED_THROUGH: usize = 500;

/// A case with what is open in it.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseView {
    /// The header.
    pub header: Instance,
    /// The case's own scope.
    pub root: Scope,
    /// The open tasks of all its scopes, at most 200.
    pub open_tasks: Vec<TaskView>,
    /// What the rules said when they were last judged.
    pub verdicts: Vec<Verdict>,
}

/// Which cases are asked for. Everything that is named must be so.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CaseFilter {
    /// The process.
    pub process: Option<String>,
    /// What they are about; rows about it count for their case.
    pub subject: Option<RecordId>,
    /// The state.
    pub state: Option<InstanceState>,
    /// Who started them.
    pub applicant: Option<String>,
}

/// A row of a for-each, or a branch.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The scope.
    pub scope: Scope,
    /// Whether it goes on.
    pub alive: bool,
    /// What its rules and tasks see: its own fields, then those of the scopes above.
    pub form: Fields,
}

/// Rows, with the counts over all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct RowPage {
    /// The rows.
    pub page: Page<Row>,
    /// How many rows there are.
    pub opened: u64,
    /// How many answered what.
    pub answered: BTreeMap<String, u64>,
    /// Whether all rows have been opened.
    pub filled: bool,
}

/// Returns a case.
pub(crate) fn case(reader: &dyn Reader, id: &str) -> Result<Option<CaseView>, QueryError> {
    let Some(header) = stored::get::<Instance>(reader, &keys::case(id))? else { return Ok(None) };
    let root = stored::get(reader, &keys::scope(id, &ScopePath::root()))?;
    let paging = Paging { after: None, limit: Some(TASKS_SHOWN) };
    let open_tasks = tasks::of_case(reader, id, &paging)?.items;
    let verdicts = last_verdicts(reader, id)?;
    let root = root.unwrap_or_else(|| Scope::new(ScopePath::root()));
    Ok(Some(CaseView { header, root, open_tasks, verdicts }))
}

fn last_verdicts(reader: &dyn Reader, id: &str) -> Result<Vec<Verdict>, QueryError> {
    let range = Range::prefix(&keys::events(id));
    for (key, value) in reader.scan(&range, None, EVENTS_LOOKED_THROUGH, Direction::Descending)? {
        let event: StoredEvent = stored::parse(&key, &value)?;
        if let Event::Started { verdicts, .. } | Event::Answered { verdicts, .. } =
            event.recorded.event
            && !verdicts.is_empty()
        {
            return Ok(verdicts);
        }
    }
    Ok(Vec::new())
}

/// Returns events of a case, the first one first.
pub(crate) fn history(
    reader: &dyn Reader,
    id: &str,
    paging: &Paging,
) -> Result<Page<Recorded>, QueryError> {
    page(reader, &Range::prefix(&keys::events(id)), paging, Direction::Ascending, |(key, value)| {
        let event: StoredEvent = stored::parse(key, value)?;
        Ok(Some(event.recorded))
    })
}

/// Returns cases, the last started first.
pub(crate) fn cases(
    reader: &dyn Reader,
    filter: &CaseFilter,
    paging: &Paging,
) -> Result<Page<Instance>, QueryError> {
    let (prefix, read): (Vec<u8>, ReadId) = match (&filter.subject, &filter.process, filter.state) {
        (Some(subject), process, _) => {
            let prefix = keys::all_of_subject(subject, process.as_deref());
            (prefix, |key| keys::read_of_subject(key).map(|(instance, _)| instance))
        }
        // The rows of large cases stand among those of their process, so that fewer are passed over by the state.
        (None, process, Some(state)) if process.is_none() || state != InstanceState::Ended => {
            (keys::all_of_state(state), keys::read_of_state)
        }
        (None, Some(process), _) => (keys::all_of_process(process), |key| {
            keys::read_of_process(key)
                .filter(|(_, path)| path.is_root())
                .map(|(instance, _)| instance)
        }),
        (None, None, _) => (keys::cases(), keys::read_case),
    };
    let mut last = None;
    page(reader, &Range::prefix(&prefix), paging, Direction::Descending, |(key, _)| {
        let Some(id) = read(key).filter(|id| last.as_ref() != Some(id)) else { return Ok(None) };
        let header: Option<Instance> = stored::get(reader, &keys::case(&id))?;
        last = Some(id);
        Ok(header.filter(|header| fits(header, filter)))
    })
}

fn fits(header: &Instance, filter: &CaseFilter) -> bool {
    filter.process.as_ref().is_none_or(|process| *process == header.process)
        && filter.state.is_none_or(|state| state == header.state)
        && filter.applicant.as_ref().is_none_or(|applicant| *applicant == header.applicant)
}

/// Returns one scope of a case.
pub(crate) fn row(
    reader: &dyn Reader,
    id: &str,
    path: &ScopePath,
) -> Result<Option<Row>, QueryError> {
    let Some(scope) = stored::get::<Scope>(reader, &keys::scope(id, path))? else {
        return Ok(None);
    };
    let mut liveness = Liveness::new(reader);
    let alive = scope.ended.is_none() && liveness.is_alive(id, path)?;
    let form = merged_form(&mut liveness, id, &scope)?;
    Ok(Some(Row { scope, alive, form }))
}

/// Returns the rows that the last visit of a step opened, by key; those below them are passed over, not read.
pub(crate) fn rows(
    reader: &dyn Reader,
    id: &str,
    above: &ScopePath,
    step: &str,
    paging: &Paging,
) -> Result<Option<RowPage>, QueryError> {
    let Some(opener) = stored::get::<Scope>(reader, &keys::scope(id, above))? else {
        return Ok(None);
    };
    let Some(branches) = opener.branches.get(step) else { return Ok(None) };
    let range = Range::prefix(&keys::scopes_from(id, &above.opened_by(step, branches.visit)));
    let mut liveness = Liveness::new(reader);
    let depth = above.segments().len() + 1;
    let mut items = Vec::new();
    let mut after = paging.key()?;
    let mut next = None;
    // One entry at a time: what lies below a row is jumped over.
    while let Some((key, value)) =
        reader.scan(&range, after.as_deref(), 1, Direction::Ascending)?.pop()
    {
        let Some((_, path)) = keys::read_scope(&key) else { break };
        if path.segments().len() > depth {
            after = Some(keys::after_scopes_below(id, &ancestor(path, depth)));
            continue;
        }
        if items.len() == paging.limit() {
            next = after.as_deref().map(mark);
            break;
        }
        let scope: Scope = stored::parse(&key, &value)?;
        let alive = scope.ended.is_none() && liveness.is_alive(id, &path)?;
        let form = merged_form(&mut liveness, id, &scope)?;
        items.push(Row { scope, alive, form });
        after = Some(key);
    }
    let answered = branches.answered.clone();
    Ok(Some(RowPage {
        page: Page { items, next },
        opened: branches.opened,
        answered,
        filled: branches.filled,
    }))
}

fn ancestor(mut path: ScopePath, depth: usize) -> ScopePath {
    while path.segments().len() > depth {
        match path.split() {
            Some((above, _)) => path = above,
            None => break,
        }
    }
    path
}
