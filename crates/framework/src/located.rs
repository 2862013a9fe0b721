//! Maps the paths of diagnostics to paths that Terraform core can show in configuration.
//!
//! Terraform core shows the source of an attribute. For the path of a nested block, it shows the first line of the
//! resource instead (as of Terraform 1.11), so that the message appears to be about the whole resource. Such a path is
//! extended to the first argument of the block.

use super::diagnostics::{Diagnostic, Diagnostics};
use super::path::{Path, Step};
use super::schema::Block;
use super::value::Value;

/// Returns the diagnostics with paths that refer to arguments, if the object has any in these blocks.
pub(crate) fn located(found: Diagnostics, block: &Block, object: &Value) -> Diagnostics {
    let each = |diagnostic: Diagnostic| match diagnostic.path.as_ref().and_then(|path| argument(path, block, object)) {
        Some(path) => Diagnostic { path: Some(path), ..diagnostic },
        None => diagnostic,
    };
    found.into_iter().map(each).collect()
}

/// Returns the first argument of the block at the path, or `None` if the path does not refer to a block.
fn argument(path: &Path, block: &Block, object: &Value) -> Option<Path> {
    let mut steps = path.steps().iter().peekable();
    let (mut block, mut object) = (block, object);
    while let Some(step) = steps.next() {
        let Step::Attribute(name) = step else { return None };
        let nested = block.nested(name)?;
        (block, object) = (&nested.block, object.member(name)?);
        if let Some(Step::Index(index)) = steps.peek() {
            object = object.elements()?.get(*index)?;
            steps.next();
        }
    }
    if path.is_root() { None } else { first(path.clone(), block, object) }
}

fn first(path: Path, block: &Block, object: &Value) -> Option<Path> {
    if let Value::List(elements) | Value::Tuple(elements) = object {
        return first(path.index(0), block, elements.first()?);
    }
    let is_set = |name: &str| object.member(name).is_some_and(|member| !member.is_null());
    if let Some(attribute) = block.attributes.iter().find(|attribute| is_set(&attribute.name)) {
        return Some(path.then(&attribute.name));
    }
    let inside = |name: &str| object.member(name);
    block.blocks.iter().find_map(|nested| first(path.then(&nested.name), &nested.block, inside(&nested.name)?))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::schema::{Attribute, NestedBlock, Nesting, Presence, Shape};
    use crate::types::Type;

    fn attribute(name: &str) -> Attribute {
        Attribute::new(name, Shape::Type(Type::String), Presence::Optional)
    }

    fn block() -> Block {
        let volume = Block { attributes: vec![attribute("size"), attribute("kind")], ..Block::default() };
        let mapping = Block { blocks: vec![NestedBlock::new("ebs", Nesting::Single, volume)], ..Block::default() };
        let term = Block { attributes: vec![attribute("id"), attribute("name")], ..Block::default() };
        let blocks =
            vec![NestedBlock::new("term", Nesting::List, term), NestedBlock::new("mapping", Nesting::List, mapping)];
        Block { attributes: vec![attribute("role")], blocks, ..Block::default() }
    }

    fn object() -> Value {
        let term = |id: Value, name: Value| Value::object([("id", id), ("name", name)]);
        let ebs = Value::object([("size", Value::Null), ("kind", "gp3".into())]);
        Value::object([
            ("role", "a".into()),
            ("term", Value::List(vec![term(Value::Null, "x".into()), term("1".into(), Value::Null)])),
            ("mapping", Value::List(vec![Value::object([("ebs", ebs)])])),
        ])
    }

    #[rstest]
    #[case::all_blocks(Path::attribute("term"), "term[0].name")]
    #[case::one_block(Path::attribute("term").index(1), "term[1].id")]
    #[case::missing_block(Path::attribute("term").index(7), "term[7]")]
    #[case::attribute_of_a_block(Path::attribute("term").index(0).then("id"), "term[0].id")]
    #[case::block_in_a_block(Path::attribute("mapping"), "mapping[0].ebs.kind")]
    #[case::attribute(Path::attribute("role"), "role")]
    #[case::root(Path::root(), "")]
    fn paths_lead_to_arguments(#[case] path: Path, #[case] expected: &str) {
        let mut found = Diagnostics::new();
        found.error_at(path, "a", "b");
        let located = located(found, &block(), &object());
        assert_eq!(
            located.iter().next().and_then(|each| each.path.as_ref()).map(ToString::to_string).as_deref(),
            Some(expected)
        );
    }
}
