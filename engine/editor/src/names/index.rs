//! Whose a name is, worked out over all files.
//!
//! Invariant: two mentions are of one thing when they have kind, name and an owner in common. What a file leaves open (a rule
//! reads `form.day`: of which form?) is answered by who uses whom.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use super::{FileNames, Kind, Mention, Over, Owner, Within};

/// A thing, by kind, name and owners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Whose it is; one empty owner for what is everybody's.
    pub owners: BTreeSet<String>,
}

/// Whose names of a kind are, by what their files say.
type WorkedOut = HashMap<(Kind, Owner), Rc<BTreeSet<String>>>;

/// All names of all files.
#[derive(Debug, Default)]
pub struct Index<'f> {
    files: Vec<(&'f str, &'f FileNames)>,
    /// Who defines: by kind and name, the owners.
    defined: HashMap<(Kind, &'f str), BTreeSet<String>>,
    /// Who uses a thing.
    users: HashMap<(Kind, &'f str), HashSet<&'f Within>>,
    /// What a thing uses.
    used: HashMap<&'f Within, HashSet<(Kind, &'f str)>>,
    processes: BTreeSet<&'f str>,
    /// Whose outcomes are also those of others.
    answers: HashMap<&'f str, Vec<&'f str>>,
    /// Whose names are that are written in one place or another, worked out before.
    worked_out: RefCell<WorkedOut>,
}

impl<'f> Index<'f> {
    /// Looks over the names of all files.
    pub fn new(files: impl IntoIterator<Item = (&'f str, &'f FileNames)>) -> Self {
        let mut index = Self { files: files.into_iter().collect(), ..Self::default() };
        for (_, file) in index.files.clone() {
            for (owner, from) in &file.answers {
                index.answers.entry(owner).or_default().push(from);
            }
            for mention in &file.mentions {
                let name = mention.name.as_str();
                if mention.defines {
                    let owner = match &mention.owner {
                        Owner::Of(_, owner) => owner.clone(),
                        _ => String::new(),
                    };
                    index.defined.entry((mention.kind, name)).or_default().insert(owner);
                    if mention.kind == Kind::Process {
                        index.processes.insert(name);
                    }
                } else {
                    index.users.entry((mention.kind, name)).or_default().insert(&mention.within);
                    index.used.entry(&mention.within).or_default().insert((mention.kind, name));
                }
            }
        }
        index
    }

    /// Returns the files with their names.
    pub fn files(&self) -> impl Iterator<Item = (&'f str, &'f FileNames)> {
        self.files.iter().copied()
    }

    /// Returns every mention, with its file.
    pub fn mentions(&self) -> impl Iterator<Item = (&'f str, &'f Mention)> {
        self.files
            .iter()
            .flat_map(|(path, file)| file.mentions.iter().map(|mention| (*path, mention)))
    }

    /// Returns the processes that something belongs to, or that use it, through whatever else.
    fn processes_of(&self, owner: &Owner) -> BTreeSet<String> {
        let (kind, name) = match owner {
            Owner::Of(kind, name) => (*kind, name.as_str()),
            Owner::Processes(all) if all.is_empty() => return self.all_processes(),
            Owner::Processes(all) => return all.iter().cloned().collect(),
            Owner::Subject(of) | Owner::Item(of) | Owner::Field(_, _, of) => {
                return self.processes_of(of);
            }
            Owner::Global => return self.all_processes(),
        };
        let mut found = BTreeSet::new();
        let mut seen: BTreeSet<(Kind, &str)> = BTreeSet::from([(kind, name)]);
        let mut left = vec![(kind, name)];
        while let Some(thing) = left.pop() {
            if thing.0 == Kind::Process {
                found.insert(thing.1.to_owned());
                continue;
            }
            for user in self.users.get(&thing).into_iter().flatten() {
                let user = (user.0, user.1.as_str());
                if seen.insert(user) {
                    left.push(user);
                }
            }
        }
        if found.is_empty() { self.all_processes() } else { found }
    }

    fn all_processes(&self) -> BTreeSet<String> {
        self.processes.iter().map(|name| (*name).to_owned()).collect()
    }

