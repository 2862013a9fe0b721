//! EKS still publishes AMIs of the AMI type.

use super::ami_type_version::successor;
use crate::derived::ami_type;
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};
use render::ami_types::OperatingSystem;

pub(super) const CHECK: Check = Check {
    name: "ami_type_supported",
    finds: "Reports Amazon Linux 2 AMI types, for which EKS has published no AMIs since 2025-11-26.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::AmiType, Input::Version, Input::ReleaseVersion],
    reads: &[Family::Today],
    effects: &[Effect::Warns],
    run,
};

/// The day of the last Amazon Linux 2 AMIs. Source: EKS user guide, guide to the end of AL2 support.
const LAST_DAY_OF_AL2: &str = "2025-11-26";

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let Some(ami_type) = ami_type(subject)?.filter(|found| found.system == OperatingSystem::AmazonLinux2) else {
        return Ok(());
    };
    let today = facts.today(())?.ok_or(Skip::Absent)?;
    if today.as_str() > LAST_DAY_OF_AL2 {
        let found = format!(
            "{} uses Amazon Linux 2. EKS published the last Amazon Linux 2 AMIs on {LAST_DAY_OF_AL2}.",
            ami_type.name
        );
        let why = "New nodes miss all later fixes, including kernel and kubelet fixes.";
        let fix = format!("Set ami_type to {}.", successor(ami_type.name));
        verdicts.warning(&subject.ami_type.path, Finding::new("AMI type no longer supported", found, why, fix));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, is_silent, node_group};
    use super::*;
    use crate::facts::{Fact, FactResult};

    #[test]
    fn amazon_linux_2_has_ended() {
        let on =
            |day: &str| node_group().of_ami_type("AL2_ARM_64").with(Fact::Today((), FactResult::Known(day.to_owned())));
        is_silent(&CHECK, &on("2025-11-26"));
        let words = &["AL2_ARM_64 uses Amazon Linux 2", "AL2023_ARM_64_STANDARD"];
        fires(&CHECK, &on("2025-11-27"), Effect::Warns, "ami_type", words);
        is_silent(&CHECK, &on("2025-11-27").of_ami_type("AL2023_x86_64_STANDARD"));
        is_silent(&CHECK, &node_group());
    }
}
