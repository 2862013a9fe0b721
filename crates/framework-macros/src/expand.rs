//! Generates the implementation of a parsed struct.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{ExprArray, Path};

use crate::attribute::{Attribute, Presence, Replace};
use crate::block::Block;
use crate::model::{Kind, Member, Model};

/// Returns the implementation of `Model`, and of `AttrType` if the struct can be a nested object.
pub(crate) fn model(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let description = &model.description;
    let deprecation = option(model.deprecated.as_ref().map(|text| quote!(#text.to_owned())));
    let attributes = model.members.iter().filter_map(|member| match &member.kind {
        Kind::Attribute(attribute) => Some(schema_attribute(member, attribute)),
        Kind::Block(_) => None,
    });
    let blocks = model.members.iter().filter_map(|member| match &member.kind {
        Kind::Block(block) => Some(schema_block(member, block)),
        Kind::Attribute(_) => None,
    });
    let decoded = model.members.iter().map(decode);
    let encoded = model.members.iter().map(encode);
    let nested = model.has_only_attributes().then(|| nested_object(model));
    quote! {
        #[automatically_derived]
        impl ::framework::model::Model for #ident {
            fn block() -> ::framework::schema::Block {
                ::framework::schema::Block {
                    attributes: ::std::vec![#(#attributes),*],
                    blocks: ::std::vec![#(#blocks),*],
                    description: #description.to_owned(),
                    deprecation: #deprecation,
                }
            }

            fn from_value(
                value: &::framework::value::Value,
                path: &::framework::path::Path,
            ) -> ::std::result::Result<Self, ::framework::model::DecodeError> {
                let members = ::framework::model::Members::of(value, path)?;
                ::std::result::Result::Ok(Self { #(#decoded),* })
            }

            fn to_value(&self) -> ::framework::value::Value {
                ::framework::value::Value::object::<&str>([#(#encoded),*])
            }
        }
        #nested
    }
}

/// A struct without blocks is an attribute type: one object with a separate schema.
fn nested_object(model: &Model) -> TokenStream {
    let ident = &model.ident;
    quote! {
        #[automatically_derived]
        impl ::framework::model::AttrType for #ident {
            fn shape() -> ::framework::schema::Shape {
                ::framework::schema::Shape::Nested(::framework::schema::NestedObject {
                    attributes: <Self as ::framework::model::Model>::block().attributes,
                    nesting: ::framework::schema::Nesting::Single,
                })
            }

            fn from_known(
                value: &::framework::value::Value,
                path: &::framework::path::Path,
            ) -> ::std::result::Result<Self, ::framework::model::DecodeError> {
                <Self as ::framework::model::Model>::from_value(value, path)
            }

            fn to_known(&self) -> ::framework::value::Value {
                <Self as ::framework::model::Model>::to_value(self)
            }
        }
    }
}

fn schema_attribute(member: &Member, attribute: &Attribute) -> TokenStream {
    let ty = &member.ty;
    // The trait has the span of the type, so that an unsupported type is reported there.
    let shape = quote_spanned!(ty.span()=> <#ty as ::framework::model::AttrField>::shape());
    let members = option(attribute.as_blocks.then(|| shape.clone()));
    let shape = if attribute.as_blocks { quote!(::framework::schema::Shape::Type(#shape.ty())) } else { shape };
    let presence = match attribute.presence {
        Presence::Required => quote!(Required),
        Presence::Optional => quote!(Optional),
        Presence::Computed => quote!(Computed),
        Presence::OptionalComputed => quote!(OptionalComputed),
    };
    let replace = match attribute.replace {
        None => quote!(Never),
        Some(Replace::Always) => quote!(Always),
        Some(Replace::IfConfigured) => quote!(IfConfigured),
    };
    let default = option(attribute.default.as_ref().map(
        |value| quote_spanned!(value.span()=> <::framework::value::Value as ::std::convert::From<_>>::from(#value)),
    ));
    let Attribute { sensitive, write_only, stable, inert, unset_if_zero, .. } = attribute;
    let changes_with = attribute.changes_with.iter().flat_map(|inputs| &inputs.elems);
    let settled = option(attribute.settled.as_ref().map(|path| quote_spanned!(path.span()=> #path as _)));
    let deprecation = option(attribute.deprecated.as_ref().map(|text| quote!(#text.to_owned())));
    let equivalence = equivalence(attribute.equivalent.as_ref());
    let validators = validators(attribute.validate.as_ref());
    let Member { name, description, .. } = member;
    quote! {
        ::framework::schema::Attribute {
            name: #name.to_owned(),
            shape: #shape,
            members: #members.and_then(::framework::schema::Shape::into_nested),
            presence: ::framework::schema::Presence::#presence,
            description: #description.to_owned(),
            deprecation: #deprecation,
            sensitive: #sensitive,
            write_only: #write_only,
            default: #default,
            replace: ::framework::schema::Replace::#replace,
            stable: #stable,
            changes_with: &[#(#changes_with),*],
            settled: #settled,
            inert: #inert,
            unset_if_zero: #unset_if_zero,
            equivalence: #equivalence,
            validators: #validators,
        }
    }
}

fn schema_block(member: &Member, block: &Block) -> TokenStream {
    let ty = &member.ty;
    let block_type = quote_spanned!(ty.span()=> <#ty as ::framework::blocks::BlockType>);
    let replace = if block.replace { quote!(Always) } else { quote!(Never) };
    let Block { min, max, inert, .. } = block;
    let equivalence = equivalence(block.equivalent.as_ref());
    let validators = validators(block.validate.as_ref());
    let Member { name, description, .. } = member;
    quote! {
        ::framework::schema::NestedBlock {
            name: #name.to_owned(),
            // The description of the field is about the use of the block here. The description of the struct is
            // general.
            block: ::framework::schema::Block {
                description: #description.to_owned(),
                ..<#block_type::Model as ::framework::model::Model>::block()
            },
            nesting: #block_type::NESTING,
            min_items: #min,
            max_items: #max,
            replace: ::framework::schema::Replace::#replace,
            inert: #inert,
            equivalence: #equivalence,
            validators: #validators,
        }
    }
}

fn decode(member: &Member) -> TokenStream {
    let Member { ident, name, .. } = member;
    let field = field_type(member);
    quote!(#ident: #field::from_value(members.get(#name)?, &path.then(#name))?)
}

fn encode(member: &Member) -> TokenStream {
    let Member { ident, name, .. } = member;
    let field = field_type(member);
    quote!((#name, #field::to_value(&self.#ident)))
}

fn field_type(member: &Member) -> TokenStream {
    let ty = &member.ty;
    match member.kind {
        Kind::Attribute(_) => quote_spanned!(ty.span()=> <#ty as ::framework::model::AttrField>),
        Kind::Block(_) => quote_spanned!(ty.span()=> <#ty as ::framework::blocks::BlockType>),
    }
}

fn equivalence(function: Option<&Path>) -> TokenStream {
    option(function.map(|path| quote_spanned!(path.span()=> #path as ::framework::schema::Equivalence)))
}

fn validators(list: Option<&ExprArray>) -> TokenStream {
    let each = list.into_iter().flat_map(|list| &list.elems);
    quote!(::std::vec![#(#each),*])
}

fn option(value: Option<TokenStream>) -> TokenStream {
    value.map_or_else(|| quote!(::std::option::Option::None), |value| quote!(::std::option::Option::Some(#value)))
}