    /// Returns what processes use of a kind, themselves or through shared steps.
    fn used_by(&self, processes: &BTreeSet<String>, kind: Kind) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for process in processes {
            let own = (Kind::Process, process.clone());
            for (used, name) in self.used.get(&own).into_iter().flatten() {
                if *used == kind {
                    found.insert((*name).to_owned());
                } else if *used == Kind::SharedStep {
                    let shared = (Kind::SharedStep, (*name).to_owned());
                    let of = self.used.get(&shared).into_iter().flatten();
                    found.extend(
                        of.filter(|(used, _)| *used == kind).map(|(_, name)| (*name).to_owned()),
                    );
                }
            }
        }
        found
    }

    /// Returns the record types that cases of processes, and their rows, are about.
    fn subjects(&self, owner: &Owner) -> BTreeSet<String> {
        let processes = self.processes_of(owner);
        let mut found: BTreeSet<String> = self
            .files()
            .flat_map(|(_, file)| &file.subjects)
            .filter(|(process, _)| processes.contains(process))
            .map(|(_, record)| record.clone())
            .collect();
        found.extend(self.rows(&processes, true));
        // Include rules of a query see the query's rows.
        if let Owner::Of(kind, name) = owner {
            let queries = self.users.get(&(*kind, name.as_str())).into_iter().flatten();
            found.extend(
                queries
                    .filter(|user| user.0 == Kind::Query)
                    .flat_map(|user| self.records_over(&user.1)),
            );
        }
        found
    }

    fn rows(&self, processes: &BTreeSet<String>, with_subject: bool) -> BTreeSet<String> {
        let rows = self.files().flat_map(|(_, file)| &file.rows);
        let rows =
            rows.filter(|row| processes.contains(&row.within.1) && (row.subject || !with_subject));
        rows.flat_map(|row| self.records_over(&row.query)).collect()
    }

    fn records_over(&self, query: &str) -> Vec<String> {
        let overs = self.files().flat_map(|(_, file)| &file.overs);
        let own = overs.filter(|((kind, name), _)| *kind == Kind::Query && name == query);
        own.filter_map(|(_, over)| match over {
            Over::Records(record) => Some(record.clone()),
            Over::Instances(_) => None,
        })
        .collect()
    }

    /// Returns whose a name may be: owners that may define it, whether they do or not.
    #[must_use]
    pub fn candidates(&self, kind: Kind, owner: &Owner) -> Rc<BTreeSet<String>> {
        let asked = (kind, owner.clone());
        if let Some(known) = self.worked_out.borrow().get(&asked) {
            return Rc::clone(known);
        }
        let found = Rc::new(self.work_out(kind, owner));
        self.worked_out.borrow_mut().insert(asked, Rc::clone(&found));
        found
    }

    fn work_out(&self, kind: Kind, owner: &Owner) -> BTreeSet<String> {
        match (kind, owner) {
            (Kind::Step | Kind::Effect, Owner::Of(Kind::SharedStep, name)) => {
                BTreeSet::from([name.clone()])
            }
            (Kind::Step | Kind::Effect, owner) => self.processes_of(owner),
            (Kind::FormField, owner) => {
                let mut forms = self.used_by(&self.processes_of(owner), Kind::Form);
                if let Owner::Of(Kind::Form, own) = owner {
                    forms.insert(own.clone());
                }
                forms
            }
            (Kind::Paper, owner) => {
                let mut lists = self.used_by(&self.processes_of(owner), Kind::Materials);
                if let Owner::Of(Kind::Materials, own) = owner {
                    lists.insert(own.clone());
                }
                lists
            }
            (Kind::RecordField, Owner::Of(Kind::Record, name)) => BTreeSet::from([name.clone()]),
            (Kind::RecordField, Owner::Item(of)) => self.rows(&self.processes_of(of), false),
            (Kind::RecordField, Owner::Subject(of)) => self.subjects(of),
            (Kind::RecordField, owner) => self.subjects(owner),
            (Kind::Code, Owner::Field(field, name, of)) => self.lists(*field, name, of),
            (Kind::Code | Kind::Function, Owner::Of(_, name)) => BTreeSet::from([name.clone()]),
            (Kind::Outcome, owner) => self.answering(owner),
            _ => BTreeSet::from([String::new()]),
        }
    }

    /// Returns whose the outcomes may be that are named in one place.
    fn answering(&self, owner: &Owner) -> BTreeSet<String> {
        let mut left: Vec<String> = match owner {
            Owner::Of(_, name) => vec![name.clone()],
            Owner::Field(Kind::Step, step, of) => {
                let none = BTreeSet::new();
                let all = self.defined.get(&(Kind::Step, step.as_str())).unwrap_or(&none);
                let own = self.processes_of(of);
                // A story also completes tasks of processes that its own ones call.
                let is_own = all.iter().any(|process| own.contains(process));
                let of = all.iter().filter(|process| !is_own || own.contains(*process));
                of.map(|process| format!("{process}/{step}")).collect()
            }
            Owner::Field(Kind::Message, message, _) => {
                let hears = self.files().flat_map(|(_, file)| &file.hears);
                hears
                    .filter(|(heard, _)| heard == message)
                    .map(|(_, owner)| owner.clone())
                    .collect()
            }
            Owner::Field(_, _, of) => {
                let of = self.processes_of(of);
                let outcomes = self.defined.iter().filter(|((kind, _), _)| *kind == Kind::Outcome);
                let scopes =
                    outcomes.flat_map(|(_, owners)| owners).filter(|owner| is_scope(owner));
                scopes
                    .filter(|owner| owner.split_once('/').is_some_and(|(p, _)| of.contains(p)))
                    .cloned()
                    .collect()
            }
            _ => Vec::new(),
        };
        let mut found = BTreeSet::new();
        while let Some(owner) = left.pop() {
            let from = self.answers.get(owner.as_str()).into_iter().flatten();
            left.extend(from.filter(|from| !found.contains(**from)).map(|from| (*from).to_owned()));
            found.insert(owner);
        }
        found
    }

    /// Returns the code lists that a field holds.
    fn lists(&self, kind: Kind, name: &str, of: &Owner) -> BTreeSet<String> {
        let owners = self.candidates(kind, of);
        let fields = self.files().flat_map(|(_, file)| &file.fields);
        let own = fields.filter(|field| {
            field.kind == kind && field.name == name && owners.contains(&field.owner)
        });
        own.filter_map(|field| field.codes.clone()).collect()
    }

    /// Returns whose a mention is: those of its owners that define the name.
    #[must_use]
    pub fn owners(&self, mention: &Mention) -> BTreeSet<String> {
        if mention.defines {
            return match &mention.owner {
                Owner::Of(_, owner) => BTreeSet::from([owner.clone()]),
                _ => BTreeSet::from([String::new()]),
            };
        }
        let (name, candidates) =
            (self.written(mention), self.candidates(mention.kind, &mention.owner));
        let Some(defined) = self.defined.get(&(mention.kind, name)) else { return BTreeSet::new() };
        let own: BTreeSet<String> = candidates.intersection(defined).cloned().collect();
        // A story also completes tasks of processes that its own ones call.
        let is_result = matches!(mention.owner, Owner::Field(Kind::Process, ..));
        if own.is_empty() && is_result {
            defined.iter().filter(|owner| is_scope(owner)).cloned().collect()
        } else if own.is_empty() && matches!(mention.owner, Owner::Processes(_)) {
            defined.clone()
        } else {
            own
        }
    }

    /// Returns the name that a mention gives: of a parameter read with a part of its value, the parameter's own.
    #[must_use]
    pub fn written<'m>(&self, mention: &'m Mention) -> &'m str {
        let mut name = mention.name.as_str();
        if mention.kind == Kind::Parameter {
            while !self.defined.contains_key(&(Kind::Parameter, name)) {
                match name.rsplit_once('.') {
                    Some((shorter, _)) => name = shorter,
                    None => return &mention.name,
                }
            }
        }
        name
    }

    /// Returns the thing that a mention names, with all owners that share it.
    #[must_use]
    pub fn named(&self, mention: &Mention) -> Named {
        let name = self.written(mention).to_owned();
        let mut named = Named { kind: mention.kind, owners: self.owners(mention), name };
        // One field of two forms that a process uses together is one field.
        // One outcome of two branches that a join counts is one outcome.
        if matches!(named.kind, Kind::FormField | Kind::RecordField | Kind::Code | Kind::Outcome) {
            let same = || {
                self.mentions().filter(|(_, other)| {
                    other.kind == named.kind && self.written(other) == named.name
                })
            };
            let all: Vec<BTreeSet<String>> = same().map(|(_, other)| self.owners(other)).collect();
            for _ in 0..all.len() {
                let before = named.owners.len();
                for owners in &all {
                    if !owners.is_disjoint(&named.owners) {
                        named.owners.extend(owners.iter().cloned());
                    }
                }
                if named.owners.len() == before {
                    break;
                }
            }
        }
        named
    }

    /// Returns every mention of a thing, with its file.
    #[must_use]
    pub fn all(&self, named: &Named) -> Vec<(&'f str, &'f Mention)> {
        self.mentions()
            .filter(|(_, mention)| {
                mention.kind == named.kind && self.written(mention) == named.name
            })
            .filter(|(_, mention)| !self.owners(mention).is_disjoint(&named.owners))
            .collect()
    }

    /// Returns where a thing is defined.
    #[must_use]
    pub fn definitions(&self, named: &Named) -> Vec<(&'f str, &'f Mention)> {
        self.mentions()
            .filter(|(_, m)| m.defines && m.kind == named.kind && m.name == named.name)
            .filter(|(_, mention)| !self.owners(mention).is_disjoint(&named.owners))
            .collect()
    }

    /// Returns every definition of a kind that one of the owners has.
    #[must_use]
    pub fn known(&self, kind: Kind, owners: &BTreeSet<String>) -> Vec<(&'f str, &'f Mention)> {
        self.mentions()
            .filter(|(_, mention)| mention.kind == kind && mention.defines)
            .filter(|(_, mention)| !self.owners(mention).is_disjoint(owners))
            .collect()
    }

    /// Returns the name that stands at a line and column of a file, or ends there.
    #[must_use]
    pub fn at(&self, path: &str, line: u32, column: u32) -> Option<&'f Mention> {
        let (_, file) = self.files.iter().find(|(own, _)| *own == path)?;
        let here = file.mentions.iter().filter(|mention| {
            let place = mention.place;
            place.line == line && place.column <= column && column <= place.end_column
        });
        // A code is told before the field that may be it by chance; the narrowest wins.
        let known = |mention: &&Mention| !self.owners(mention).is_empty();
        let mut here: Vec<&Mention> = here.collect();
        here.sort_by_key(|mention| {
            (!known(mention), mention.place.end_column - mention.place.column)
        });
        here.first().copied()
    }
}

/// Tells whether outcomes are those of a scope, or of a process, and not of a step.
fn is_scope(owner: &str) -> bool {
    owner.ends_with('/') || owner.contains(':')
}
