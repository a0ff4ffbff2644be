//! From a name to where it is defined and where it is used.
//!
//! Invariant: what is found is what renaming would change.

use lsp_types::{DocumentHighlight, DocumentHighlightKind, Location, Position};
use xueji_definition::Place;

use crate::names::{Index, Kind, Mention};
use crate::workspace::Workspace;

impl Workspace {
    /// Returns where the name at a position is defined.
    #[must_use]
    pub fn definition(&self, path: &str, at: Position) -> Vec<Location> {
        let index = self.index();
        let Some(mention) = self.mention(&index, path, at) else { return Vec::new() };
        let found = index.definitions(&index.named(mention));
        found.into_iter().filter_map(|(file, m)| self.location(file, m.place)).collect()
    }

    /// Returns every place that names the same as the one at a position.
    #[must_use]
    pub fn references(&self, path: &str, at: Position, with_definition: bool) -> Vec<Location> {
        let index = self.index();
        let Some(mention) = self.mention(&index, path, at) else { return Vec::new() };
        let mut places: Vec<(&str, Place)> = index
            .all(&index.named(mention))
            .into_iter()
            .filter(|(_, m)| with_definition || !m.defines)
            .map(|(file, m)| (file, self.own_place(&index, m)))
            .collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().filter_map(|(file, place)| self.location(file, place)).collect()
    }

    /// Returns the places of the same file that name the same.
    #[must_use]
    pub fn highlights(&self, path: &str, at: Position) -> Vec<DocumentHighlight> {
        let index = self.index();
        let Some(mention) = self.mention(&index, path, at) else { return Vec::new() };
        let here = index.all(&index.named(mention)).into_iter().filter(|(file, _)| *file == path);
        here.map(|(_, m)| DocumentHighlight {
            range: self.range(path, self.own_place(&index, m)),
            kind: Some(if m.defines {
                DocumentHighlightKind::WRITE
            } else {
                DocumentHighlightKind::READ
            }),
        })
        .collect()
    }

    pub(crate) fn mention<'f>(
        &self,
        index: &Index<'f>,
        path: &str,
        at: Position,
    ) -> Option<&'f Mention> {
        let (line, column) = self.mark(path, at);
        index.at(path, line, column)
    }

    /// Returns the place of the name itself: a parameter that is read with a part of its value ends before that part.
    pub(crate) fn own_place(&self, index: &Index<'_>, mention: &Mention) -> Place {
        if mention.kind != Kind::Parameter {
            return mention.place;
        }
        let long = u32::try_from(index.written(mention).chars().count()).unwrap_or(0);
        // In groups within groups only the last part stands at the place.
        if mention.place.end_column < mention.place.column + long {
            return mention.place;
        }
        Place { end_column: mention.place.column + long, ..mention.place }
    }
}
