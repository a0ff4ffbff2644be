//! Where in the files something stands, kept while walking, and turned into a finding's place only when needed.
//!
//! Invariant: what a step took over from a shared step is told where it is written: in the process if it stands there,
//! else in `steps.yaml`.

use std::sync::Arc;

use xueji_definition::Places;
use xueji_definition::Text;
use xueji_definition::finding::{
    Change, Finding, Fix, Key, Related, Route, Severity, Spot, did_you_mean,
};
use xueji_definition::only_near;
use xueji_definition::yaml::{Kind, Node};

/// The file of shared steps.
pub(crate) const STEPS_FILE: &str = "workflows/steps.yaml";

/// A place in a file, by its keys, with the process and step that it belongs to.
///
/// There are many more of them than findings: those below one place share all that they have in common.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Site {
    base: Arc<Base>,
    /// The keys from the base on, the last one first.
    below: Option<Arc<Link>>,
}

/// What whole files and steps are as places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Base {
    file: String,
    route: Route,
    process: Option<String>,
    step: Option<String>,
    /// The shared step that the step was made from; the route leads to the step itself.
    shared: Option<String>,
}

/// A key, and those before it.
#[derive(Debug, PartialEq, Eq)]
struct Link {
    key: Key,
    before: Option<Arc<Link>>,
}

impl Site {
    /// Returns the root of a file.
    pub(crate) fn file(file: impl Into<String>) -> Self {
        Self { base: Arc::new(Base { file: file.into(), ..Base::default() }), below: None }
    }

    /// Returns the place one key further down.
    #[must_use]
    pub(crate) fn then(&self, key: impl Into<Key>) -> Self {
        let link = Link { key: key.into(), before: self.below.clone() };
        Self { base: Arc::clone(&self.base), below: Some(Arc::new(link)) }
    }

    /// Says in which process it is.
    #[must_use]
    pub(crate) fn of_process(mut self, process: &str) -> Self {
        Arc::make_mut(&mut self.base).process = Some(process.to_owned());
        self
    }

    /// Returns the place of a step of the same file.
    #[must_use]
    pub(crate) fn step(&self, id: &str, route: &Route, shared: Option<&str>) -> Self {
        let base = Base {
            file: self.base.file.clone(),
            route: route.clone(),
            process: self.base.process.clone(),
            step: Some(id.to_owned()),
            shared: shared.map(str::to_owned),
        };
        Self { base: Arc::new(base), below: None }
    }

    /// Returns the step that it belongs to.
    pub(crate) fn step_id(&self) -> Option<&str> {
        self.base.step.as_deref()
    }

    /// Tells whether it stands for its file as a whole: by nothing, or by the key that names the file.
    pub(crate) fn is_file(&self) -> bool {
        match self.keys().as_slice() {
            [] => true,
            [only] => ["form", "materials"].iter().any(|key| is(only, key)),
            _ => false,
        }
    }

    /// Tells whether it stands under a key of the file's root.
    pub(crate) fn is_under(&self, key: &str) -> bool {
        self.keys().first().is_some_and(|first| is(first, key))
    }

    /// Returns the name of the entry that it stands in, of those under a key of the file's root.
    pub(crate) fn name_under(&self, key: &str) -> Option<&str> {
        match self.keys().as_slice() {
            [first, Key::Name(name), ..] if is(first, key) => Some(name),
            _ => None,
        }
    }

    /// Tells whether the last key is this one.
    pub(crate) fn ends_with(&self, key: &str) -> bool {
        let last = match &self.below {
            Some(link) => Some(&link.key),
            None => self.base.route.0.last(),
        };
        last.is_some_and(|last| is(last, key))
    }

    /// Returns the keys from the file's root.
    fn keys(&self) -> Vec<&Key> {
        let mut below = Vec::new();
        let mut at = self.below.as_ref();
        while let Some(link) = at {
            below.push(&link.key);
            at = link.before.as_ref();
        }
        self.base.route.0.iter().chain(below.into_iter().rev()).collect()
    }

    fn route(&self) -> Route {
        Route(self.keys().into_iter().cloned().collect())
    }

    /// Tells whether it is what a deadline says of reminding, of which the engine sends notices.
    pub(crate) fn is_key_of_deadline(&self) -> bool {
        self.ends_with("remind-after") || self.ends_with("escalate-after")
    }

    /// Makes a finding at the key.
    pub(crate) fn at_key(&self, places: &Places, said: Said) -> Finding {
        let (file, route) = self.written(places);
        self.finding(file, Spot::Key(route), said)
    }

    /// Makes a finding at the value.
    pub(crate) fn at_value(&self, places: &Places, said: Said) -> Finding {
        let (file, route) = self.written(places);
        self.finding(file, Spot::Value(route), said)
    }

    /// Makes a finding inside the scalar, at a line and column of its text.
    pub(crate) fn inside(&self, places: &Places, line: u32, column: u32, said: Said) -> Finding {
        let (file, route) = self.written(places);
        self.finding(file, Spot::Inside(route, line, column), said)
    }

