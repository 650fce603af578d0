//! The columns of an output as names and words: for documents.

use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema};

use crate::stdlib::expr::is_hidden;
use crate::stdlib::types::type_name;

/// A column or a field of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaField {
    /// Its name.
    pub name: String,
    /// Its type, as pipelines write it.
    pub data_type: String,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// The fields of a structure, or of the structures in a list.
    pub fields: Vec<SchemaField>,
}

/// The columns that users see.
pub fn fields(schema: &Schema) -> Vec<SchemaField> {
    of(schema.fields())
}

fn of(fields: &Fields) -> Vec<SchemaField> {
    fields.iter().filter(|field| !is_hidden(field.name())).map(|field| one(field)).collect()
}

fn one(field: &Field) -> SchemaField {
    let nested = match field.data_type() {
        DataType::Struct(inner) => of(inner),
        DataType::List(item) | DataType::LargeList(item) => match item.data_type() {
            DataType::Struct(inner) => of(inner),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    SchemaField {
        name: field.name().clone(),
        data_type: type_name(field.data_type()),
        nullable: field.is_nullable(),
        fields: nested,
    }
}
