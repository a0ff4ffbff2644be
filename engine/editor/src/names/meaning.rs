//! What each key of each kind of group names: the one table from which completion, lookup and renaming are made.
//!
//! Invariant: groups are called as their schemas call them. A key that is not here names nothing.

use super::kind::Kind;

/// Returns what the value of a key names, or each element of its list.
pub(super) fn value(group: &str, key: &str) -> Option<Kind> {
    use Kind as K;
    Some(match (group, key) {
        ("ProcessFile" | "StartAct" | "Call", "process") => K::Process,
        ("Start" | "ForEach", "excludes")
        | ("Source", "instances")
        | ("Substitute", "processes") => K::Process,
        ("ProcessFile", "subject")
        | ("Role", "held-by")
        | ("Field", "record")
        | ("Source", "records") => K::Record,
        ("SetEffect" | "SettleEffect" | "CreateEffect", "record") => K::Record,
        ("GivenRecord" | "PutRecord" | "RecordRef", "type") => K::Record,
        ("RecordType", "id" | "label" | "cohort" | "unit") => K::RecordField,
        ("SetEffect", "clear") | ("Query", "key") => K::RecordField,
        ("FormFile" | "Start" | "Step" | "UserTask" | "Wait", "form") => K::Form,
        ("MaterialsFile" | "Start" | "Step" | "UserTask" | "Case", "materials") => K::Materials,
        ("MaterialItem", "id") => K::Paper,
        ("Start" | "Step" | "UserTask" | "Case" | "Query", "rules") => K::Rule,
        ("Choice", "when") | ("ExpectedVerdict" | "Example", "rule") => K::Rule,
        ("Candidates" | "Holder", "role") | ("Due", "escalate-to") | ("Substitute", "roles") => {
            K::Role
        }
        ("Holder", "unit") | ("Unit", "parent") => K::Unit,
        ("Holder" | "Substitute", "person")
        | ("Substitute" | "ScenarioStep", "by")
        | ("TaskAct", "to") => K::Person,
        ("MaterialItem" | "Field" | "CodeEntry", "class") | ("Role", "sees") => K::Class,
        ("Field" | "Parameter", "codes") => K::Codes,
        ("CodeEntry", "parent" | "shown-as") => K::Code,
        ("ProcessFile", "withdraw-until") | ("ForEach", "open-until" | "reopen-until") => K::Step,
        ("Step", "separate-from" | "next" | "on") | ("Gateway", "else") | ("Choice", "next") => {
            K::Step
        }
        ("CompleteAct" | "TaskAct" | "InstanceAct", "step")
        | ("CompleteAct", "to")
        | ("Expectation", "tasks") => K::Step,
        ("Step", "use") => K::SharedStep,
        ("Step", "service-task" | "effects") => K::Effect,
        ("Step" | "UserTask", "outcomes")
        | ("UserTask", "judged" | "opinion")
        | ("CompleteAct", "outcome") => K::Outcome,
        ("Step", "end") | ("Expectation", "result") | ("MessageAct", "answer") => K::Outcome,
        ("Wait", "answers") | ("Join", "counts" | "at-once") | ("Due", "outcome") => K::Outcome,
        ("Wait", "message") | ("SendEffect", "message") | ("MessageAct", "name") => K::Message,
        ("Wait", "window" | "window-end")
        | ("CalendarFact", "window-open" | "window-opens" | "window-closes") => K::Window,
        ("Wait", "day") | ("CalendarFact", "is-day" | "next-day") => K::Day,
        ("ForEach", "items") | ("DocumentEffect", "rows") | ("SendEffect", "first-of") => K::Query,
        ("NumberEffect", "series") => K::Series,
        ("NumberEffect" | "DocumentEffect", "into") => K::FormField,
        ("DocumentEffect" | "ExpectedDocument", "template") => K::Template,
        ("NoticeEffect", "notice") | ("Expectation", "notices") => K::Notice,
        ("WebhookEffect", "address") => K::Parameter,
        ("ScenarioFile", "scenarios") => K::Scenario,
        ("ScenarioFile", "with") => K::Scenario,
        _ => return None,
    })
}

