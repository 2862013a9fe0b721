use framework_macros::Model;

/// Arguments that conflict.
#[derive(Model)]
struct Object {
    /// Terraform core rejects defaults of attributes that are not computed.
    #[attribute(optional, default = "a")]
    default: String,
    /// A computed value must be stored.
    #[attribute(optional, computed, write_only)]
    write_only: String,
    /// Only computed values can be stable.
    #[attribute(required, stable)]
    stable: String,
    /// The value cannot be configured.
    #[attribute(computed, validate = [length(1..=2)])]
    validate: String,
    /// No number satisfies both limits.
    #[block(min = 2, max = 1)]
    limits: String,
}

fn main() {}
