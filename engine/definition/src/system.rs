//! What the system says when it will not, in Chinese.
//!
//! Invariant: what is not among its common answers is told as the system says it.

use std::io::{Error, ErrorKind};

/// Returns the words for an error of the system.
#[must_use]
pub fn in_chinese(error: &Error) -> String {
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
    // What was wrapped holds words of its own.
    error.get_ref().map_or_else(|| known.to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_answers_are_told_in_chinese_and_others_as_they_are() {
        assert_eq!(in_chinese(&Error::from_raw_os_error(2)), "没有这个文件或文件夹");
        assert_eq!(in_chinese(&Error::other("x: y")), "x: y");
    }
}
