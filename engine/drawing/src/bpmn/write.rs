//! Writing the model in the order that the schema asks for.
//!
//! Invariant: elements and attributes are those of the schema, with nothing added.

use super::{Ending, Flow, Level, Model, Node, NodeKind, Trigger};
use crate::chart::Chart;
use crate::pnml::name;
use crate::xml::Xml;

const EXPRESSION: (&str, &str) = ("xsi:type", "bpmn:tFormalExpression");
/// The error by which a branch goes back to the applicant.
const RETURN: &str = "error_return";

pub(super) fn write(
    xml: &mut Xml,
    chart: &Chart<'_>,
    model: &Model,
    diagram: impl FnOnce(&mut Xml),
) {
    let process = chart.process;
    xml.open(
        "bpmn:definitions",
        &[
            ("xmlns:bpmn", "http://www.omg.org/spec/BPMN/20100524/MODEL"),
            ("xmlns:bpmndi", "http://www.omg.org/spec/BPMN/20100524/DI"),
            ("xmlns:dc", "http://www.omg.org/spec/DD/20100524/DC"),
            ("xmlns:di", "http://www.omg.org/spec/DD/20100524/DI"),
            ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
            ("id", &format!("definitions_{}", name(&process.id))),
            ("targetNamespace", "urn:xueji:processes"),
            ("exporter", "xueji"),
        ],
    );
    for (id, title) in &model.resources {
        xml.empty("bpmn:resource", &[("id", id), ("name", title)]);
    }
    for (id, title) in &model.messages {
        xml.empty("bpmn:message", &[("id", id), ("name", title)]);
    }
    if model.returns {
        let says = chart.say("退回申请人", "back to the applicant");
        xml.empty(
            "bpmn:error",
            &[("id", RETURN), ("name", says), ("errorCode", "return-to-start")],
        );
    }
    let id = format!("process_{}", name(&process.id));
    let title = chart.text(&process.title);
    xml.open("bpmn:process", &[("id", &id), ("name", title), ("isExecutable", "false")]);
    if let Some(about) = &process.about {
        xml.text("bpmn:documentation", &[], chart.text(about));
    }
    level(xml, &model.level);
    xml.close();
    diagram(xml);
}

fn level(xml: &mut Xml, inside: &Level) {
    for node in &inside.nodes {
        self::node(xml, inside, node);
    }
    for flow in &inside.flows {
        self::flow(xml, flow);
    }
}

fn node(xml: &mut Xml, inside: &Level, node: &Node) {
    let default = inside.flows.iter().find(|flow| flow.from == node.id && flow.default);
    let mut attributes: Vec<(&str, &str)> = vec![("id", &node.id)];
    if !node.name.is_empty() {
        attributes.push(("name", &node.name));
    }
    let called;
    match &node.kind {
        NodeKind::Call { process } => {
            called = format!("process_{}", name(process));
            attributes.push(("calledElement", &called));
        }
        NodeKind::Border { host, .. } => attributes.push(("attachedToRef", host)),
        NodeKind::Exclusive => attributes.extend(default.map(|flow| ("default", flow.id.as_str()))),
        _ => {}
    }
    xml.open(element(&node.kind), &attributes);
    if let Some(about) = &node.about {
        xml.text("bpmn:documentation", &[], about);
    }
    for flow in inside.flows.iter().filter(|flow| flow.to == node.id) {
        xml.text("bpmn:incoming", &[], &flow.id);
    }
    for flow in inside.flows.iter().filter(|flow| flow.from == node.id) {
        xml.text("bpmn:outgoing", &[], &flow.id);
    }
    match &node.kind {
        NodeKind::User { resource } => {
            xml.open("bpmn:potentialOwner", &[]);
            xml.text("bpmn:resourceRef", &[], resource);
            xml.close();
        }
        NodeKind::End(Ending::Return) => {
            xml.empty("bpmn:errorEventDefinition", &[("errorRef", RETURN)]);
        }
        NodeKind::End(Ending::All) => xml.empty("bpmn:terminateEventDefinition", &[]),
        NodeKind::Catch(trigger) | NodeKind::Border { trigger, .. } => self::trigger(xml, trigger),
        NodeKind::Sub { level: inner, rows } => {
            if let Some(rows) = rows {
                let in_turn = if rows.in_turn { "true" } else { "false" };
                xml.open("bpmn:multiInstanceLoopCharacteristics", &[("isSequential", in_turn)]);
                if let Some(until) = &rows.until {
                    xml.text("bpmn:completionCondition", &[EXPRESSION], until);
                }
                xml.close();
            }
            level(xml, inner);
        }
        _ => {}
    }
    xml.close();
}

fn element(kind: &NodeKind) -> &'static str {
    match kind {
        NodeKind::Start => "bpmn:startEvent",
        NodeKind::End(_) => "bpmn:endEvent",
        NodeKind::User { .. } => "bpmn:userTask",
        NodeKind::Service => "bpmn:serviceTask",
        NodeKind::Rule => "bpmn:businessRuleTask",
        NodeKind::Call { .. } => "bpmn:callActivity",
        NodeKind::Exclusive => "bpmn:exclusiveGateway",
        NodeKind::EventBased => "bpmn:eventBasedGateway",
        NodeKind::Parallel => "bpmn:parallelGateway",
        NodeKind::Catch(_) => "bpmn:intermediateCatchEvent",
        NodeKind::Border { .. } => "bpmn:boundaryEvent",
        NodeKind::Sub { .. } => "bpmn:subProcess",
    }
}

fn trigger(xml: &mut Xml, trigger: &Trigger) {
    match trigger {
        Trigger::Timer { date, text } => {
            xml.open("bpmn:timerEventDefinition", &[]);
            let what = if *date { "bpmn:timeDate" } else { "bpmn:timeDuration" };
            xml.text(what, &[EXPRESSION], text);
            xml.close();
        }
        Trigger::Message(message) => {
            xml.empty("bpmn:messageEventDefinition", &[("messageRef", message)]);
        }
        Trigger::Return => xml.empty("bpmn:errorEventDefinition", &[("errorRef", RETURN)]),
    }
}

fn flow(xml: &mut Xml, flow: &Flow) {
    let mut attributes: Vec<(&str, &str)> = vec![("id", &flow.id)];
    if !flow.name.is_empty() {
        attributes.push(("name", &flow.name));
    }
    attributes.extend([("sourceRef", flow.from.as_str()), ("targetRef", flow.to.as_str())]);
    match &flow.condition {
        None => xml.empty("bpmn:sequenceFlow", &attributes),
        Some(condition) => {
            xml.open("bpmn:sequenceFlow", &attributes);
            xml.text("bpmn:conditionExpression", &[EXPRESSION], condition);
            xml.close();
        }
    }
}
