use framework_macros::Model;

/// Arguments that mean nothing together.
#[derive(Model)]
struct Object {
    /// Core refuses a default that the provider does not compute.
    #[attribute(optional, default = "a")]
    default: String,
    /// Nothing computed can be stored nowhere.
    #[attribute(optional, computed, write_only)]
    write_only: String,
    /// Only what the provider gives can stay.
    #[attribute(required, stable)]
    stable: String,
    /// Configuration cannot give the value.
    #[attribute(computed, validate = [length(1..=2)])]
    validate: String,
    /// No number is both.
    #[block(min = 2, max = 1)]
    limits: String,
}

fn main() {}
