//! The `#[block(...)]` attribute.

use darling::util::{Flag, SpannedValue};
use darling::{Error, FromMeta, Result};
use syn::{ExprArray, LitStr, Meta, Path};

/// The arguments of `#[block(...)]`.
#[derive(FromMeta)]
struct Arguments {
    min: Option<u32>,
    max: Option<SpannedValue<u32>>,
    replace: Flag,
    inert: Flag,
    equivalent: Option<Path>,
    validate: Option<ExprArray>,
    name: Option<SpannedValue<LitStr>>,
}

/// A block with consistent arguments.
#[derive(Default)]
pub(crate) struct Block {
    pub(crate) min: u32,
    pub(crate) max: u32,
    pub(crate) replace: bool,
    pub(crate) inert: bool,
    pub(crate) equivalent: Option<Path>,
    pub(crate) validate: Option<ExprArray>,
    pub(crate) name: Option<LitStr>,
}

impl Block {
    pub(crate) fn parse(attribute: &syn::Attribute) -> Result<Self> {
        if matches!(attribute.meta, Meta::Path(_)) {
            return Ok(Self::default());
        }
        let arguments = Arguments::from_meta(&attribute.meta)?;
        let min = arguments.min.unwrap_or(0);
        if let Some(max) = arguments.max.filter(|max| **max < min) {
            return Err(Error::custom("`max` must not be less than `min`").with_span(&max.span()));
        }
        Ok(Self {
            min,
            max: arguments.max.map_or(0, SpannedValue::into_inner),
            replace: arguments.replace.is_present(),
            inert: arguments.inert.is_present(),
            equivalent: arguments.equivalent,
            validate: arguments.validate,
            name: arguments.name.map(SpannedValue::into_inner),
        })
    }
}
