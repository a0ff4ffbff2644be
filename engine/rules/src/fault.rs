//! Why an evaluation gave no answer: a value is missing, or the script is at fault.
//!
//! Invariant: no error of Rhai is ever taken for an answer.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rhai::EvalAltResult;

use crate::node::Missing;
use crate::problem::Spot;
use crate::sandbox;

/// Why an evaluation stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A value that was asked for is not there.
    Missing(String),
    /// The script did what cannot be done, or ran too long.
    Fault(String, Spot),
}

/// Runs an evaluation within its limits.
///
/// # Errors
/// What stopped it; a panic too, as a fault at `place`.
pub(crate) fn run<T>(
    place: Spot,
    evaluation: impl FnOnce() -> Result<T, Box<EvalAltResult>>,
) -> Result<T, Stop> {
    sandbox::refill();
    match catch_unwind(AssertUnwindSafe(evaluation)) {
        Ok(answer) => answer.map_err(|error| stop(&error, place)),
        Err(_) => Err(Stop::Fault("the evaluation broke off".to_owned(), place)),
    }
}

fn stop(error: &EvalAltResult, place: Spot) -> Stop {
    // The innermost error that knows its place tells it; Rhai gives none for a call depth exceeded.
    let inner = error.unwrap_inner();
    if let EvalAltResult::ErrorRuntime(raised, _) = inner
        && let Some(missing) = raised.read_lock::<Missing>()
    {
        return Stop::Missing(missing.0.clone());
    }
    let spot = Spot::of(inner.position(), Spot::of(error.position(), place));
    Stop::Fault(words(inner), spot)
}

fn words(error: &EvalAltResult) -> String {
    match error {
        EvalAltResult::ErrorRuntime(raised, _) => raised.to_string(),
        EvalAltResult::ErrorTooManyOperations(_) | EvalAltResult::ErrorTerminated(..) => {
            "it takes too many operations".to_owned()
        }
        EvalAltResult::ErrorStackOverflow(_) => "calls are nested too deeply".to_owned(),
        EvalAltResult::ErrorDataTooLarge(what, _) => format!("too large: {what}"),
        EvalAltResult::ErrorFunctionNotFound(name, _) => format!("there is no function {name}"),
        EvalAltResult::ErrorVariableNotFound(name, _) => format!("there is no variable `{name}`"),
        EvalAltResult::ErrorMismatchDataType(wanted, found, _) => {
            format!("expected {wanted}, found {found}")
        }
        other => {
            // Rhai ends the sentence with the place, which stands in a field of its own here.
            let text = other.to_string();
            text.split(" (line ").next().unwrap_or(&text).to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Spot, Stop, run};

    #[test]
    fn a_panic_is_a_fault_at_the_place_of_the_rule() {
        let place = Spot { line: 3, column: 4 };
        let stopped = run::<()>(place, || panic!("of the test"));
        assert_eq!(stopped, Err(Stop::Fault("the evaluation broke off".to_owned(), place)));
    }
}
