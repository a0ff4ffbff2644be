//! Whose answers are named: those of a step, of the branches that a join counts, of a called process, of what a story does.
//!
//! Invariant: an owner of answers is `process/step`; a scope's own, which its ends give, are `process/step:branch`, and
//! those of the process `process/`.

use xueji_definition::finding::{Route, Spot};
use xueji_definition::yaml::{Kind as Node_, Node};

use super::{Frame, MARK, Walk, text_of};
use crate::names::{Kind, Over, Owner};

impl Walk<'_> {
    /// What a group changes of whose answers are named in it.
    pub(super) fn answering(&mut self, group: &str, node: &Node, frame: &mut Frame) {
        let said = |key: &str| node.get(key).and_then(text_of);
        let field = |kind: Kind, name: &str| {
            Some(Owner::Field(kind, name.to_owned(), Box::new(frame.process.clone())))
        };
        match group {
            "Step" => self.step(node, frame),
            "Wait" => {
                let own = own(frame);
                self.names.hears.extend(said("message").map(|message| (message.to_owned(), own)));
            }
            "CompleteAct" => frame.answers = field(Kind::Step, said("step").unwrap_or_default()),
            "MessageAct" => frame.answers = field(Kind::Message, said("name").unwrap_or_default()),
            "SendEffect" => {
                frame.answers = field(Kind::Message, said("message").unwrap_or_default());
            }
            "Expectation" => frame.answers = field(Kind::Process, ""),
            _ => {}
        }
    }

    fn step(&mut self, node: &Node, frame: &mut Frame) {
        let own = own(frame);
        let mut add = |from: String| self.names.answers.push((own.clone(), from));
        let said = |node: &Node, key: &str| node.get(key).and_then(text_of).map(str::to_owned);
        if let Some(shared) = said(node, "use") {
            add(format!("{shared}/{shared}"));
        }
        if let Some(process) = node.get("call").and_then(|call| said(call, "process")) {
            add(format!("{process}/"));
        }
        if let Some(Node_::Mapping(branches)) = node.get("parallel").map(|node| &node.kind) {
            for (key, branch) in branches {
                let name = &key.scalar.text;
                add(match branch.get("steps") {
                    Some(_) => format!("{own}:{name}"),
                    None => format!("{}/{name}", frame.within.1),
                });
            }
        }
        if node.get("for-each").is_some() {
            add(format!("{own}:"));
        }
        if node.get("steps").is_some() {
            frame.scope = format!("{own}:{}", frame.branch.take().unwrap_or_default());
        }
    }

    /// The result that a condition on cases asks for, or the answer that an effect sends, in quotes.
    pub(super) fn result(&mut self, text: &str, route: &Route, frame: &Frame) {
        if let Some(Over::Instances(processes)) = &frame.over {
            let of = Box::new(Owner::Processes(processes.clone()));
            let owner = Owner::Field(Kind::Process, String::new(), of);
            self.emit(Kind::Outcome, text, Spot::Value(route.clone()), "", owner, false, frame);
        }
    }

    /// The answer that an effect sends: an expression that is one text.
    pub(super) fn sent(&mut self, value: &Node, route: &Route, frame: &Frame) {
        let quoted =
            text_of(value).and_then(|text| text.trim().strip_prefix('"')?.strip_suffix('"'));
        let plain = quoted.filter(|answer| !answer.contains('"') && !answer.contains(MARK));
        if let (Some(answer), Some(owner)) = (plain, frame.answers.clone()) {
            self.part(Kind::Outcome, answer, "\"", route, owner, frame);
        }
    }
}

/// Returns whose the answers of the step are that is walked.
fn own(frame: &Frame) -> String {
    format!("{}/{}", frame.within.1, frame.step.as_deref().unwrap_or_default())
}
