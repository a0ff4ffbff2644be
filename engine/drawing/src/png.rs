//! Pictures as PNG, with the fonts of the machine.
//!
//! Invariant: a picture whose Chinese would be empty boxes is never made; the error says which package mends that.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::{Database, ID};
use resvg::usvg::{Options, Tree};
use skrifa::{FontRef, MetadataProvider};

use crate::chart::Chart;
use crate::svg;

/// Why no PNG was made.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PngError {
    /// No font of this machine has the characters.
    #[error("本机没有含中文字的字体 | no font of this machine has Chinese characters")]
    NoFont,
    /// The picture is too large for an image.
    #[error("图太大，{width}×{height} 像素 | the picture is too large, {width}×{height} pixels")]
    TooLarge {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// The drawing was not understood.
    #[error("图无法转换：{0} | the picture cannot be turned into an image: {0}")]
    Unreadable(String),
}

/// Pixels for one unit of the picture.
const SCALE: f32 = 2.0;

/// Most pixels of a side: what common viewers open.
const SIDE_MAX: u32 = 32_000;

/// Returns a process as PNG.
///
/// # Errors
///
/// If no font of the machine has the characters, or the picture is too large.
pub fn png(chart: &Chart<'_>) -> Result<Vec<u8>, PngError> {
    let mut fonts = Database::new();
    fonts.load_system_fonts();
    render(&svg::svg(chart), fonts)
}

/// Returns an SVG as PNG, with given fonts.
///
/// # Errors
///
/// If no font has the characters that the picture needs, or the picture is too large.
pub fn render(svg: &str, mut fonts: Database) -> Result<Vec<u8>, PngError> {
    let needs = svg.chars().find(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).unwrap_or('a');
    let family = family_with(&fonts, needs).ok_or(PngError::NoFont)?;
    fonts.set_sans_serif_family(family.clone());
    let options = Options { fontdb: Arc::new(fonts), font_family: family, ..Options::default() };
    let unreadable = |error: &dyn std::fmt::Display| PngError::Unreadable(error.to_string());
    let tree = Tree::from_str(svg, &options).map_err(|error| unreadable(&error))?;
    let size = tree.size().to_int_size();
    let size = size.scale_by(SCALE).unwrap_or(size);
    let (width, height) = (size.width(), size.height());
    if width > SIDE_MAX || height > SIDE_MAX {
        return Err(PngError::TooLarge { width, height });
    }
    let mut image = Pixmap::new(width, height).ok_or(PngError::TooLarge { width, height })?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut image.as_mut());
    image.encode_png().map_err(|error| unreadable(&error))
}

/// Returns the family of a font that has a character: of those that the picture asks for the first, else any.
fn family_with(fonts: &Database, needs: char) -> Option<String> {
    let has = |id: ID| {
        let face = fonts.with_face_data(id, |data, index| {
            let font = FontRef::from_index(data, index).ok()?;
            font.charmap().map(needs)
        });
        face.flatten().is_some()
    };
    let of = |wanted: &dyn Fn(&str) -> bool| {
        fonts.faces().find_map(|face| {
            let family = face.families.iter().map(|(name, _)| name).find(|name| wanted(name))?;
            has(face.id).then(|| family.clone())
        })
    };
    let asked = svg::FONTS.split(',').map(|name| name.trim_matches('\''));
    asked.into_iter().find_map(|name| of(&|family| family == name)).or_else(|| of(&|_| true))
}
