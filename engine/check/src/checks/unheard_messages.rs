//! `message-unheard`: a message that a process sends and that no step of any process waits for.
//!
//! Why: the other case never wakes. Broken: `fixtures/broken/messages`. Mended: by the message's right name.

use std::collections::BTreeSet;

use xueji_definition::finding::{Finding, Severity::Warning};
use xueji_definition::model::{EffectKind, Kind};

use crate::Check;
use crate::site::{Said, Site};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[(
        "message-unheard",
        Warning,
        "没有哪个步骤等这个消息",
        "No step waits for this message.",
    )],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let processes = &world.definitions.processes;
    let mut heard: BTreeSet<&str> = BTreeSet::new();
    for step in processes.values().flat_map(|process| process.steps.values()) {
        heard.extend(step.on.keys().map(String::as_str));
        if let Kind::Wait(wait) = &step.kind {
            heard.extend(wait.message.as_deref());
        }
    }
    let mut findings = Vec::new();
    for process in processes.values() {
        let root = Site::file(process.file.as_str()).of_process(&process.id).then("effects");
        for (name, effect) in &process.effects {
            let EffectKind::Send(send) = &effect.kind else { continue };
            if !heard.contains(send.message.as_str()) && !world.is_mentioned(&send.message) {
                let said = Said::warning(
                    "message-unheard",
                    format!("没有哪个步骤等消息 `{}`", send.message),
                    format!("no step waits for the message `{}`", send.message),
                )
                .near(&send.message, heard.iter().copied());
                findings.push(
                    root.then(name).then("send").then("message").at_value(world.places, said),
                );
            }
        }
    }
    findings
}
