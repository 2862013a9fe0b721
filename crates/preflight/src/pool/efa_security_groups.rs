//! The security groups of Elastic Fabric Adapters allow traffic between them.

use super::{PoolCheck, View};
use crate::efa;
use crate::facts::Family;
use crate::finding::{CheckFindings, Effect};
use framework::path::Path;

pub(super) const CHECK: PoolCheck = PoolCheck {
    name: "pool_efa_security_groups",
    finds: "Reports Elastic Fabric Adapters of the node pool or of its node class, if the security groups that the \
            node class has selected do not allow all traffic from and to themselves.",
    offers: false,
    reads: &[Family::SecurityGroup],
    effects: &[Effect::Warns],
    run,
};

fn run(view: &View<'_>, verdicts: &mut CheckFindings) {
    let pool = view.pool;
    let groups: Vec<_> = pool.security_groups.iter().flatten().filter(|_| pool.uses_adapters()).collect();
    if let Some(finding) = efa::closed(&groups).filter(|_| !groups.is_empty()) {
        let path = if pool.has_adapters { &pool.requirements_path } else { &Path::attribute("node_class_name") };
        verdicts.warning(path, finding);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::testing::{class, found, healthy, only};
    use super::super::{Class, Interface, Pool};
    use super::*;
    use crate::facts::{Ask, Cause, Fact, FactResult, RuleSource, SecurityGroup, SecurityRule, Unreadable};

    fn group(id: &str, egress: RuleSource) -> SecurityGroup {
        let rule =
            |peer| vec![SecurityRule { protocol: "-1".to_owned(), peers: vec![peer], ..SecurityRule::default() }];
        let ingress = rule(RuleSource::Group(id.to_owned()));
        SecurityGroup { id: id.to_owned(), ingress, egress: rule(egress), ..SecurityGroup::default() }
    }

    fn open(id: &str) -> SecurityGroup {
        group(id, RuleSource::Group(id.to_owned()))
    }

    fn closed(id: &str) -> SecurityGroup {
        group(id, RuleSource::Cidr("0.0.0.0/0".to_owned()))
    }

    fn with(has_adapters: bool, efa_only: bool) -> Pool {
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        let interfaces = vec![Interface { card: 1, efa_only }];
        let class = Class { interfaces, security_groups: Some(ids(&["sg-1", "sg-2"])), ..class() };
        Pool { has_adapters, class: Some(class), ..healthy() }
    }

    fn knowing(mut pool: Pool, groups: &[SecurityGroup]) -> Pool {
        let fact = |group: &SecurityGroup| Fact::SecurityGroup(group.id.clone(), FactResult::Known(group.clone()));
        pool.learn(&groups.iter().map(fact).collect::<Vec<_>>());
        pool
    }

    #[test]
    fn adapters_require_rules_for_their_group() {
        let both = [closed("sg-1"), closed("sg-2")];
        for (pool, path) in [(with(true, false), "gpu"), (with(false, true), "node_class_name")] {
            let (verdict, text) = only(&CHECK, &knowing(pool.clone(), &both));
            assert_eq!((verdict.effect, verdict.path.to_string()), (Effect::Warns, path.to_owned()));
            assert!(text.contains("allows all outbound traffic to one of these groups: sg-1, sg-2."), "{text}");
            assert_eq!(found(&CHECK, &knowing(pool, &[closed("sg-1"), open("sg-2")])), []);
        }
        assert_eq!(found(&CHECK, &knowing(with(false, false), &both)), []);
    }

    #[test]
    fn groups_are_read_for_adapters_only() {
        let groups = BTreeSet::from(["sg-1", "sg-2"].map(|id| Ask::SecurityGroup(id.to_owned())));
        assert_eq!(with(true, false).asks(&BTreeSet::new()), groups);
        assert_eq!(with(true, false).asks(&BTreeSet::from([CHECK.name.to_owned()])), BTreeSet::new());
        assert_eq!(with(false, false).asks(&BTreeSet::new()), BTreeSet::new());
    }

    #[test]
    fn unreadable_group_hides_the_finding() {
        let why = Unreadable { action: "ec2:DescribeSecurityGroups", cause: Cause::Denied, message: "no".to_owned() };
        let unreadable = Fact::SecurityGroup("sg-2".to_owned(), FactResult::Unreadable(why));
        let mut pool = with(true, false);
        pool.learn(&[Fact::SecurityGroup("sg-1".to_owned(), FactResult::Known(closed("sg-1"))), unreadable]);
        assert_eq!(found(&CHECK, &pool), []);
    }
}
