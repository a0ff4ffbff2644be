//! A stored release, read again as it was accepted.
//!
//! Invariant: what was accepted once is not judged anew: later checks refuse nothing here. Either all that the files say
//! is there, or the release counts as unreadable; nothing ever runs on a part of it.

use xueji_definition::{Sources, load_kept};
use xueji_rules::RuleSet;
use xueji_runtime::Release;

use super::ReleaseError;

/// Returns the release of stored sources.
///
/// # Errors
/// [`ReleaseError::Unreadable`] when the program cannot hold what a file says.
pub(super) fn read(hash: &str, sources: &Sources) -> Result<Release, ReleaseError> {
    let loaded = load_kept(sources);
    let of = |file: &str, zh: &str, en: &str| ReleaseError::Unreadable {
        hash: hash.to_owned(),
        zh: format!("{file}：{zh}"),
        en: format!("{file}: {en}"),
    };
    if let Some(first) = loaded.findings.first() {
        return Err(of(&first.file, &first.message.zh, &first.message.en));
    }
    let (rules, problems) = RuleSet::compile(loaded.definitions.rules.clone());
    match rules.broken().first() {
        Some(name) => Err(match problems.first() {
            Some(first) => of(&first.file, &first.message.zh, &first.message.en),
            None => of(name, "规则无法编译", "the rule does not compile"),
        }),
        None => Ok(Release::new(hash, loaded.definitions, rules)),
    }
}
