//! Converts a node class to the input of the preflight checks.

use std::collections::{BTreeMap, BTreeSet};

use tokio_util::sync::CancellationToken;

use clients::check_runner::{check_before_write, check_during_plan};
use clients::context::Clients;
use framework::blocks::ListBlock;
use framework::diagnostics::Diagnostics;
use framework::model::{Attr, Map};
use framework::path::Path;
use framework::resource::{Change, Plan};
use preflight::class::{Class, Input, Volume};
use preflight::facts::Selector;
use preflight::reservations::ReservationTerm;
use preflight::subject::ConfiguredInput;
use render::karpenter::controller::Controller;
use render::karpenter::form::Form;

use super::api;
use super::model::{
    BlockDeviceMapping, CapacityReservationSelectorTerm, NodeClass, SecurityGroupSelectorTerm, SubnetSelectorTerm,
};

/// Checks a node class that is created, or what an update changes. A replacement is planned a second time as a create,
/// and is checked then.
pub(super) async fn check(form: Form, clients: &Clients, cancellation: &CancellationToken, plan: &mut Plan<NodeClass>) {
    let Some(mut class) = class(form, &plan.planned, plan.prior.as_ref()).filter(|_| !plan.is_replace()) else {
        return;
    };
    let skip = plan.config.skip_preflight.known_elements().cloned().collect();
    plan.planned.region.text().unwrap_or(clients.aws().region()).clone_into(&mut class.region);
    plan.diagnostics.extend(check_during_plan(clients, &class, &skip, cancellation).await);
}

/// Checks a node class that is about to be created, or what an update changes.
///
/// # Errors
/// Returns an error if its nodes cannot join the cluster. Another resource of the same run could have fixed the cause.
pub(super) async fn before_write(
    form: Form,
    clients: &Clients,
    cancellation: &CancellationToken,
    change: &Change<NodeClass>,
) -> Result<(), Diagnostics> {
    let Some(mut class) = class(form, &change.planned, change.prior.as_ref()) else { return Ok(()) };
    let skip = change.planned.skip_preflight.known_elements().cloned().collect();
    change.planned.region.text().unwrap_or(clients.aws().region()).clone_into(&mut class.region);
    check_before_write(clients, &class, &skip, cancellation).await
}

/// Returns the input, or `None` while the controller is unknown.
fn class(form: Form, planned: &NodeClass, prior: Option<&NodeClass>) -> Option<Class> {
    let controller = planned.controller.text().and_then(Controller::of)?;
    let text = |name: &str, value: &Attr<String>| ConfiguredInput::new(Path::attribute(name), value.clone());
    let (interfaces, public_address) = network(planned, controller);
    Some(Class {
        controller,
        is_for_gpus: form == Form::Gpu,
        changed: prior.map(|prior| changed(prior, planned)),
        region: String::new(),
        cluster: text("cluster_name", &planned.cluster_name),
        name: text("name", &planned.name),
        role: text("role", &planned.role),
        instance_profile: text("instance_profile", &planned.instance_profile),
        subnets: selected("subnet_selector_term", planned, &planned.subnet_selector_term, subnet_term),
        security_groups: selected(
            "security_group_selector_term",
            planned,
            &planned.security_group_selector_term,
            group_term,
        ),
        alias: alias(planned),
        family: text("ami_family", &planned.ami_family),
        interfaces,
        public_address,
        reservations: reservations(planned),
        volumes: volumes(planned),
    })
}

/// Returns the parts of the input that an update changes.
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
        (Input::Reservations, prior.capacity_reservation_selector_term != planned.capacity_reservation_selector_term),
        (Input::Volumes, prior.block_device_mapping != planned.block_device_mapping),
    ];
    inputs.into_iter().filter_map(|(input, changes)| changes.then_some(input)).collect()
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
        // The rules report invalid combinations.
        _ => Attr::Unknown,
    }
}

/// Returns the terms that select capacity reservations. A term with an unknown part is unknown.
fn reservations(planned: &NodeClass) -> ConfiguredInput<Vec<Attr<ReservationTerm>>> {
    let each = |term: &CapacityReservationSelectorTerm| {
        let CapacityReservationSelectorTerm { id, tags, instance_match_criteria, owner_id } = term;
        let texts = [id, instance_match_criteria, owner_id];
        if texts.iter().any(|text| text.is_unknown()) || !tags.to_value().is_wholly_known() {
            return Attr::Unknown;
        }
        let [id, criteria, owner] = texts.map(|text| text.text().map(str::to_owned));
        let tags = tags.known().into_iter().flatten();
        let tags = tags.filter_map(|(key, value)| Some((key.clone(), value.text()?.to_owned()))).collect();
        Attr::Known(id.map_or(ReservationTerm::Match { tags, owner, criteria }, ReservationTerm::Id))
    };
    given("capacity_reservation_selector_term", &planned.capacity_reservation_selector_term, each)
}

fn volumes(planned: &NodeClass) -> ConfiguredInput<Vec<Volume>> {
    let each =
        |mapping: &BlockDeviceMapping| Volume { device: mapping.device_name.clone(), is_root: mapping.root_volume };
    given("block_device_mapping", &planned.block_device_mapping, each)
}

/// Returns the terms of blocks. Terms of `additional_spec` can have fields that this provider does not support, so they
/// are unknown.
fn selected<M, T>(
    name: &str,
    planned: &NodeClass,
    blocks: &ListBlock<M>,
    each: impl Fn(&M) -> T,
) -> ConfiguredInput<Vec<T>> {
    let found = given(name, blocks, each);
    match api::is_in_additional_spec(planned, name) {
        Some(false) => found,
        Some(true) | None => ConfiguredInput { value: Attr::Unknown, ..found },
    }
}

