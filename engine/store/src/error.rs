//! What can go wrong with a store, told with facts.
//!
//! Invariant: no variant means "absent"; what is not there is `Ok(None)`.

use std::{io, path::PathBuf};

use thiserror::Error;

use crate::SCAN_LIMIT;

/// Why a store could not do what it was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The machine could not read or write.
    #[error("读写失败（{doing}） | the machine failed at {doing}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the machine said.
        #[source]
        source: io::Error,
    },
    /// The value kept under this key is not the one that was written.
    #[error("数据损坏，键 {} | the value is damaged, key {}", key.escape_ascii(), key.escape_ascii())]
    Damaged {
        /// The key, whole.
        key: Vec<u8>,
    },
    /// The folder's own structure is damaged, so that entries cannot even be found.
    #[error("存储无法读取（{doing}）：{reason} | the store cannot be read at {doing}: {reason}")]
    Unreadable {
        /// What was being done.
        doing: &'static str,
        /// What the embedded database said.
        reason: String,
    },
    /// An earlier apply or flush failed, so that nobody knows what is on disk. Only opening it again helps.
    #[error("存储已停止：{reason} | the store stopped after a failure: {reason}")]
    Poisoned {
        /// The first failure.
        reason: String,
    },
    /// What was read did not become durable within the time given. Nothing is wrong with it otherwise.
    #[error(
        "第 {sequence} 批尚未落盘（已落盘至 {durable}） | batch {sequence} is not on disk yet, only up to {durable}"
    )]
    NotDurable {
        /// The batch waited for.
        sequence: u64,
        /// The last durable batch.
        durable: u64,
    },
    /// More entries were asked for at once than a page may hold.
    #[error(
        "一页最多 {SCAN_LIMIT} 条，要求 {asked} 条 | a page holds at most {SCAN_LIMIT} entries, {asked} were asked for"
    )]
    ScanTooLarge {
        /// The page size asked for.
        asked: usize,
    },
    /// The folder was written by a newer version.
    #[error(
        "数据目录格式为 {found}，本程序只认识到 {known}；用写它的版本打开 | the folder has {part} format {found}, this program knows up to {known}; open it with the version that wrote it"
    )]
    NewerFormat {
        /// Whose format: the application's or the store's.
        part: &'static str,
        /// The number found.
        found: u32,
        /// The newest number known.
        known: u32,
    },
    /// The folder was written by an older version and must be brought up to date first.
    #[error(
        "数据目录格式为 {found}，需先升级到 {known} | the folder has {part} format {found} and must first be brought to {known}"
    )]
    OlderFormat {
        /// Whose format: the application's or the store's.
        part: &'static str,
        /// The number found.
        found: u32,
        /// The number wanted.
        known: u32,
    },
    /// Another process has the folder open.
    #[error("数据目录 {} 正被另一个进程使用；先停止它 | the folder {} is in use by another process; stop that one first", folder.display(), folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder holds something else. It was left as it was.
    #[error("目录 {} 不是本程序的数据目录（其中有 {found}）；另选一个空目录 | the folder {} holds something else ({found}); name an empty one", folder.display(), folder.display())]
    NotOurs {
        /// The folder.
        folder: PathBuf,
        /// What was found there.
        found: String,
    },
    /// The folder is ours, yet a part of it is gone. It was left as it was.
    #[error("数据目录 {} 缺少 {missing}；从备份恢复 | the folder {} lacks {missing}; restore it from a copy", folder.display(), folder.display())]
    Incomplete {
        /// The folder.
        folder: PathBuf,
        /// What is missing.
        missing: String,
    },
    /// Batches that had been acknowledged are gone. The folder must be recovered or restored.
    #[error(
        "已确认的数据缺失：应有 {flushed} 批，只找到 {found} 批 | acknowledged data are gone: {flushed} batches were on disk, {found} are found"
    )]
    Lost {
        /// The last batch found.
        found: u64,
        /// The last batch known to have been flushed.
        flushed: u64,
    },
    /// A large value lacks pieces, or holds more than it says.
    #[error("大值不完整，键 {} | a large value is incomplete, key {}", key.escape_ascii(), key.escape_ascii())]
    Torn {
        /// The key of its first piece.
        key: Vec<u8>,
    },
}

impl StoreError {
    /// Returns a function that turns what the machine said into an error.
    pub(crate) fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, source }
    }
}
