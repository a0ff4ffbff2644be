//! `choice-hidden`, `gateway-overlap`, `gateway-gap`: choices of a gateway that do not part cases as they seem to.
//!
//! Why: choices are tried in order, so one that is never reached is a way that nobody goes; two that look like a
//! division, and overlap or leave out a value, send cases a way that nobody meant. Only what is proved is told, and only
//! where choices ask about the same things and neither is the narrower one, so that an order was hardly meant. Broken:
//! `fixtures/broken/gateway-choices`. Mended: by limits that meet.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use xueji_definition::Text;
use xueji_definition::file::Gateway;
use xueji_definition::finding::{Finding, Related, Severity, Spot};
use xueji_definition::model::Kind;
use xueji_definition::value::Value;
use xueji_rules::Rule;
use xueji_rules::solve::{
    Answer, Bound, Ends, Followed, Found, Ground, Handle, Judged, Says, Solver,
};

use crate::Check;
use crate::site::{Said, Site};
use crate::solving::{counts, values};
use crate::walk::{Scene, innermost};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[
        (
            "choice-hidden",
            Severity::Error,
            "前面的选择已涵盖这一选择，永远走不到",
            "Choices before this one leave it no case.",
        ),
        (
            "gateway-gap",
            Severity::Warning,
            "网关的各选择之间漏了一个值",
            "Choices of a gateway leave out one value between them.",
        ),
        (
            "gateway-overlap",
            Severity::Warning,
            "网关的两个选择有重叠",
            "Two choices of a gateway overlap.",
        ),
    ],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let (values, counts) = (values(world.definitions), counts(world.definitions));
    let mut findings = Vec::new();
    for process in world.definitions.processes.values() {
        let root = Site::file(process.file.as_str()).of_process(&process.id);
        for step in process.steps.values() {
            let Kind::Gateway(gateway) = &step.kind else { continue };
            if gateway.choices.len() < 2 {
                continue;
            }
            let rules = gateway.choices.iter().map(|choice| world.rules.get(&choice.when));
            let Some(rules) = rules.collect::<Option<Vec<&Rule>>>() else { continue };
            let scene = Scene { each: innermost(process, step), row_of: None };
            let env = world.seen(process, scene).env.clone();
            let free = Ground { env, counts: counts.clone(), ..Ground::default() };
            let known = Ground { values: values.clone(), ..free.clone() };
            let site = root.step(&step.id, &step.route, step.shared.as_deref());
            let site = site.then("gateway").then("choices");
            let look = Look { world, gateway, rules: &rules, site: &site };
            let hidden = look.hidden(&free);
            if hidden.is_empty() {
                findings.extend(look.division(&known));
            }
            findings.extend(hidden);
        }
    }
    findings
}

struct Look<'w, 'a> {
    world: &'w World<'a>,
    gateway: &'w Gateway,
    rules: &'w [&'w Rule],
    site: &'w Site,
}

impl Look<'_, '_> {
    fn choice(&self, at: usize) -> Site {
        self.site.then(at).then("when")
    }

    /// The place of a rule, as a second place.
    fn written(rule: &Rule) -> Related {
        Related {
            file: rule.file.clone(),
            spot: Spot::At(rule.line, rule.column),
            message: Text::new(
                format!("规则 `{}` 写在这里", rule.name),
                format!("rule `{}` is written here", rule.name),
            ),
        }
    }

    /// Choices that those before them leave no case, whatever the parameters are.
    fn hidden(&self, ground: &Ground) -> Vec<Finding> {
        let mut solver = Solver::new(ground);
        let handles: Vec<Handle> =
            self.rules.iter().map(|rule| solver.read(Judged::Rule(rule))).collect();
        let mut findings = Vec::new();
        let mut before: Vec<(Handle, Says)> = Vec::new();
        for (at, (rule, handle)) in self.rules.iter().zip(&handles).enumerate() {
            let yes = (*handle, Says::Yes);
            let reached: Vec<(Handle, Says)> = before.iter().copied().chain([yes]).collect();
            if at > 0 && solver.is_refuted(&reached) && !solver.is_refuted(&[yes]) {
                let mut said = Said::error(
                    "choice-hidden",
                    format!("前面的选择已涵盖 `{}` 的全部情形，这一选择永远走不到", rule.name),
                    format!(
                        "choices before it take every case of `{}`; it is never reached",
                        rule.name
                    ),
                )
                .help(
                    "把条件窄的选择放在前面，或改正其中的数值",
                    "put the narrower choice first, or mend a limit",
                );
                for other in self.rules.iter().take(at) {
                    said = said.see(Self::written(other));
                }
                findings.push(self.choice(at).at_value(self.world.places, said));
            }
            before.push((*handle, Says::No));
        }
        findings
    }

