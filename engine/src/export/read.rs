//! Cases of a span, read out of the past as logs, page by page.
//!
//! Invariant: of a case, no more events are held at a time than one page of its history.

use jiff::civil::Date;
use xueji_runtime::state::Instance;

use super::{CaseLog, CaseWalk, Naming, Persons};
use crate::past::Past;
use crate::queries::{CaseFilter, PAGE_MAX, Page, Paging, QueryError};

/// Which cases are exported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Span {
    /// The process; all when not said.
    pub process: Option<String>,
    /// The first day on which they started.
    pub since: Option<Date>,
    /// The last day on which they started.
    pub until: Option<Date>,
}

impl Span {
    fn takes(&self, header: &Instance) -> bool {
        self.since.is_none_or(|since| since <= header.started)
            && self.until.is_none_or(|until| header.started <= until)
    }
}

/// Returns the logs of the next cases, the last started first. A page may hold fewer than asked for and not be the last.
///
/// # Errors
/// The store cannot be read, or a page mark is not one that was given out.
pub fn page(
    past: &Past,
    span: &Span,
    paging: &Paging,
    naming: Naming,
    persons: &Persons<'_>,
) -> Result<Page<CaseLog>, QueryError> {
    let filter = CaseFilter { process: span.process.clone(), ..CaseFilter::default() };
    let found = past.cases(&filter, paging)?;
    let mut items = Vec::new();
    for header in found.items.iter().filter(|header| span.takes(header)) {
        items.push(log(past, header, naming, persons)?);
    }
    Ok(Page { items, next: found.next })
}

fn log(
    past: &Past,
    header: &Instance,
    naming: Naming,
    persons: &Persons<'_>,
) -> Result<CaseLog, QueryError> {
    let release = past.release(&header.release)?;
    let process = release.as_ref().and_then(|release| release.process(&header.process));
    let mut walk = CaseWalk::new(header, process, naming, persons);
    let mut paging = Paging { after: None, limit: Some(PAGE_MAX) };
    loop {
        let page = past.history(&header.id, &paging)?;
        page.items.iter().for_each(|event| walk.take(event));
        match page.next {
            Some(next) => paging.after = Some(next),
            None => return Ok(walk.finish()),
        }
    }
}
