//! The `#[attribute(...)]` attribute.

use darling::util::{Flag, SpannedValue, parse_expr};
use darling::{Error, FromMeta, Result};
use syn::{Expr, ExprArray, LitStr, Meta, Path};

/// The arguments of `#[attribute(...)]`.
#[derive(FromMeta)]
struct Arguments {
    required: Flag,
    optional: Flag,
    computed: Flag,
    sensitive: Flag,
    write_only: Flag,
    stable: Flag,
    inert: Flag,
    unset_if_zero: Flag,
    as_blocks: Flag,
    replace: Option<Replace>,
    #[darling(with = parse_expr::preserve_str_literal, map = Some, default)]
    default: Option<Expr>,
    equivalent: Option<Path>,
    settled: Option<Path>,
    changes_with: Option<ExprArray>,
    validate: Option<ExprArray>,
    deprecated: Option<String>,
    name: Option<SpannedValue<LitStr>>,
}

/// An attribute with consistent arguments.
pub(crate) struct Attribute {
    pub(crate) presence: Presence,
    pub(crate) sensitive: bool,
    pub(crate) write_only: bool,
    pub(crate) stable: bool,
    pub(crate) inert: bool,
    pub(crate) unset_if_zero: bool,
    pub(crate) as_blocks: bool,
    pub(crate) replace: Option<Replace>,
    pub(crate) default: Option<Expr>,
    pub(crate) equivalent: Option<Path>,
    pub(crate) settled: Option<Path>,
    pub(crate) changes_with: Option<ExprArray>,
    pub(crate) validate: Option<ExprArray>,
    pub(crate) deprecated: Option<String>,
    pub(crate) name: Option<LitStr>,
}

/// The source of the value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Required,
    Optional,
    Computed,
    OptionalComputed,
}

/// When a change requires replacement.
#[derive(Clone, Copy)]
pub(crate) enum Replace {
    Always,
    IfConfigured,
}

impl FromMeta for Replace {
    fn from_word() -> Result<Self> {
        Ok(Self::Always)
    }

    fn from_expr(expression: &Expr) -> Result<Self> {
        match expression {
            Expr::Path(path) if path.path.is_ident("if_configured") => Ok(Self::IfConfigured),
            other => Err(Error::custom("use `replace` or `replace = if_configured`").with_span(other)),
        }
    }
}

impl Attribute {
    pub(crate) fn parse(attribute: &syn::Attribute) -> Result<Self> {
        let arguments = match &attribute.meta {
            Meta::Path(path) => return Err(no_presence().with_span(path)),
            meta => Arguments::from_meta(meta)?,
        };
        let mut errors = Error::accumulator();
        let presence = errors.handle(arguments.presence().map_err(|error| error.with_span(&attribute.meta)));
        if let Some(presence) = presence {
            arguments.check(presence, &mut errors);
        }
        errors.finish()?;
        Ok(Self {
            presence: presence.ok_or_else(no_presence)?,
            sensitive: arguments.sensitive.is_present(),
            write_only: arguments.write_only.is_present(),
            stable: arguments.stable.is_present(),
            inert: arguments.inert.is_present(),
            unset_if_zero: arguments.unset_if_zero.is_present(),
            as_blocks: arguments.as_blocks.is_present(),
            replace: arguments.replace,
            default: arguments.default,
            equivalent: arguments.equivalent,
            settled: arguments.settled,
            changes_with: arguments.changes_with,
            validate: arguments.validate,
            deprecated: arguments.deprecated,
            name: arguments.name.map(SpannedValue::into_inner),
        })
    }
}

fn no_presence() -> Error {
    Error::custom("the source of the value is missing: set `required`, `optional`, `computed`, or `optional, computed`")
}

impl Arguments {
    fn presence(&self) -> Result<Presence> {
        match (self.required.is_present(), self.optional.is_present(), self.computed.is_present()) {
            (true, false, false) => Ok(Presence::Required),
            (false, true, false) => Ok(Presence::Optional),
            (false, false, true) => Ok(Presence::Computed),
            (false, true, true) => Ok(Presence::OptionalComputed),
            (false, false, false) => Err(no_presence()),
            (true, _, _) => Err(Error::custom("`required` conflicts with `optional` and `computed`")),
        }
    }

    /// Rejects combinations of arguments that have no meaning, or that Terraform core rejects.
    fn check(&self, presence: Presence, errors: &mut darling::error::Accumulator) {
        let computed = matches!(presence, Presence::Computed | Presence::OptionalComputed);
        if let Some(default) = self.default.as_ref().filter(|_| presence != Presence::OptionalComputed) {
            errors.push(Error::custom("`default` requires `optional, computed`").with_span(default));
        }
        if self.write_only.is_present() && computed {
            errors.push(Error::custom("`write_only` conflicts with `computed`").with_span(&self.write_only.span()));
        }
        if self.stable.is_present() && !computed {
            errors.push(Error::custom("`stable` requires `computed`").with_span(&self.stable.span()));
        }
        if let Some(inputs) = self.changes_with.as_ref().filter(|_| !computed || self.stable.is_present()) {
            errors.push(Error::custom("`changes_with` requires `computed` without `stable`").with_span(inputs));
        }
        if let Some(settled) = self.settled.as_ref().filter(|_| !computed || self.stable.is_present()) {
            errors.push(Error::custom("`settled` requires `computed` without `stable`").with_span(settled));
        }
        if self.unset_if_zero.is_present() && !matches!(presence, Presence::Optional | Presence::OptionalComputed) {
            errors.push(Error::custom("`unset_if_zero` requires `optional`").with_span(&self.unset_if_zero.span()));
        }
        if presence == Presence::Computed
            && let Some(validate) = &self.validate
        {
            errors.push(Error::custom("`validate` requires an attribute that can be configured").with_span(validate));
        }
    }
}
