//! Numbers of a series: given out in order, once for each key, never again.
//!
//! Invariant: asked with the same key, a series answers the same number; a number never outgrows its pattern.

use indexmap::IndexMap;
use xueji_definition::file::{NumberEffect, Series};

use super::work::{Work, unknown};
use crate::event::Event;
use crate::path::ScopePath;
use crate::refusal::Refusal;
use crate::state::Allocated;

impl Work<'_> {
    pub(super) fn number(
        &mut self,
        path: &ScopePath,
        step: &str,
        number: &NumberEffect,
    ) -> Result<(), Refusal> {
        let Some(series) = self.release.definitions.numbering.series.get(&number.series).cloned()
        else {
            return Err(unknown("series", &number.series));
        };
        let key = self.text(path, step, &number.key)?;
        let known =
            self.state.numbers.iter().find(|n| n.series == number.series && n.key == key).cloned();
        let known = match known {
            Some(known) => Some(known),
            None => self.view.allocated(&number.series, &key)?,
        };
        let number_given = match known {
            Some(known) => known,
            None => self.allocate(path, step, &number.series, &series, key)?,
        };
        self.emit(Event::Numbered {
            scope: path.clone(),
            number: number_given,
            into: number.into.clone(),
        });
        Ok(())
    }

    fn allocate(
        &mut self,
        path: &ScopePath,
        step: &str,
        name: &str,
        series: &Series,
        key: String,
    ) -> Result<Allocated, Refusal> {
        let mut parts: IndexMap<String, String> = IndexMap::new();
        for (part, expr) in &series.parts {
            parts.insert(part.clone(), self.text(path, step, expr)?);
        }
        let of = |part: &String| parts.get(part).cloned().unwrap_or_default();
        let bucket = series.restart_per.iter().map(of).collect::<Vec<_>>().join("/");
        let here = self.state.numbers.iter().filter(|n| n.series == name && n.bucket == bucket);
        let last =
            here.map(|n| n.serial).max().unwrap_or(0).max(self.view.last_serial(name, &bucket)?);
        let serial = (last + 1).max(series.first);
        if series.last.is_some_and(|end| serial > end) {
            return Err(self.fault(
                step,
                format!("series `{name}` is full: {serial} is past its last number"),
            ));
        }
        let text = fill_pattern(&series.pattern, &parts, serial).ok_or_else(|| {
            self.fault(step, format!("the pattern `{}` cannot be filled in", series.pattern))
        })?;
        Ok(Allocated { series: name.to_owned(), bucket, key, serial, text })
    }
}

/// Fills in a series' pattern; `None` for a part that is not there, or a serial wider than its place.
fn fill_pattern(pattern: &str, parts: &IndexMap<String, String>, serial: u64) -> Option<String> {
    let mut text = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (inside, behind) = after.split_once('}')?;
        let (name, width) = match inside.split_once(':') {
            Some((name, width)) => (name, width.parse::<usize>().ok()?),
            None => (inside, 0),
        };
        let part =
            if name == "serial" { format!("{serial:0width$}") } else { parts.get(name)?.clone() };
        if width > 0 && part.chars().count() > width {
            return None;
        }
        text.push_str(&part);
        rest = behind;
    }
    text.push_str(rest);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_takes_the_form_of_its_pattern_and_never_outgrows_it() {
        let parts = IndexMap::from([("year".to_owned(), "2027".to_owned())]);
        assert_eq!(
            fill_pattern("A〔{year}〕{serial}号", &parts, 41).as_deref(),
            Some("A〔2027〕41号")
        );
        assert_eq!(fill_pattern("{year}{serial:3}", &parts, 7).as_deref(), Some("2027007"));
        assert_eq!(fill_pattern("{serial:3}", &parts, 1000), None);
        assert_eq!(fill_pattern("{unit}", &parts, 1), None);
    }
}
