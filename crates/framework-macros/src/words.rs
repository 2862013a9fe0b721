//! Names and descriptions for users, from identifiers and doc comments.

use darling::{Error, Result};
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, Meta};

/// Returns the text of the doc comment.
pub(crate) fn description(attributes: &[Attribute], span: Span) -> Result<String> {
    let lines: Vec<String> = attributes.iter().filter_map(doc_line).collect();
    let text = lines.join("\n").trim().to_owned();
    if text.is_empty() {
        return Err(Error::custom("the doc comment, which is the description for users, is missing").with_span(&span));
    }
    Ok(text)
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    if !pair.path.is_ident("doc") {
        return None;
    }
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value else { return None };
    let text = text.value();
    Some(text.strip_prefix(' ').unwrap_or(&text).trim_end().to_owned())
}

/// Returns the name in configuration: the configured name, or else the name of the field without `r#`.
pub(crate) fn name(given: Option<&syn::LitStr>, field: &Ident) -> Result<String> {
    let (name, span) =
        given.map_or_else(|| (field.unraw().to_string(), field.span()), |text| (text.value(), text.span()));
    let lower = |character: char| character.is_ascii_lowercase() || character == '_';
    let well_formed =
        name.starts_with(lower) && name.chars().all(|character| lower(character) || character.is_ascii_digit());
    if well_formed {
        Ok(name)
    } else {
        Err(Error::custom(format!("`{name}` is not a valid name: use lowercase letters, digits, and underscores"))
            .with_span(&span))
    }
}
