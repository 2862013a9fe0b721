use framework_macros::Model;

/// The source of the value must be specified.
#[derive(Model)]
struct Object {
    /// No source.
    #[attribute]
    nobody: String,
    /// No source either.
    #[attribute(sensitive)]
    nobody_either: String,
    /// Required and optional.
    #[attribute(required, optional)]
    must_and_may: String,
    /// Required and computed.
    #[attribute(required, computed)]
    must_and_computed: String,
}

fn main() {}
