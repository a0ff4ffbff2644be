//! What a tree says, without its places: what the typed reading reads from.
//!
//! Invariant: gives types the same as serde_yaml gives them from a value of its own, which tests hold it to; what it
//! refuses is not refused for good, but read from the text once more, by serde_yaml itself, which tells where. As there
//! is one reading, no check looks at something else than what runs.

use serde::de::value::{BorrowedStrDeserializer, Error};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_yaml::Value;

use crate::plain::{self, Read};
use crate::yaml::{KeyNode, Kind, Node, Scalar};

/// Returns what a node says. What was refused says nothing.
#[must_use]
pub fn value(node: &Node) -> Value {
    // A value takes all that a node may say.
    typed(node).unwrap_or_default()
}

/// Types what a node says.
///
/// # Errors
/// Says in English what does not fit, and not where.
pub(crate) fn typed<T: DeserializeOwned>(node: &Node) -> Result<T, Error> {
    T::deserialize(Said::from(node))
}

/// What a node or a key says.
#[derive(Clone, Copy)]
enum Said<'n> {
    Nothing,
    Scalar(&'n Scalar),
    List(&'n [Node]),
    Group(&'n [(KeyNode, Node)]),
}

impl<'n> From<&'n Node> for Said<'n> {
    fn from(node: &'n Node) -> Self {
        match &node.kind {
            Kind::Scalar(scalar) => Self::Scalar(scalar),
            Kind::Sequence(items) => Self::List(items),
            Kind::Mapping(entries) => Self::Group(entries),
            Kind::Refused => Self::Nothing,
        }
    }
}

impl<'n> Said<'n> {
    fn is_nothing(self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Scalar(scalar) => plain::read(scalar) == Read::Null,
            _ => false,
        }
    }

    /// Returns the text, if it is text and nothing that looks like another kind of value.
    fn text(self) -> Result<&'n str, Error> {
        let Self::Scalar(scalar) = self else { return Err(Error::custom("text is expected")) };
        let text = scalar.text.as_str();
        match plain::read(scalar) {
            Read::Text => Ok(text),
            // No number that anything here can hold is what is written.
            Read::Int(number) if !is_held(number) => Ok(text),
            _ => Err(Error::custom("text is expected")),
        }
    }
}

fn is_held(number: i128) -> bool {
    i64::try_from(number).is_ok() || u64::try_from(number).is_ok()
}

fn scalar<'n, V: Visitor<'n>>(scalar: &'n Scalar, visitor: V) -> Result<V::Value, Error> {
    let text = scalar.text.as_str();
    match plain::read(scalar) {
        Read::Null => visitor.visit_unit(),
        Read::Bool(yes) => visitor.visit_bool(yes),
        Read::Int(number) => match (u64::try_from(number), i64::try_from(number)) {
            (Ok(number), _) => visitor.visit_u64(number),
            (_, Ok(number)) => visitor.visit_i64(number),
            // Its type refuses it as it is written.
            _ => visitor.visit_borrowed_str(text),
        },
        Read::Float => visitor.visit_f64(float(text)),
        Read::Text => visitor.visit_borrowed_str(text),
    }
}

fn list<'n, V: Visitor<'n>>(items: &'n [Node], visitor: V) -> Result<V::Value, Error> {
    let mut items = Items(items);
    let whole = visitor.visit_seq(&mut items)?;
    if items.0.is_empty() { Ok(whole) } else { Err(Error::custom("the list is too long")) }
}

fn group<'n, V: Visitor<'n>>(
    entries: &'n [(KeyNode, Node)],
    visitor: V,
) -> Result<V::Value, Error> {
    let mut entries = Entries { ahead: entries, value: None };
    let whole = visitor.visit_map(&mut entries)?;
    if entries.ahead.is_empty() { Ok(whole) } else { Err(Error::custom("too many keys")) }
}

impl<'n> Deserializer<'n> for Said<'n> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Nothing => visitor.visit_unit(),
            Self::Scalar(text) => scalar(text, visitor),
            Self::List(items) => list(items, visitor),
            Self::Group(entries) => group(entries, visitor),
        }
    }

    fn deserialize_option<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.is_nothing() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'n>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_str<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_enum<V: Visitor<'n>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(BorrowedStrDeserializer::<Error>::new(self.text()?))
    }

    fn deserialize_seq<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::List(items) => list(items, visitor),
            _ if self.is_nothing() => list(&[], visitor),
            _ => Err(Error::custom("a list is expected")),
        }
    }

    fn deserialize_map<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Group(entries) => group(entries, visitor),
            _ if self.is_nothing() => group(&[], visitor),
            _ => Err(Error::custom("a group is expected")),
        }
    }

    fn deserialize_struct<V: Visitor<'n>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    // What is left asks for one kind of value, and its visitor takes no other.
    forward_to_deserialize_any! {
        <V: Visitor<'n>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct
        tuple tuple_struct
    }
}

/// The items of a list, one after the other.
struct Items<'n>(&'n [Node]);

impl<'n> SeqAccess<'n> for &mut Items<'n> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'n>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some((first, rest)) = self.0.split_first() else { return Ok(None) };
        self.0 = rest;
        seed.deserialize(Said::from(first)).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// The entries of a group, one after the other.
struct Entries<'n> {
    ahead: &'n [(KeyNode, Node)],
    value: Option<&'n Node>,
}

impl<'n> MapAccess<'n> for &mut Entries<'n> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'n>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some(((key, value), rest)) = self.ahead.split_first() else { return Ok(None) };
        (self.ahead, self.value) = (rest, Some(value));
        seed.deserialize(Said::Scalar(&key.scalar)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'n>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(self.value.take().map_or(Said::Nothing, Said::from))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.ahead.len())
    }
}

fn float(text: &str) -> f64 {
    match text.to_ascii_lowercase().as_str() {
        ".inf" | "+.inf" => f64::INFINITY,
        "-.inf" => f64::NEG_INFINITY,
        other => other.parse().unwrap_or(f64::NAN),
    }
}