/// Returns the values of the blocks, or null without blocks.
fn given<M, T>(name: &str, blocks: &ListBlock<M>, each: impl Fn(&M) -> T) -> ConfiguredInput<Vec<T>> {
    let value = match blocks.known() {
        None => Attr::Unknown,
        Some(blocks) if blocks.is_empty() => Attr::Null,
        Some(blocks) => Attr::Known(blocks.iter().map(each).collect()),
    };
    ConfiguredInput::new(Path::attribute(name), value)
}

/// Returns the alias of the only term, or the default alias.
fn alias(planned: &NodeClass) -> ConfiguredInput<String> {
    let value = match planned.ami_selector_term.known() {
        None => Attr::Unknown,
        _ if api::is_in_additional_spec(planned, "ami_selector_term") != Some(false) => Attr::Unknown,
        Some(terms) => terms.first().map_or_else(|| planned.default_ami_alias.clone(), |term| term.alias.clone()),
    };
    ConfiguredInput::new(Path::attribute("ami_selector_term"), value)
}

/// Returns whether each interface is EFA-only, and the public IP address setting, which both kinds have in different
/// arguments.
fn network(planned: &NodeClass, controller: Controller) -> (ConfiguredInput<Vec<bool>>, ConfiguredInput<bool>) {
    let (interfaces, address) = ("network_interface", "associate_public_ip_address");
    if controller == Controller::Karpenter {
        let kinds = efa_only(&planned.network_interface, |each| &each.interface_type);
        let public = planned.associate_public_ip_address;
        return (
            ConfiguredInput::new(Path::attribute(interfaces), kinds),
            ConfiguredInput::new(Path::attribute(address), public),
        );
    }
    let path = Path::attribute("advanced_networking");
    let (kinds, public) = match planned.advanced_networking.known() {
        None => (Attr::Unknown, Attr::Unknown),
        Some(None) => (Attr::Null, Attr::Null),
        Some(Some(inside)) => {
            (efa_only(&inside.network_interface, |each| &each.interface_type), inside.associate_public_ip_address)
        }
    };
    (ConfiguredInput::new(path.then(interfaces), kinds), ConfiguredInput::new(path.then(address), public))
}

/// Returns which network interfaces are of type `efa-only`. Unknown if one type is unknown.
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
            "capacityReservationSelectorTerms": [{"id": "cr-1"}, {"tags": {"a": "b"}, "ownerID": "111122223333"}],
            "blockDeviceMappings": [{"deviceName": "/dev/xvda", "rootVolume": true}],
        });
        let class = class(Form::Gpu, &planned("karpenter", &spec), None).unwrap();
        assert_eq!((class.controller, &class.changed), (Controller::Karpenter, &None));
        assert_eq!(class.role, ConfiguredInput::known("role", "nodes"));
        assert_eq!(class.alias, ConfiguredInput::known("ami_selector_term", "al2023@latest"));
        let ids = vec![Attr::Known(Selector::Id("subnet-1".to_owned())), Attr::Known(tags())];
        assert_eq!(class.subnets, ConfiguredInput::known("subnet_selector_term", ids));
        assert_eq!(class.security_groups.value, Attr::Known(vec![Attr::Known(Selector::Name("nodes".to_owned()))]));
        assert_eq!(class.interfaces, ConfiguredInput::known("network_interface", vec![false, true]));
        assert_eq!(class.public_address.value, Attr::Known(true));
        let (tags, owner) = ([("a".to_owned(), "b".to_owned())].into(), Some("111122223333".to_owned()));
        let terms = [ReservationTerm::Id("cr-1".to_owned()), ReservationTerm::Match { tags, owner, criteria: None }];
        let terms: Vec<_> = terms.map(Attr::Known).into();
        assert_eq!(class.reservations, ConfiguredInput::known("capacity_reservation_selector_term", terms));
        let volumes = vec![Volume { device: "/dev/xvda".into(), is_root: Attr::Known(true) }];
        assert_eq!(class.volumes, ConfiguredInput::known("block_device_mapping", volumes));
    }

    #[test]
    fn auto_mode_has_its_network_elsewhere() {
        let interface = json!({"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"});
        let spec = json!({
            "instanceProfile": "own",
            "advancedNetworking": {"networkInterfaces": [interface], "associatePublicIPAddress": false},
        });
        let class = class(Form::Gpu, &planned("auto_mode", &spec), None).unwrap();
        assert_eq!(class.interfaces.path.to_string(), "advanced_networking.network_interface");
        assert_eq!(
            (class.interfaces.value, class.public_address.value),
            (Attr::Known(vec![false]), Attr::Known(false))
        );
        assert_eq!((class.alias.value, class.instance_profile.value), (Attr::Null, "own".into()));
    }

    #[test]
    fn unknown_values_remain_unknown() {
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
        let found = class(Form::Gpu, &open, None).unwrap();
        assert_eq!(found.subnets.value, Attr::Known(vec![Attr::Known(tags()), Attr::Unknown, Attr::Unknown]));
        assert!(found.security_groups.value.is_unknown() && found.interfaces.value.is_unknown());
        assert!(found.alias.value.is_unknown());
        open.controller = Attr::Unknown;
        assert_eq!(class(Form::Gpu, &open, None), None);
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
        let reserved = json!({"role": "nodes", "capacityReservationSelectorTerms": [{"id": "cr-1"}]});
        assert_eq!(next(reserved), [Input::Reservations].into());
        let mapped = json!({"role": "nodes", "blockDeviceMappings": [{"deviceName": "/dev/xvda"}]});
        assert_eq!(next(mapped), [Input::Volumes].into());
    }
}
