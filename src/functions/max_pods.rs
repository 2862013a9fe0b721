//! `max_pods`: the `maxPods` setting of the kubelet for an instance type.

use super::parameter;
use framework::function::{Function, FunctionDefinition, FunctionError, argument};
use framework::number::Number;
use framework::types::Type;
use framework::value::Value;
use render::max_pods::{Instance, Networking, max_pods};

const OPTIONS: [&str; 5] =
    ["prefix_delegation", "custom_networking", "max_network_interfaces", "operating_system", "vcpus"];

const DESCRIPTION: &str = "\
Returns the number of pods that the IP addresses of an instance allow with the Amazon VPC CNI, for `maxPods` of the \
kubelet.

On Linux, the result is `network_interfaces * (ipv4_addresses_per_interface - 1) + 2`. The first address of each
interface belongs to the node, and two pods use the host network. On Windows, which uses one interface for pods, the
result is `ipv4_addresses_per_interface - 1`. With prefix delegation, each address is replaced by 16 addresses.

Managed node groups without a custom AMI, and the script `max-pods-calculator.sh`, allow at most 110 pods, or 250 pods
on instance types with more than 30 vCPUs. Set `vcpus` in the options to apply the same limit. For a node group with
several instance types, use the smallest result.

IPv6 clusters always use prefixes with enough addresses. For these clusters, use the limits of 110 and 250 pods.";

const INTERFACES: &str = "Number of network interfaces of the default network card of the instance type, between 1 and \
                          65535: `NetworkCards[DefaultNetworkCardIndex].MaximumNetworkInterfaces` in \
                          `DescribeInstanceTypes`. Interfaces of other network cards are not used for pods.";

const ADDRESSES: &str = "Number of IPv4 addresses per interface, between 1 and 65535: `Ipv4AddressesPerInterface` in \
                         `DescribeInstanceTypes`.";

const OPTIONS_DESCRIPTION: &str = "\
At most one object with the following optional attributes:

- `prefix_delegation` (Boolean) Whether the CNI assigns prefixes to interfaces (`ENABLE_PREFIX_DELEGATION`). Requires \
a Nitro instance type. Defaults to `false`.
- `custom_networking` (Boolean) Whether pods use different subnets than the node \
(`AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG`). The first interface is then not used for pods. Not supported on Windows. \
Defaults to `false`.
- `max_network_interfaces` (Number) Value of `MAX_ENI` of the CNI. Must be at least 1. Not supported on Windows. \
Defaults to all interfaces.
- `operating_system` (String) Operating system of the nodes. Valid values: `linux` or `windows`. Defaults to `linux`.
- `vcpus` (Number) Number of vCPUs of the instance type. Must be at least 1. If set, the result is at most the number \
that Amazon EKS recommends.";

/// The function.
#[derive(Debug, Clone, Copy)]
pub struct MaxPods;

impl Function for MaxPods {
    fn definition(&self) -> FunctionDefinition {
        FunctionDefinition {
            parameters: vec![
                parameter("network_interfaces", Type::Number, INTERFACES),
                parameter("ipv4_addresses_per_interface", Type::Number, ADDRESSES),
            ],
            variadic: Some(parameter("options", Type::Dynamic, OPTIONS_DESCRIPTION)),
            result: Type::Number,
            summary: "Returns the maximum number of pods on an instance type".to_owned(),
            description: DESCRIPTION.to_owned(),
            deprecation: None,
        }
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let instance = Instance {
            network_interfaces: positive_argument(arguments, 0, "network_interfaces")?,
            ipv4_addresses_per_interface: positive_argument(arguments, 1, "ipv4_addresses_per_interface")?,
        };
        if arguments.len() > 3 {
            return Err(FunctionError::argument(3, "at most one options object is supported"));
        }
        let options = arguments.get(2).map_or(Ok(Options::default()), Options::read);
        let options = options.map_err(|message| FunctionError::argument(2, message))?;
        let networking = options.networking().map_err(|message| FunctionError::argument(2, message))?;
        let pods = max_pods(instance, networking, options.vcpus);
        Ok(i64::try_from(pods).unwrap_or(i64::MAX).into())
    }
}

/// The parsed options.
#[derive(Debug, Default)]
struct Options {
    prefix_delegation: bool,
    custom_networking: bool,
    max_network_interfaces: Option<u16>,
    is_windows: bool,
    vcpus: Option<u16>,
}

