//! The causes of several instances, as the detail of a diagnostic.

use std::fmt;

use super::{Cause, ConsoleLog, Diagnosis, find_cause, find_state};

/// The maximum number of causes in a diagnostic.
const REPORTS: usize = 3;

/// The maximum number of instance IDs in a sentence.
const INSTANCES: usize = 5;

/// The ID of an EC2 instance, such as `i-0123456789abcdef0`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceId(pub String);

/// A cause, and the instances that have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The diagnosis of the first of the instances.
    pub diagnosis: Diagnosis,
    pub instances: Vec<InstanceId>,
}

/// What the console outputs of several instances show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The causes in their order, then the states of instances without a cause. Equal ones occur once.
    pub reports: Vec<Report>,
    /// Instances whose output shows neither a cause nor a state.
    pub unexplained: Vec<InstanceId>,
}

/// The causes of instances, each once with its instances.
pub fn summarize(outputs: &[(InstanceId, ConsoleLog)]) -> Summary {
    let mut summary = Summary::default();
    for (instance, log) in outputs {
        let Some(diagnosis) = find_cause(log).or_else(|| find_state(log)) else {
            summary.unexplained.push(instance.clone());
            continue;
        };
        match summary.reports.iter_mut().find(|report| report.diagnosis.cause == diagnosis.cause) {
            Some(report) => report.instances.push(instance.clone()),
            None => summary.reports.push(Report { diagnosis, instances: vec![instance.clone()] }),
        }
    }
    summary.reports.sort_by_key(|report| report.diagnosis.cause);
    summary
}

impl Summary {
    /// The cause that is most likely the root cause.
    pub fn first_cause(&self) -> Option<Cause> {
        self.reports.first().map(|report| report.diagnosis.cause)
    }
}

/// The text of a diagnostic detail: for each cause its instances, the quote, and the fix. It has at most 3 causes.
impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut paragraphs: Vec<String> = self.reports.iter().take(REPORTS).map(Report::to_string).collect();
        if let more @ 1.. = self.reports.len().saturating_sub(REPORTS) {
            let causes = if more == 1 { "cause is" } else { "causes are" };
            paragraphs.push(format!("{more} other {causes} not shown."));
        }
        if !self.unexplained.is_empty() {
            paragraphs.push(format!("The console output of {} does not show a cause.", list(&self.unexplained)));
        }
        formatter.write_str(&paragraphs.join("\n\n"))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cause = self.diagnosis.cause;
        writeln!(formatter, "{} The console output of {} contains:\n", cause.sentence(), list(&self.instances))?;
        for line in &self.diagnosis.quote {
            writeln!(formatter, "  {line}")?;
        }
        write!(formatter, "\n{}", cause.fix())
    }
}

fn list(instances: &[InstanceId]) -> String {
    let ids: Vec<&str> = instances.iter().take(INSTANCES).map(|instance| instance.0.as_str()).collect();
    match (ids.as_slice(), instances.len() - ids.len()) {
        ([ids @ .., last], 0) if !ids.is_empty() => format!("{} and {last}", ids.join(", ")),
        (ids, 0) => ids.join(", "),
        (ids, more) => format!("{}, and {more} more instances", ids.join(", ")),
    }
}
