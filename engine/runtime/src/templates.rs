//! The templates of a release's papers, compiled once.
//!
//! Invariant: everything filled in is escaped; a template sees what it is shown and nothing else, and what is missing
//! shows as nothing: a paper with a gap is seen, one that fails is not.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object};
use minijinja::{AutoEscape, Environment, ErrorKind, State, UndefinedBehavior, Value as Shown};
use xueji_definition::Definitions;
use xueji_definition::value::{Fields, Value};
use xueji_rules::{Needs, ROOTS};

/// Steps that a template may take: enough for some ten thousand rows, and no endless loop.
const FUEL: u64 = 5_000_000;

/// What records are called, by type and id.
pub(crate) type Labels = BTreeMap<String, BTreeMap<String, String>>;

/// The name under which a paper's labels stand beside what a template may name; none can write it.
const LABELS: &str = " labels";

/// Templates by name.
pub(crate) struct Templates(BTreeMap<String, Template>);

/// A template, with what is known of it.
pub(crate) struct Template {
    /// Where it stands alone: no template takes in another, whose needs nobody would look after. Or why it does not
    /// compile.
    compiled: Result<Environment<'static>, String>,
    /// The roots and facts that its text names.
    pub(crate) needs: Needs,
    /// The types of records whose labels it asks for.
    pub(crate) kinds: BTreeSet<String>,
}

/// The words of codes, by list and code.
type Words = HashMap<String, HashMap<String, String>>;

impl Templates {
    /// Compiles the templates of some definitions.
    pub(crate) fn new(definitions: &Definitions) -> Self {
        let words = definitions.codes.lists.iter().map(|(list, of)| {
            let entries = of.entries.iter().map(|(code, words)| (code.clone(), words.zh.clone()));
            (list.clone(), entries.collect())
        });
        let words: Arc<Words> = Arc::new(words.collect());
        let templates = definitions.documents.iter().map(|(name, text)| {
            let named = words_after(text, "fact.");
            let facts = definitions.facts.keys().filter(|fact| named.contains(fact.as_str()));
            let mut kinds = words_after(text, "label(\"");
            kinds.extend(words_after(text, "label('"));
            let template = Template {
                compiled: compile(text, &words).map_err(|error| format!("{error:#}")),
                needs: Needs {
                    roots: ROOTS.into_iter().filter(|root| text.contains(root)).collect(),
                    facts: facts.cloned().collect(),
                },
                kinds: kinds.into_iter().map(str::to_owned).collect(),
            };
            (name.clone(), template)
        });
        Self(templates.collect())
    }

    /// Returns a template.
    pub(crate) fn get(&self, name: &str) -> Option<&Template> {
        self.0.get(name)
    }
}

impl Template {
    /// Fills it in.
    ///
    /// # Errors
    /// In English, why it cannot be filled in, and where.
    pub(crate) fn render(&self, sight: Sight) -> Result<String, String> {
        let environment = self.compiled.as_ref().map_err(Clone::clone)?;
        let template = environment.get_template(PAPER);
        let filled = template.and_then(|template| template.render(Shown::from_object(sight)));
        filled.map_err(|error| format!("{error:#}"))
    }
}

/// What a template is called where it stands alone.
const PAPER: &str = "paper";

fn compile(text: &str, words: &Arc<Words>) -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_fuel(Some(FUEL));
    let words = Arc::clone(words);
    environment.add_function("code", move |list: Cow<'_, str>, code: Option<String>| {
        let code = code.unwrap_or_default();
        words.get(&*list).and_then(|list| list.get(&code)).cloned().unwrap_or(code)
    });
    environment.add_function("label", label);
    environment.add_filter("date_zh", date_zh);
    environment.add_template_owned(PAPER, text.to_owned())?;
    Ok(environment)
}

/// What a template sees.
pub(crate) struct Sight {
    named: HashMap<&'static str, Shown>,
}

impl Sight {
    /// Returns what a template sees: its title, rows and labels. A root that has no value is nothing.
    pub(crate) fn new(title: &xueji_definition::Text, rows: Vec<Fields>, labels: Labels) -> Self {
        let rows: Vec<Shown> =
            rows.into_iter().map(|row| group(Arc::new(Value::Map(row)))).collect();
        let title = Fields::from([
            ("zh".to_owned(), Value::Text(title.zh.clone())),
            ("en".to_owned(), Value::Text(title.en.clone())),
        ]);
        let mut named: HashMap<&'static str, Shown> =
            ROOTS.into_iter().map(|root| (root, Shown::from(()))).collect();
        named.insert("rows", Shown::from(rows));
        named.insert("title", group(Arc::new(Value::Map(title))));
        named.insert(LABELS, Shown::from_object(Called(labels)));
        Self { named }
    }

    /// Shows the value of a root, too.
    pub(crate) fn show(&mut self, root: &'static str, value: &Arc<Value>) {
        let value =
            if matches!(**value, Value::Map(_)) { group(Arc::clone(value)) } else { shown(value) };
        self.named.insert(root, value);
    }
}

