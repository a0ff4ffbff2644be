//! What the system says when it will not, in Chinese.
//!
//! Invariant: what is not among its common answers is told as the system says it.

use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// Returns the words for an error of the system.
pub(super) fn in_chinese(error: &Error) -> String {
    let known = match error.kind() {
        ErrorKind::NotFound => "没有这个文件或文件夹",
        ErrorKind::PermissionDenied => "没有权限",
        ErrorKind::AlreadyExists => "已经有了",
        ErrorKind::NotADirectory => "不是文件夹",
        ErrorKind::IsADirectory => "是文件夹，不是文件",
        ErrorKind::DirectoryNotEmpty => "文件夹不是空的",
        ErrorKind::ReadOnlyFilesystem => "磁盘是只读的",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "磁盘满了",
        ErrorKind::FileTooLarge => "文件太大",
        ErrorKind::InvalidData => "内容不是 UTF-8 文字",
        ErrorKind::AddrInUse => "地址已被占用",
        ErrorKind::AddrNotAvailable => "本机没有这个地址",
        ErrorKind::ConnectionRefused => "那里没有服务在听",
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => "连接断了",
        ErrorKind::TimedOut => "超时",
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => "网络不通",
        _ if error.to_string().contains("failed to lookup address") => "找不到这台主机",
        _ => return error.to_string(),
    };
    match error.get_ref() {
        Some(inner) => inner.downcast_ref().map_or_else(|| inner.to_string(), Named::in_chinese),
        None => known.to_owned(),
    }
}

/// An error with the file that it is about.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", path.display())]
struct Named {
    path: PathBuf,
    error: Error,
}

impl Named {
    fn in_chinese(&self) -> String {
        format!("{}：{}", self.path.display(), in_chinese(&self.error))
    }
}

/// Returns an error with the file that it is about.
pub(super) fn named(path: &Path, error: Error) -> Error {
    Error::new(error.kind(), Named { path: path.to_owned(), error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_answers_are_told_in_chinese_and_others_as_they_are() {
        assert_eq!(in_chinese(&Error::from_raw_os_error(2)), "没有这个文件或文件夹");
        assert_eq!(in_chinese(&Error::other("x: y")), "x: y");
        let named = named(Path::new("logs"), Error::from_raw_os_error(13));
        assert_eq!(in_chinese(&named), "logs：没有权限");
    }
}
