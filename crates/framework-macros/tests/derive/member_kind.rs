use framework_macros::Model;

/// A field must be either an attribute or a block.
#[derive(Model)]
struct Object {
    /// Neither is specified.
    neither: String,
    /// Both are specified.
    #[attribute(required)]
    #[block]
    both: String,
    /// The same is specified twice.
    #[attribute(required)]
    #[attribute(optional)]
    twice: String,
}

fn main() {}
