//! Block device mappings contain the volumes that the AMIs use.

use super::{Class, ClassCheck, Input};
use crate::facts::{Facts, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use framework::model::Attr;
use render::karpenter::controller::Controller;
use render::karpenter::node_class::{family_of_alias, images_device, system_device};

pub(super) const CHECK: ClassCheck = ClassCheck {
    name: "class_volumes",
    finds: "Reports block device mappings without the volume that holds images and pods, or without the operating \
            system volume of Bottlerocket. The mappings replace all Karpenter default volumes.",
    kinds: &[Controller::Karpenter],
    inputs: &[Input::Ami, Input::Volumes],
    reads: &[],
    effects: &[Effect::Warns],
    run,
};

fn run(class: &Class, _: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let volumes = class.volumes.need()?;
    let family = family(class)?;
    // Karpenter uses its defaults for an empty list, too.
    let (Some(images), false) = (images_device(family), volumes.is_empty()) else { return Ok(()) };
    if volumes.iter().any(|volume| volume.device.is_unknown()) {
        return Err(Skip::Unknown);
    }
    let devices: Vec<_> = volumes.iter().filter_map(|volume| volume.device.text()).collect();
    let with = devices.join(", ");
    let replaced = "The mappings replace all Karpenter default volumes.";
    // Such a volume holds images and pods in place of the device of the AMI.
    let has_root = volumes.iter().any(|volume| !matches!(volume.is_root, Attr::Null | Attr::Known(false)));
    if !devices.contains(&images) && !has_root {
        let found = format!(
            "With {family}, images and pods are on {images}. The block device mappings contain {with}, but not \
             {images}."
        );
        let why = format!(
            "{replaced} {images} then has the size that the AMI specifies, which is usually 20 GiB. It is encrypted \
             only if the account encrypts EBS volumes by default."
        );
        let fix = format!("Add a mapping with device_name = {images:?} and the size that images and pods require.");
        let finding = Finding::new("Volume for images and pods is missing", found, why, fix);
        verdicts.warning(&class.volumes.path, finding);
    }
    if let Some(system) = system_device(family).filter(|system| *system != images && !devices.contains(system)) {
        let found = format!(
            "With {family}, the operating system is on {system}. The block device mappings contain {with}, but not \
             {system}."
        );
        let why = format!(
            "{replaced} {system} then has the size and the type that the AMI specifies. It is encrypted only if the \
             account encrypts EBS volumes by default."
        );
        let fix =
            format!("Add a mapping with device_name = {system:?} and a size of 4Gi, which is the Karpenter default.");
        let finding = Finding::new("Operating system volume is missing", found, why, fix);
        verdicts.warning(&class.volumes.path, finding);
    }
    Ok(())
}

/// The AMI family. `amiFamily` takes precedence over the alias.
fn family(class: &Class) -> Result<&str, Skip> {
    match class.family.get()? {
        Some(family) => Ok(family),
        None => family_of_alias(class.alias.need()?).ok_or(Skip::Absent),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Volume;
    use super::super::testing::{World, fires, is_silent, karpenter};
    use super::*;

    const PATH: &str = "block_device_mappings";

    fn with(alias: &str, devices: &[&str]) -> World {
        let volume = |device: &&str| Volume { device: (*device).into(), is_root: Attr::Null };
        karpenter().plan(|class| {
            class.alias.value = alias.into();
            class.volumes.value = Attr::Known(devices.iter().map(volume).collect());
        })
    }

    #[test]
    fn volume_of_images_is_required() {
        for alias in ["al2@latest", "al2023@latest"] {
            is_silent(&CHECK, &with(alias, &["/dev/xvda"]));
            is_silent(&CHECK, &with(alias, &["/dev/sdf", "/dev/xvda"]));
            let words = &["images and pods are on /dev/xvda", "contain /dev/sdf, but", "all Karpenter default"];
            fires(&CHECK, &with(alias, &["/dev/sdf"]), Effect::Warns, PATH, words);
        }
        is_silent(&CHECK, &with("al2023@latest", &[]));
        is_silent(&CHECK, &karpenter());
    }

    #[test]
    fn bottlerocket_has_two_volumes() {
        is_silent(&CHECK, &with("bottlerocket@latest", &["/dev/xvda", "/dev/xvdb"]));
        let images = &["images and pods are on /dev/xvdb", "contain /dev/xvda, but not /dev/xvdb", "usually 20 GiB"];
        fires(&CHECK, &with("bottlerocket@latest", &["/dev/xvda"]), Effect::Warns, PATH, images);
        let system = &["the operating system is on /dev/xvda", "4Gi"];
        fires(&CHECK, &with("bottlerocket@latest", &["/dev/xvdb"]), Effect::Warns, PATH, system);
    }

    #[test]
    fn other_root_volume_holds_images() {
        let rooted = with("al2023@latest", &["/dev/sdf"]).plan(|class| {
            let Attr::Known(volumes) = &mut class.volumes.value else { panic!("no volumes") };
            volumes[0].is_root = Attr::Known(true);
        });
        is_silent(&CHECK, &rooted);
    }

    #[test]
    fn custom_family_has_no_known_device() {
        let custom = with("al2023@latest", &["/dev/sdf"]).plan(|class| class.family.value = "Custom".into());
        is_silent(&CHECK, &custom);
    }
}
