//! The struct: `#[model(...)]` and its fields.

use std::collections::BTreeSet;

use darling::{Error, FromDeriveInput, Result};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Field, Fields, Ident, Type};

use crate::attribute::Attribute;
use crate::block::Block;
use crate::words;

/// The arguments of `#[model(...)]`.
#[derive(FromDeriveInput)]
#[darling(attributes(model), supports(struct_named))]
struct Arguments {
    deprecated: Option<String>,
}

/// A struct with consistent attributes.
pub(crate) struct Model {
    pub(crate) ident: Ident,
    pub(crate) description: String,
    pub(crate) deprecated: Option<String>,
    pub(crate) members: Vec<Member>,
}

/// A field.
pub(crate) struct Member {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) kind: Kind,
}

/// The role of a field in the schema.
pub(crate) enum Kind {
    Attribute(Box<Attribute>),
    Block(Box<Block>),
}

impl Model {
    /// Reads the struct, and reports all errors at once.
    pub(crate) fn parse(input: &DeriveInput) -> Result<Self> {
        let arguments = Arguments::from_derive_input(input)?;
        let mut errors = Error::accumulator();
        if !input.generics.params.is_empty() {
            errors.push(Error::custom("a model cannot have type parameters").with_span(&input.generics));
        }
        let description = errors.handle(words::description(&input.attrs, input.ident.span())).unwrap_or_default();
        let members = fields(input).filter_map(|field| errors.handle(Member::parse(field))).collect::<Vec<_>>();
        let mut names = BTreeSet::new();
        for member in &members {
            if !names.insert(&member.name) {
                errors.push(Error::custom(format!("`{}` is declared twice", member.name)).with_span(&member.ident));
            }
        }
        let model = Self { ident: input.ident.clone(), description, deprecated: arguments.deprecated, members };
        errors.finish_with(model)
    }

    /// Whether all members are attributes, so that the struct can be used in an attribute.
    pub(crate) fn has_only_attributes(&self) -> bool {
        self.members.iter().all(|member| matches!(member.kind, Kind::Attribute(_)))
    }
}

fn fields(input: &DeriveInput) -> impl Iterator<Item = &Field> {
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Some(&fields.named),
            Fields::Unnamed(_) | Fields::Unit => None,
        },
        Data::Enum(_) | Data::Union(_) => None,
    };
    fields.into_iter().flatten()
}

impl Member {
    fn parse(field: &Field) -> Result<Self> {
        let Some(ident) = field.ident.clone() else {
            return Err(Error::custom("a field must have a name").with_span(&field.span()));
        };
        let mut errors = Error::accumulator();
        let description = errors.handle(words::description(&field.attrs, ident.span())).unwrap_or_default();
        let kind = errors.handle(kind(field, &ident));
        let given = match &kind {
            Some(Kind::Attribute(attribute)) => attribute.name.as_ref(),
            Some(Kind::Block(block)) => block.name.as_ref(),
            None => None,
        };
        let name = errors.handle(words::name(given, &ident)).unwrap_or_default();
        errors.finish()?;
        let kind = kind.ok_or_else(|| not_one(&ident))?;
        Ok(Self { ident, ty: field.ty.clone(), name, description, kind })
    }
}

fn not_one(ident: &Ident) -> Error {
    Error::custom("a field must have exactly one of `#[attribute(...)]` and `#[block(...)]`").with_span(ident)
}

fn kind(field: &Field, ident: &Ident) -> Result<Kind> {
    let is_ours =
        |attribute: &&syn::Attribute| attribute.path().is_ident("attribute") || attribute.path().is_ident("block");
    let mut ours = field.attrs.iter().filter(is_ours);
    let (Some(one), None) = (ours.next(), ours.next()) else { return Err(not_one(ident)) };
    if one.path().is_ident("block") {
        Block::parse(one).map(Box::new).map(Kind::Block)
    } else {
        Attribute::parse(one).map(Box::new).map(Kind::Attribute)
    }
}
