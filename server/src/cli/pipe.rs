//! Output that somebody may stop reading, as `| head` does.
//!
//! Invariant: what nobody reads any more is dropped without a word, and the verb ends as it would have.

use std::io::{self, ErrorKind, Write};

/// A writer that takes everything, also once its reader has gone.
pub(super) struct Pipe<W>(pub(super) W);

fn unread<T>(result: io::Result<T>, instead: T) -> io::Result<T> {
    match result {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(instead),
        other => other,
    }
}

impl<W: Write> Write for Pipe<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        unread(self.0.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        unread(self.0.flush(), ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pipe of which the other end is shut, or a disk that is full.
    struct Shut(ErrorKind);

    impl Write for Shut {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn what_nobody_reads_is_no_trouble_and_what_cannot_be_written_is() {
        assert!(writeln!(Pipe(Shut(ErrorKind::BrokenPipe)), "words").is_ok());
        assert!(writeln!(Pipe(Shut(ErrorKind::StorageFull)), "words").is_err());
    }
}
