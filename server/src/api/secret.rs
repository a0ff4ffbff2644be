//! Bearer tokens: made at random, kept as a hash.
//!
//! Invariant: the secret is shown once, when it is made; only its SHA-256 is stored.

use sha2::{Digest, Sha256};

/// How every token begins, so that people and scanners know one when they see it.
const PREFIX: &str = "xj_";

/// Returns a new secret of 256 random bits.
///
/// # Errors
/// The machine has no randomness to give.
pub fn fresh() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{PREFIX}{}", hex(&bytes)))
}

/// Returns the hash under which a secret is stored. 256 random bits need no salt and no slow hash.
#[must_use]
pub fn hash(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// Returns a short id for what is made at random: 80 bits.
///
/// # Errors
/// The machine has no randomness to give.
pub fn id() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 10];
    getrandom::fill(&mut bytes)?;
    Ok(hex(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_hash_to_the_same_each_time() {
        let (one, other) = (fresh().unwrap(), fresh().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), PREFIX.len() + 64);
        assert_eq!(hash(&one), hash(&one));
        assert_ne!(hash(&one), hash(&other));
    }
}
