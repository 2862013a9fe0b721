//! Checks whether a kubelet starts with a configuration. Source: `pkg/kubelet/apis/config/validation`,
//! `pkg/kubelet/eviction`, `pkg/kubelet/cm`, and `cmd/kubelet/app` of Kubernetes 1.36.

use serde_json::{Map as JsonMap, Value as Json};

use super::base::{self, SHUTDOWN_SINCE};
use super::validator::Validator;
use super::{eviction, gates, rules, values};
use crate::node::{Family, Finding, Mode, Place, Severity};

/// The version if no version is known.
const USUAL: u32 = SHUTDOWN_SINCE - 1;

/// The settings of a kubelet in addition to the user's members.
pub struct Surroundings<'a> {
    /// The node software that starts it.
    pub family: Family,
    /// Major and minor version of Kubernetes, if known.
    pub version: Option<(u32, u32)>,
    /// Whether EKS adds members.
    pub mode: Mode,
    /// The members of the node software that flags replace as a whole.
    pub replaced: &'a [&'static str],
}

/// Adds the reasons why a kubelet would not start with these members, merged over the defaults of the OS family.
pub fn check(given: &JsonMap<String, Json>, around: &Surroundings<'_>, place: &Place, found: &mut Vec<Finding>) {
    let Surroundings { family, version, mode, replaced } = *around;
    let minor = version.map(|(_, minor)| minor);
    let base = |minor: u32| under(base::of(family, minor), family, given, replaced);
    let mut all = over(given, &base(minor.unwrap_or(USUAL)), minor, mode, place);
    if minor.is_none() {
        // Errors that only later versions report might never occur.
        for later in over(given, &base(SHUTDOWN_SINCE), None, mode, place) {
            if !all.iter().any(|known| known.place == later.place) {
                let text = format!("On Kubernetes 1.{SHUTDOWN_SINCE} and later: {}", later.text);
                all.push(Finding { severity: Severity::Warning, text, ..later });
            }
        }
    }
    found.extend(all);
}

/// Returns the base without the members that flags replace as a whole. On Amazon Linux 2, some members are passed to
/// the kubelet as flags.
fn under(mut base: Json, family: Family, given: &JsonMap<String, Json>, replaced: &[&str]) -> Json {
    let Some(members) = base.as_object_mut() else { return base };
    for name in replaced {
        members.remove(*name);
    }
    if family != Family::AmazonLinux2 {
        return base;
    }
    let is_given = |name: &&str| given.get(*name).is_some_and(|value| !value.is_null());
    for name in ["evictionHard", "kubeReserved"].iter().filter(|name| is_given(name)) {
        members.remove(*name);
    }
    if is_given(&"reservedSystemCPUs") {
        members.remove("kubeReservedCgroup");
        members.remove("systemReservedCgroup");
    }
    base
}

/// Does the same for another base.
#[must_use]
pub fn over(given: &JsonMap<String, Json>, base: &Json, minor: Option<u32>, mode: Mode, place: &Place) -> Vec<Finding> {
    let mut judge = Validator { given, base, minor, place, is_merged: mode == Mode::Merge, found: Vec::new() };
    values::check(&mut judge);
    eviction::check(&mut judge);
    rules::check(&mut judge);
    let gates_place = place.key("featureGates");
    if let Some(gates) = given.get("featureGates").and_then(Json::as_object) {
        gates::check(gates, minor, &gates_place, &mut judge.found);
    }
    judge.found
}