    /// Choices that ask about the same things: whether they overlap, or leave out one value.
    fn division(&self, ground: &Ground) -> Vec<Finding> {
        let mut solver = Solver::new(ground);
        let handles: Vec<Handle> =
            self.rules.iter().map(|rule| solver.read(Judged::Rule(rule))).collect();
        let mut findings = Vec::new();
        let about: Vec<BTreeSet<String>> = handles
            .iter()
            .map(|handle| match solver.followed(*handle) {
                Followed::Wholly => solver.paths(*handle),
                _ => BTreeSet::new(),
            })
            .collect();
        for (later, b) in handles.iter().enumerate() {
            for (earlier, a) in handles.iter().enumerate().take(later) {
                let (Some(x), Some(y)) = (about.get(earlier), about.get(later)) else { continue };
                let next = |at: usize| self.gateway.choices.get(at).map(|choice| &choice.next);
                if x.is_empty() || x != y || next(earlier) == next(later) {
                    continue;
                }
                let sat = |p, q| match solver.satisfiable(&[(*a, p), (*b, q)]) {
                    Answer::Sat(case) => Some(case),
                    _ => None,
                };
                // One that holds wherever the other does was meant to be tried after it.
                if sat(Says::Yes, Says::No).is_some()
                    && sat(Says::No, Says::Yes).is_some()
                    && let Some(case) = sat(Says::Yes, Says::Yes)
                {
                    findings.extend(self.overlap(earlier, later, &shown(&case, x)));
                }
            }
        }
        let all_same = about.iter().all(|paths| Some(paths) == about.first() && paths.len() == 1);
        if all_same && findings.is_empty() {
            let none: Vec<(Handle, Says)> =
                handles.iter().map(|handle| (*handle, Says::No)).collect();
            for region in solver.regions(&none).regions {
                let [condition] = region.conditions.as_slice() else { continue };
                if let Found::Case(case) = &region.found
                    && is_narrow(&condition.bound)
                    && let Some(value) = case.get(&condition.about)
                {
                    findings.push(self.gap(&condition.about, value));
                }
            }
        }
        findings
    }

    fn overlap(&self, earlier: usize, later: usize, case: &str) -> Option<Finding> {
        let (first, second) = (self.rules.get(earlier)?, self.rules.get(later)?);
        let said = Said::warning(
            "gateway-overlap",
            format!("`{}` 与前面的 `{}` 有重叠：{case} 时走前面的", second.name, first.name),
            format!("`{}` overlaps `{}` before it, which is taken when {case}", second.name, first.name),
        )
        .help(
            "让两条规则的界限相接：一条写 `<`，另一条写 `>=`；有意如此的，写明理由并忽略",
            "let their limits meet: `<` in one, `>=` in the other; if it is meant, silence it with a reason",
        )
        .see(Self::written(first))
        .see(Self::written(second));
        Some(self.choice(later).at_value(self.world.places, said))
    }

    fn gap(&self, path: &str, value: &Value) -> Finding {
        let otherwise = &self.gateway.otherwise;
        let mut said = Said::warning(
            "gateway-gap",
            format!("各选择漏了 {path} = {value}，它会走 else 到 `{otherwise}`"),
            format!(
                "the choices leave out {path} = {value}, which goes by `else` to `{otherwise}`"
            ),
        )
        .help(
            "让两条规则的界限相接：一条写 `<`，另一条写 `>=`",
            "let their limits meet: `<` in one, `>=` in the other",
        );
        for rule in self.rules {
            said = said.see(Self::written(rule));
        }
        self.site.at_key(self.world.places, said)
    }
}

/// Tells whether a gap lies between two choices and is no wider than one, or one day.
fn is_narrow(bound: &Bound) -> bool {
    match bound {
        Bound::OneOf(values) => {
            matches!(values.as_slice(), [Value::Int(_) | Value::Decimal(_) | Value::Date(_)])
        }
        Bound::Within(ends) => match ends.as_slice() {
            [Ends { from: Some((low, _)), to: Some((high, _)) }] => match (low, high) {
                (Value::Date(low), Value::Date(high)) => {
                    low.tomorrow().is_ok_and(|next| next >= *high)
                }
                _ => number(low).zip(number(high)).is_some_and(|(low, high)| {
                    high.checked_sub(low).is_some_and(|width| width <= Decimal::ONE)
                }),
            },
            _ => false,
        },
        _ => false,
    }
}

fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Int(n) => Some(Decimal::from(*n)),
        Value::Decimal(d) => Some(*d),
        _ => None,
    }
}

/// A case as a finding tells it.
fn shown(case: &BTreeMap<String, Value>, about: &BTreeSet<String>) -> String {
    let told = case.iter().filter(|(path, _)| about.contains(*path));
    let told: Vec<String> = told.map(|(path, value)| format!("{path} = {value}")).collect();
    told.join(", ")
}
