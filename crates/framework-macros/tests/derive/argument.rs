use framework_macros::Model;

/// Unsupported arguments.
#[derive(Model)]
#[model(deprecate = "why")]
struct Object {}

/// Unsupported arguments, and values of the wrong kind.
#[derive(Model)]
struct Arguments {
    /// An unknown argument.
    #[attribute(required, force_new)]
    unknown: String,
    /// An argument of the other attribute.
    #[attribute(required, min = 1)]
    other_family: String,
    /// A block has no presence.
    #[block(required)]
    presence: String,
    /// Not a valid value of `replace`.
    #[attribute(required, replace = sometimes)]
    replace: String,
    /// A single validator must be in a list.
    #[attribute(required, validate = length(1..=2))]
    validate: String,
    /// A number must be a literal.
    #[block(max = "one")]
    max: String,
}

fn main() {}
