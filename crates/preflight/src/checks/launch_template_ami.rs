//! Instances can be launched from the AMI of the launch template.

use crate::derived::template;
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "launch_template_ami",
    finds: "Reports a launch template AMI that does not exist, is not shared with the account, is not available, is \
            larger than the root volume, or is deprecated by its owner.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::LaunchTemplate],
    reads: &[Family::Template, Family::Image, Family::Today],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let Some(template) = template(subject, facts)? else { return Ok(()) };
    let Some(id) = template.image_id.as_deref().filter(|id| id.starts_with("ami-")) else { return Ok(()) };
    let path = &subject.launch_template.path;
    let place = format!("Version {} of {} specifies AMI {id}", template.version, template.id);
    let Some(image) = facts.image(id)? else {
        let found = format!("{place}, which does not exist in {} or is not shared with the account.", subject.region);
        let why = "Instances cannot be launched, and EKS reports AmiIdNotFound.";
        let fix = "Create a launch template version with an AMI that is available to the account in this Region.";
        verdicts.blocks_apply(path, Finding::new("AMI does not exist", found, why, fix));
        return Ok(());
    };
    if image.state != "available" {
        let found = format!("{place}, whose state is {}.", image.state);
        let why = "Instances cannot be launched from this AMI.";
        let fix = "Wait until it is available, or create a launch template version with another AMI.";
        // A pending AMI can become available at any time.
        if image.state == "pending" {
            verdicts.warning(path, Finding::new("AMI is not available", found, why, fix));
        } else {
            verdicts.blocks_apply(path, Finding::new("AMI is not available", found, why, fix));
        }
    }
    let root = template.volumes.iter().find(|volume| Some(&volume.device) == image.root_device.as_ref());
    if let (Some(size), Some(least)) = (root.and_then(|root| root.size), image.root_size)
        && size < least
    {
        let found = format!("{place}, whose root volume is {least} GiB, but the launch template sets {size} GiB.");
        let why = "EC2 cannot create a volume that is smaller than its snapshot, so instances cannot be launched.";
        let fix = format!("Create a launch template version with a volume of at least {least} GiB.");
        verdicts.blocks_apply(path, Finding::new("Root volume too small for the AMI", found, why, fix));
    }
    let Some(day) = image.deprecated_at.as_deref().and_then(|moment| moment.get(..10)) else { return Ok(()) };
    if day < facts.today(())?.ok_or(Skip::Absent)?.as_str() {
        let found = format!("{place}, which its owner deprecated on {day}.");
        let why = "New nodes miss all later fixes, and nodes cannot be launched after the owner deregisters the AMI.";
        let fix = "Create a launch template version with a newer AMI.";
        verdicts.warning(path, Finding::new("AMI is deprecated", found, why, fix));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{IMAGE, World, fires, is_silent, node_group};
    use super::*;
    use crate::facts::{BlockDevice, Fact, FactResult, Template};

    const PATH: &str = "launch_template[0]";

    fn of_size(size: Option<i64>) -> World {
        let volumes = vec![BlockDevice { device: "/dev/xvda".to_owned(), size, ..BlockDevice::default() }];
        node_group().template(Template { image_id: Some(IMAGE.to_owned()), volumes, ..Template::default() })
    }

    #[test]
    fn ami_must_be_there() {
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &of_size(None));
        let gone = of_size(None).with(Fact::Image(IMAGE.to_owned(), FactResult::Missing));
        fires(&CHECK, &gone, Effect::BlocksApply, PATH, &["ami-1, which does not exist in us-east-1"]);
        let state = |state: &str| of_size(None).image(IMAGE, |image| state.clone_into(&mut image.state));
        fires(&CHECK, &state("failed"), Effect::BlocksApply, PATH, &["ami-1, whose state is failed"]);
        fires(&CHECK, &state("pending"), Effect::Warns, PATH, &["ami-1, whose state is pending"]);
        let by_parameter = Template { image_id: Some("resolve:ssm:/own".to_owned()), ..Template::default() };
        is_silent(&CHECK, &node_group().template(by_parameter));
    }

    #[test]
    fn deprecated_ami_is_old() {
        let on = |moment: &str| of_size(None).image(IMAGE, |image| image.deprecated_at = Some(moment.to_owned()));
        is_silent(&CHECK, &on("2025-06-01T00:00:00.000Z"));
        fires(&CHECK, &on("2025-05-31T00:00:00.000Z"), Effect::Warns, PATH, &["deprecated on 2025-05-31"]);
    }

    #[test]
    fn root_volume_must_hold_the_ami() {
        is_silent(&CHECK, &of_size(Some(8)));
        fires(&CHECK, &of_size(Some(7)), Effect::BlocksApply, PATH, &["is 8 GiB, but the launch template sets 7 GiB"]);
    }
}
