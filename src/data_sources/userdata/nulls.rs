//! Nulls inside lists and maps, which would otherwise be left out without a word: a condition that gives none, a lookup that
//! finds nothing.

use std::collections::BTreeMap;

use crate::framework::model::{Attr, List, Map};
use crate::render::node::{Finding, Place};

use super::model::Userdata;

/// Adds an error for each.
pub(super) fn check(given: &Userdata, found: &mut Vec<Finding>) {
    members(&given.node_labels, &Place::of("node_labels"), found);
    members(&given.feature_gates, &Place::of("feature_gates"), found);
    let environment = Place::of("environment");
    members(&given.environment, &environment, found);
    for (service, variables) in given.environment.known_members() {
        of_keys(variables, &environment.key(service), found);
    }
    elements(&given.node_taints, &Place::of("node_taints"), found);
    elements(&given.kubelet_flags, &Place::of("kubelet_flags"), found);
    elements(&given.pre_bootstrap_scripts, &Place::of("pre_bootstrap_scripts"), found);
    elements(&given.post_bootstrap_scripts, &Place::of("post_bootstrap_scripts"), found);
    elements(&given.extra_parts, &Place::of("extra_parts"), found);
    elements(&given.node_configs, &Place::of("node_configs"), found);
    if let Some(dns) = given.dns.known() {
        let place = Place::of("dns");
        elements(&dns.cluster_ips, &place.then("cluster_ips"), found);
        elements(&dns.nameservers, &place.then("nameservers"), found);
        elements(&dns.domains, &place.then("domains"), found);
    }
    if let Some(proxy) = given.proxy.known() {
        elements(&proxy.no_proxy, &Place::of("proxy").then("no_proxy"), found);
    }
    if let Some(store) = given.instance_store.known() {
        elements(&store.disabled_mounts, &Place::of("instance_store").then("disabled_mounts"), found);
    }
    if let Some(windows) = given.windows.known() {
        let place = Place::of("windows");
        elements(&windows.excluded_snat_cidrs, &place.then("excluded_snat_cidrs"), found);
        elements(&windows.kube_proxy_flags, &place.then("kube_proxy_flags"), found);
    }
}

fn members<T>(map: &Map<T>, place: &Place, found: &mut Vec<Finding>) {
    map.known().into_iter().for_each(|members| of_keys(members, place, found));
}

fn of_keys<T>(members: &BTreeMap<String, Attr<T>>, place: &Place, found: &mut Vec<Finding>) {
    for key in members.iter().filter(|(_, value)| value.is_null()).map(|(key, _)| key) {
        let text = "This is null, and nothing would come of it. Give a value, or leave the key out, for example with \
                    { for key, value in … : key => value if value != null }.";
        found.push(Finding::error(place.key(key), text));
    }
}

fn elements<T>(list: &List<T>, place: &Place, found: &mut Vec<Finding>) {
    let elements = list.known().into_iter().flatten().enumerate();
    for (index, _) in elements.filter(|(_, element)| element.is_null()) {
        let text = "This is null, and nothing would come of it. Give a value, or leave it out, for example with compact() or \
                    [for value in … : value if value != null].";
        found.push(Finding::error(place.index(index), text));
    }
}
