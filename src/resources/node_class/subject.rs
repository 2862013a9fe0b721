//! What preflight checks look at of a node class.

use std::collections::{BTreeMap, BTreeSet};

use tokio_util::sync::CancellationToken;

use clients::check_runner::{check_before_write, check_during_plan};
use clients::context::Clients;
use framework::blocks::ListBlock;
use framework::diagnostics::Diagnostics;
use framework::model::{Attr, Map};
use framework::path::Path;
use framework::resource::{Change, Plan};
use preflight::class::{Class, Input};
use preflight::facts::Selector;
use preflight::subject::Given;
use render::karpenter::controller::Controller;

use super::model::{NodeClass, SecurityGroupSelectorTerm, SubnetSelectorTerm};

/// Checks a node class that is created, or what an update changes. One that is replaced is planned once more as a
/// creation, and checked then.
pub(super) async fn check(clients: &Clients, cancellation: &CancellationToken, plan: &mut Plan<NodeClass>) {
    let Some(mut class) = class(&plan.planned, plan.prior.as_ref()).filter(|_| !plan.is_replace()) else { return };
    let skip = plan.config.skip_preflight.known_elements().cloned().collect();
    plan.planned.region.text().unwrap_or(clients.aws().region()).clone_into(&mut class.region);
    plan.diagnostics.extend(check_during_plan(clients, &class, &skip, cancellation).await);
}

/// Checks a node class that is about to be created, or what an update changes.
///
/// # Errors
/// Returns an error if nodes of it cannot join, which another resource of the same run could have fixed.
pub(super) async fn before_write(
    clients: &Clients,
    cancellation: &CancellationToken,
    change: &Change<NodeClass>,
) -> Result<(), Diagnostics> {
    let Some(mut class) = class(&change.planned, change.prior.as_ref()) else { return Ok(()) };
    let skip = change.planned.skip_preflight.known_elements().cloned().collect();
    change.planned.region.text().unwrap_or(clients.aws().region()).clone_into(&mut class.region);
    check_before_write(clients, &class, &skip, cancellation).await
}

/// The inputs; none while nobody knows who launches the nodes.
fn class(planned: &NodeClass, prior: Option<&NodeClass>) -> Option<Class> {
    let controller = planned.controller.text().and_then(Controller::of)?;
    let text = |name: &str, value: &Attr<String>| Given::new(Path::attribute(name), value.clone());
    let (interfaces, public_address) = network(planned, controller);
    Some(Class {
        controller,
        changed: prior.map(|prior| changed(prior, planned)),
        region: String::new(),
        cluster: text("cluster_name", &planned.cluster_name),
        name: text("name", &planned.name),
        role: text("role", &planned.role),
        instance_profile: text("instance_profile", &planned.instance_profile),
        subnets: terms("subnet_selector_term", &planned.subnet_selector_term, subnet_term),
        security_groups: terms("security_group_selector_term", &planned.security_group_selector_term, group_term),
        alias: alias(planned),
        family: text("ami_family", &planned.ami_family),
        interfaces,
        public_address,
    })
}

/// The inputs that an update changes.
fn changed(prior: &NodeClass, planned: &NodeClass) -> BTreeSet<Input> {
    let role = |class: &NodeClass| (class.role.clone(), class.instance_profile.clone());
    let ami = |class: &NodeClass| {
        (class.ami_selector_term.clone(), class.default_ami_alias.clone(), class.ami_family.clone())
    };
    let network = |class: &NodeClass| {
        (class.network_interface.clone(), class.associate_public_ip_address, class.advanced_networking.clone())
    };
    let inputs = [
        (Input::Role, role(prior) != role(planned)),
        (Input::Subnets, prior.subnet_selector_term != planned.subnet_selector_term),
        (Input::SecurityGroups, prior.security_group_selector_term != planned.security_group_selector_term),
        (Input::Ami, ami(prior) != ami(planned)),
        (Input::Network, network(prior) != network(planned)),
    ];
    inputs.into_iter().filter_map(|(input, changes)| changes.then_some(input)).collect()
}