/// Returns what the keys of a group whose keys are free name, and whether it is there that they are defined.
pub(super) fn keys(group: &str, key: &str) -> Option<(Kind, bool)> {
    use Kind as K;
    Some(match (group, key) {
        ("ProcessFile", "effects") => (K::Effect, true),
        ("SharedStepsFile", "steps") => (K::SharedStep, true),
        ("ProcessFile" | "Step", "steps") | ("Step", "parallel") => (K::Step, true),
        ("Step", "next") => (K::Outcome, false),
        ("Step", "on") => (K::Message, true),
        ("Effect", "fill") | ("Call", "form") => (K::FormField, false),
        ("StartAct" | "CompleteAct" | "MessageAct" | "Expectation", "form") => {
            (K::FormField, false)
        }
        ("SetEffect" | "CreateEffect", "values" | "compute") => (K::RecordField, false),
        ("GivenRecord" | "PutRecord", "values") => (K::RecordField, false),
        ("StartAct" | "CompleteAct", "override") => (K::Rule, false),
        ("Expectation", "open" | "due") => (K::Step, false),
        ("Scenario", "parameters") => (K::Parameter, false),
        ("FormFile", "fields") => (K::FormField, true),
        ("RecordType", "fields") => (K::RecordField, true),
        ("CodesFile", "lists") => (K::Codes, true),
        ("CodeList", "entries") => (K::Code, true),
        ("RecordsFile", "classes") => (K::Class, true),
        ("RecordsFile", "records") => (K::Record, true),
        ("FactsFile", "facts") => (K::Fact, true),
        ("FactsFile", "queries") => (K::Query, true),
        ("OrganisationFile", "units") => (K::Unit, true),
        ("OrganisationFile", "roles") => (K::Role, true),
        ("OrganisationFile", "people") => (K::Person, true),
        ("CalendarFile", "windows") => (K::Window, true),
        ("CalendarFile", "days") => (K::Day, true),
        ("ParametersFile", "parameters") => (K::Parameter, true),
        ("NumberingFile", "series") => (K::Series, true),
        ("NoticesFile", "notices") => (K::Notice, true),
        _ => return None,
    })
}

/// Tells whether what the value of a key names is defined there.
pub(super) fn defines(group: &str, key: &str) -> bool {
    matches!(
        (group, key),
        ("ProcessFile", "process")
            | ("FormFile", "form")
            | ("MaterialsFile", "materials")
            | ("ScenarioFile", "scenarios")
            | ("MaterialItem", "id")
            | ("Step" | "UserTask", "outcomes")
            | ("Step", "end")
            | ("Due", "outcome")
            | ("Wait", "answers" | "message")
    )
}

/// Tells whether the values below free keys are literals of the field that the key names.
pub(super) fn holds_literals(group: &str, key: &str) -> bool {
    matches!(
        (group, key),
        ("StartAct" | "CompleteAct" | "MessageAct" | "Expectation", "form")
            | ("SetEffect" | "CreateEffect" | "GivenRecord" | "PutRecord", "values")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use xueji_definition::schemas;

    /// A renamed group or key would leave rows that nothing meets.
    #[test]
    fn the_table_is_of_keys_that_the_schemas_have() {
        let mut known = std::collections::BTreeSet::new();
        for (_, schema) in schemas() {
            let title =
                schema.get("title").and_then(|title| title.as_str()).unwrap_or_default().to_owned();
            let inner =
                schema.get("definitions").and_then(|all| all.as_object()).into_iter().flatten();
            let groups = inner.map(|(name, group)| (name.clone(), group)).chain([(title, &schema)]);
            for (name, group) in groups {
                let keys =
                    group.get("properties").and_then(|keys| keys.as_object()).into_iter().flatten();
                known.extend(keys.map(|(key, _)| (name.clone(), key.clone())));
            }
        }
        let named = |(group, key): &(String, String)| {
            value(group, key).is_some() || keys(group, key).is_some()
        };
        assert!(known.iter().filter(|pair| named(pair)).count() > 90, "the table is alive");
        for (group, key) in [
            ("Step", "use"),
            ("Candidates", "role"),
            ("RecordsFile", "records"),
            ("Choice", "when"),
        ] {
            assert!(known.contains(&(group.to_owned(), key.to_owned())), "{group}.{key}");
        }
    }
}
