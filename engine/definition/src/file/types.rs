//! The types of value that fields, records, forms and parameters hold.
//!
//! Invariant: the type follows from the file alone; whether a code list or a record type exists is not asked here.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::{Field, FieldKind, FormFile, MaterialsFile, Parameter, RecordType};
use crate::value::Type;

impl Field {
    /// Returns the type of the field's value.
    #[must_use]
    pub fn value_type(&self) -> Type {
        kind_type(self.kind, self.codes.as_deref(), self.record.as_deref(), &self.fields, self.many)
    }
}

impl Parameter {
    /// Returns the type of the parameter's value.
    #[must_use]
    pub fn value_type(&self) -> Type {
        kind_type(self.kind, self.codes.as_deref(), None, &self.fields, self.many)
    }
}

impl RecordType {
    /// Returns the type of the record's fields, with `id`.
    #[must_use]
    pub fn value_type(&self) -> Type {
        let mut fields = fields_type(&self.fields);
        fields.insert("id".to_owned(), Type::Text);
        Type::map(fields)
    }
}

impl FormFile {
    /// Returns the types of the form's fields.
    #[must_use]
    pub fn field_types(&self) -> BTreeMap<String, Type> {
        fields_type(&self.fields)
    }
}

impl MaterialsFile {
    /// Returns the types of the papers, as `form.materials` holds them.
    #[must_use]
    pub fn item_types(&self) -> BTreeMap<String, Type> {
        self.items.iter().map(|item| (item.id.clone(), Type::File)).collect()
    }
}

fn fields_type(fields: &IndexMap<String, Field>) -> BTreeMap<String, Type> {
    fields.iter().map(|(name, field)| (name.clone(), field.value_type())).collect()
}

fn kind_type(
    kind: FieldKind,
    codes: Option<&str>,
    record: Option<&str>,
    fields: &IndexMap<String, Field>,
    many: bool,
) -> Type {
    let one = match kind {
        FieldKind::Text | FieldKind::LongText => Type::Text,
        FieldKind::Number => Type::Int,
        FieldKind::Decimal | FieldKind::Money => Type::Decimal,
        FieldKind::Date => Type::Date,
        FieldKind::Code => Type::Code(codes.unwrap_or_default().to_owned()),
        FieldKind::Flag => Type::Bool,
        FieldKind::Record => Type::Record(record.unwrap_or_default().to_owned()),
        FieldKind::File => Type::File,
        FieldKind::Table => Type::List(Box::new(Type::map(fields_type(fields)))),
        FieldKind::Group => Type::map(fields_type(fields)),
    };
    if many { Type::List(Box::new(one)) } else { one }
}
