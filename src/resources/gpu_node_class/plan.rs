//! What a plan of a node class needs beyond its schema: defaults for GPUs, what the cluster says, and which changes replace
//! nodes.

use serde_json::Value as Json;

use clients::kube::managed::{Managed, Preview, Wanted};
use clients::kube::moves::locate;
use framework::diagnostics::Diagnostics;
use framework::model::{Attr, List, Model};
use framework::path::Path;
use framework::resource::Plan;
use render::karpenter::node_class::{DEFAULT_FAMILY, default_alias, family_of_alias, images_device};

use super::api::{self, KARPENTER, spec_attributes};
use super::model::{AmiSelectorTerm, BlockDeviceMapping, EbsVolume, GpuNodeClass};
use super::rules::ami::no_default;

/// What holds CUDA images.
const IMAGES: &str = "300Gi";
/// What Bottlerocket itself has by Karpenter's default.
const SYSTEM: &str = "4Gi";

/// Attributes whose change replaces running nodes only where they select something else.
const SELECTING: [&str; 4] = [
    "ami_selector_terms",
    "subnet_selector_terms",
    "security_group_selector_terms",
    "capacity_reservation_selector_terms",
];

/// Attributes whose change replaces no node.
const HARMLESS: [&str; 1] = ["ip_prefix_count"];

/// Fills in what is known before the apply.
pub(super) fn settle(plan: &mut Plan<GpuNodeClass>, region: Option<&str>) {
    locate(plan, region);
    ami_default(plan);
    volume_default(plan);
    if plan.is_create() {
        plan.planned.previous_field_managers = Attr::Null;
    }
    let planned = &mut plan.planned;
    if let (Some(cluster), Some(controller), Some(name)) =
        (planned.cluster_name.text(), planned.controller.text(), planned.name.text())
    {
        planned.id = api::id(cluster, controller, name).into();
    }
    if let Some(prior) = plan.prior.clone() {
        changed(&prior, plan);
    }
}

/// Whether a default is to be planned: for a new class of Karpenter, and for one that has it already.
fn wants_default<T>(plan: &Plan<GpuNodeClass>, configured: &Attr<T>, prior: Option<&Attr<T>>) -> bool {
    configured.is_null()
        && plan.planned.controller.text() == Some(KARPENTER)
        && (plan.is_create() || prior.is_some_and(Attr::is_known))
}

fn ami_default(plan: &mut Plan<GpuNodeClass>) {
    if !plan.config.ami_selector_terms.is_null() {
        return;
    }
    let prior = plan.prior.as_ref().map(|prior| &prior.ami_selector_terms);
    plan.planned.ami_selector_terms = if !wants_default(plan, &plan.config.ami_selector_terms, prior) {
        kept(plan, prior)
    } else if plan.planned.ami_family.is_unknown() {
        Attr::Unknown
    } else {
        let family = plan.planned.ami_family.text().unwrap_or(DEFAULT_FAMILY);
        let Some(alias) = default_alias(family) else {
            // The configuration is checked for it while planning; what only the apply knows is not.
            plan.diagnostics.push(no_default(family));
            return;
        };
        List::of([AmiSelectorTerm { alias: alias.into(), ..AmiSelectorTerm::default() }])
    };
}

/// What is there, or what is decided when the controller is known.
fn kept<T: Clone>(plan: &Plan<GpuNodeClass>, prior: Option<&Attr<T>>) -> Attr<T> {
    if plan.planned.controller.is_unknown() { Attr::Unknown } else { prior.cloned().unwrap_or_default() }
}

fn volume_default(plan: &mut Plan<GpuNodeClass>) {
    if !plan.config.block_device_mappings.is_null() {
        return;
    }
    let prior = plan.prior.as_ref().map(|prior| &prior.block_device_mappings);
    plan.planned.block_device_mappings = if wants_default(plan, &plan.config.block_device_mappings, prior) {
        match family(&plan.planned) {
            None => Attr::Unknown,
            Some(family) => volumes(family),
        }
    } else {
        kept(plan, prior)
    };
}

