//! `derive(Model)`: one struct is the schema, the codec and the documentation of an object.

use proc_macro::TokenStream;

/// See `ekscompute::framework::model`.
#[proc_macro_derive(Model, attributes(model, attribute, block))]
pub fn model(_input: TokenStream) -> TokenStream {
    TokenStream::new()
}
