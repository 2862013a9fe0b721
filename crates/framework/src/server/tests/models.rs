//! The models of the test provider.

use crate::blocks::{ListBlock, SetBlock, SingleBlock};
use crate::identity::Identity;
use crate::model::{Attr, Map, Model};
use crate::timeouts::CreateDelete;
use crate::validators;
use crate::value::Value;

/// The provider block.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(super) struct Settings {
    /// Where the workshop is.
    #[attribute(optional, validate = [validators::length_between(1..=10)])]
    pub(super) site: Attr<String>,
    /// Tags of everything.
    #[attribute(optional)]
    pub(super) default_tags: Map<String>,
}

/// A bench.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(super) struct Bench {
    /// The name.
    #[attribute(required, replace, validate = [validators::length_between(1..=10)])]
    pub(super) name: Attr<String>,
    /// The id.
    #[attribute(computed, stable)]
    pub(super) id: Attr<String>,
    /// How it is.
    #[attribute(computed)]
    pub(super) status: Attr<String>,
    /// How it is made.
    #[attribute(optional, computed, default = "plain", validate = [validators::one_of(&["plain", "fancy"])])]
    pub(super) mode: Attr<String>,
    /// A note; case does not matter.
    #[attribute(optional, equivalent = ignores_case)]
    pub(super) note: Attr<String>,
    /// A secret.
    #[attribute(optional, write_only)]
    pub(super) secret: Attr<String>,
    /// A code.
    #[attribute(optional, sensitive, validate = [validators::length_between(1..=4)])]
    pub(super) code: Attr<String>,
    /// The height.
    #[attribute(optional)]
    pub(super) height: Attr<i64>,
    /// The vise.
    #[attribute(optional)]
    pub(super) vise: Attr<Vise>,
    /// Lamps.
    #[attribute(optional, computed)]
    pub(super) lamps: Map<Lamp>,
    /// Out of use.
    #[attribute(optional, deprecated = "use note")]
    pub(super) old: Attr<String>,
    /// Tags.
    #[attribute(optional)]
    pub(super) tags: Map<String>,
    /// All tags.
    #[attribute(computed)]
    pub(super) tags_all: Map<String>,
    /// Hooks.
    #[block]
    pub(super) hook: SetBlock<Hook>,
    /// Shelves.
    #[block]
    pub(super) shelf: ListBlock<Shelf>,
    /// How long things may take.
    #[block]
    pub(super) timeouts: SingleBlock<CreateDelete>,
}

/// A vise.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(super) struct Vise {
    /// The jaw.
    #[attribute(required, replace, validate = [validators::one_of(&["wood", "steel"])])]
    pub(super) jaw: Attr<String>,
    /// The pin.
    #[attribute(optional, write_only)]
    pub(super) pin: Attr<String>,
    /// The grip.
    #[attribute(optional, computed, default = "firm")]
    pub(super) grip: Attr<String>,
}

/// A lamp.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(super) struct Lamp {
    /// How bright.
    #[attribute(computed)]
    pub(super) lumen: Attr<i64>,
}

/// A hook.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Model)]
pub(super) struct Hook {
    /// The key.
    #[attribute(required)]
    pub(super) key: Attr<String>,
    /// The side.
    #[attribute(optional, computed, default = "left")]
    pub(super) side: Attr<String>,
    /// The material, which cannot be changed.
    #[attribute(optional, replace)]
    pub(super) material: Attr<String>,
    /// The serial number.
    #[attribute(computed, stable)]
    pub(super) serial: Attr<String>,
}

/// A shelf.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(super) struct Shelf {
    /// The width.
    #[attribute(required, validate = [validators::between(1..=300)])]
    pub(super) width: Attr<i64>,
    /// The load.
    #[attribute(optional, computed, stable)]
    pub(super) load: Attr<i64>,
}

/// What identifies a bench.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(super) struct BenchId {
    /// The name.
    #[attribute(required)]
    pub(super) name: Attr<String>,
    /// The site.
    #[attribute(optional)]
    pub(super) site: Attr<String>,
}

impl Identity for BenchId {}

/// What looks a bench up.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(super) struct Lookup {
    /// The name.
    #[attribute(required)]
    pub(super) name: Attr<String>,
    /// Whether it was found.
    #[attribute(computed)]
    pub(super) found: Attr<String>,
}

fn ignores_case(config: &Value, prior: &Value) -> bool {
    config.as_str().map(str::to_lowercase) == prior.as_str().map(str::to_lowercase)
}