/// The selectors of terms. A term with an unknown part is unknown.
fn terms<T>(name: &str, terms: &ListBlock<T>, term: fn(&T) -> Attr<Selector>) -> Given<Vec<Attr<Selector>>> {
    let selectors = match terms.known() {
        None => Attr::Unknown,
        Some(terms) if terms.is_empty() => Attr::Null,
        Some(terms) => Attr::Known(terms.iter().map(term).collect()),
    };
    Given::new(Path::attribute(name), selectors)
}

fn subnet_term(term: &SubnetSelectorTerm) -> Attr<Selector> {
    selector(&term.id, &Attr::Null, &term.tags)
}

fn group_term(term: &SecurityGroupSelectorTerm) -> Attr<Selector> {
    selector(&term.id, &term.name, &term.tags)
}

fn selector(id: &Attr<String>, name: &Attr<String>, tags: &Map<String>) -> Attr<Selector> {
    match (id, name, tags) {
        (Attr::Known(id), Attr::Null, Attr::Null) => Attr::Known(Selector::Id(id.clone())),
        (Attr::Null, Attr::Known(name), Attr::Null) => Attr::Known(Selector::Name(name.clone())),
        (Attr::Null, Attr::Null, Attr::Known(tags)) => {
            let known = tags.iter().map(|(key, value)| Some((key.clone(), value.text()?.to_owned())));
            known.collect::<Option<BTreeMap<_, _>>>().map_or(Attr::Unknown, |tags| Attr::Known(Selector::Tags(tags)))
        }
        // The rules say what is wrong with others.
        _ => Attr::Unknown,
    }
}

/// The alias of the only term, or the default one.
fn alias(planned: &NodeClass) -> Given<String> {
    let value = match planned.ami_selector_term.known() {
        None => Attr::Unknown,
        Some(terms) => terms.first().map_or_else(|| planned.default_ami_alias.clone(), |term| term.alias.clone()),
    };
    Given::new(Path::attribute("ami_selector_term"), value)
}

/// Interfaces, by whether they are of EFA alone, and public addresses: the two kinds have them in two places.
fn network(planned: &NodeClass, controller: Controller) -> (Given<Vec<bool>>, Given<bool>) {
    let (interfaces, address) = ("network_interface", "associate_public_ip_address");
    if controller == Controller::Karpenter {
        let kinds = efa_only(&planned.network_interface, |each| &each.interface_type);
        let public = planned.associate_public_ip_address;
        return (Given::new(Path::attribute(interfaces), kinds), Given::new(Path::attribute(address), public));
    }
    let path = Path::attribute("advanced_networking");
    let (kinds, public) = match planned.advanced_networking.known() {
        None => (Attr::Unknown, Attr::Unknown),
        Some(None) => (Attr::Null, Attr::Null),
        Some(Some(inside)) => {
            (efa_only(&inside.network_interface, |each| &each.interface_type), inside.associate_public_ip_address)
        }
    };
    (Given::new(path.then(interfaces), kinds), Given::new(path.then(address), public))
}

