//! The files an office edits, parsed into types, with the place of every node kept.
//!
//! Invariant: only this room knows YAML. What leaves it as [`Definitions`] has the shape that the types say, every
//! shared step replaced and every step of exactly one kind; whether the names in it exist is for the check room.
//! Must not know: rules' scripts, the runtime, HTTP. Start reading at [`load`].

pub mod about;
pub mod codes;
pub mod definitions;
pub mod edit;
pub mod file;
pub mod finding;
pub mod folder;
pub mod format;
pub mod load;
pub mod model;
mod names;
mod nearest;
mod pattern;
pub mod places;
pub mod plain;
mod read;
mod scalar;
pub mod schema;
pub mod shape;
mod syntax;
pub mod system;
pub mod untyped;
pub mod value;
pub mod yaml;

pub use definitions::Definitions;
pub use folder::{ReadError, Sources, read_folder};
pub use load::{Loaded, Reader, load, load_kept};
pub use nearest::{nearest, only_near};
pub use places::{Place, Places};
pub use schema::{FileKind, schemas};
pub use xueji_calendar::Text;
