//! How names are spelt: files, processes and steps in kebab-case; what rules read, in snake_case.
//!
//! Invariant: looks at the tree alone, so that names are told in the same run as faults of shape.

use crate::Text;
use crate::finding::{Finding, Key, Route, Spot};
use crate::read::id_route;
use crate::schema::FileKind;
use crate::syntax::shown;
use crate::yaml::{Kind, Node};

/// Returns what is wrong with the names in a file.
#[must_use]
pub(crate) fn check(path: &str, tree: &Node, kind: FileKind, id: Option<&str>) -> Vec<Finding> {
    let mut names = Names { path, findings: Vec::new() };
    if let (Some(route), Some(file_name)) = (id_route(kind), id) {
        names.findings.extend(self::file_name(path, file_name));
        names.id(tree, route, file_name);
    }
    let root = Route::default();
    match kind {
        FileKind::Process | FileKind::Steps => names.steps(tree, &root),
        FileKind::Form => names.fields(tree, &root),
        FileKind::Codes => names.keys(tree, &root, "lists", Case::Snake),
        FileKind::Records => {
            names.keys(tree, &root, "records", Case::Snake);
            names.each(tree, &root, "records", Names::fields);
        }
        FileKind::Facts => names.keys(tree, &root, "facts", Case::Snake),
        FileKind::Organisation => names.keys(tree, &root, "roles", Case::Snake),
        FileKind::Materials => names.papers(tree, &root),
        _ => {}
    }
    names.findings
}

/// Returns what is wrong with a file's name.
#[must_use]
pub(crate) fn file_name(path: &str, name: &str) -> Option<Finding> {
    if Case::Kebab.fits(name) {
        return None;
    }
    let told = shown(name);
    let message = Text::new(
        format!("文件名 `{told}` 的写法不对"),
        format!("the file name `{told}` is misspelt"),
    );
    Some(Finding::error("id-spelling", path, Spot::File, message).help(Case::Kebab.help()))
}

#[derive(Clone, Copy)]
enum Case {
    Kebab,
    Snake,
}

impl Case {
    fn fits(self, name: &str) -> bool {
        let joint = match self {
            Self::Kebab => '-',
            Self::Snake => '_',
        };
        name.starts_with(|c: char| c.is_ascii_lowercase())
            && !name.ends_with(joint)
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == joint)
    }

    fn help(self) -> Text {
        match self {
            Self::Kebab => Text::new(
                "用小写字母、数字和 `-`，字母开头，如 `hall-booking`",
                "use small letters, digits and `-`, a letter first, such as `hall-booking`",
            ),
            Self::Snake => Text::new(
                "用小写字母、数字和 `_`，字母开头，如 `unit_head`",
                "use small letters, digits and `_`, a letter first, such as `unit_head`",
            ),
        }
    }
}

struct Names<'p> {
    path: &'p str,
    findings: Vec<Finding>,
}

impl Names<'_> {
    fn id(&mut self, tree: &Node, route: Route, file_name: &str) {
        let Some(Key::Name(key)) = route.0.first() else { return };
        let Some(Node { kind: Kind::Scalar(id), .. }) = tree.get(key) else { return };
        if id.text != file_name {
            let told = shown(&id.text);
            let message = Text::new(
                format!("编号 `{told}` 与文件名 `{file_name}` 不同"),
                format!("the id `{told}` differs from the file's name `{file_name}`"),
            );
            let help = Text::new(
                format!("写成 `{file_name}`，或把文件改名为 `{told}.yaml`"),
                format!("write `{file_name}`, or name the file `{told}.yaml`"),
            );
            self.findings.push(
                Finding::error("id-file-name", self.path, Spot::Value(route), message).help(help),
            );
        }
    }

    fn name(&mut self, name: &str, spot: Spot, case: Case) {
        if !case.fits(name) {
            let told = shown(name);
            let message = Text::new(
                format!("名称 `{told}` 的写法不对"),
                format!("the name `{told}` is misspelt"),
            );
            self.findings
                .push(Finding::error("id-spelling", self.path, spot, message).help(case.help()));
        }
    }

    /// The keys of the group under `key`.
    fn keys(&mut self, node: &Node, at: &Route, key: &str, case: Case) {
        let Some(Kind::Mapping(entries)) = node.get(key).map(|group| &group.kind) else { return };
        for (name, _) in entries {
            let name = name.scalar.text.as_str();
            self.name(name, Spot::Key(at.then(key).then(name)), case);
        }
    }

    /// The values of the group under `key`, each with its own look.
    fn each(&mut self, node: &Node, at: &Route, key: &str, look: fn(&mut Self, &Node, &Route)) {
        let Some(Kind::Mapping(entries)) = node.get(key).map(|group| &group.kind) else { return };
        for (name, value) in entries {
            look(self, value, &at.then(key).then(name.scalar.text.as_str()));
        }
    }

    fn fields(&mut self, node: &Node, at: &Route) {
        self.keys(node, at, "fields", Case::Snake);
        self.each(node, at, "fields", Self::fields);
    }

    fn steps(&mut self, node: &Node, at: &Route) {
        for key in ["steps", "parallel"] {
            self.keys(node, at, key, Case::Kebab);
            self.each(node, at, key, Self::steps);
        }
        if let Some(body) = node.get("for-each").and_then(|each| each.get("body")) {
            self.steps(body, &at.then("for-each").then("body"));
        }
    }

    fn papers(&mut self, node: &Node, at: &Route) {
        let Some(Kind::Sequence(items)) = node.get("items").map(|items| &items.kind) else {
            return;
        };
        for (index, item) in items.iter().enumerate() {
            if let Some(Node { kind: Kind::Scalar(id), .. }) = item.get("id") {
                self.name(
                    &id.text,
                    Spot::Value(at.then("items").then(index).then("id")),
                    Case::Snake,
                );
            }
        }
    }
}
