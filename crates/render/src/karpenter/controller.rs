//! Who starts the nodes.

/// A controller that starts nodes for pods that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Controller {
    /// Karpenter, installed by whoever runs the cluster.
    #[default]
    Karpenter,
    /// EKS Auto Mode, which runs its own.
    AutoMode,
}

impl Controller {
    /// Both names.
    pub const NAMES: [&'static str; 2] = ["karpenter", "auto_mode"];

    /// The controller of a name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::Karpenter, Self::AutoMode].into_iter().find(|each| each.name() == name)
    }

    /// `karpenter` or `auto_mode`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Karpenter => Self::NAMES[0],
            Self::AutoMode => Self::NAMES[1],
        }
    }

    /// What the keys of its labels of instance types begin with.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Karpenter => "karpenter.k8s.aws/",
            Self::AutoMode => "eks.amazonaws.com/",
        }
    }

    /// The other one.
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
