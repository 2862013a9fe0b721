//! The controllers that launch nodes.

/// A controller that launches nodes for pending pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Controller {
    /// Self-managed Karpenter.
    #[default]
    Karpenter,
    /// EKS Auto Mode, which includes Karpenter.
    AutoMode,
}

impl Controller {
    /// The names of both controllers.
    pub const NAMES: [&'static str; 2] = ["karpenter", "auto_mode"];

    /// Returns the controller with this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::Karpenter, Self::AutoMode].into_iter().find(|each| each.name() == name)
    }

    /// Returns `karpenter` or `auto_mode`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Karpenter => Self::NAMES[0],
            Self::AutoMode => Self::NAMES[1],
        }
    }

    /// Returns the prefix of the keys of its instance type labels.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Karpenter => "karpenter.k8s.aws/",
            Self::AutoMode => "eks.amazonaws.com/",
        }
    }

    /// Returns the other controller.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Karpenter => Self::AutoMode,
            Self::AutoMode => Self::Karpenter,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for name in Controller::NAMES {
            assert_eq!(Controller::of(name).map(Controller::name), Some(name));
        }
        assert_eq!(Controller::of("Karpenter"), None);
    }
}
