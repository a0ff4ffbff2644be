//! Exact fractions of bounded size.
//!
//! Invariant: a fraction is in lowest terms with a positive denominator, and both parts stay under 2^62, so that two
//! of them can always be compared. What would grow beyond is `None`: nothing is rounded.

use std::cmp::Ordering;

use rust_decimal::Decimal;

const LARGEST: i128 = 1 << 62;

/// An exact fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Ratio {
    over: i128,
    under: i128,
}

impl Ratio {
    pub(crate) const ZERO: Self = Self { over: 0, under: 1 };
    pub(crate) const ONE: Self = Self { over: 1, under: 1 };

    /// Returns `over / under`.
    pub(crate) fn new(over: i128, under: i128) -> Option<Self> {
        let sign = if under < 0 { -1 } else { 1 };
        let (over, under) = (over.checked_mul(sign)?, under.checked_mul(sign)?);
        if under == 0 {
            return None;
        }
        let shared = gcd(over.checked_abs()?, under).max(1);
        let (over, under) = (over / shared, under / shared);
        (over.abs() < LARGEST && under < LARGEST).then_some(Self { over, under })
    }

    /// Returns a whole number.
    pub(crate) fn whole(n: i64) -> Option<Self> {
        Self::new(n.into(), 1)
    }

    /// Returns a decimal of at most 9 places, so that sums of several stay exact.
    pub(crate) fn decimal(d: Decimal) -> Option<Self> {
        let d = d.normalize();
        (d.scale() <= 9).then_some(())?;
        Self::new(d.mantissa(), 10_i128.checked_pow(d.scale())?)
    }

    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        let over = self.over * other.under;
        Self::new(over.checked_add(other.over * self.under)?, self.under * other.under)
    }

    pub(crate) fn minus(self, other: Self) -> Option<Self> {
        self.plus(other.negated())
    }

    pub(crate) fn times(self, other: Self) -> Option<Self> {
        Self::new(self.over * other.over, self.under * other.under)
    }

    pub(crate) fn by(self, other: Self) -> Option<Self> {
        Self::new(self.over * other.under, self.under * other.over)
    }

    pub(crate) fn negated(self) -> Self {
        Self { over: -self.over, under: self.under }
    }

    pub(crate) fn is_zero(self) -> bool {
        self.over == 0
    }

    pub(crate) fn is_negative(self) -> bool {
        self.over < 0
    }

    pub(crate) fn is_whole(self) -> bool {
        self.under == 1
    }

    /// The denominator.
    pub(crate) fn under(self) -> i128 {
        self.under
    }

    /// The numerator.
    pub(crate) fn over(self) -> i128 {
        self.over
    }

    /// The greatest whole number that is not above it.
    pub(crate) fn floor(self) -> Self {
        Self { over: self.over.div_euclid(self.under), under: 1 }
    }

    /// The least whole number that is not below it.
    pub(crate) fn ceil(self) -> Self {
        self.negated().floor().negated()
    }

    /// Returns it as a whole number.
    pub(crate) fn to_int(self) -> Option<i64> {
        self.is_whole().then(|| i64::try_from(self.over).ok()).flatten()
    }

    /// Returns it as a decimal; `None` where the decimal would never end.
    pub(crate) fn to_decimal(self) -> Option<Decimal> {
        let mut under = self.under;
        for prime in [2, 5] {
            while under % prime == 0 {
                under /= prime;
            }
        }
        if under != 1 {
            return None;
        }
        let over = Decimal::try_from_i128_with_scale(self.over, 0).ok()?;
        let under = Decimal::try_from_i128_with_scale(self.under, 0).ok()?;
        over.checked_div(under).map(|d| d.normalize())
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        // Both parts are under 2^62, so the products fit.
        (self.over * other.under).cmp(&(other.over * self.under))
    }
}

/// The greatest common divisor of two numbers that are not negative.
pub(crate) fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::Ratio;

    #[test]
    fn fractions_are_exact_and_ordered() {
        let third = Ratio::new(1, 3).unwrap();
        let sum = third.plus(third).unwrap().plus(third).unwrap();
        assert_eq!(sum, Ratio::ONE);
        assert!(third < Ratio::new(34, 100).unwrap());
        assert_eq!(Ratio::new(-7, 2).unwrap().floor(), Ratio::whole(-4).unwrap());
        assert_eq!(Ratio::new(-7, 2).unwrap().ceil(), Ratio::whole(-3).unwrap());
        assert_eq!(third.to_decimal(), None);
        assert_eq!(Ratio::whole(i64::MAX), None);
    }
}
