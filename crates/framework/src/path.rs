//! Paths to values in an object.

use std::fmt;

use super::value::Value;

/// A path from the root of an object to a value. The empty path is the object itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(Vec<Step>);

/// One step of a [`Path`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// An attribute or nested block, by name.
    Attribute(String),
    /// A list element, by zero-based index.
    Index(usize),
    /// A map element, by key.
    Key(String),
    /// A set element. The protocol cannot address set elements, so paths end at the set there.
    Element(Box<Value>),
}

impl Path {
    /// Returns the path of the object itself.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// Creates a path of attribute names.
    #[must_use]
    pub fn attribute(name: impl Into<String>) -> Self {
        Self::root().with(Step::Attribute(name.into()))
    }

    /// Returns this path with one more step.
    #[must_use]
    pub fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// Returns the path of the attribute or block with this name.
    #[must_use]
    pub fn then(&self, name: impl Into<String>) -> Self {
        self.with(Step::Attribute(name.into()))
    }

    /// Returns the path of the list element with this index.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.with(Step::Index(index))
    }

    /// Returns the path of the map element with this key.
    #[must_use]
    pub fn key(&self, key: impl Into<String>) -> Self {
        self.with(Step::Key(key.into()))
    }

    /// Returns the path of an element of the set.
    #[must_use]
    pub fn element(&self, element: Value) -> Self {
        self.with(Step::Element(Box::new(element)))
    }

    /// Returns this path with the step added to its start.
    #[must_use]
    pub fn within(&self, step: Step) -> Self {
        Self(std::iter::once(step).chain(self.0.iter().cloned()).collect())
    }

    /// Returns the path and a colon as the start of a message, or nothing for the object itself.
    #[must_use]
    pub fn as_prefix(&self) -> String {
        if self.is_root() { String::new() } else { format!("{self}: ") }
    }

    /// Returns the steps from the root.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Returns the part of the path that the protocol can address: everything before the first set element.
    #[must_use]
    pub fn addressable(&self) -> Self {
        Self(self.0.iter().take_while(|step| !matches!(step, Step::Element(_))).cloned().collect())
    }

    /// Whether the path is the object itself.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the value at the path, if it exists and all parents are known.
    #[must_use]
    pub fn find<'v>(&self, root: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(root, |value, step| match (step, value) {
            (Step::Attribute(name), _) | (Step::Key(name), Value::Map(_)) => value.member(name),
            (Step::Index(index), _) => value.elements().and_then(|elements| elements.get(*index)),
            (Step::Element(element), _) => {
                value.elements().and_then(|elements| elements.iter().find(|candidate| *candidate == element.as_ref()))
            }
            (Step::Key(_), _) => None,
        })
    }
}

impl fmt::Display for Path {
    /// Formats the path as in configuration, such as `taint[0].key` or `labels["team"]`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => formatter.write_str(name)?,
                Step::Attribute(name) => write!(formatter, ".{name}")?,
                Step::Index(index) => write!(formatter, "[{index}]")?,
                Step::Key(key) => write!(formatter, "[{key:?}]")?,
                Step::Element(_) => formatter.write_str("[*]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_what_a_user_writes() {
        let path = Path::attribute("taint").index(0).then("labels").key("a b");
        assert_eq!(path.to_string(), "taint[0].labels[\"a b\"]");
    }

    #[test]
    fn addressable_part_ends_before_a_set_element() {
        let path = Path::attribute("taint").element(Value::Null).then("key");
        assert_eq!(path.addressable(), Path::attribute("taint"));
    }

    #[test]
    fn find_follows_names_and_indexes() {
        let root = Value::object([("a", Value::List(vec![Value::object([("b", "x".into())])]))]);
        assert_eq!(Path::attribute("a").index(0).then("b").find(&root), Some(&"x".into()));
        assert_eq!(Path::attribute("a").index(1).find(&root), None);
    }
}
