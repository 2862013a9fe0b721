//! `derive(Model)`: a struct is the schema, the codec, and the documentation of an object.
//!
//! Attributes are first parsed to plain structs (`model`, `attribute`, `block`) and checked there. `expand` then
//! generates the code. The derive macro only handles structure. Behavior is implemented in functions that the
//! attributes refer to.

mod attribute;
mod block;
mod expand;
mod model;
mod words;

use proc_macro::TokenStream;

/// Derives the schema, the codec, and the documentation of an object from a struct.
///
/// The doc comment of the struct describes the object, and the doc comment of a field describes the attribute or block,
/// in Markdown. Both are required, because users read them. Each field has one of
///
/// - `#[attribute(...)]`, of type `Attr<T>` (also `List`, `Set`, and `Map`): `required`, `optional`, `computed`,
///   `optional, computed`; `sensitive`, `write_only`, `stable`, `inert`, `unset_if_zero`, `as_blocks`; `replace` or
///   `replace = if_configured`; `default = value`, `equivalent = function`, `changes_with = ["argument"]`,
///   `settled = function`, `validate = [validators]`, `deprecated = "why"`, `name = "name"`;
/// - `#[block(...)]`, of a type of `framework::blocks`: `min = n`, `max = n`, `replace`, `inert`,
///   `equivalent = function`, `validate = [validators]`, `name = "name"`.
///
/// `#[model(deprecated = "why")]` on the struct deprecates the whole object. A struct without blocks can also be used
/// in an `Attr`, as an object whose attributes have a separate schema.
#[proc_macro_derive(Model, attributes(model, attribute, block))]
pub fn model(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    match model::Model::parse(&input) {
        Ok(model) => expand::model(&model).into(),
        Err(error) => error.write_errors().into(),
    }
}
