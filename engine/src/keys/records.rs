//! Keys of records, numbers, papers, notices and the outbox.

use sha2::{Digest, Sha256};
use xueji_definition::value::Value;
use xueji_runtime::RecordId;
use xueji_store::key::Key;

use super::{Reach, after_tag, tag};

/// The longest value, in bytes of its text, that an index keeps as it is; longer ones are kept as a hash.
const INDEXED_LONGEST: usize = 160;

/// A record.
pub(crate) fn record(id: &RecordId) -> Vec<u8> {
    Key::under(&records(&id.kind)).text(&id.id).finish()
}

/// All records of a type.
pub(crate) fn records(kind: &str) -> Vec<u8> {
    Key::new().u8(tag::RECORD).text(kind).finish()
}

/// A value that a record's field has or had.
pub(crate) fn record_index(id: &RecordId, field: &str, value: &Value) -> Vec<u8> {
    Key::under(&record_indices(&id.kind, field, value)).text(&id.id).finish()
}

/// All records of which a field has or had a value.
pub(crate) fn record_indices(kind: &str, field: &str, value: &Value) -> Vec<u8> {
    Key::new().u8(tag::RECORD_INDEX).text(kind).text(field).text(&indexed(value)).finish()
}

/// Reads the record out of the key of an index.
pub(crate) fn read_record_index(key: &[u8]) -> Option<RecordId> {
    let mut reader = after_tag(key, tag::RECORD_INDEX)?;
    let kind = reader.text().ok()?;
    reader.text().ok()?;
    reader.text().ok()?;
    Some(RecordId { kind, id: reader.text().ok()? })
}

/// Returns the text under which a value is indexed: the same for equal values, and for no others.
fn indexed(value: &Value) -> String {
    let text = match value {
        Value::Text(text) => format!("t{text}"),
        Value::Int(number) => format!("n{number}"),
        // Equal decimals of other scale are written alike; a whole one like the integer it equals.
        Value::Decimal(number) => format!("n{}", number.normalize()),
        Value::Bool(flag) => format!("b{flag}"),
        Value::Date(date) => format!("d{date}"),
        Value::List(_) | Value::Map(_) => format!("j{}", value.to_json()),
    };
    if text.len() <= INDEXED_LONGEST {
        return text;
    }
    let hash: String =
        Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("#{hash}")
}

/// The last running number of a bucket of a series.
pub(crate) fn last_serial(series: &str, bucket: &str) -> Vec<u8> {
    Key::new().u8(tag::LAST_SERIAL).text(series).text(bucket).finish()
}

/// The last running numbers of a series; of all series when not said.
pub(crate) fn last_serials(series: Option<&str>) -> Vec<u8> {
    let key = Key::new().u8(tag::LAST_SERIAL);
    series.map_or(key.clone(), |series| key.text(series)).finish()
}

/// Reads series and bucket.
pub(crate) fn read_last_serial(key: &[u8]) -> Option<(String, String)> {
    let mut reader = after_tag(key, tag::LAST_SERIAL)?;
    Some((reader.text().ok()?, reader.text().ok()?))
}

/// A number given out.
pub(crate) fn number(series: &str, key: &str) -> Vec<u8> {
    Key::under(&numbers(series)).text(key).finish()
}

/// All numbers given out of a series.
pub(crate) fn numbers(series: &str) -> Vec<u8> {
    Key::new().u8(tag::NUMBER).text(series).finish()
}

/// A paper's bytes.
pub(crate) fn paper_bytes(hash: &str) -> Vec<u8> {
    Key::new().u8(tag::PAPER_BYTES).text(hash).finish()
}

/// A paper.
pub(crate) fn paper(id: &str) -> Vec<u8> {
    Key::new().u8(tag::PAPER).text(id).finish()
}

/// A paper of a case.
pub(crate) fn paper_of_case(instance: &str, seq: u64) -> Vec<u8> {
    Key::under(&papers_of_case(instance)).u64(seq).finish()
}

/// All papers of a case.
pub(crate) fn papers_of_case(instance: &str) -> Vec<u8> {
    Key::new().u8(tag::PAPER_OF_CASE).text(instance).finish()
}

/// What is to leave the house.
pub(crate) fn outbox(sequence: u64) -> Vec<u8> {
    Key::new().u8(tag::OUTBOX).u64(sequence).finish()
}

/// All that is to leave the house.
pub(crate) fn all_outbox() -> Vec<u8> {
    Key::new().u8(tag::OUTBOX).finish()
}

/// A notice.
pub(crate) fn notice(sequence: u64) -> Vec<u8> {
    Key::new().u8(tag::NOTICE).u64(sequence).finish()
}

/// A notice, by whom it reaches.
pub(crate) fn notice_to(reach: &Reach, sequence: u64) -> Vec<u8> {
    Key::under(&notices_to(reach)).u64(sequence).finish()
}

/// The notices that reach somebody.
pub(crate) fn notices_to(reach: &Reach) -> Vec<u8> {
    reach.under(Key::new().u8(tag::NOTICE_TO)).finish()
}

/// The notices that reach holders of a role, wherever.
pub(crate) fn notices_to_role(role: &str) -> Vec<u8> {
    Reach::role_start(Key::new().u8(tag::NOTICE_TO), role).finish()
}

/// Reads reach and place of a notice.
pub(crate) fn read_notice_to(key: &[u8]) -> Option<(Reach, u64)> {
    let mut reader = after_tag(key, tag::NOTICE_TO)?;
    Some((Reach::read(&mut reader)?, reader.u64().ok()?))
}
