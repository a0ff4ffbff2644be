//! Processes as BPMN 2.0, with the diagram, for other tools to open.
//!
//! A step with several outcomes is followed by an exclusive gateway; `parallel` and `for-each` are subprocesses, the latter with
//! several instances; messages of `on` and deadlines that answer are events at the border; a branch that goes back to the
//! applicant ends in an error that its outermost subprocess hands to the applicant's task.
//!
//! Invariant: passes the official schema; no task joins or splits flows by itself; ids are unique and made from the steps' own.

mod diagram;
mod draft;
mod steps;
mod write;

use crate::chart::Chart;
use crate::xml::Xml;

/// Returns a process as a BPMN 2.0 document.
#[must_use]
pub fn bpmn(chart: &Chart<'_>) -> String {
    let model = draft::model(chart);
    let mut xml = Xml::document();
    write::write(&mut xml, chart, &model, |xml| {
        diagram::diagram(xml, &chart.process.id, &model.level)
    });
    xml.finish()
}

/// A process as BPMN has it.
#[derive(Debug, Default)]
struct Model {
    level: Level,
    /// Messages: id and name.
    messages: Vec<(String, String)>,
    /// Roles: id and name.
    resources: Vec<(String, String)>,
    /// Some branch goes back to the applicant.
    returns: bool,
}

/// What stands in one process or subprocess.
#[derive(Debug, Default)]
struct Level {
    nodes: Vec<Node>,
    flows: Vec<Flow>,
}

#[derive(Debug)]
struct Node {
    id: String,
    name: String,
    about: Option<String>,
    kind: NodeKind,
}

#[derive(Debug)]
enum NodeKind {
    Start,
    End(Ending),
    /// The role's resource.
    User {
        resource: String,
    },
    Service,
    Rule,
    Call {
        process: String,
    },
    Exclusive,
    EventBased,
    Parallel,
    Catch(Trigger),
    /// At the border of an activity.
    Border {
        host: String,
        trigger: Trigger,
    },
    Sub {
        level: Level,
        rows: Option<Rows>,
    },
}

/// How an end ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// This way is over.
    Plain,
    /// Everything beside it is over, too.
    All,
    /// The branch goes back to the applicant.
    Return,
}

/// What an event waits for.
#[derive(Debug, Clone)]
enum Trigger {
    /// A date or a time, as an expression.
    Timer { date: bool, text: String },
    /// A message's id.
    Message(String),
    /// A branch goes back to the applicant.
    Return,
}

/// How the instances of a subprocess run.
#[derive(Debug)]
struct Rows {
    in_turn: bool,
    /// When it ends before all have answered.
    until: Option<String>,
}

#[derive(Debug)]
struct Flow {
    id: String,
    from: String,
    to: String,
    name: String,
    /// None on the only way and on the default.
    condition: Option<String>,
    /// What a gateway takes when nothing else holds.
    default: bool,
    main: bool,
}

impl Level {
    fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }
}
