//! The number of pods that the IP addresses of an instance support, by the rules of the Amazon VPC CNI.

/// The number of addresses in a prefix (/28).
const PREFIX: u64 = 16;

/// The host-network pods aws-node and kube-proxy, which need no IP address.
const HOST_NETWORK: u64 = 2;

/// Instance types with more vCPUs support [`LARGE`] pods.
const LARGE_ABOVE_VCPUS: u16 = 30;
const SMALL: u64 = 110;
const LARGE: u64 = 250;

/// The limits of an instance type, from EC2's `DescribeInstanceTypes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instance {
    /// The network interfaces of the default network card.
    pub network_interfaces: u16,
    /// The IPv4 addresses of one interface, including its primary address.
    pub ipv4_addresses_per_interface: u16,
}

/// The assignment of IP addresses to pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Networking {
    /// The VPC CNI on Linux.
    Linux {
        /// Interfaces have prefixes of 16 addresses instead of single addresses (`ENABLE_PREFIX_DELEGATION`).
        prefix_delegation: bool,
        /// The first interface has no pods (`AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG`).
        custom_networking: bool,
        /// The CNI's `MAX_ENI`.
        max_network_interfaces: Option<u16>,
    },
    /// The Windows controller, which uses one interface.
    Windows {
        /// The interface has prefixes of 16 addresses instead of single addresses.
        prefix_delegation: bool,
    },
}

/// Returns the `maxPods` value for the kubelet that the IP addresses allow, limited to the Amazon EKS recommendation
/// for `vcpus` if set.
#[must_use]
pub fn max_pods(instance: Instance, networking: Networking, vcpus: Option<u16>) -> u64 {
    // The node uses the primary address of an interface.
    let for_pods = u64::from(instance.ipv4_addresses_per_interface.saturating_sub(1));
    let per_interface = |prefixes: bool| if prefixes { for_pods * PREFIX } else { for_pods };
    let pods = match networking {
        Networking::Linux { prefix_delegation, custom_networking, max_network_interfaces } => {
            let limit = max_network_interfaces.unwrap_or(u16::MAX);
            let usable = instance.network_interfaces.min(limit).saturating_sub(u16::from(custom_networking));
            u64::from(usable) * per_interface(prefix_delegation) + HOST_NETWORK
        }
        Networking::Windows { prefix_delegation } => per_interface(prefix_delegation),
    };
    vcpus.map_or(pods, |vcpus| pods.min(if vcpus > LARGE_ABOVE_VCPUS { LARGE } else { SMALL }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, proptest};
    use rstest::rstest;

    use super::*;

    fn instance(network_interfaces: u16, ipv4_addresses_per_interface: u16) -> Instance {
        Instance { network_interfaces, ipv4_addresses_per_interface }
    }

    fn linux(prefix_delegation: bool, custom_networking: bool, max_network_interfaces: Option<u16>) -> Networking {
        Networking::Linux { prefix_delegation, custom_networking, max_network_interfaces }
    }

    #[rstest]
    #[case::t3_micro(2, 2, 2, [4, 3, 34], [4, 3, 34])]
    #[case::t3_medium(3, 6, 2, [17, 12, 242], [17, 12, 110])]
    #[case::m5_large(3, 10, 2, [29, 20, 434], [29, 20, 110])]
    #[case::g5_xlarge(4, 15, 4, [58, 44, 898], [58, 44, 110])]
    #[case::c5_4xlarge(8, 30, 16, [234, 205, 3714], [110, 110, 110])]
    #[case::m5_24xlarge(15, 50, 96, [737, 688, 11762], [250, 250, 250])]
    #[case::p5_48xlarge(2, 50, 192, [100, 51, 1570], [100, 51, 250])]
    #[case::p6_b200_48xlarge(4, 50, 192, [198, 149, 3138], [198, 149, 250])]
    fn linux_is_as_published(
        #[case] interfaces: u16,
        #[case] addresses: u16,
        #[case] vcpus: u16,
        #[case] raw: [u64; 3],
        #[case] capped: [u64; 3],
    ) {
        let ways = [linux(false, false, None), linux(false, true, None), linux(true, false, None)];
        let of = |vcpus| ways.map(|way| max_pods(instance(interfaces, addresses), way, vcpus));
        assert_eq!(of(None), raw);
        assert_eq!(of(Some(vcpus)), capped);
    }

    #[rstest]
    #[case::fewer(Some(2), false, 20)]
    #[case::more_than_there_are(Some(9), false, 29)]
    #[case::before_custom_networking(Some(2), true, 11)]
    #[case::nothing_left(Some(1), true, 2)]
    fn max_eni_counts_before_custom_networking(
        #[case] limit: Option<u16>,
        #[case] custom_networking: bool,
        #[case] expected: u64,
    ) {
        assert_eq!(max_pods(instance(3, 10), linux(false, custom_networking, limit), None), expected);
    }

    #[rstest]
    #[case::below(29, 110)]
    #[case::at_the_limit(30, 110)]
    #[case::above(31, 250)]
    fn more_than_30_vcpus_allow_250(#[case] vcpus: u16, #[case] expected: u64) {
        assert_eq!(max_pods(instance(15, 50), linux(true, false, None), Some(vcpus)), expected);
    }

    #[rstest]
    #[case::addresses(false, None, 9)]
    #[case::prefixes(true, None, 144)]
    #[case::prefixes_capped(true, Some(2), 110)]
    fn windows_has_one_interface(#[case] prefix_delegation: bool, #[case] vcpus: Option<u16>, #[case] expected: u64) {
        assert_eq!(max_pods(instance(3, 10), Networking::Windows { prefix_delegation }, vcpus), expected);
    }

    proptest! {
        #[test]
        fn no_input_overflows_and_no_limit_adds_pods(
            interfaces in any::<u16>(), addresses in any::<u16>(), limit in any::<u16>(), vcpus in any::<u16>(),
        ) {
            let instance = instance(interfaces, addresses);
            let most = max_pods(instance, linux(true, false, None), None);
            for prefixes in [false, true] {
                let all = max_pods(instance, linux(prefixes, false, None), None);
                prop_assert!(all <= most);
                prop_assert!(max_pods(instance, linux(prefixes, true, None), None) <= all);
                prop_assert!(max_pods(instance, linux(prefixes, false, Some(limit)), None) <= all);
                prop_assert!(max_pods(instance, linux(prefixes, false, None), Some(vcpus)) <= all.min(LARGE));
            }
        }
    }
}
