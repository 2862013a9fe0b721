//! What a check concludes.

use crate::framework::path::Path;

/// How sure a check is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// AWS is known to refuse this, or the nodes cannot join.
    Error,
    /// Trouble is likely, or another way that cannot be seen from here may make it work.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One thing found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The name of the check; set by who runs it.
    pub check: &'static str,
    /// How sure the check is.
    pub severity: Severity,
    /// The input that causes it; the object as a whole when it is the root.
    pub path: Path,
    /// What is wrong, in one line without a full stop, e.g. `The role does not exist`.
    pub summary: String,
    /// What was found, with names and numbers: whole sentences.
    pub found: String,
    /// What happens because of it: whole sentences.
    pub why: String,
    /// What to do: whole sentences.
    pub fix: String,
}

impl Verdict {
    /// What was found, why it matters and what to do, as one text.
    #[must_use]
    pub fn detail(&self) -> String {
        format!("{} {}\n\n{}", self.found, self.why, self.fix)
    }
}

/// A growing list of verdicts.
#[derive(Debug, Default)]
pub struct Verdicts(Vec<Verdict>);

/// What is said of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// [`Verdict::summary`].
    pub summary: String,
    /// [`Verdict::found`].
    pub found: String,
    /// [`Verdict::why`].
    pub why: String,
    /// [`Verdict::fix`].
    pub fix: String,
}

impl Finding {
    /// A finding; see [`Verdict`] for the form of its texts.
    pub fn new(
        summary: impl Into<String>,
        found: impl Into<String>,
        why: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { summary: summary.into(), found: found.into(), why: why.into(), fix: fix.into() }
    }
}

impl Verdicts {
    /// Adds what will fail.
    pub fn error(&mut self, path: &Path, finding: Finding) {
        self.push(Severity::Error, path, finding);
    }

    /// Adds what will probably fail.
    pub fn warning(&mut self, path: &Path, finding: Finding) {
        self.push(Severity::Warning, path, finding);
    }

    /// Adds a finding of either severity.
    pub fn push(&mut self, severity: Severity, path: &Path, Finding { summary, found, why, fix }: Finding) {
        self.0.push(Verdict { check: "", severity, path: path.clone(), summary, found, why, fix });
    }

    /// The verdicts as those of a check.
    pub(super) fn of(self, check: &'static str) -> Vec<Verdict> {
        self.0.into_iter().map(|verdict| Verdict { check, ..verdict }).collect()
    }
}
