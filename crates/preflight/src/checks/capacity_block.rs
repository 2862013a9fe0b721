//! The launch template of a Capacity Block node group specifies the Capacity Block.

use crate::derived::{subnets, template};
use crate::facts::{Availability, Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "capacity_block",
    finds: "Reports node groups with the capacity type CAPACITY_BLOCK whose launch template does not specify the \
            instance type, the market type capacity-block, and the reservation. Also reports a reservation for another \
            instance type or Availability Zone, one that has ended, and one that has not started although nodes are \
            requested.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::CapacityType, Input::Subnets, Input::LaunchTemplate, Input::Scaling],
    reads: &[Family::Template, Family::CapacityReservations, Family::Subnet],
    effects: &[Effect::BlocksPlan, Effect::BlocksApply, Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    if subject.capacity_type.need()? != "CAPACITY_BLOCK" {
        return Ok(());
    }
    let path = &subject.capacity_type.path;
    let Some(template) = template(subject, facts)? else {
        let found = "capacity_type is CAPACITY_BLOCK, but there is no launch template.";
        let why = "EKS reads the reservation from the launch template and rejects the node group.";
        let fix = "Add a launch_template block whose launch template specifies the instance type, the market type \
                   capacity-block, and the capacity reservation.";
        verdicts.blocks_plan(path, Finding::new("Capacity Block requires a launch template", found, why, fix));
        return Ok(());
    };
    let place = format!("Version {} of {}", template.version, template.id);
    let lacks = [
        (template.instance_type.is_none(), "an instance type"),
        (template.market_type.as_deref() != Some("capacity-block"), "the market type capacity-block"),
        (template.capacity_reservation_id.is_none(), "a capacity reservation ID"),
    ];
    let lacks: Vec<_> = lacks.into_iter().filter(|(lacks, _)| *lacks).map(|(_, what)| what).collect();
    if !lacks.is_empty() {
        let found = format!("{place} lacks {}.", lacks.join(", "));
        let why = "EKS reads the reservation from the launch template and rejects the node group.";
        let fix = format!("Create a launch template version with {}.", lacks.join(", "));
        verdicts.blocks_apply(path, Finding::new("Launch template does not specify a Capacity Block", found, why, fix));
        return Ok(());
    }
    let (Some(id), Some(own)) = (&template.capacity_reservation_id, &template.instance_type) else { return Ok(()) };
    let mut all = facts.capacity_reservations(())?.into_iter().flatten();
    let Some(block) = all.find(|reservation| reservation.id == *id) else {
        let found = format!("{place} specifies capacity reservation {id}, which does not exist in the account.");
        let fix = "Create a launch template version with the ID of the Capacity Block.";
        verdicts.blocks_apply(
            path,
            Finding::new("Capacity Block does not exist", found, "Instances cannot be launched.", fix),
        );
        return Ok(());
    };
    let mut wrong = Vec::new();
    if block.instance_type != *own {
        wrong.push(format!("it is for {}, but the launch template specifies {own}", block.instance_type));
    }
    if block.availability() == Availability::Ended {
        wrong.push(format!("it is {}", block.state));
    }
    let zones = subnets(subject, facts)?;
    if !zones.is_empty() && zones.iter().all(|subnet| subnet.zone_id != block.zone_id) {
        wrong.push(format!("it is in {}, but none of the subnets are", block.zone_id));
    }
    if !wrong.is_empty() {
        let found = format!("{place} specifies capacity reservation {id}: {}.", wrong.join(", and "));
        let fix = "Use a reservation that matches the instance type, the Availability Zone, and the schedule of the \
                   node group.";
        verdicts.blocks_apply(
            path,
            Finding::new("Capacity Block does not match the node group", found, "Instances cannot be launched.", fix),
        );
        return Ok(());
    }
    let Some(scaling) = subject.scaling.get()? else { return Ok(()) };
    let desired = scaling.desired.need()?;
    if block.state == "scheduled" && *desired > 0 {
        let found = format!("Capacity Block {id} has not started, but the desired size is {desired}.");
        let why = "Instances cannot be launched before the Capacity Block starts, and EKS reports \
                   AsgInstanceLaunchFailures.";
        let fix = "Set min_size and desired_size to 0, and use scheduled scaling or an autoscaler to raise them when \
                   the Capacity Block starts.";
        verdicts.warning(&scaling.desired.path, Finding::new("Capacity Block has not started", found, why, fix));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{World, fires, is_silent, node_group};
    use super::*;
    use crate::facts::{CapacityReservation, Fact, FactResult, Template};
    use framework::model::Attr;

    fn block() -> World {
        node_group().plan(|subject| subject.capacity_type.value = Attr::from("CAPACITY_BLOCK"))
    }

    fn with(reservation: CapacityReservation) -> World {
        let template = Template {
            instance_type: Some("p5.48xlarge".to_owned()),
            market_type: Some("capacity-block".to_owned()),
            capacity_reservation_id: Some("cr-1".to_owned()),
            ..Template::default()
        };
        block().template(template).with(Fact::CapacityReservations((), FactResult::Known(vec![reservation])))
    }

    fn reservation() -> CapacityReservation {
        CapacityReservation {
            id: "cr-1".to_owned(),
            instance_type: "p5.48xlarge".to_owned(),
            zone_id: "use1-az2".to_owned(),
            state: "active".to_owned(),
            ..CapacityReservation::default()
        }
    }

    #[test]
    fn template_asks_for_the_block() {
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &with(reservation()));
        let path = "capacity_type";
        fires(&CHECK, &block(), Effect::BlocksPlan, path, &["there is no launch template"]);
        let other = block().template(Template { instance_type: Some("p5.48xlarge".to_owned()), ..Template::default() });
        fires(
            &CHECK,
            &other,
            Effect::BlocksApply,
            path,
            &["lacks the market type capacity-block, a capacity reservation ID"],
        );
    }

    #[test]
    fn block_fits() {
        let path = "capacity_type";
        let of_type = CapacityReservation { instance_type: "p4d.24xlarge".to_owned(), ..reservation() };
        fires(&CHECK, &with(of_type), Effect::BlocksApply, path, &["it is for p4d.24xlarge"]);
        let in_zone = CapacityReservation { zone_id: "use1-az6".to_owned(), ..reservation() };
        fires(&CHECK, &with(in_zone), Effect::BlocksApply, path, &["it is in use1-az6"]);
        let over = CapacityReservation { state: "expired".to_owned(), ..reservation() };
        fires(&CHECK, &with(over), Effect::BlocksApply, path, &["it is expired"]);
        let later = with(CapacityReservation { state: "scheduled".to_owned(), ..reservation() });
        let path_of_size = "scaling_config[0].desired_size";
        fires(&CHECK, &later, Effect::Warns, path_of_size, &["cr-1 has not started, but the desired size is 2"]);
        is_silent(
            &CHECK,
            &later.plan(|subject| {
                let Attr::Known(scaling) = &mut subject.scaling.value else { panic!("no sizes") };
                scaling.desired.value = Attr::Known(0);
            }),
        );
        let gone = with(reservation()).with(Fact::CapacityReservations((), FactResult::Known(Vec::new())));
        fires(&CHECK, &gone, Effect::BlocksApply, path, &["cr-1, which does not exist in the account"]);
    }
}
