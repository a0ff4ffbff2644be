//! Results of scenarios as text, JSON and JUnit XML.
//!
//! Invariant: all three tell the same results in the same order; each failure with its file and line.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value as Json, json};
use xueji_definition::Place;
use xueji_definition::finding::Spot;
use xueji_engine::scenario::{Failure, StoryResult};

use super::super::args::Lang;
use super::{Played, file_of};

/// Returns where a failure is written.
pub(super) fn place(played: &Played, result: &StoryResult, failure: &Failure) -> Place {
    let spot = Spot::Value(failure.route.clone());
    let at = played.places.spot(&file_of(&result.file), &spot);
    let key = played.places.spot(&file_of(&result.file), &Spot::Key(failure.route.clone()));
    // A list or group begins below its key; the key is what people look for.
    if key.line > 1 && key.line < at.line { key } else { at }
}

/// Writes results for people: a line each, then all failures, then how many.
pub(super) fn text(played: &Played, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    for result in &played.results {
        let mark = if result.failure.is_some() { "✗" } else { "✓" };
        let name = lang.of(&result.name);
        writeln!(out, "{mark} {}/{} {name}", result.file, result.number)?;
    }
    failures(played, lang, out)?;
    summary(&played.results, lang, out)
}

/// Writes the failures.
pub(super) fn failures(played: &Played, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    for result in &played.results {
        let Some(failure) = &result.failure else { continue };
        let (file, number, name) = (&result.file, result.number, lang.of(&result.name));
        writeln!(out, "\n── {file}/{number} {name}")?;
        let at = place(played, result, failure);
        writeln!(out, "{}:{}:{}", file_of(file), at.line, at.column)?;
        writeln!(out, "{}", failure.told(&|text| lang.of(text)))?;
    }
    Ok(())
}

/// Writes how many passed.
pub(super) fn summary(results: &[StoryResult], lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let failed = results.iter().filter(|result| result.failure.is_some()).count();
    let passed = results.len() - failed;
    match lang {
        Lang::Zh => writeln!(out, "\n通过 {passed} 个，未通过 {failed} 个"),
        Lang::En => writeln!(out, "\n{passed} passed, {failed} failed"),
    }
}

/// Returns results for programs.
pub(super) fn json(played: &Played) -> Json {
    let shown = played.results.iter().map(|result| {
        let mut json = serde_json::to_value(result).unwrap_or_default();
        if let (Some(failure), Some(fields)) = (&result.failure, json.as_object_mut()) {
            let at = place(played, result, failure);
            let path = file_of(&result.file);
            fields.insert(
                "place".to_owned(),
                json!({"file": path, "line": at.line, "column": at.column}),
            );
        }
        json
    });
    Json::Array(shown.collect())
}

/// Returns what each result of a file is called; one whose name another has, too, says which it is.
fn names(results: &[&StoryResult], lang: Lang) -> Vec<String> {
    let mut often: BTreeMap<&str, usize> = BTreeMap::new();
    for result in results {
        *often.entry(lang.of(&result.name)).or_default() += 1;
    }
    let name = |result: &&StoryResult| {
        let name = lang.of(&result.name);
        match often.get(name) {
            Some(2..) => format!("{name} ({})", result.number),
            _ => name.to_owned(),
        }
    };
    results.iter().map(name).collect()
}

/// Writes results as JUnit XML: a suite a file, in it a case a story, called as the story is.
pub(super) fn junit(played: &Played, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let mut files: BTreeMap<&str, Vec<&StoryResult>> = BTreeMap::new();
    for result in &played.results {
        files.entry(&result.file).or_default().push(result);
    }
    let failed = |results: &[&StoryResult]| results.iter().filter(|r| r.failure.is_some()).count();
    let all: Vec<&StoryResult> = played.results.iter().collect();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"xueji test\" tests=\"{}\" failures=\"{}\">",
        all.len(),
        failed(&all)
    )?;
    for (file, results) in files {
        let path = file_of(file);
        writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">",
            escaped(file),
            results.len(),
            failed(&results)
        )?;
        for (result, name) in results.iter().zip(names(&results, lang)) {
            let head = format!(
                "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\"",
                escaped(file),
                escaped(&name),
                escaped(&path)
            );
            let Some(failure) = &result.failure else {
                writeln!(out, "{head}/>")?;
                continue;
            };
            let at = place(played, result, failure);
            let [what, expected, actual] =
                [&failure.what, &failure.expected, &failure.actual].map(|text| lang.of(text));
            let message = format!("{what}: {expected} ≠ {actual}");
            writeln!(out, "{head} line=\"{}\">", at.line)?;
            writeln!(
                out,
                "      <failure message=\"{}\">{}:{}\n{}</failure>",
                escaped(&message),
                escaped(&path),
                at.line,
                escaped(&failure.told(&|text| lang.of(text)))
            )?;
            writeln!(out, "    </testcase>")?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

/// Returns text as XML holds it, without characters that it cannot hold.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_xml_cannot_hold_is_escaped_or_left_out() {
        assert_eq!(escaped("a<b & \"c\"\u{1}\n"), "a&lt;b &amp; &quot;c&quot; &#10;");
    }
}