/// Which network interfaces are of type `efa-only`. Unknown if the type of one is unknown.
fn efa_only<T>(interfaces: &ListBlock<T>, kind: fn(&T) -> &Attr<String>) -> Attr<Vec<bool>> {
    match interfaces.known() {
        None => Attr::Unknown,
        Some(interfaces) if interfaces.is_empty() => Attr::Null,
        Some(interfaces) => {
            let each = |each: &T| Some(kind(each).text()? == "efa-only");
            interfaces.iter().map(each).collect::<Option<_>>().map_or(Attr::Unknown, Attr::Known)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::api;
    use super::super::model::{AmiSelectorTerm, NetworkInterface};
    use super::*;
    use framework::blocks::Blocks;

    fn planned(controller: &str, spec: &serde_json::Value) -> NodeClass {
        let named = NodeClass { cluster_name: "demo".into(), controller: controller.into(), ..NodeClass::default() };
        api::with(&named, &json!({"metadata": {}, "spec": spec}))
    }

    fn tags() -> Selector {
        Selector::Tags([("a".to_owned(), "b".to_owned())].into())
    }

    #[test]
    fn inputs_of_a_class_of_karpenter() {
        let spec = json!({
            "role": "nodes",
            "amiSelectorTerms": [{"alias": "al2023@latest"}],
            "amiFamily": "AL2023",
            "subnetSelectorTerms": [{"id": "subnet-1"}, {"tags": {"a": "b"}}],
            "securityGroupSelectorTerms": [{"name": "nodes"}],
            "networkInterfaces": [
                {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"},
                {"networkCardIndex": 1, "deviceIndex": 0, "interfaceType": "efa-only"},
            ],
            "associatePublicIPAddress": true,
        });
        let class = class(&planned("karpenter", &spec), None).unwrap();
        assert_eq!((class.controller, &class.changed), (Controller::Karpenter, &None));
        assert_eq!(class.role, Given::known("role", "nodes"));
        assert_eq!(class.alias, Given::known("ami_selector_term", "al2023@latest"));
        let ids = vec![Attr::Known(Selector::Id("subnet-1".to_owned())), Attr::Known(tags())];
        assert_eq!(class.subnets, Given::known("subnet_selector_term", ids));
        assert_eq!(class.security_groups.value, Attr::Known(vec![Attr::Known(Selector::Name("nodes".to_owned()))]));
        assert_eq!(class.interfaces, Given::known("network_interface", vec![false, true]));
        assert_eq!(class.public_address.value, Attr::Known(true));
    }

    #[test]
    fn auto_mode_has_its_network_elsewhere() {
        let interface = json!({"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"});
        let spec = json!({
            "instanceProfile": "own",
            "advancedNetworking": {"networkInterfaces": [interface], "associatePublicIPAddress": false},
        });
        let class = class(&planned("auto_mode", &spec), None).unwrap();
        assert_eq!(class.interfaces.path.to_string(), "advanced_networking.network_interface");
        assert_eq!(
            (class.interfaces.value, class.public_address.value),
            (Attr::Known(vec![false]), Attr::Known(false))
        );
        assert_eq!((class.alias.value, class.instance_profile.value), (Attr::Null, "own".into()));
    }

    #[test]
    fn what_is_unknown_stays_so() {
        let spec =
            json!({"amiSelectorTerms": [{"alias": "al2023@latest"}], "subnetSelectorTerms": [{"tags": {"a": "b"}}]});
        let mut open = planned("karpenter", &spec);
        open.security_group_selector_term = Blocks::Unknown;
        open.network_interface =
            Blocks::Known(vec![NetworkInterface { interface_type: Attr::Unknown, ..NetworkInterface::default() }]);
        if let Blocks::Known(terms) = &mut open.subnet_selector_term {
            terms.push(SubnetSelectorTerm { id: Attr::Unknown, tags: Attr::Null });
            let unknown = Attr::Known([("a".to_owned(), Attr::Unknown)].into());
            terms.push(SubnetSelectorTerm { id: Attr::Null, tags: unknown });
        }
        open.ami_selector_term =
            Blocks::Known(vec![AmiSelectorTerm { alias: Attr::Unknown, ..AmiSelectorTerm::default() }]);
        let found = class(&open, None).unwrap();
        assert_eq!(found.subnets.value, Attr::Known(vec![Attr::Known(tags()), Attr::Unknown, Attr::Unknown]));
        assert!(found.security_groups.value.is_unknown() && found.interfaces.value.is_unknown());
        assert!(found.alias.value.is_unknown());
        open.controller = Attr::Unknown;
        assert_eq!(class(&open, None), None);
    }

    #[test]
    fn an_update_is_checked_for_what_it_changes() {
        let prior = planned("karpenter", &json!({"role": "nodes", "tags": {"a": "b"}}));
        let next = |spec| changed(&prior, &planned("karpenter", &spec));
        assert_eq!(next(json!({"role": "nodes"})), BTreeSet::new());
        assert_eq!(next(json!({"instanceProfile": "own", "detailedMonitoring": true})), [Input::Role].into());
        assert_eq!(next(json!({"role": "nodes", "amiFamily": "AL2023"})), [Input::Ami].into());
        assert_eq!(next(json!({"role": "nodes", "associatePublicIPAddress": true})), [Input::Network].into());
        let terms = json!([{"tags": {"a": "b"}}]);
        let both = json!({"role": "nodes", "subnetSelectorTerms": terms, "securityGroupSelectorTerms": terms});
        assert_eq!(next(both), [Input::Subnets, Input::SecurityGroups].into());
    }
}
