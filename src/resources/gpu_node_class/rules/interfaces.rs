//! Network interfaces, for EFA among others.

use std::collections::BTreeSet;

use framework::diagnostics::Diagnostics;
use framework::model::{Attr, List};
use framework::path::Path;

use super::{AutoModeInterface, each, given};
use crate::resources::gpu_node_class::model::{GpuNodeClass, NetworkInterface};

/// Card, device and whether it is an EFA device without address; none while unknown.
type Slot = Option<(i64, i64, bool)>;

fn slot(card: &Attr<i64>, device: &Attr<i64>, kind: &Attr<String>) -> Slot {
    Some((*card.known()?, *device.known()?, kind.text()? == "efa-only"))
}

pub(super) fn check(config: &GpuNodeClass, diagnostics: &mut Diagnostics) {
    let of = |each: &NetworkInterface| slot(&each.network_card_index, &each.device_index, &each.interface_type);
    slots(&Path::attribute("network_interfaces"), &config.network_interfaces, of, diagnostics);
    let at = Path::attribute("associate_public_ip_address");
    public_address(at, &config.associate_public_ip_address, &config.network_interfaces, diagnostics);
    let Some(networking) = config.advanced_networking.known() else { return };
    let path = Path::attribute("advanced_networking").then("network_interfaces");
    let of = |each: &AutoModeInterface| slot(&each.network_card_index, &each.device_index, &each.interface_type);
    slots(&path, &networking.network_interfaces, of, diagnostics);
    for (path, interface) in each(&path, &networking.network_interfaces) {
        addresses(&path, interface, diagnostics);
    }
    let at = Path::attribute("advanced_networking").then("associate_public_ip_address");
    public_address(at, &networking.associate_public_ip_address, &networking.network_interfaces, diagnostics);
}

fn public_address<T>(at: Path, address: &Attr<bool>, interfaces: &List<T>, diagnostics: &mut Diagnostics) {
    let several = interfaces.known().is_some_and(|interfaces| interfaces.len() > 1);
    if several && *address == Attr::Known(true) {
        let detail = "EC2 gives a public address at launch only to an instance with one interface.";
        diagnostics.error_at(at, "A public address with several interfaces", detail);
    }
}

fn slots<T>(path: &Path, list: &List<T>, of: impl Fn(&T) -> Slot, diagnostics: &mut Diagnostics) {
    let Some(all) = list.known().filter(|all| !all.is_empty()) else { return };
    let known: Vec<_> = each(path, list).filter_map(|(path, each)| Some((path, of(each)?))).collect();
    if known.len() == all.len() && !known.iter().any(|(_, slot)| *slot == (0, 0, false)) {
        let detail = "The primary interface is missing: one with network_card_index = 0, device_index = 0 and \
                      interface_type = \"interface\".";
        diagnostics.error_at(path.clone(), "No primary interface", detail);
    }
    let (mut taken, mut efa) = (BTreeSet::new(), BTreeSet::new());
    for (path, (card, device, is_efa)) in known {
        if !taken.insert((card, device)) {
            let detail = format!("Another interface has network_card_index = {card} and device_index = {device}, too.");
            diagnostics.error_at(path.clone(), "Two interfaces in one place", detail);
        }
        if is_efa && !efa.insert(card) {
            let detail =
                format!("Network card {card} has another efa-only interface, and a card has one EFA device at most.");
            diagnostics.error_at(path, "Two EFA devices on one card", detail);
        }
    }
}

fn addresses(path: &Path, interface: &AutoModeInterface, diagnostics: &mut Diagnostics) {
    let (addresses, prefixes) = (given(&interface.secondary_ipv4_count), given(&interface.secondary_ipv4_prefix_count));
    if addresses && prefixes {
        let detail = "Further addresses are given one by one or by prefix: leave one of the two out.";
        let at = path.then("secondary_ipv4_prefix_count");
        diagnostics.error_at(at, "Both secondary_ipv4_count and secondary_ipv4_prefix_count", detail);
    }
    let elsewhere = interface.network_card_index.known().is_some_and(|card| *card != 0)
        || interface.interface_type.text() == Some("efa-only");
    if (addresses || prefixes) && elsewhere {
        let name = if addresses { "secondary_ipv4_count" } else { "secondary_ipv4_prefix_count" };
        let detail = "Only interfaces of the type interface on network card 0 have further addresses.";
        diagnostics.error_at(path.then(name), format!("{name} is not possible here"), detail);
    }
}
