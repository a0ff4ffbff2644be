//! The clock that the engine is driven by; the only place here that asks the machine for the time.
//!
//! Invariant: it never goes back, not even over a restart: the engine keeps the last moment, and the clock goes on from
//! there.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// A clock. Real, or started somewhere and then running, or moved by hand.
#[derive(Debug)]
pub struct Clock {
    kind: Kind,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Real,
    Running,
    Manual,
}

#[derive(Debug)]
struct State {
    /// The moment from which it goes on.
    base: Timestamp,
    /// When that was, on a running clock.
    since: Instant,
}

/// Why a clock was not moved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// The machine's own time cannot be moved.
    #[error("使用真实时间，不能调整 | the clock is the real one and cannot be moved")]
    Real,
    /// It never goes back.
    #[error("现在是 {now}，只能向前调 | it is {now}; a clock only goes forward")]
    Back {
        /// What it shows.
        now: Timestamp,
    },
}

impl Clock {
    /// Returns the machine's own clock.
    #[must_use]
    pub fn real() -> Self {
        Self::of(Kind::Real, Timestamp::UNIX_EPOCH)
    }

    /// Returns a clock that shows that moment and then runs, going on after a restart where it stood.
    #[must_use]
    pub fn running(start: Timestamp) -> Self {
        Self::of(Kind::Running, start)
    }

    /// Returns a clock that stands until it is moved.
    #[must_use]
    pub fn manual(start: Timestamp) -> Self {
        Self::of(Kind::Manual, start)
    }

    fn of(kind: Kind, base: Timestamp) -> Self {
        Self { kind, state: Mutex::new(State { base, since: Instant::now() }) }
    }

    /// Returns what it shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let mut state = self.state();
        self.show(&mut state)
    }

    fn show(&self, state: &mut State) -> Timestamp {
        let shown = match self.kind {
            Kind::Real => Timestamp::now(),
            Kind::Running => {
                let passed = SignedDuration::try_from(state.since.elapsed()).unwrap_or_default();
                return state.base.checked_add(passed).unwrap_or(state.base);
            }
            Kind::Manual => state.base,
        };
        // The machine's time may be set back; what was shown stays.
        state.base = state.base.max(shown);
        state.base
    }

    /// Returns whether it can be moved by hand.
    #[must_use]
    pub fn can_be_moved(&self) -> bool {
        self.kind != Kind::Real
    }

    /// Returns how long it takes until it shows that moment by itself; never, on one that is moved by hand.
    pub(crate) fn until(&self, at: Timestamp) -> Option<Duration> {
        if self.kind == Kind::Manual && self.now() < at {
            return None;
        }
        Some(Duration::try_from(at.duration_since(self.now())).unwrap_or(Duration::ZERO))
    }

    /// Tells whether it can be moved to that moment.
    ///
    /// # Errors
    /// [`ClockError`]: it is the real one, or shows a later time.
    pub(crate) fn may_move_to(&self, to: Timestamp) -> Result<(), ClockError> {
        if self.kind == Kind::Real {
            return Err(ClockError::Real);
        }
        let now = self.now();
        if to < now { Err(ClockError::Back { now }) } else { Ok(()) }
    }

    /// Lets it go on from a moment that it has shown before, unless it is already later.
    pub(crate) fn go_on_from(&self, shown: Timestamp) {
        let mut state = self.state();
        if self.show(&mut state) < shown {
            *state = State { base: shown, since: Instant::now() };
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing between lock and unlock can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_clock_moved_by_hand_stands_and_only_goes_forward() {
        let clock = Clock::manual(at("2026-12-23T01:00:00Z"));
        assert_eq!(clock.now(), at("2026-12-23T01:00:00Z"));
        clock.may_move_to(at("2026-12-24T01:00:00Z")).unwrap();
        clock.go_on_from(at("2026-12-24T01:00:00Z"));
        assert_eq!(clock.now(), at("2026-12-24T01:00:00Z"));
        let back = clock.may_move_to(at("2026-12-23T01:00:00Z"));
        assert_eq!(back, Err(ClockError::Back { now: at("2026-12-24T01:00:00Z") }));
        assert_eq!(clock.until(at("2026-12-25T01:00:00Z")), None);
    }

    #[test]
    fn a_running_clock_goes_on_from_where_it_stood() {
        let clock = Clock::running(at("2026-12-23T01:00:00Z"));
        clock.go_on_from(at("2027-01-04T01:00:00Z"));
        assert!(clock.now() >= at("2027-01-04T01:00:00Z"));
        clock.go_on_from(at("2026-12-23T01:00:00Z"));
        assert!(clock.now() >= at("2027-01-04T01:00:00Z"), "it does not go back");
    }

    #[test]
    fn the_real_clock_is_not_moved_by_hand_and_not_before_what_it_has_shown() {
        let clock = Clock::real();
        assert_eq!(clock.may_move_to(at("2999-01-01T00:00:00Z")), Err(ClockError::Real));
        clock.go_on_from(at("2999-01-01T00:00:00Z"));
        assert_eq!(clock.now(), at("2999-01-01T00:00:00Z"));
        assert!(!clock.can_be_moved());
    }
}
