//! The findings that an old folder is known to have, so that it can start: only new ones are told.
//!
//! Invariant: known again by fingerprint, each as often as it is written down; what is written down and found no more is
//! told, so that the file shrinks.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use xueji_definition::Places;
use xueji_definition::finding::Finding;

use crate::silence::{By, Silenced};

/// The version of the file.
const VERSION: u32 = 1;

/// What is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    version: u32,
    findings: Vec<Known>,
}

/// A known finding; only its fingerprint counts, the rest is for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The code.
    pub code: String,
    /// The file.
    pub file: String,
    /// What was said, in Chinese.
    pub message: String,
    /// The fingerprint.
    pub fingerprint: String,
}

/// Why a text is no baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It is not what was written.
    #[error("基线文件无法读取：{0} | the baseline cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// It is of another version.
    #[error(
        "基线文件的版本是 {0}，这里只认 {VERSION} | the baseline has version {0}, known is {VERSION}"
    )]
    Version(u32),
}

/// Findings told apart by a baseline.
#[derive(Debug)]
pub struct Sorted {
    /// New ones.
    pub new: Vec<Finding>,
    /// Known ones.
    pub known: Vec<Silenced>,
    /// What is written down and was not found.
    pub stale: Vec<Known>,
}

impl Baseline {
    /// Writes findings down.
    #[must_use]
    pub fn of(findings: &[Finding], places: &Places) -> Self {
        let fingerprints = crate::fingerprint::all(findings, places).into_iter();
        let known = findings.iter().zip(fingerprints).map(|(finding, fingerprint)| Known {
            code: finding.code.to_owned(),
            file: finding.file.clone(),
            message: finding.message.zh.clone(),
            fingerprint,
        });
        Self { version: VERSION, findings: known.collect() }
    }

    /// Reads what [`Baseline::text`] wrote.
    ///
    /// # Errors
    /// [`BaselineError`] for any other text.
    pub fn read(text: &str) -> Result<Self, BaselineError> {
        let read: Self = serde_json::from_str(text)?;
        if read.version == VERSION { Ok(read) } else { Err(BaselineError::Version(read.version)) }
    }

    /// Returns the file's text.
    #[must_use]
    pub fn text(&self) -> String {
        // Only texts and numbers: writing them as JSON cannot fail.
        format!("{}\n", serde_json::to_string_pretty(self).unwrap_or_default())
    }

    /// Tells findings apart.
    #[must_use]
    pub fn sort(self, findings: Vec<Finding>, places: &Places) -> Sorted {
        let fingerprints = crate::fingerprint::all(&findings, places);
        let mut left: HashMap<String, Known> =
            self.findings.into_iter().map(|known| (known.fingerprint.clone(), known)).collect();
        let mut sorted = Sorted { new: Vec::new(), known: Vec::new(), stale: Vec::new() };
        for (finding, fingerprint) in findings.into_iter().zip(fingerprints) {
            match left.remove(&fingerprint) {
                Some(_) => sorted.known.push(Silenced {
                    finding,
                    reason: "baseline".to_owned(),
                    by: By::Baseline,
                }),
                None => sorted.new.push(finding),
            }
        }
        sorted.stale = left.into_values().collect();
        sorted.stale.sort_by(|a, b| {
            (&a.file, &a.code, &a.fingerprint).cmp(&(&b.file, &b.code, &b.fingerprint))
        });
        sorted
    }
}
