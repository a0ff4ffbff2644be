//! What kind of file an upload is, told by its content; names and headers are not believed.
//!
//! Invariant: nothing that a browser would run (HTML, SVG, scripts) is taken for anything but text.

use xueji_definition::file::MaterialKind;

/// Returns the kind, or nothing when it is none that is taken.
#[must_use]
pub fn kind(bytes: &[u8], name: &str) -> Option<MaterialKind> {
    if bytes.starts_with(b"%PDF-") {
        return Some(MaterialKind::Pdf);
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some(MaterialKind::Png);
    }
    if bytes.starts_with(b"\xff\xd8\xff") {
        return Some(MaterialKind::Jpeg);
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return is_office(bytes).then_some(MaterialKind::Office);
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{feff}');
    if text.is_empty() || text.chars().any(control) {
        return None;
    }
    let is_csv = name.rsplit('.').next().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
    Some(if is_csv { MaterialKind::Csv } else { MaterialKind::Text })
}

/// An Office Open XML file is a zip whose parts are listed under this name, without macros.
fn is_office(bytes: &[u8]) -> bool {
    contains(bytes, b"[Content_Types].xml") && !contains(bytes, b"vbaProject.bin")
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Returns the media type under which a file is handed out.
#[must_use]
pub fn media_type(kind: MaterialKind) -> &'static str {
    match kind {
        MaterialKind::Pdf => "application/pdf",
        MaterialKind::Png => "image/png",
        MaterialKind::Jpeg => "image/jpeg",
        MaterialKind::Csv => "text/csv; charset=utf-8",
        MaterialKind::Text => "text/plain; charset=utf-8",
        MaterialKind::Office => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_content() {
        assert_eq!(kind(b"%PDF-1.7 ...", "x.png"), Some(MaterialKind::Pdf));
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n....", "x"), Some(MaterialKind::Png));
        assert_eq!(kind(b"\xff\xd8\xff\xe0", "x"), Some(MaterialKind::Jpeg));
        assert_eq!(kind("甲,乙\n1,2\n".as_bytes(), "x.CSV"), Some(MaterialKind::Csv));
        assert_eq!(kind(b"<html><script>", "x.html"), Some(MaterialKind::Text));
        assert_eq!(kind(b"PK\x03\x04...[Content_Types].xml", "x.docx"), Some(MaterialKind::Office));
        assert_eq!(kind(b"PK\x03\x04...[Content_Types].xml vbaProject.bin", "x.docm"), None);
        assert_eq!(kind(b"MZ\x90\x00\x03", "x.pdf"), None);
        assert_eq!(kind(b"", "x"), None);
    }
}
