//! Findings as a log in SARIF 2.1.0, which code hosts and editors show.
//!
//! Invariant: passes the schema of the standard; a rule stands in it once, and only if a finding has its code.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use xueji_definition::edit::edits;
use xueji_definition::finding::{Finding, Related, Spot};
use xueji_definition::{Place, Text};

use super::{Report, weight};
use crate::silence::By;
use crate::{CodeDoc, codes, explain};

/// The name of our fingerprint, with its version.
const FINGERPRINT: &str = "xuejiFinding/v1";

pub(super) fn write(report: &Report<'_>, version: &str) -> String {
    let hidden: Vec<Finding> =
        report.silenced.iter().map(|silenced| silenced.finding.clone()).collect();
    let used: BTreeSet<&str> =
        report.findings.iter().chain(&hidden).map(|finding| finding.code).collect();
    let rules: Vec<CodeDoc> = codes().into_iter().filter(|doc| used.contains(doc.0)).collect();
    let mut results = results(report, report.findings, &rules);
    let silenced = self::results(report, &hidden, &rules);
    for (mut result, silenced) in silenced.into_iter().zip(report.silenced) {
        let kind = match silenced.by {
            By::Comment => "inSource",
            By::Baseline => "external",
        };
        result.insert(
            "suppressions".to_owned(),
            json!([{"kind": kind, "justification": silenced.reason}]),
        );
        results.push(result);
    }
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "xueji",
                "version": version,
                "rules": rules.iter().map(|doc| rule(report, doc)).collect::<Vec<_>>(),
            }},
            "language": report.language.choose("zh-CN", "en"),
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    // A value of JSON is always written.
    format!("{}\n", serde_json::to_string_pretty(&log).unwrap_or_default())
}

fn text(report: &Report<'_>, words: &Text) -> Value {
    json!({"text": report.language.of(words)})
}

fn rule(report: &Report<'_>, doc: &CodeDoc) -> Value {
    let (code, severity, zh, en) = doc;
    let mut rule = Map::new();
    rule.insert("id".to_owned(), json!(code));
    rule.insert("shortDescription".to_owned(), json!({"text": report.language.choose(zh, en)}));
    rule.insert("defaultConfiguration".to_owned(), json!({"level": weight(*severity)}));
    if let Some(page) = crate::pages::page(code) {
        rule.insert("fullDescription".to_owned(), text(report, &page.why));
        let markdown = explain::markdown(code, report.language).unwrap_or_default();
        let words = report.language.of(&page.mend);
        rule.insert("help".to_owned(), json!({"text": words, "markdown": markdown}));
    }
    // The standard wants a whole address here.
    if report.docs.is_some() {
        rule.insert("helpUri".to_owned(), json!(report.link(code)));
    }
    Value::Object(rule)
}

fn results(
    report: &Report<'_>,
    findings: &[Finding],
    rules: &[CodeDoc],
) -> Vec<Map<String, Value>> {
    let fingerprints = crate::fingerprint::all(findings, report.places);
    let each = findings.iter().zip(fingerprints);
    each.map(|(finding, fingerprint)| result(report, finding, &fingerprint, rules)).collect()
}

fn result(
    report: &Report<'_>,
    finding: &Finding,
    fingerprint: &str,
    rules: &[CodeDoc],
) -> Map<String, Value> {
    let mut message = report.language.of(&finding.message).to_owned();
    if let Some(help) = &finding.help {
        message.push_str(report.language.choose("。办法：", ". Help: "));
        message.push_str(report.language.of(help));
    }
    let whole = finding.spot == Spot::File;
    let mut location = json!({
        "physicalLocation":
            physical(&finding.file, (!whole).then(|| report.places.place(finding))),
    });
    if let (Some(process), Some(at)) = (&finding.process, location.as_object_mut()) {
        let name =
            finding.step.as_ref().map_or(process.clone(), |step| format!("{process}/{step}"));
        at.insert("logicalLocations".to_owned(), json!([{"fullyQualifiedName": name}]));
    }
    let mut result = Map::new();
    result.insert("ruleId".to_owned(), json!(finding.code));
    if let Some(index) = rules.iter().position(|doc| doc.0 == finding.code) {
        result.insert("ruleIndex".to_owned(), json!(index));
    }
    result.insert("level".to_owned(), json!(weight(finding.severity)));
    result.insert("message".to_owned(), json!({"text": message}));
    result.insert("locations".to_owned(), json!([location]));
    if !finding.related.is_empty() {
        let related = finding.related.iter().enumerate();
        let related: Vec<Value> =
            related.map(|(at, related)| second(report, at + 1, related)).collect();
        result.insert("relatedLocations".to_owned(), Value::Array(related));
    }
    if let Some(fix) = fix(report, finding) {
        result.insert("fixes".to_owned(), json!([fix]));
    }
    result.insert("partialFingerprints".to_owned(), json!({FINGERPRINT: fingerprint}));
    result
}

fn physical(file: &str, place: Option<Place>) -> Value {
    let mut physical = Map::new();
    physical.insert(
        "artifactLocation".to_owned(),
        json!({"uri": address(file), "uriBaseId": "%SRCROOT%"}),
    );
    if let Some(place) = place {
        physical.insert("region".to_owned(), region(place));
    }
    Value::Object(physical)
}

fn region(place: Place) -> Value {
    json!({
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    })
}

fn second(report: &Report<'_>, id: usize, related: &Related) -> Value {
    let whole = related.spot == Spot::File;
    let place = (!whole).then(|| report.places.spot(&related.file, &related.spot));
    json!({
        "id": id,
        "physicalLocation": physical(&related.file, place),
        "message": text(report, &related.message),
    })
}

fn fix(report: &Report<'_>, finding: &Finding) -> Option<Value> {
    let fix = finding.fix.as_ref()?;
    let edits = edits(fix, report.places)?;
    let files: BTreeSet<&str> = edits.iter().map(|edit| edit.file.as_str()).collect();
    let changes: Vec<Value> = files
        .into_iter()
        .map(|file| {
            let replacements = edits.iter().filter(|edit| edit.file == file).map(|edit| {
                json!({
                    "deletedRegion": region(edit.place),
                    "insertedContent": {"text": edit.text},
                })
            });
            json!({
                "artifactLocation": {"uri": address(file), "uriBaseId": "%SRCROOT%"},
                "replacements": replacements.collect::<Vec<_>>(),
            })
        })
        .collect();
    Some(json!({"description": text(report, &fix.title), "artifactChanges": changes}))
}

/// Returns a file's path as a part of an address.
fn address(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
