//! The model of an object: every kind of attribute and block.

use framework::blocks::{GroupBlock, ListBlock, MapBlock, SetBlock, SingleBlock};
use framework::model::{Attr, List, Map, Model, Set};
use framework::number::Number;
use framework::timeouts::CreateUpdateDelete;
use framework::validators;
use framework::value::Value;

fn ignores_case(config: &Value, prior: &Value) -> bool {
    config.as_str().map(str::to_lowercase) == prior.as_str().map(str::to_lowercase)
}

/// An object of every type.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(crate) struct AllTypesModel {
    /// The name.
    #[attribute(required, replace, validate = [validators::length_between(1..=20)])]
    pub(crate) name: Attr<String>,
    /// The id.
    #[attribute(computed, stable)]
    pub(crate) id: Attr<String>,
    /// How often it was altered, counted in private data.
    #[attribute(computed)]
    pub(crate) alterations: Attr<i64>,
    /// What it is called; case does not matter.
    #[attribute(optional, equivalent = ignores_case)]
    pub(crate) label: Attr<String>,
    /// The size.
    #[attribute(optional, computed, default = 38, validate = [validators::between(30..=60)])]
    pub(crate) size: Attr<i64>,
    /// The price, to any digit.
    #[attribute(optional)]
    pub(crate) price: Attr<Number>,
    /// Whether it can be washed.
    #[attribute(optional, computed, default = true)]
    pub(crate) washable: Attr<bool>,
    /// Whatever else there is to say.
    #[attribute(optional)]
    pub(crate) extra: Attr<Value>,
    /// Drawings in order.
    #[attribute(optional)]
    pub(crate) sketches: List<String>,
    /// Colors.
    #[attribute(optional, validate = [validators::each(validators::length_between(3..=10))])]
    pub(crate) colors: Set<String>,
    /// Measures by name.
    #[attribute(optional)]
    pub(crate) measures: Map<Number>,
    /// Lists by name.
    #[attribute(optional)]
    pub(crate) notes: Map<Vec<Attr<String>>>,
    /// Whoever wears it; chosen when left out, and kept then.
    #[attribute(optional, computed, stable, replace = if_configured)]
    pub(crate) wearer: Attr<String>,
    /// What is sewn in, and stored nowhere.
    #[attribute(optional, write_only)]
    pub(crate) secret: Attr<String>,
    /// Changed to sew in another secret.
    #[attribute(optional)]
    pub(crate) secret_version: Attr<i64>,
    /// How long the secret is.
    #[attribute(computed)]
    pub(crate) secret_length: Attr<i64>,
    /// The code of the locker.
    #[attribute(optional, sensitive, validate = [validators::length_between(4..=8)])]
    pub(crate) code: Attr<String>,
    /// The fabric.
    #[attribute(optional)]
    pub(crate) fabric: Attr<Fabric>,
    /// Layers from the inside out.
    #[attribute(optional)]
    pub(crate) layers: List<Part>,
    /// Badges.
    #[attribute(optional)]
    pub(crate) badges: Set<Badge>,
    /// Pockets by place.
    #[attribute(optional)]
    pub(crate) pockets: Map<Part>,
    /// Where it comes from.
    #[attribute(computed, stable)]
    pub(crate) origin: Attr<Origin>,
    /// How many seconds its making may take.
    #[attribute(computed)]
    pub(crate) seconds_allowed: Attr<i64>,
    /// How long things may take.
    #[attribute(optional)]
    pub(crate) timeouts: Attr<CreateUpdateDelete>,
    /// Tags.
    #[attribute(optional)]
    pub(crate) tags: Map<String>,
    /// All tags, those of the provider included.
    #[attribute(computed)]
    pub(crate) tags_all: Map<String>,
    /// Buttons from top to bottom.
    #[block(max = 3)]
    pub(crate) button: ListBlock<Part>,
    /// Patches.
    #[block]
    pub(crate) patch: SetBlock<Badge>,
    /// Linings by place.
    #[block]
    pub(crate) lining: MapBlock<Part>,
    /// The collar.
    #[block]
    pub(crate) collar: SingleBlock<Collar>,
    /// How to care for it.
    #[block]
    pub(crate) care: GroupBlock<Care>,
    /// Remarks of any kind.
    #[block]
    pub(crate) remark: ListBlock<Remark>,
}

/// The fabric.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(crate) struct Fabric {
    /// What it is, which cannot be changed.
    #[attribute(required, replace, validate = [validators::one_of(&["silk", "wool", "velvet"])])]
    pub(crate) kind: Attr<String>,
    /// How it is woven.
    #[attribute(optional, computed, default = "plain")]
    pub(crate) weave: Attr<String>,
    /// What it is scented with, which is stored nowhere.
    #[attribute(optional, write_only)]
    pub(crate) scent: Attr<String>,
    /// The number of the bale.
    #[attribute(computed, stable)]
    pub(crate) bale: Attr<String>,
}

/// Some part.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(crate) struct Part {
    /// What it is made of.
    #[attribute(required)]
    pub(crate) material: Attr<String>,
    /// How many there are.
    #[attribute(optional, computed, default = 1)]
    pub(crate) count: Attr<i64>,
    /// The number in stock.
    #[attribute(computed, stable)]
    pub(crate) stock: Attr<String>,
}

/// A badge or patch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Model)]
pub(crate) struct Badge {
    /// What is on it.
    #[attribute(required)]
    pub(crate) motif: Attr<String>,
    /// Where it is sewn.
    #[attribute(optional, computed, default = "left")]
    pub(crate) side: Attr<String>,
    /// What it is made of, which cannot be changed.
    #[attribute(optional, replace)]
    pub(crate) material: Attr<String>,
    /// The number in stock.
    #[attribute(computed, stable)]
    pub(crate) stock: Attr<String>,
}

/// Where it comes from.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(crate) struct Origin {
    /// The workshop.
    #[attribute(computed)]
    pub(crate) workshop: Attr<String>,
    /// Who worked on it.
    #[attribute(computed)]
    pub(crate) tailors: List<String>,
}

/// The collar, with studs of its own.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(crate) struct Collar {
    /// The style.
    #[attribute(optional)]
    pub(crate) style: Attr<String>,
    /// The studs.
    #[block]
    pub(crate) stud: SetBlock<Badge>,
}

/// How to care for it.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(crate) struct Care {
    /// The greatest temperature.
    #[attribute(optional, validate = [validators::between(20..=90)])]
    pub(crate) temperature: Attr<i64>,
    /// How to dry it.
    #[attribute(optional, computed, default = "line")]
    pub(crate) drying: Attr<String>,
}

/// A remark.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(crate) struct Remark {
    /// Whatever there is to say.
    #[attribute(optional)]
    pub(crate) text: Attr<Value>,
}
