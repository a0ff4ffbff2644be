//! A small process with every kind of step, in each format.

use xueji_drawing::{Language, bpmn, dot, mermaid, net, png, pnml, svg};

use crate::example::{EVERY_KIND, process};

#[test]
fn a_process_is_drawn_as_text_for_wikis_and_graphviz() {
    let read = process(EVERY_KIND);
    insta::assert_snapshot!("mermaid", mermaid::mermaid(&read.chart(Language::Zh)));
    insta::assert_snapshot!("dot", dot::dot(&read.chart(Language::En)));
}

#[test]
fn a_process_is_drawn_as_a_picture() {
    let read = process(EVERY_KIND);
    insta::assert_snapshot!("svg", svg::svg(&read.chart(Language::Zh)));
}

#[test]
fn a_process_is_written_as_bpmn() {
    let read = process(EVERY_KIND);
    let text = bpmn::bpmn(&read.chart(Language::En));
    let (model, diagram) = text.split_once("  <bpmndi:BPMNDiagram").unwrap();
    insta::assert_snapshot!("bpmn", model);
    let shapes = diagram.matches("<bpmndi:BPMNShape").count();
    let drawn = model.matches("</bpmn:").count();
    assert!(shapes > 20 && drawn > shapes, "{shapes} shapes");
}

#[test]
fn the_nets_of_a_process_are_one_a_scope_and_their_activities_those_of_a_log() {
    let read = process(EVERY_KIND);
    let mut told = String::new();
    for net in net::nets(&read.chart(Language::En)) {
        told.push_str(&format!("{}\n", net.id));
        for transition in &net.transitions {
            let place = |at: usize| net.places[at].id.as_str();
            let label = transition.label.as_deref().unwrap_or("·");
            told.push_str(&format!(
                "  {} → {label} → {}\n",
                place(transition.from),
                place(transition.to)
            ));
        }
    }
    insta::assert_snapshot!("nets", told);
    let process = read.definitions.processes.values().next().unwrap();
    assert_eq!(net::end_activity(process, "booked").as_deref(), Some("booked:approved"));
    assert_eq!(net::kept_activity(process, "hear").as_deref(), Some("hear:dismiss"));
    assert_eq!(net::kept_activity(process, "size"), None);
}

#[test]
fn a_document_of_nets_ends_with_the_cases_own_which_tools_take() {
    let read = process(EVERY_KIND);
    let text = pnml::pnml(&read.chart(Language::Zh));
    let nets: Vec<&str> = text.lines().filter(|line| line.contains("<net ")).collect();
    assert_eq!(nets.len(), 4, "the case, two branches, the rows");
    assert!(nets[3].contains("id=\"booking\""), "{nets:?}");
    assert_eq!(pnml::documents(&read.chart(Language::Zh)).len(), 4);
}

#[test]
fn without_a_font_that_has_the_characters_there_is_no_picture_of_empty_boxes() {
    let read = process(EVERY_KIND);
    let drawn = svg::svg(&read.chart(Language::Zh));
    let none = png::render(&drawn, Default::default());
    assert_eq!(none, Err(png::PngError::NoFont));
}

#[test]
fn the_same_definitions_give_the_same_bytes() {
    let (one, other) = (process(EVERY_KIND), process(EVERY_KIND));
    let all = |language| {
        let (a, b) = (one.chart(language), other.chart(language));
        assert_eq!(svg::svg(&a), svg::svg(&b));
        assert_eq!(bpmn::bpmn(&a), bpmn::bpmn(&b));
        assert_eq!(pnml::pnml(&a), pnml::pnml(&b));
    };
    all(Language::Zh);
    all(Language::En);
}