/// The family that Karpenter will take; none while that is unknown.
fn family(planned: &GpuNodeClass) -> Option<&str> {
    match &planned.ami_family {
        Attr::Known(family) => return Some(family),
        Attr::Unknown => return None,
        Attr::Null => {}
    }
    let terms = planned.ami_selector_terms.known()?;
    let mut aliases = terms.iter().map(|term| term.known().map(|term| &term.alias));
    aliases.try_fold("Custom", |family, alias| match alias? {
        Attr::Unknown => None,
        Attr::Null => Some(family),
        Attr::Known(alias) => Some(family_of_alias(alias).unwrap_or(family)),
    })
}

/// The volumes of a GPU node.
fn volumes(family: &str) -> List<BlockDeviceMapping> {
    let volume = |device: &str, size: &str| BlockDeviceMapping {
        device_name: device.into(),
        ebs: Attr::Known(EbsVolume {
            volume_size: size.into(),
            volume_type: "gp3".into(),
            encrypted: Attr::Known(true),
            ..EbsVolume::default()
        }),
        ..BlockDeviceMapping::default()
    };
    match (family, images_device(family)) {
        ("AL2" | "AL2023", Some(device)) => List::of([volume(device, IMAGES)]),
        ("Bottlerocket", Some(device)) => List::of([volume("/dev/xvda", SYSTEM), volume(device, IMAGES)]),
        _ => Attr::Null,
    }
}

/// The fields that the plan changes.
fn changed_fields(prior: &GpuNodeClass, planned: &GpuNodeClass) -> Vec<&'static str> {
    let (prior, planned) = (prior.to_value(), planned.to_value());
    spec_attributes().into_iter().filter(|name| prior.member(name) != planned.member(name)).collect()
}

/// Says what a change does.
fn changed(prior: &GpuNodeClass, plan: &mut Plan<GpuNodeClass>) {
    let taken_over = prior.previous_field_managers.is_known();
    let changed = changed_fields(prior, &plan.planned);
    if changed.is_empty() && !taken_over || plan.is_replace() {
        return;
    }
    plan.planned.previous_field_managers = Attr::Null;
    warn_of_new_nodes(&changed, plan);
}

fn warn_of_new_nodes(changed: &[&str], plan: &mut Plan<GpuNodeClass>) {
    let rolling: Vec<_> = changed.iter().copied().filter(|name| !HARMLESS.contains(name)).collect();
    let (selecting, certain): (Vec<_>, Vec<_>) = rolling.into_iter().partition(|name| SELECTING.contains(name));
    let who = if plan.planned.controller.text() == Some(KARPENTER) { "Karpenter" } else { "EKS Auto Mode" };
    let name = plan.planned.name.text().unwrap_or_default();
    let pace = "The disruption budgets of its node pools say how many at a time.";
    let (summary, detail) = match (certain.first(), selecting.first()) {
        (Some(_), _) => (
            format!("The nodes of node class {name} will be replaced"),
            format!("{who} replaces running nodes when {} changes. {pace}", certain.join(", ")),
        ),
        (None, Some(_)) => (
            format!("Nodes of node class {name} may be replaced"),
            format!("{who} replaces running nodes that {} does not select any more. {pace}", selecting.join(", ")),
        ),
        (None, None) => return,
    };
    let at = certain.first().or(selecting.first()).map(|name| Path::attribute(*name)).unwrap_or_default();
    plan.diagnostics.warning_at(at, summary, detail);
}

/// Asks the cluster what it would say to the planned fields, where it can be asked already.
pub(super) async fn preview(managed: &Managed<'_>, plan: &mut Plan<GpuNodeClass>) -> Result<(), Diagnostics> {
    let Some(fields) = api::fields(&plan.planned).filter(|_| !plan.is_replace()) else { return Ok(()) };
    let force = plan.planned.force_conflicts == Attr::Known(true);
    let preview = match &plan.prior {
        None => managed.preview_create(&fields, force).await,
        Some(prior) => {
            let before = api::fields(prior).unwrap_or(Json::Null);
            let predecessors: Vec<_> = prior.previous_field_managers.known_elements().cloned().collect();
            if before == fields && predecessors.is_empty() {
                return Ok(());
            }
            let wanted = Wanted { fields: &fields, prior: &before, force, predecessors: &predecessors };
            managed.preview_update(prior.uid.text().unwrap_or_default(), wanted).await
        }
    };
    match preview {
        Preview::Refused(found) if found.has_error() => Err(found),
        Preview::Refused(found) => {
            plan.diagnostics.extend(found);
            Ok(())
        }
        Preview::Unknowable | Preview::Possible(_) => Ok(()),
    }
}
