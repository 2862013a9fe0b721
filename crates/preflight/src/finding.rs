//! The findings of a check.

use framework::path::Path;

/// Maximum number of objects that a message lists.
const LISTED: usize = 10;

/// The effect of a finding with the default `preflight.mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Stops the plan: the arguments contradict each other, or AWS does not offer what they specify. No run can fix
    /// this.
    BlocksPlan,
    /// Warns during plan and stops apply before the first write of the resource: AWS is known to reject this, or the
    /// nodes cannot join, but another resource of the same run can fix it first.
    BlocksApply,
    /// Only warns: a problem is likely, but a setting that the provider cannot see might prevent it.
    Warns,
}

impl Effect {
    /// Every effect, in the order of the guide.
    pub const ALL: [Self; 3] = [Self::BlocksPlan, Self::BlocksApply, Self::Warns];

    /// Returns the phase that it blocks, for users: `plan`, `apply`, or `None`.
    #[must_use]
    pub fn blocks(self) -> Option<&'static str> {
        match self {
            Self::BlocksPlan => Some("plan"),
            Self::BlocksApply => Some("apply"),
            Self::Warns => None,
        }
    }

    /// Returns `error` if the resource cannot work as it is now, or else `warning`.
    #[must_use]
    pub fn severity(self) -> &'static str {
        if self == Self::Warns { "warning" } else { "error" }
    }
}

/// A finding of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckFinding {
    /// The name of the check, set by the function that runs it.
    pub check: &'static str,
    /// The effect.
    pub effect: Effect,
    /// The input that causes it, or the root path for the object as a whole.
    pub path: Path,
    /// The summary, in one line without a period, such as `Role does not exist`.
    pub summary: String,
    /// What was found, with names and numbers, in full sentences.
    pub found: String,
    /// The objects that were found, if they are listed: one line each.
    pub items: Vec<String>,
    /// Why it matters, in full sentences.
    pub why: String,
    /// How to fix it, in full sentences.
    pub fix: String,
}

impl CheckFinding {
    /// Returns what was found, why it matters, and how to fix it, as one string.
    #[must_use]
    pub fn detail(&self) -> String {
        let Self { found, why, fix, .. } = self;
        if self.items.is_empty() {
            return format!("{found} {why}\n\n{fix}");
        }
        format!("{found}\n{}\n\n{why}\n\n{fix}", list(&self.items))
    }
}

/// Returns such as `1 pod` and `3 pods`. The plural of the noun must end in `s`.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Returns a list that does not become too long.
pub fn list(items: &[String]) -> String {
    // Terraform wraps lines unless they are indented.
    let mut lines: Vec<_> = items.iter().take(LISTED).map(|item| format!("  - {item}")).collect();
    if items.len() > LISTED {
        lines.push(format!("  - and {} more", items.len() - LISTED));
    }
    lines.join("\n")
}

/// A growing list of findings.
#[derive(Debug, Default)]
pub struct CheckFindings(Vec<CheckFinding>);

/// The message of a finding, in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// [`CheckFinding::summary`].
    pub summary: String,
    /// [`CheckFinding::found`].
    pub found: String,
    /// [`CheckFinding::items`].
    pub items: Vec<String>,
    /// [`CheckFinding::why`].
    pub why: String,
    /// [`CheckFinding::fix`].
    pub fix: String,
}

impl Finding {
    /// Creates a finding. See [`CheckFinding`] for the format of the parts.
    pub fn new(
        summary: impl Into<String>,
        found: impl Into<String>,
        why: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { summary: summary.into(), found: found.into(), items: Vec::new(), why: why.into(), fix: fix.into() }
    }

    /// Returns the finding with a list of the objects that were found.
    #[must_use]
    pub fn with_items(self, items: Vec<String>) -> Self {
        Self { items, ..self }
    }
}

impl CheckFindings {
    /// Adds a finding that no run can fix.
    pub fn blocks_plan(&mut self, path: &Path, finding: Finding) {
        self.push(Effect::BlocksPlan, path, finding);
    }

    /// Adds a finding that another resource of the same run can fix.
    pub fn blocks_apply(&mut self, path: &Path, finding: Finding) {
        self.push(Effect::BlocksApply, path, finding);
    }

    /// Adds a finding that is a likely problem, but not a certain one.
    pub fn warning(&mut self, path: &Path, finding: Finding) {
        self.push(Effect::Warns, path, finding);
    }

    /// Adds a finding with any effect.
    pub fn push(&mut self, effect: Effect, path: &Path, Finding { summary, found, items, why, fix }: Finding) {
        self.0.push(CheckFinding { check: "", effect, path: path.clone(), summary, found, items, why, fix });
    }

    /// Returns the findings with the name of their check.
    pub(super) fn of(self, check: &'static str) -> Vec<CheckFinding> {
        self.0.into_iter().map(|verdict| CheckFinding { check, ..verdict }).collect()
    }
}