    /// Returns the value as a second place of another finding.
    pub(crate) fn related_value(
        &self,
        places: &Places,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Related {
        let (file, route) = self.written(places);
        Related { file, spot: Spot::Value(route), message: Text::new(zh, en) }
    }

    /// Returns the key as a second place of another finding.
    pub(crate) fn related(
        &self,
        places: &Places,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Related {
        let (file, route) = self.written(places);
        Related { file, spot: Spot::Key(route), message: Text::new(zh, en) }
    }

    fn finding(&self, file: String, spot: Spot, said: Said) -> Finding {
        let fix = said.mend.and_then(|mend| mend.at(&file, &spot));
        Finding {
            code: said.code,
            severity: said.severity,
            file,
            spot,
            message: said.message,
            help: said.help,
            related: said.related,
            fix,
            process: self.base.process.clone(),
            step: self.base.step.clone(),
        }
    }

    /// Returns the file and route where it is written.
    fn written(&self, places: &Places) -> (String, Route) {
        let Base { file, shared, .. } = &*self.base;
        let route = self.route();
        let Some(shared) = shared else { return (file.clone(), route) };
        let tree = places.tree(file);
        if stands(tree, &route) {
            return (file.clone(), route);
        }
        let (base, rest) = route.0.split_at(self.base.route.0.len().min(route.0.len()));
        // What replaces a shared step's task stands beside `use`, not in a `user-task`.
        if let Some((first, below)) = rest.split_first()
            && is(first, "user-task")
        {
            let beside = Route(base.iter().chain(below).cloned().collect());
            if !below.is_empty() && stands(tree, &beside) {
                return (file.clone(), beside);
            }
        }
        let mut keys = vec![Key::from("steps"), Key::from(shared)];
        keys.extend(rest.iter().cloned());
        let there = Route(keys);
        if stands(places.tree(STEPS_FILE), &there) {
            (STEPS_FILE.to_owned(), there)
        } else {
            (file.clone(), route)
        }
    }
}

fn is(key: &Key, name: &str) -> bool {
    matches!(key, Key::Name(own) if own == name)
}

/// Tells whether a route leads to a node.
fn stands(tree: Option<&Node>, route: &Route) -> bool {
    let end = route.0.iter().try_fold(tree, |node, key| {
        let next = match (&node?.kind, key) {
            (Kind::Mapping(entries), Key::Name(name)) => {
                entries.iter().find(|(key, _)| key.scalar.text == *name).map(|(_, value)| value)
            }
            (Kind::Sequence(items), Key::Index(at)) => items.get(*at),
            _ => None,
        };
        next.map(Some)
    });
    end.flatten().is_some()
}

/// What a finding says, wherever it stands.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    code: &'static str,
    severity: Severity,
    message: Text,
    help: Option<Text>,
    related: Vec<Related>,
    mend: Option<Mend>,
}

/// What mends a finding for certain, at the very place that it points at.
#[derive(Debug, Clone)]
enum Mend {
    /// Another word stands there.
    Word { old: String, new: String },
    /// The entry goes.
    Entry,
}

impl Mend {
    fn at(self, file: &str, spot: &Spot) -> Option<Fix> {
        let file = file.to_owned();
        match (self, spot) {
            (Self::Entry, Spot::Key(route) | Spot::Value(route)) => Some(Fix {
                title: Text::new("去掉这一项", "remove the entry"),
                changes: vec![Change::Remove { file, route: route.clone() }],
            }),
            // Nothing smaller than an entry is ever taken away.
            (Self::Entry, _) => None,
            (Self::Word { old, new }, spot) => Some(Fix::word(&file, spot.clone(), &old, &new)),
        }
    }
}

impl Said {
    /// Says an error.
    pub(crate) fn error(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: Text::new(zh, en),
            help: None,
            related: Vec::new(),
            mend: None,
        }
    }

    /// Says a warning.
    pub(crate) fn warning(
        code: &'static str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, zh, en) }
    }

    /// Adds the way to mend it.
    #[must_use]
    pub(crate) fn help(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.help = Some(Text::new(zh, en));
        self
    }

    /// Adds the way to mend it, if there is one.
    #[must_use]
    pub(crate) fn maybe(mut self, help: Option<Text>) -> Self {
        self.help = help;
        self
    }

    /// Adds the known names that may be meant; if just one is near, writing it mends the finding.
    #[must_use]
    pub(crate) fn near<'n>(self, name: &str, known: impl IntoIterator<Item = &'n str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        let word = |new: &str| Mend::Word { old: name.to_owned(), new: new.to_owned() };
        let mend = only_near(name, known.iter().copied()).map(word);
        // Help that was given before stays when no name is near.
        let help = did_you_mean(name, known).or(self.help);
        Self { mend, help, ..self }
    }

    /// Adds the word that is written and the one that was meant for certain.
    #[must_use]
    pub(crate) fn meant(mut self, words: Option<(String, String)>) -> Self {
        self.mend = words.map(|(old, new)| Mend::Word { old, new });
        self
    }

    /// Adds that taking the entry away mends the finding.
    #[must_use]
    pub(crate) fn removable(self) -> Self {
        Self { mend: Some(Mend::Entry), ..self }
    }

    /// Adds second places, which explain the first.
    #[must_use]
    pub(crate) fn see_all(mut self, there: impl IntoIterator<Item = Related>) -> Self {
        self.related.extend(there);
        self
    }

    /// Adds a second place, which explains the first.
    #[must_use]
    pub(crate) fn see(mut self, there: Related) -> Self {
        self.related.push(there);
        self
    }
}
