use framework_macros::Model;

/// Names in configuration.
#[derive(Model)]
#[allow(non_snake_case)]
struct Object {
    /// Uppercase.
    #[attribute(required)]
    nodeGroup: String,
    /// A hyphen.
    #[attribute(required, name = "node-group")]
    hyphen: String,
    /// The first of two.
    #[attribute(required)]
    node_group: String,
}

/// The same name twice.
#[derive(Model)]
struct Twice {
    /// The first of two.
    #[attribute(required)]
    node_group: String,
    /// The second of two.
    #[block(name = "node_group")]
    other: String,
}

fn main() {}
