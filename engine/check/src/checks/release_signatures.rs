//! `release-signatures`: more people must sign a release off than there are who administer.
//!
//! Why: no later release could ever go live, not even one that mends this. Broken:
//! `fixtures/broken/release-signatures`. Mended: by fewer signatures, or by one more who holds a role that administers.

use std::collections::BTreeSet;

use xueji_definition::FileKind;
use xueji_definition::finding::{Finding, Severity::Error};

use crate::Check;
use crate::site::{Said, Site};
use crate::world::World;

/// The most signatures that a release may need.
const SIGNATURES_MAX: u32 = 9;

pub(super) const CHECK: Check = Check {
    codes: &[(
        "release-signatures",
        Error,
        "上线要的签发人数凑不齐",
        "More people must sign a release off than there are who administer.",
    )],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    if world.is_broken(FileKind::Organisation) {
        return Vec::new();
    }
    let organisation = &world.definitions.organisation;
    let needed = organisation.releases.signatures;
    let administers =
        |role: &str| organisation.roles.get(role).is_some_and(|role| role.administers);
    let people: BTreeSet<&str> = organisation
        .holders
        .iter()
        .filter(|holder| administers(&holder.role))
        .map(|holder| holder.person.as_str())
        .collect();
    // Whose record holds the role is not known from the files.
    let by_record =
        organisation.roles.values().any(|role| role.administers && role.held_by.is_some());
    let said = |zh: String, en: String| {
        let site = Site::file("workflows/organisation.yaml").then("releases").then("signatures");
        vec![site.at_value(world.places, Said::error("release-signatures", zh, en))]
    };
    if !(1..=SIGNATURES_MAX).contains(&needed) {
        return said(
            format!("signatures 应为 1 到 {SIGNATURES_MAX}，不能是 {needed}"),
            format!("`signatures` is from 1 to {SIGNATURES_MAX}, not {needed}"),
        );
    }
    let enough = usize::try_from(needed).is_ok_and(|needed| needed <= people.len().max(1));
    if enough || by_record {
        return Vec::new();
    }
    let count = people.len();
    said(
        format!("上线须 {needed} 人签发，而任管理员角色的只有 {count} 人：此后再也无法上线"),
        format!(
            "a release needs {needed} signatures, but only {count} people administer: nothing could go live any more"
        ),
    )
}