impl Options {
    fn read(value: &Value) -> Result<Self, String> {
        let value = if let Value::Dynamic(pair) = value { &pair.1 } else { value };
        let (Value::Object(members) | Value::Map(members)) = value else {
            return Err("the options must be an object, for example { prefix_delegation = true }".to_owned());
        };
        let mut options = Self::default();
        for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
            match (name.as_str(), value) {
                ("prefix_delegation", Value::Bool(given)) => options.prefix_delegation = *given,
                ("custom_networking", Value::Bool(given)) => options.custom_networking = *given,
                ("prefix_delegation" | "custom_networking", _) => return Err(format!("{name} must be true or false")),
                ("max_network_interfaces", value) => options.max_network_interfaces = Some(positive(value, name)?),
                ("vcpus", value) => options.vcpus = Some(positive(value, name)?),
                ("operating_system", value) => {
                    options.is_windows = match value.as_str() {
                        Some("linux") => false,
                        Some("windows") => true,
                        _ => return Err("operating_system must be \"linux\" or \"windows\"".to_owned()),
                    };
                }
                _ => return Err(format!("unknown option {name}, valid options: {}", OPTIONS.join(", "))),
            }
        }
        Ok(options)
    }

    fn networking(&self) -> Result<Networking, String> {
        let Self { prefix_delegation, custom_networking, max_network_interfaces, .. } = *self;
        if !self.is_windows {
            return Ok(Networking::Linux { prefix_delegation, custom_networking, max_network_interfaces });
        }
        if custom_networking {
            return Err("Windows nodes do not support custom networking. Remove custom_networking".to_owned());
        }
        if max_network_interfaces.is_some() {
            return Err("Windows nodes use only one interface for pods. Remove max_network_interfaces".to_owned());
        }
        Ok(Networking::Windows { prefix_delegation })
    }
}

fn positive_argument(arguments: &[Value], index: usize, name: &str) -> Result<u16, FunctionError> {
    let number = argument::<Number>(arguments, index)?.to_value();
    let position = i64::try_from(index).unwrap_or(i64::MAX);
    positive(&number, name).map_err(|message| FunctionError::argument(position, message))
}

fn positive(value: &Value, name: &str) -> Result<u16, String> {
    let number = if let Value::Number(number) = value { number.to_u64() } else { None };
    let number = number.and_then(|number| u16::try_from(number).ok()).filter(|number| *number > 0);
    number.ok_or_else(|| format!("{name} must be an integer between 1 and {}", u16::MAX))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn call(options: &[(&str, Value)]) -> Result<Value, FunctionError> {
        let options = Value::object(options.iter().map(|(name, value)| (*name, value.clone())));
        MaxPods.call(&[3.into(), 10.into(), Value::Dynamic(Box::new((Type::object([("", Type::Bool)]), options)))])
    }

    #[test]
    fn options_can_be_omitted() {
        assert_eq!(MaxPods.call(&[3.into(), 10.into()]), Ok(29.into()));
        assert_eq!(call(&[]), Ok(29.into()));
    }

    #[rstest]
    #[case::prefixes(&[("prefix_delegation", true.into())], 434)]
    #[case::capped(&[("prefix_delegation", true.into()), ("vcpus", 2.into())], 110)]
    #[case::custom(&[("custom_networking", true.into())], 20)]
    #[case::max_eni(&[("max_network_interfaces", 2.into())], 20)]
    #[case::linux(&[("operating_system", "linux".into())], 29)]
    #[case::windows(&[("operating_system", "windows".into())], 9)]
    #[case::windows_prefixes(&[("operating_system", "windows".into()), ("prefix_delegation", true.into())], 144)]
    #[case::null_is_left_out(&[("vcpus", Value::Null), ("custom_networking", Value::Null)], 29)]
    fn each_option_counts(#[case] options: &[(&str, Value)], #[case] expected: i64) {
        assert_eq!(call(options), Ok(expected.into()));
    }

    #[rstest]
    #[case::unknown_name(&[("vcpu", 2.into())], "unknown option vcpu")]
    #[case::no_bool(&[("prefix_delegation", "yes".into())], "prefix_delegation must be true or false")]
    #[case::no_number(&[("vcpus", "2".into())], "vcpus must be an integer")]
    #[case::zero(&[("max_network_interfaces", 0.into())], "max_network_interfaces must be an integer between 1")]
    #[case::system(&[("operating_system", "Windows".into())], "\"linux\" or \"windows\"")]
    #[case::windows_custom(&[("operating_system", "windows".into()), ("custom_networking", true.into())], "Remove custom_networking")]
    #[case::windows_max_eni(&[("operating_system", "windows".into()), ("max_network_interfaces", 1.into())], "Remove max_network_interfaces")]
    fn invalid_option_is_rejected(#[case] options: &[(&str, Value)], #[case] reason: &str) {
        let error = call(options).expect_err("refused");
        assert_eq!(error.argument, Some(2));
        assert!(error.message.contains(reason), "{error}");
    }

    #[rstest]
    #[case::zero(&[0.into(), 10.into()], 0)]
    #[case::negative(&[3.into(), (-1).into()], 1)]
    #[case::too_many(&[65_536.into(), 10.into()], 0)]
    #[case::fraction(&[3.into(), Value::Number(Number::from_f64(1.5).unwrap())], 1)]
    #[case::options_of_another_type(&[3.into(), 10.into(), true.into()], 2)]
    #[case::two_options(&[3.into(), 10.into(), Value::object::<&str>([]), Value::object::<&str>([])], 3)]
    fn error_names_the_argument(#[case] arguments: &[Value], #[case] position: i64) {
        assert_eq!(MaxPods.call(arguments).expect_err("refused").argument, Some(position));
    }

    #[test]
    fn every_option_is_documented() {
        for option in OPTIONS {
            assert!(OPTIONS_DESCRIPTION.contains(&format!("- `{option}` (")), "{option}");
        }
    }
}
