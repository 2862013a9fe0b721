//! Nodes in public subnets get public IP addresses.

use crate::derived::{WayOut, template, way_out};
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::network::places;
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "subnet_public_addresses",
    finds: "Reports subnets with a default route to an internet gateway in which neither the subnet nor the launch \
            template assigns public IP addresses to instances.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Subnets, Input::LaunchTemplate],
    reads: &[Family::Caller, Family::Subnet, Family::RouteTables, Family::Endpoints, Family::Template],
    effects: &[Effect::BlocksApply],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let places = places(subject, facts)?;
    let bare =
        places.iter().filter(|place| !place.subnet.maps_public_ip && way_out(place.table, false) == WayOut::Internet);
    let bare: Vec<_> = bare.collect();
    if !bare.is_empty() {
        let template = template(subject, facts)?;
        let assigns = template
            .is_some_and(|template| template.interfaces.iter().any(|interface| interface.public_ip == Some(true)));
        if assigns {
            return subject.all_subnets_known();
        }
        let list = bare.iter().map(|place| format!("{} (route table {})", place.subnet.id, place.table.id));
        let list = list.collect::<Vec<_>>().join(", ");
        let found = format!(
            "In these subnets, the default route targets an internet gateway and MapPublicIpOnLaunch is off: {list}."
        );
        let why = "Without public IP addresses, nodes cannot reach EKS or ECR, and EKS reports \
                   Ec2SubnetInvalidConfiguration.";
        let ids = bare.iter().map(|place| place.subnet.id.as_str()).collect::<Vec<_>>().join(", ");
        let fix = format!(
            "Set map_public_ip_on_launch = true on {ids}, or use private subnets with a default route to a NAT gateway."
        );
        verdicts.blocks_apply(
            &subject.subnets.path,
            Finding::new("Nodes would not get public IP addresses", found, why, fix),
        );
    }
    subject.all_subnets_known()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{World, fires, is_silent, node_group, route};
    use super::*;
    use crate::facts::{Target, Template, TemplateInterface};

    fn bare() -> World {
        node_group().public().subnet("subnet-public", |subnet| subnet.maps_public_ip = false)
    }

    #[test]
    fn public_subnets_must_assign_addresses() {
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &node_group().public());
        let words = &["subnet-public (route table rtb-public)", "MapPublicIpOnLaunch"];
        fires(&CHECK, &bare(), Effect::BlocksApply, "subnet_ids", words);
        is_silent(&CHECK, &bare().subnet("subnet-public", |subnet| subnet.owner_id = "444455556666".to_owned()));
    }

    #[test]
    fn launch_template_may_assign_them_instead() {
        let with = |public_ip| {
            let interfaces = vec![TemplateInterface { public_ip, ..TemplateInterface::default() }];
            bare().template(Template { interfaces, ..Template::default() })
        };
        is_silent(&CHECK, &with(Some(true)));
        fires(&CHECK, &with(None), Effect::BlocksApply, "subnet_ids", &["subnet-public"]);
    }

    #[test]
    fn carrier_gateway_is_no_internet_gateway() {
        is_silent(&CHECK, &node_group().routes(vec![route("0.0.0.0/0", Target::Other("cagw-1".to_owned()))]));
    }
}
