//! Rules for network interfaces, including EFA.

use std::collections::BTreeSet;

use framework::blocks::ListBlock;
use framework::diagnostics::Diagnostics;
use framework::model::Attr;
use framework::path::Path;

use super::{AutoModeInterface, each, given};
use crate::resources::node_class::model::{NetworkInterface, NodeClass};

/// Card, device, and whether the interface is `efa-only`. `None` while a value is unknown.
type Slot = Option<(i64, i64, bool)>;

fn slot(card: &Attr<i64>, device: &Attr<i64>, kind: &Attr<String>) -> Slot {
    Some((*card.known()?, *device.known()?, kind.text()? == "efa-only"))
}

pub(super) fn check(config: &NodeClass, diagnostics: &mut Diagnostics) {
    let of = |each: &NetworkInterface| slot(&each.network_card_index, &each.device_index, &each.interface_type);
    slots(&Path::attribute("network_interface"), &config.network_interface, of, diagnostics);
    let at = Path::attribute("associate_public_ip_address");
    public_address(at, &config.associate_public_ip_address, &config.network_interface, diagnostics);
    let Some(networking) = config.advanced_networking.block() else { return };
    let path = Path::attribute("advanced_networking").then("network_interface");
    let of = |each: &AutoModeInterface| slot(&each.network_card_index, &each.device_index, &each.interface_type);
    slots(&path, &networking.network_interface, of, diagnostics);
    for (path, interface) in each(&path, &networking.network_interface) {
        addresses(&path, interface, diagnostics);
    }
    let at = Path::attribute("advanced_networking").then("associate_public_ip_address");
    public_address(at, &networking.associate_public_ip_address, &networking.network_interface, diagnostics);
}

fn public_address<T>(at: Path, address: &Attr<bool>, interfaces: &ListBlock<T>, diagnostics: &mut Diagnostics) {
    let several = interfaces.known().is_some_and(|interfaces| interfaces.len() > 1);
    if several && *address == Attr::Known(true) {
        let detail =
            "EC2 rejects public IP addresses for instances with more than one network interface. Remove this argument.";
        diagnostics.error_at(at, "Public IP address with multiple network interfaces", detail);
    }
}

fn slots<T>(path: &Path, list: &ListBlock<T>, of: impl Fn(&T) -> Slot, diagnostics: &mut Diagnostics) {
    let Some(all) = list.known().filter(|all| !all.is_empty()) else { return };
    let known: Vec<_> = each(path, list).filter_map(|(path, each)| Some((path, of(each)?))).collect();
    if known.len() == all.len() && !known.iter().any(|(_, slot)| *slot == (0, 0, false)) {
        let detail = "One network interface must have network_card_index = 0, device_index = 0, and \
                      interface_type = \"interface\".";
        diagnostics.error_at(path.clone(), "Missing primary network interface", detail);
    }
    let (mut taken, mut efa) = (BTreeSet::new(), BTreeSet::new());
    for (path, (card, device, is_efa)) in known {
        if !taken.insert((card, device)) {
            let detail =
                format!("Another network interface also has network_card_index = {card} and device_index = {device}.");
            diagnostics.error_at(path.clone(), "Duplicate network interface", detail);
        }
        if is_efa && !efa.insert(card) {
            let detail = format!(
                "Network card {card} has more than one efa-only network interface. Each card supports one EFA device."
            );
            diagnostics.error_at(path, "Multiple EFA devices on a network card", detail);
        }
    }
}

fn addresses(path: &Path, interface: &AutoModeInterface, diagnostics: &mut Diagnostics) {
    let (addresses, prefixes) = (given(&interface.secondary_ipv4_count), given(&interface.secondary_ipv4_prefix_count));
    if addresses && prefixes {
        let detail = "secondary_ipv4_prefix_count conflicts with secondary_ipv4_count. Remove one of them.";
        let at = path.then("secondary_ipv4_prefix_count");
        diagnostics.error_at(at, "Conflicting arguments", detail);
    }
    let elsewhere = interface.network_card_index.known().is_some_and(|card| *card != 0)
        || interface.interface_type.text() == Some("efa-only");
    if (addresses || prefixes) && elsewhere {
        let name = if addresses { "secondary_ipv4_count" } else { "secondary_ipv4_prefix_count" };
        let detail = "Only network interfaces of type interface on network card 0 support secondary addresses. Remove the argument.";
        diagnostics.error_at(path.then(name), format!("{name} is not supported for this network interface"), detail);
    }
}
