//! Where a task was opened, whether it is still open or not, and the header of a case alone.
//!
//! Invariant: a task's id ends with the number of the event that opened it, so that nothing has to be searched.

use xueji_runtime::ScopePath;
use xueji_runtime::event::Event;
use xueji_runtime::state::Instance;

use crate::engine::Engine;
use crate::keys;
use crate::queries::QueryError;
use crate::stored::{self, StoredEvent};

impl Engine {
    /// Returns the case and the scope in which a task was opened, also when it is no longer open.
    ///
    /// # Errors
    /// [`QueryError`] when the store cannot be read.
    pub fn place_of_task(&self, id: &str) -> Result<Option<(String, ScopePath)>, QueryError> {
        let parts =
            id.rsplit_once('-').and_then(|(instance, seq)| Some((instance, seq.parse().ok()?)));
        let Some((instance, seq)) = parts else { return Ok(None) };
        let event: Option<StoredEvent> =
            self.read(|reader| Ok(stored::get(reader, &keys::event(instance, seq))?))?;
        Ok(match event.map(|event| event.recorded.event) {
            Some(Event::TaskOpened { scope, task }) if task.id == id => {
                Some((instance.to_owned(), scope))
            }
            _ => None,
        })
    }

    /// Returns the header of a case.
    ///
    /// # Errors
    /// [`QueryError`] when the store cannot be read.
    pub fn header(&self, id: &str) -> Result<Option<Instance>, QueryError> {
        self.read(|reader| Ok(stored::get(reader, &keys::case(id))?))
    }
}
