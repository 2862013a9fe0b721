//! Security groups of Elastic Fabric Adapters.

use super::facts::{RuleSource, SecurityGroup, SecurityRule};
use super::finding::Finding;

/// Returns the finding if the security groups of an adapter do not allow its traffic to other adapters with the same
/// groups. EFA matches only rules that reference a security group, not CIDR blocks or prefix lists.
pub(crate) fn closed(groups: &[&SecurityGroup]) -> Option<Finding> {
    let references_one = |rule: &SecurityRule| {
        let is_one =
            |peer: &RuleSource| matches!(peer, RuleSource::Group(id) if groups.iter().any(|group| group.id == *id));
        rule.protocol == "-1" && rule.peers.iter().any(is_one)
    };
    let is_open = |rules: fn(&SecurityGroup) -> &Vec<SecurityRule>| {
        groups.iter().any(|group| rules(group).iter().any(references_one))
    };
    let closed = match (is_open(|group| &group.ingress), is_open(|group| &group.egress)) {
        (true, true) => return None,
        (false, true) => "inbound traffic from",
        (true, false) => "outbound traffic to",
        (false, false) => "inbound traffic from and outbound traffic to",
    };
    let ids: Vec<_> = groups.iter().map(|group| group.id.as_str()).collect();
    let (ids, them) = (ids.join(", "), if groups.len() == 1 { "itself" } else { "one of these groups" });
    let found = format!("No security group of the adapters allows all {closed} {them}: {ids}.");
    let why = "Nodes join, but EFA traffic between them is dropped. EFA matches only rules that reference a security \
               group, so a rule for 0.0.0.0/0 is not sufficient.";
    let fix = "Add an inbound rule and an outbound rule for all protocols to a security group. Both rules must \
               reference the security group itself as the source or destination.";
    Some(Finding::new("EFA traffic between nodes is dropped", found, why, fix))
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;

    fn rule(protocol: &str, peer: RuleSource) -> SecurityRule {
        SecurityRule { protocol: protocol.to_owned(), peers: vec![peer], ..SecurityRule::default() }
    }

    fn group(id: &str, ingress: &[SecurityRule], egress: &[SecurityRule]) -> SecurityGroup {
        let (ingress, egress) = (ingress.to_vec(), egress.to_vec());
        SecurityGroup { id: id.to_owned(), ingress, egress, ..SecurityGroup::default() }
    }

    fn found(groups: &[SecurityGroup]) -> Option<String> {
        closed(&groups.iter().collect::<Vec<_>>()).map(|finding| finding.found)
    }

    #[test]
    fn both_directions_require_group_rules() {
        let itself = rule("-1", RuleSource::Group("sg-1".to_owned()));
        let anywhere = rule("-1", RuleSource::Cidr("0.0.0.0/0".to_owned()));
        let tcp = rule("tcp", RuleSource::Group("sg-1".to_owned()));
        let other = rule("-1", RuleSource::Group("sg-2".to_owned()));
        let of = |ingress: &SecurityRule, egress: &SecurityRule| {
            found(&[group("sg-1", from_ref(ingress), from_ref(egress))])
        };
        assert_eq!(of(&itself, &itself), None);
        for (ingress, egress, direction) in [
            (&itself, &anywhere, "all outbound traffic to itself"),
            (&anywhere, &itself, "all inbound traffic from itself"),
            (&tcp, &other, "all inbound traffic from and outbound traffic to itself"),
        ] {
            let found = of(ingress, egress).unwrap_or_default();
            assert!(found.contains(direction), "{found}");
        }
    }

    #[test]
    fn rules_of_several_groups_combine() {
        let to = |id: &str| rule("-1", RuleSource::Group(id.to_owned()));
        let crossed = [group("sg-1", &[to("sg-2")], &[]), group("sg-2", &[], &[to("sg-1")])];
        assert_eq!(found(&crossed), None);
        let silent = [group("sg-1", &[to("sg-2")], &[]), group("sg-2", &[], &[to("sg-3")])];
        assert!(
            found(&silent).is_some_and(|found| found.contains("sg-1, sg-2") && found.contains("one of these groups"))
        );
    }
}
