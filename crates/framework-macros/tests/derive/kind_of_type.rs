use framework_macros::Model;

/// An enum has no attributes.
#[derive(Model)]
enum Enum {
    A,
}

/// Fields without names cannot be configured.
#[derive(Model)]
struct Tuple(String);

/// A schema does not have parameters.
#[derive(Model)]
struct Generic<T> {
    /// Of any type.
    #[attribute(required)]
    any: T,
}

fn main() {}