impl fmt::Debug for Sight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sight").finish_non_exhaustive()
    }
}

impl Object for Sight {
    fn get_value(self: &Arc<Self>, key: &Shown) -> Option<Shown> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Shown> {
        self.named.get(key).cloned()
    }
}

/// What records are called.
#[derive(Debug)]
struct Called(Labels);

impl Object for Called {}

/// A group of fields; only what is read of it is laid out.
#[derive(Debug)]
struct Group(Arc<Value>);

impl Group {
    fn fields(&self) -> Option<&Fields> {
        if let Value::Map(fields) = &*self.0 { Some(fields) } else { None }
    }
}

impl Object for Group {
    fn get_value(self: &Arc<Self>, key: &Shown) -> Option<Shown> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Shown> {
        self.fields()?.get(key).map(shown)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let keys = self.fields().into_iter().flat_map(BTreeMap::keys);
        Enumerator::Values(keys.map(|key| Shown::from(key.as_str())).collect())
    }
}

fn group(value: Arc<Value>) -> Shown {
    Shown::from_object(Group(value))
}

/// Returns a value as templates see it: dates and decimals as JSON writes them.
fn shown(value: &Value) -> Shown {
    match value {
        Value::Text(text) => Shown::from(text.as_str()),
        Value::Int(n) => Shown::from(*n),
        Value::Decimal(d) => Shown::from(d.to_string()),
        Value::Bool(b) => Shown::from(*b),
        Value::Date(d) => Shown::from(d.to_string()),
        Value::List(items) => Shown::from(items.iter().map(shown).collect::<Vec<_>>()),
        Value::Map(_) => group(Arc::new(value.clone())),
    }
}

/// Returns what a record is called: its id where that is not known.
fn label(
    state: &State<'_, '_>,
    kind: Cow<'_, str>,
    id: Option<String>,
) -> Result<String, minijinja::Error> {
    let id = id.unwrap_or_default();
    let labels = state.lookup(LABELS).ok_or(ErrorKind::UndefinedError)?;
    let called = labels.downcast_object_ref::<Called>().and_then(|called| called.0.get(&*kind));
    Ok(called.and_then(|called| called.get(&id)).cloned().unwrap_or(id))
}

/// Writes a date as official papers do: 2026年9月29日.
fn date_zh(date: Option<String>) -> String {
    let Some(date) = date else { return String::new() };
    match date.parse::<jiff::civil::Date>() {
        Ok(day) => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
        Err(_) => date,
    }
}

/// Returns the words that stand right after a mark in a text.
fn words_after<'t>(text: &'t str, mark: &str) -> BTreeSet<&'t str> {
    let after = text.match_indices(mark).filter_map(|(at, _)| text.get(at + mark.len()..));
    let word = |rest: &'t str| {
        rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
    };
    after.map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, form: Value) -> Result<String, String> {
        let words =
            Words::from([("size".to_owned(), HashMap::from([("1".to_owned(), "大".to_owned())]))]);
        let template = Template {
            compiled: compile(text, &Arc::new(words)).map_err(|error| format!("{error:#}")),
            needs: Needs::default(),
            kinds: BTreeSet::new(),
        };
        let title = xueji_definition::Text::new("纸", "paper");
        let labels = Labels::from([(
            "hall".to_owned(),
            BTreeMap::from([("7".to_owned(), "东<堂".to_owned())]),
        )]);
        let mut sight =
            Sight::new(&title, vec![Fields::from([("n".to_owned(), Value::Int(3))])], labels);
        sight.show("form", &Arc::new(form));
        template.render(sight)
    }

    fn form() -> Value {
        Value::Map(Fields::from([
            ("size".to_owned(), Value::Text("1".to_owned())),
            ("day".to_owned(), Value::Date("2026-09-29".parse().unwrap())),
            ("halls".to_owned(), Value::List(vec![Value::Text("7".to_owned()), Value::Int(8)])),
        ]))
    }

    #[test]
    fn what_is_missing_shows_as_nothing_and_what_is_there_is_escaped() {
        let text = "{{ title.zh }} {{ code('size', form.size) }} {{ form.day | date_zh }} {{ rows[0].n }}\
            {% for hall in form.halls %} {{ label('hall', hall) }}{% endfor %}|{{ form.none }}|{{ subject.name.first }}|\
            {{ code(form.none, form.size) }}|{% if item %}x{% endif %}";
        assert_eq!(filled(text, form()).unwrap(), "纸 大 2026年9月29日 3 东&lt;堂 8|||1|");
    }

    #[test]
    fn a_template_stands_alone_and_tells_why_it_cannot_be_filled_in() {
        assert!(filled("{% include 'other' %}", form()).is_err());
        let fault = filled("one\n{% if %}", form()).unwrap_err();
        assert!(fault.contains("2"), "the line is told: {fault}");
    }
}
