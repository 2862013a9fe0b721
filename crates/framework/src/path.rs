//! Where in an object a value stands.

use std::fmt;

use super::value::Value;

/// The way from an object's root to one value in it. The empty path is the object itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(Vec<Step>);

/// One step of a [`Path`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Into an attribute or nested block by name.
    Attribute(String),
    /// Into a list element by zero-based index.
    Index(usize),
    /// Into a map element by key.
    Key(String),
    /// Into a set element. It has no address on the wire, where a path ends at the set.
    Element(Box<Value>),
}

impl Path {
    /// The object itself.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// A path of attribute names.
    #[must_use]
    pub fn attribute(name: impl Into<String>) -> Self {
        Self::root().with(Step::Attribute(name.into()))
    }

    /// This path and one more step.
    #[must_use]
    pub fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// This path into the attribute or block of that name.
    #[must_use]
    pub fn then(&self, name: impl Into<String>) -> Self {
        self.with(Step::Attribute(name.into()))
    }

    /// This path into the list element of that index.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.with(Step::Index(index))
    }

    /// This path into the map element of that key.
    #[must_use]
    pub fn key(&self, key: impl Into<String>) -> Self {
        self.with(Step::Key(key.into()))
    }

    /// This path into one element of a set.
    #[must_use]
    pub fn element(&self, element: Value) -> Self {
        self.with(Step::Element(Box::new(element)))
    }

    /// This path inside the value that the step leads to.
    #[must_use]
    pub fn within(&self, step: Step) -> Self {
        Self(std::iter::once(step).chain(self.0.iter().cloned()).collect())
    }

    /// The path and a colon to begin a message with, or nothing for the object itself.
    #[must_use]
    pub fn as_prefix(&self) -> String {
        if self.is_root() { String::new() } else { format!("{self}: ") }
    }

    /// The steps from the root.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The part of the path that can be addressed on the wire: everything before the first set element.
    #[must_use]
    pub fn addressable(&self) -> Self {
        Self(self.0.iter().take_while(|step| !matches!(step, Step::Element(_))).cloned().collect())
    }

    /// Whether the path is the object itself.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The value the path leads to, if it is there and known on the way.
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
    /// As a user writes it, e.g. `taint[0].key` or `labels["team"]`.
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
