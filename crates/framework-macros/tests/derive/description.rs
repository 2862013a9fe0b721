use framework_macros::Model;

#[derive(Model)]
struct Object {
    #[attribute(required)]
    undocumented: String,
    ///
    #[block]
    blank: String,
}

fn main() {}
