//! The outline of a file: steps as a tree of scopes, rules with their titles, and everything else that is defined in it.
//!
//! Invariant: an entry encloses the entries below it, as clients demand.

use lsp_types::{DocumentSymbol, Range, SymbolInformation, SymbolKind};
use xueji_definition::Place;
use xueji_definition::finding::Route;

use crate::names::{Kind, Mention};
use crate::workspace::Workspace;

impl Workspace {
    /// Returns the outline of a file.
    #[must_use]
    pub fn outline(&self, path: &str) -> Vec<DocumentSymbol> {
        let Some(file) = self.names_of(path).filter(|file| !file.stale) else { return Vec::new() };
        let outlined = |m: &&Mention| m.defines && !matches!(m.kind, Kind::Outcome | Kind::Message);
        let defined: Vec<&Mention> = file.mentions.iter().filter(outlined).collect();
        if path.ends_with(".rhai") {
            let mut rules: Vec<DocumentSymbol> =
                defined.iter().map(|m| self.entry(path, m, m.place, Vec::new())).collect();
            rules.sort_by_key(|entry| entry.range.start);
            return rules;
        }
        self.below(path, &Route::default(), &defined, true)
    }

    /// The definitions that stand directly below a route.
    fn below(
        &self,
        path: &str,
        route: &Route,
        defined: &[&Mention],
        root: bool,
    ) -> Vec<DocumentSymbol> {
        let is_below = |m: &&&Mention| {
            m.route
                .as_ref()
                .is_some_and(|own| (own != route || root) && own.0.starts_with(&route.0))
        };
        let all: Vec<&Mention> = defined.iter().filter(is_below).copied().collect();
        let direct = all.iter().filter(|m| {
            let own = m.route.clone().unwrap_or_default();
            let parent = |other: &&&Mention| {
                let above = other.route.clone().unwrap_or_default();
                above != own && own.0.starts_with(&above.0)
            };
            !all.iter().any(|other| parent(&other))
        });
        let mut entries = Vec::new();
        for mention in direct {
            let own = mention.route.clone().unwrap_or_default();
            let children = self.below(path, &own, &all, false);
            let whole = self.whole(path, mention, &own);
            entries.push(self.entry(path, mention, whole, children));
        }
        entries
    }

    fn whole(&self, path: &str, mention: &Mention, route: &Route) -> Place {
        let places = self.names_of(path).map(|file| &file.places);
        let tree = places.and_then(|places| places.tree(path));
        let node = tree.and_then(|tree| crate::hover::node(tree, route));
        let Some(node) = node else { return mention.place };
        let end = node.span.end;
        let start = (mention.place.line, mention.place.column)
            .min((node.span.start.line, node.span.start.column));
        let last = (mention.place.end_line, mention.place.end_column).max((end.line, end.column));
        Place { line: start.0, column: start.1, end_line: last.0, end_column: last.1 }
    }

    fn entry(
        &self,
        path: &str,
        mention: &Mention,
        whole: Place,
        children: Vec<DocumentSymbol>,
    ) -> DocumentSymbol {
        let own = self.range(path, mention.place);
        let mut range: Range = self.range(path, whole);
        for inner in children.iter().map(|child| child.range).chain([own]) {
            range.start = range.start.min(inner.start);
            range.end = range.end.max(inner.end);
        }
        let title = self.title(path, mention);
        #[expect(deprecated, reason = "the type has the field and no other way to be made")]
        DocumentSymbol {
            name: mention.name.clone(),
            detail: Some(title.map_or_else(
                || self.language.say(&mention.kind.title()).to_owned(),
                |title| self.language.say(&title).to_owned(),
            )),
            kind: symbol(mention.kind),
            tags: None,
            deprecated: None,
            range,
            selection_range: own,
            children: (!children.is_empty()).then_some(children),
        }
    }

    /// Returns what is defined whose name or title holds the words, the first 200.
    #[must_use]
    pub fn symbols(&self, words: &str) -> Vec<SymbolInformation> {
        const MOST: usize = 200;
        let words = words.to_lowercase();
        let index = self.index();
        let mut found = Vec::new();
        for (path, mention) in
            index.mentions().filter(|(_, m)| m.defines && m.kind != Kind::Outcome)
        {
            let title = self.title(path, mention);
            let said = title.as_ref().map_or("", |title| title.zh.as_str());
            let fits = mention.name.contains(&words)
                || said.contains(&words)
                || title.as_ref().is_some_and(|title| title.en.to_lowercase().contains(&words));
            // Where it stands is counted out in the whole text: only for what is told.
            if !fits {
                continue;
            }
            let Some(location) = self.location(path, mention.place) else { continue };
            #[expect(deprecated, reason = "the type has the field and no other way to be made")]
            found.push(SymbolInformation {
                name: if said.is_empty() {
                    mention.name.clone()
                } else {
                    format!("{} {said}", mention.name)
                },
                kind: symbol(mention.kind),
                tags: None,
                deprecated: None,
                location,
                container_name: Some(self.language.say(&mention.kind.title()).to_owned()),
            });
            if found.len() == MOST {
                break;
            }
        }
        found
    }
}

fn symbol(kind: Kind) -> SymbolKind {
    match kind {
        Kind::Process | Kind::Form | Kind::Materials | Kind::Scenario | Kind::Template => {
            SymbolKind::FILE
        }
        Kind::Rule | Kind::Function => SymbolKind::FUNCTION,
        Kind::Step | Kind::SharedStep => SymbolKind::METHOD,
        Kind::FormField | Kind::RecordField => SymbolKind::FIELD,
        Kind::Record => SymbolKind::CLASS,
        Kind::Codes => SymbolKind::ENUM,
        Kind::Code => SymbolKind::ENUM_MEMBER,
        Kind::Parameter => SymbolKind::CONSTANT,
        Kind::Effect | Kind::Message | Kind::Notice => SymbolKind::EVENT,
        Kind::Fact | Kind::Query => SymbolKind::VARIABLE,
        _ => SymbolKind::OBJECT,
    }
}
