//! Whatever process is drawn, every step and way of it is in every format, and every id is there once.

use std::collections::BTreeSet;

use proptest::prelude::*;
use xueji_definition::model::Kind;
use xueji_drawing::{Chart, Language, Target, bpmn, dot, mermaid, net, pnml, svg};

use crate::example::process;

/// A step of each kind by number, with two ways on; `at` keeps ids apart.
fn step(kind: u8, at: usize, one: &str, other: &str) -> String {
    let id = format!("s{at}");
    match kind {
        0 => format!(
            "  {id}: {{user-task: {{candidates: {{role: desk}}, outcomes: [approve, return]}}, next: {{approve: {one}, return: {other}}}}}\n"
        ),
        1 => format!("  {id}: {{service-task: [], next: {{done: {one}}}}}\n"),
        2 => format!(
            "  {id}: {{gateway: {{choices: [{{when: many-people, next: {one}}}], else: {other}}}}}\n"
        ),
        3 => format!(
            "  {id}: {{wait: {{days: 3, message: note, answers: [yes, no]}}, on: {{halt: {other}}}, next: {{elapsed: {one}, yes: {one}, no: {other}}}}}\n"
        ),
        4 => format!(
            "  {id}: {{call: {{process: other}}, next: {{approved: {one}, rejected: {other}}}}}\n"
        ),
        5 => format!(
            "  {id}:\n    parallel:\n      p{at}: {{user-task: {{candidates: {{role: head}}, outcomes: [approve, reject]}}}}\n      q{at}:\n        steps:\n          qa{at}: {{user-task: {{candidates: {{role: desk}}, outcomes: [approve, return]}}, next: {{approve: qb{at}, return: start}}}}\n          qb{at}: {{end: approve}}\n    join: {{when: all, counts: [approve], at-once: [reject]}}\n    next: {{approve: {one}, reject: {other}, short: {other}}}\n"
        ),
        6 => format!(
            "  {id}:\n    for-each:\n      items: rows\n      body:\n        steps:\n          ra{at}: {{user-task: {{candidates: {{role: desk}}, outcomes: [done, again]}}, on: {{halt: rb{at}}}, next: {{done: rb{at}, again: ra{at}}}}}\n          rb{at}: {{end: done}}\n    join: {{when: all, counts: [done]}}\n    next: {{approve: {one}, short: {other}}}\n"
        ),
        _ => format!(
            "  {id}: {{user-task: {{candidates: {{role: head}}, outcomes: [done]}}, due: {{days: 2, outcome: late}}, on: {{halt: {other}}}, next: {{done: {one}, late: {other}}}}}\n"
        ),
    }
}

fn processes() -> impl Strategy<Value = String> {
    let drawn = (0_u8..8, any::<prop::sample::Index>(), any::<prop::sample::Index>());
    prop::collection::vec(drawn, 1..9).prop_map(|kinds| {
        let count = kinds.len();
        let name = |at: usize| match at {
            at if at < count => format!("s{at}"),
            at if at == count => "start".to_owned(),
            _ => "over".to_owned(),
        };
        let mut text = String::new();
        for (at, (kind, one, other)) in kinds.iter().enumerate() {
            let (one, other) = (name(one.index(count + 2)), name(other.index(count + 2)));
            text.push_str(&step(*kind, at, &one, &other));
        }
        text.push_str("  over: {end: approved}\n");
        text
    })
}

/// Every id that a text gives with ` id="…"`, those that come twice told.
fn twice(text: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let ids = text.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next());
    ids.filter(|id| !seen.insert(*id)).map(str::to_owned).collect()
}

fn node(id: &str) -> String {
    format!("s_{}", id.replace('-', "_"))
}

fn every_step_and_way(chart: &Chart<'_>) -> Result<(), TestCaseError> {
    let picture = chart.picture();
    let (drawn, wiki, dots) = (svg::svg(chart), mermaid::mermaid(chart), dot::dot(chart));
    let (model, nets) = (bpmn::bpmn(chart), net::nets(chart));
    for step in chart.process.steps.values() {
        let id = &step.id;
        prop_assert!(drawn.contains(&format!("data-step=\"{id}\"")), "svg: {id}");
        prop_assert!(wiki.contains(&node(id)), "mermaid: {id}");
        prop_assert!(dots.contains(&format!("\"{id}\" [")), "dot: {id}");
        prop_assert!(model.contains(&format!("\"step_{id}\"")), "bpmn: {id}");
        let at = format!("at.{id}");
        let place = nets.iter().flat_map(|net| &net.places).any(|place| place.id == at);
        prop_assert!(place, "pnml: {id}");
        for way in chart.ways(step) {
            let to = match way.to {
                Target::Step(to) => to,
                Target::Start => "start",
                Target::Answer(_) => continue,
            };
            prop_assert!(picture.lines.iter().any(|l| l.from == *id && l.to == to), "{id} to {to}");
            prop_assert!(dots.contains(&format!("\"{id}\" -> \"{to}\"")), "dot: {id} to {to}");
        }
        let ways = chart.ways(step).len() + usize::from(matches!(step.kind, Kind::End { .. }));
        let fired = nets.iter().flat_map(|net| &net.transitions);
        let here = format!("t.{id}.");
        prop_assert!(fired.filter(|t| t.id.starts_with(&here)).count() >= ways, "pnml: {id}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_step_and_way_is_drawn_in_every_format(steps in processes()) {
        let read = process(&steps);
        every_step_and_way(&read.chart(Language::En))?;
    }

    #[test]
    fn ids_are_unique_in_bpmn_and_pnml_and_flows_end_where_they_say(steps in processes()) {
        let read = process(&steps);
        let chart = read.chart(Language::Zh);
        let model = bpmn::bpmn(&chart);
        prop_assert_eq!(twice(&model), Vec::<String>::new());
        prop_assert_eq!(twice(&pnml::pnml(&chart)), Vec::<String>::new());
        for end in model.split("sourceRef=\"").skip(1).chain(model.split("targetRef=\"").skip(1)) {
            let id = end.split('"').next().unwrap();
            let own = format!(" id=\"{id}\"");
            prop_assert!(model.contains(&own), "{}", id);
        }
    }

    #[test]
    fn no_box_of_a_picture_overlaps_one_beside_it(steps in processes()) {
        let read = process(&steps);
        let picture = read.chart(Language::Zh).picture();
        for (index, one) in picture.figures.iter().enumerate() {
            for other in picture.figures[index + 1..].iter().filter(|other| other.depth == one.depth) {
                prop_assert!(!one.area.overlaps(&other.area), "{} and {}", one.id, other.id);
            }
        }
    }
}
