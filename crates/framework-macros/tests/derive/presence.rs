use framework_macros::Model;

/// Somebody gives the value.
#[derive(Model)]
struct Object {
    /// Nobody.
    #[attribute]
    nobody: String,
    /// Nobody either.
    #[attribute(sensitive)]
    nobody_either: String,
    /// Must and may.
    #[attribute(required, optional)]
    must_and_may: String,
    /// Must, and the provider does.
    #[attribute(required, computed)]
    must_and_computed: String,
}

fn main() {}
