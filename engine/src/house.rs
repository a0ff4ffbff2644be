//! The house's own small writes: tokens, uploads, and what has left the outbox.
//!
//! Invariant: each is durable when it returns, and doing it again changes nothing.

use sha2::{Digest, Sha256};
use xueji_definition::file::MaterialKind;
use xueji_store::{Direction, Range};

use crate::changes::Changes;
use crate::core::Core;
use crate::engine::Engine;
use crate::keys;
use crate::stored::{self, Material, Token};
use crate::submission::SubmitError;

/// A file that somebody uploads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its kind, told by its content.
    pub kind: MaterialKind,
    /// Who uploads it.
    pub by: String,
    /// The name that the uploader gives it.
    pub name: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

#[allow(clippy::missing_errors_doc, reason = "they fail as `Engine::submit` does")]
impl Engine {
    /// Keeps what a token stands for, under the hash of its secret. Blocks.
    pub fn put_token(&self, hash: String, token: Token) -> Result<(), SubmitError> {
        self.wait_for(move |core| {
            let mut changes = Changes::default();
            changes.put_json(keys::token(&hash), &token);
            core.apply(&changes)
        })
    }

    /// Revokes a token by its id. Returns whether there was one. Blocks.
    pub fn revoke_token(&self, id: String) -> Result<bool, SubmitError> {
        self.wait_for(move |core| core.revoke(&id))
    }

    /// Keeps an upload, and returns what is known of it. The same file of the same person has the same id. Blocks.
    pub fn put_material(&self, upload: Upload) -> Result<Material, SubmitError> {
        self.wait_for(move |core| core.put_material(&upload))
    }

    /// Notes that something has left the house, so that it is not sent again. Blocks.
    pub fn sent(&self, sequence: u64) -> Result<(), SubmitError> {
        self.wait_for(move |core| {
            let mut changes = Changes::default();
            changes.delete(keys::outbox(sequence));
            core.apply(&changes)
        })
    }
}

impl Core {
    fn revoke(&mut self, id: &str) -> Result<bool, SubmitError> {
        let range = Range::prefix(&keys::tokens());
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = self.store.scan(&range, after.as_deref(), 200, Direction::Ascending)?;
            for (key, value) in &page {
                let token: Token = stored::parse(key, value)?;
                if token.id == id {
                    let mut changes = Changes::default();
                    changes.delete(key.clone());
                    self.apply(&changes)?;
                    return Ok(true);
                }
            }
            match page.last() {
                Some((key, _)) => after = Some(key.clone()),
                None => return Ok(false),
            }
        }
    }

    fn put_material(&mut self, upload: &Upload) -> Result<Material, SubmitError> {
        let hash = hex(&Sha256::digest(&upload.bytes));
        let owned = Sha256::new().chain_update(&hash).chain_update([0]).chain_update(&upload.by);
        let id: String = hex(&owned.chain_update([0]).chain_update(&upload.name).finalize())
            .chars()
            .take(32)
            .collect();
        let key = keys::material(&id);
        if let Some(known) = self.store.get(&key)? {
            return Ok(stored::parse(&key, &known)?);
        }
        let material = Material {
            id,
            kind: upload.kind,
            by: upload.by.clone(),
            name: upload.name.clone(),
            length: u64::try_from(upload.bytes.len()).unwrap_or(u64::MAX),
            hash,
            at: self.clock.now().max(self.last_now),
        };
        let mut changes = Changes::default();
        changes.put_large(&keys::material_bytes(&material.id), &upload.bytes)?;
        changes.put_json(key, &material);
        self.apply(&changes)?;
        Ok(material)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
