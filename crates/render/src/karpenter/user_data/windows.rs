//! PowerShell, which Karpenter inserts before the call of `Start-EKSBootstrap.ps1`, in the same tags.

use super::place;
use crate::node::Finding;
use crate::windows::scripts;

pub(super) fn check(script: &str) -> Vec<Finding> {
    let script = scripts::with_lf(script);
    let mut found = Vec::new();
    found.extend(scripts::tag(&script).map(|why| Finding::error(place(), why)));
    found.extend(scripts::unfinished_end(&script).map(|why| Finding::error(place(), why)));
    found.extend(scripts::beyond_ascii(&script).map(|why| Finding::warning(place(), why)));
    if scripts::calls_bootstrap(&script) {
        let text = "The script calls Start-EKSBootstrap.ps1. Karpenter adds the call after the user data, and the \
                    script must run only once. Remove the call.";
        found.push(Finding::warning(place(), text));
    }
    if scripts::leaves(&script) {
        found.push(Finding::warning(place(), scripts::LEAVES));
    }
    found
}
