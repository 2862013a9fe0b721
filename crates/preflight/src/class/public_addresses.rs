//! Nodes in public subnets get public IP addresses.

use super::selection::{all_known, selected};
use super::{BOTH, Class, ClassCheck, Input};
use crate::derived::{WayOut, way_out};
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::network::places_of;

pub(super) const CHECK: ClassCheck = ClassCheck {
    name: "class_public_addresses",
    finds: "Reports selected subnets with a default route to an internet gateway in which nodes do not get public IP \
            addresses: neither the subnet nor the node class assigns them, or nodes have several network interfaces.",
    kinds: BOTH,
    inputs: &[Input::Cluster, Input::Subnets, Input::Network],
    reads: &[Family::Cluster, Family::Caller, Family::SelectedSubnets, Family::RouteTables, Family::Endpoints],
    effects: &[Effect::Warns],
    run,
};

fn run(class: &Class, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let several = class.interfaces.get()?.is_some_and(|interfaces| interfaces.len() > 1);
    let given = class.public_address.get()?.copied();
    if given == Some(true) {
        return Ok(());
    }
    class.cluster(facts)?;
    let found = selected(&class.subnets, |term| facts.selected_subnets(term))?;
    let subnets = found.iter().flat_map(|(_, subnets)| subnets.iter()).collect();
    let bare: Vec<_> = places_of(subnets, facts)?
        .into_iter()
        .filter(|place| way_out(place.table, false) == WayOut::Internet)
        .filter(|place| several || given == Some(false) || !place.subnet.maps_public_ip)
        .map(|place| format!("{} (route table {})", place.subnet.id, place.table.id))
        .collect();
    if bare.is_empty() {
        return Ok(());
    }
    let reason = if several {
        "EC2 does not assign public IP addresses to instances with several network interfaces."
    } else if given == Some(false) {
        "The node class disables public IP addresses."
    } else {
        "MapPublicIpOnLaunch is off, and the node class does not enable public IP addresses."
    };
    let found =
        format!("In these subnets, the default route targets an internet gateway: {}. {reason}", bare.join(", "));
    let why = "Without VPC endpoints, nodes in these subnets cannot reach EKS or ECR, and do not join.";
    let fix = "Select private subnets with a default route to a NAT gateway.";
    let path = if several { &class.interfaces.path } else { &class.subnets.path };
    verdicts.warning(path, Finding::new("Nodes would not get public IP addresses", found, why, fix));
    all_known(&class.subnets)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{World, auto_mode, fires, is_silent, karpenter};
    use super::*;
    use framework::model::Attr;

    /// The class in the public subnet, which gives public IP addresses or not.
    fn public(world: World, maps: bool) -> World {
        world.public().subnet(|subnet| subnet.maps_public_ip = maps)
    }

    #[test]
    fn public_subnets_must_give_addresses() {
        for world in [karpenter(), auto_mode()] {
            is_silent(&CHECK, &world);
            is_silent(&CHECK, &public(world.clone(), true));
            let bare = public(world, false);
            let words = &["subnet-public (route table rtb-public)", "MapPublicIpOnLaunch is off"];
            fires(&CHECK, &bare, Effect::Warns, "subnet_selector_term", words);
            is_silent(&CHECK, &bare.clone().plan(|class| class.public_address.value = Attr::Known(true)));
            is_silent(&CHECK, &bare.subnet(|subnet| subnet.owner_id = "444455556666".to_owned()));
        }
    }

    #[test]
    fn the_class_may_take_addresses_away() {
        let without = public(karpenter(), true).plan(|class| class.public_address.value = Attr::Known(false));
        fires(
            &CHECK,
            &without,
            Effect::Warns,
            "subnet_selector_term",
            &["The node class disables public IP addresses."],
        );
        let several = public(karpenter(), true).plan(|class| class.interfaces.value = Attr::Known(vec![false, true]));
        fires(&CHECK, &several, Effect::Warns, "interfaces", &["several network interfaces"]);
        is_silent(&CHECK, &karpenter().plan(|class| class.interfaces.value = Attr::Known(vec![false, true])));
    }
}
