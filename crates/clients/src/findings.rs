//! Converts findings to diagnostics.

use framework::path::Path;
use render::node::{Place, Step};

/// Returns the path of the argument.
#[must_use]
pub fn path(place: &Place) -> Path {
    place.0.iter().fold(Path::root(), |path, step| match step {
        Step::Name(name) => path.then(name),
        Step::Index(index) => path.index(*index),
        Step::Key(key) => path.key(key),
    })
}
