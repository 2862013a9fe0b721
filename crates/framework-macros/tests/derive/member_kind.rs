use framework_macros::Model;

/// A field is an attribute or a block, and only one of them.
#[derive(Model)]
struct Object {
    /// Nothing is said.
    neither: String,
    /// Both are said.
    #[attribute(required)]
    #[block]
    both: String,
    /// The same is said twice.
    #[attribute(required)]
    #[attribute(optional)]
    twice: String,
}

fn main() {}
