//! Scalars that are looked into: expressions, texts with braces, and literals that may be codes.
//!
//! Invariant: a place is that of the word itself, within quotes and behind escapes.

use serde_json::Value;
use xueji_definition::Place;
use xueji_definition::finding::{Key, Route, Spot};
use xueji_definition::yaml::{KeyNode, Kind as Node_, Node};

use super::{Frame, MARK, Slot, Walk, shrink, text_of};
use crate::names::{Kind, Over, Owner, script};

impl Walk<'_> {
    pub(super) fn expression(&mut self, node: &Node, route: &Route, frame: &Frame) {
        let Some(text) = text_of(node) else { return };
        if let Some(at) = text.find(MARK) {
            let before = text.get(..at).unwrap_or_default().to_owned();
            self.slot = Some(Slot::Expression { before, within: frame.within.clone() });
            return;
        }
        self.script(text, (1, 1), route, frame);
    }

    pub(super) fn braces(&mut self, node: &Node, route: &Route, frame: &Frame) {
        let Some(text) = text_of(node) else { return };
        for (line, raw) in (1_u32..).zip(text.split('\n')) {
            for (before, inside) in script::braces(raw) {
                if let Some(at) = inside.find(MARK) {
                    let before = inside.get(..at).unwrap_or_default().to_owned();
                    self.slot = Some(Slot::Expression { before, within: frame.within.clone() });
                } else {
                    self.script(inside, (line, before + 1), route, frame);
                }
            }
        }
    }

    /// The names in a script that stands in a scalar, from a line and column of the scalar's text.
    pub(super) fn script(&mut self, text: &str, from: (u32, u32), route: &Route, frame: &Frame) {
        let (names, file) = (&self.names, self.file);
        let place = |line: u32, column: u32, word: &str| {
            let column = if line == 1 { from.1 + column - 1 } else { column };
            let place =
                names.places.spot(file, &Spot::Inside(route.clone(), from.0 + line - 1, column));
            shrink(names.places.line_text(file, place.line)?, place, "", word)
        };
        let found = script::mentions(text, &frame.within, &place);
        self.names.mentions.extend(found);
    }

    /// A literal for a field: if the field holds codes, it is one.
    pub(super) fn literal(
        &mut self,
        value: &Node,
        route: &Route,
        owner: Owner,
        below: &[String],
        frame: &Frame,
    ) {
        match &value.kind {
            Node_::Scalar(scalar) if scalar.text.contains(MARK) => {
                self.slot =
                    Some(Slot::Value { kind: Some(Kind::Code), schema: &Value::Null, owner });
            }
            // Which codes a field within a field holds is not followed.
            Node_::Scalar(_) if !below.is_empty() => {}
            Node_::Scalar(scalar) => {
                self.emit(
                    Kind::Code,
                    &scalar.text,
                    Spot::Value(route.clone()),
                    "",
                    owner,
                    false,
                    frame,
                );
            }
            Node_::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.literal(item, &route.then(index), owner.clone(), below, frame);
                }
            }
            Node_::Mapping(entries) => {
                for (key, value) in entries {
                    let name = &key.scalar.text;
                    if name.contains(MARK) {
                        self.slot = field_key(&owner, below, entries);
                    }
                    let inner = [below, std::slice::from_ref(name)].concat();
                    self.literal(value, &route.then(name), owner.clone(), &inner, frame);
                }
            }
            Node_::Refused => {}
        }
    }

    pub(super) fn condition(&mut self, text: &str, route: &Route, frame: &Frame) {
        let keys = route
            .0
            .iter()
            .rposition(|key| *key == Key::from("where"))
            .and_then(|at| route.0.get(..at + 2));
        let Some(keys) = keys else { return };
        let field = Spot::Value(Route(keys.to_vec()).then("field"));
        let place = self.names.places.spot(self.file, &field);
        let last = self.names.mentions.iter().rev().find(|m| {
            m.place.line == place.line
                && m.place.column >= place.column
                && m.place.end_column <= place.end_column
        });
        if let Some((kind, name, owner)) = last.map(|m| (m.kind, m.name.clone(), m.owner.clone())) {
            self.emit(
                Kind::Code,
                text,
                Spot::Value(route.clone()),
                "",
                Owner::Field(kind, name, Box::new(owner)),
                false,
                frame,
            );
        } else if self.said(&place) == "result" {
            self.result(text, route, frame);
        } else if let (Some(Over::Instances(processes)), "step") = (&frame.over, self.said(&place))
        {
            let of = Owner::Processes(processes.clone());
            self.emit(Kind::Step, text, Spot::Value(route.clone()), "", of, false, frame);
        }
    }

    /// Returns the text at a place of one line.
    pub(super) fn said(&self, place: &Place) -> &str {
        let line = self.names.places.line_text(self.file, place.line).unwrap_or_default();
        let byte = |column: u32| {
            let chars = usize::try_from(column).unwrap_or(1).saturating_sub(1);
            line.char_indices()
                .map(|(at, _)| at)
                .chain([line.len()])
                .nth(chars)
                .unwrap_or(line.len())
        };
        line.get(byte(place.column)..byte(place.end_column)).unwrap_or_default()
    }
}

/// Returns that a key of the fields of a field may stand there.
fn field_key(owner: &Owner, below: &[String], entries: &[(KeyNode, Node)]) -> Option<Slot> {
    let Owner::Field(kind, name, of) = owner else { return None };
    let keys = entries.iter().map(|(key, _)| key.scalar.text.clone());
    let present = keys.filter(|key| !key.contains(MARK)).collect();
    let path = [std::slice::from_ref(name), below].concat();
    Some(Slot::FieldKey { kind: *kind, owner: (**of).clone(), path, present })
}
