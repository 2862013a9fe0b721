use framework_macros::Model;

/// Arguments the derive does not know.
#[derive(Model)]
#[model(deprecate = "why")]
struct Object {}

/// Arguments the derive does not know, and values that are not what it expects.
#[derive(Model)]
struct Arguments {
    /// A word that is not one of ours.
    #[attribute(required, force_new)]
    unknown: String,
    /// An argument of the other family.
    #[attribute(required, min = 1)]
    other_family: String,
    /// A block has no presence.
    #[block(required)]
    presence: String,
    /// There is no such way to replace.
    #[attribute(required, replace = sometimes)]
    replace: String,
    /// One validator is a list of one.
    #[attribute(required, validate = length(1..=2))]
    validate: String,
    /// A number is not given in words.
    #[block(max = "one")]
    max: String,
}

fn main() {}
