//! Keys whose values say more than a name: fields of rows, what a signature rests on, what an example gives.
//!
//! Invariant: only tells what stands in the value; whose it is comes from the frame.

use xueji_definition::finding::{Route, Spot};
use xueji_definition::yaml::{KeyNode, Kind as Node_, Node};

use serde_json::Value;

use super::{Frame, MARK, Slot, Walk, text_of};
use crate::names::{Kind, Over, Owner};

impl Walk<'_> {
    /// Keys whose values say more than a name.
    pub(super) fn special(
        &mut self,
        group: &str,
        key: &str,
        value: &Node,
        route: &Route,
        frame: &Frame,
    ) {
        match (group, key) {
            ("Step", "rests-on") => {
                let Node_::Sequence(items) = &value.kind else { return };
                for (index, text) in
                    items.iter().enumerate().filter_map(|(at, item)| Some((at, text_of(item)?)))
                {
                    let below = route.then(index);
                    let here = Owner::Of(frame.within.0, frame.within.1.clone());
                    if let Some(field) = text.strip_prefix("form.") {
                        self.part(Kind::FormField, field, "form.", &below, here, frame);
                    } else if let Some(paper) = text.strip_prefix("materials.") {
                        self.part(Kind::Paper, paper, "materials.", &below, here, frame);
                    }
                }
            }
            ("Condition" | "RankBy" | "Fact", "field") => {
                if let Some(text) = text_of(value) {
                    self.row_field(text, route, frame);
                }
            }
            ("Query", "order") => {
                let Node_::Sequence(items) = &value.kind else { return };
                for (index, text) in
                    items.iter().enumerate().filter_map(|(at, item)| Some((at, text_of(item)?)))
                {
                    self.row_field(text, &route.then(index), frame);
                }
            }
            ("Candidates", "unit") => {
                let quoted = text_of(value)
                    .and_then(|text| text.trim().strip_prefix('"')?.strip_suffix('"'));
                if let Some(unit) = quoted.filter(|unit| !unit.contains('"')) {
                    self.part(Kind::Unit, unit, "\"", route, Owner::Global, frame);
                }
            }
            ("SendEffect", "answer") => self.sent(value, route, frame),
            ("Example", "given") => self.example(value, route, frame),
            _ => {}
        }
    }

    /// What an example gives to its rule, by root.
    pub(super) fn example(&mut self, value: &Node, route: &Route, frame: &Frame) {
        let Node_::Mapping(roots) = &value.kind else { return };
        let rule =
            self.names.mentions.iter().rev().find(|m| m.kind == Kind::Rule).map(|m| m.name.clone());
        let here = Owner::Of(Kind::Rule, rule.unwrap_or_default());
        for (root, fields) in roots {
            let Node_::Mapping(fields) = &fields.kind else { continue };
            let (kind, owner) = match root.scalar.text.as_str() {
                "form" => (Kind::FormField, here.clone()),
                "subject" => (Kind::RecordField, Owner::Subject(Box::new(here.clone()))),
                "item" => (Kind::RecordField, Owner::Item(Box::new(here.clone()))),
                "fact" => (Kind::Fact, Owner::Global),
                "param" => (Kind::Parameter, Owner::Global),
                _ => continue,
            };
            let below = route.then(&root.scalar.text);
            if kind == Kind::Parameter {
                self.parameters("", fields, &below, frame);
                continue;
            }
            for (field, _) in fields {
                let name = &field.scalar.text;
                let spot = Spot::Key(below.then(name));
                self.emit(kind, name, spot, "", owner.clone(), false, frame);
            }
        }
    }

    /// Parameters as groups in groups: each is told at its last key.
    fn parameters(&mut self, above: &str, group: &[(KeyNode, Node)], route: &Route, frame: &Frame) {
        for (key, value) in group {
            let name = format!("{above}{}", key.scalar.text);
            let below = route.then(&key.scalar.text);
            match &value.kind {
                Node_::Mapping(inner) => self.parameters(&format!("{name}."), inner, &below, frame),
                _ => self.emit(
                    Kind::Parameter,
                    &name,
                    Spot::Key(below),
                    "",
                    Owner::Global,
                    false,
                    frame,
                ),
            }
        }
    }

    /// Papers that are handed in with a form.
    pub(super) fn papers(&mut self, value: &Node, route: &Route, frame: &Frame) {
        let Node_::Mapping(entries) = &value.kind else { return };
        for (key, _) in entries {
            let name = &key.scalar.text;
            let owner = frame.process.clone();
            self.emit(Kind::Paper, name, Spot::Key(route.then(name)), "", owner, false, frame);
        }
    }

    /// A field of a row that a fact or query looks at.
    pub(super) fn row_field(&mut self, text: &str, route: &Route, frame: &Frame) {
        match &frame.over {
            Some(Over::Records(record)) => {
                let field = text.split('.').next().unwrap_or(text);
                self.part(
                    Kind::RecordField,
                    field,
                    "",
                    route,
                    Owner::Of(Kind::Record, record.clone()),
                    frame,
                );
            }
            Some(Over::Instances(processes)) => {
                let of = Owner::Processes(processes.clone());
                if let Some(field) = text.strip_prefix("form.") {
                    self.part(Kind::FormField, field, "form.", route, of, frame);
                } else if let Some(field) = text.strip_prefix("subject.") {
                    self.part(
                        Kind::RecordField,
                        field,
                        "subject.",
                        route,
                        Owner::Subject(Box::new(of)),
                        frame,
                    );
                }
            }
            None => {}
        }
    }

    pub(super) fn part(
        &mut self,
        kind: Kind,
        name: &str,
        before: &str,
        route: &Route,
        owner: Owner,
        frame: &Frame,
    ) {
        if name.contains(MARK) {
            self.slot = Some(Slot::Value { kind: Some(kind), schema: &Value::Null, owner });
        } else {
            self.emit(kind, name, Spot::Value(route.clone()), before, owner, false, frame);
        }
    }
}

/// Returns what a fact or query looks at.
pub(super) fn over(node: &Node) -> Option<Over> {
    if let Some(record) = node.get("records").and_then(text_of) {
        return Some(Over::Records(record.to_owned()));
    }
    let Node_::Sequence(items) = &node.get("instances")?.kind else { return None };
    Some(Over::Instances(items.iter().filter_map(text_of).map(str::to_owned).collect()))
}

/// Returns the processes that a story starts.
pub(super) fn started(node: &Node) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = vec![node];
    while let Some(node) = left.pop() {
        match &node.kind {
            Node_::Sequence(items) => left.extend(items.iter().rev()),
            Node_::Mapping(entries) => {
                for (key, value) in entries {
                    if ["start", "check"].contains(&key.scalar.text.as_str()) {
                        found.extend(value.get("process").and_then(text_of).map(str::to_owned));
                    } else if ["stories", "steps"].contains(&key.scalar.text.as_str()) {
                        left.push(value);
                    }
                }
            }
            Node_::Scalar(_) | Node_::Refused => {}
        }
    }
    found.sort();
    found.dedup();
    found
}
