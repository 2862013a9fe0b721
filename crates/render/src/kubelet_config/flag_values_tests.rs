use rstest::rstest;
use serde_json::json;

use super::form::Form::{Address, Bool, Duration, Int32, Int64, Text};
use super::*;

fn read_all(flags: &[&str]) -> (Vec<Flag>, Vec<Finding>) {
    let flags: Vec<_> = flags.iter().map(|flag| (*flag).to_owned()).collect();
    let mut found = Vec::new();
    let read = read(&flags, &Place::of("kubelet_flags"), &mut found);
    (read, found)
}

#[rstest]
#[case("--kube-reserved=cpu=500m,memory=1Gi", json!({"kubeReserved": {"cpu": "500m", "memory": "1Gi"}}))]
#[case("--eviction-hard=memory.available<5%", json!({"evictionHard": {"memory.available": "5%"}}))]
#[case("--feature-gates=NodeSwap=T,AllAlpha=0", json!({"featureGates": {"NodeSwap": true, "AllAlpha": false}}))]
#[case("--protect-kernel-defaults", json!({"protectKernelDefaults": true}))]
#[case("--max-open-files=0x10", json!({"maxOpenFiles": 16}))]
#[case("--max-open-files=1_000", json!({"maxOpenFiles": 1000}))]
#[case("--v=4", json!({"logging": {"verbosity": 4}}))]
#[case("--tls-cipher-suites=A,B", json!({"tlsCipherSuites": ["A", "B"]}))]
#[case("--cpu-manager-policy-options=full-pcpus-only=true", json!({"cpuManagerPolicyOptions": {"full-pcpus-only": "true"}}))]
#[case(
    "--reserved-memory=0:memory=1Gi,hugepages-2Mi=2Gi",
    json!({"reservedMemory": [{"numaNode": 0, "limits": {"memory": "1Gi", "hugepages-2Mi": "2Gi"}}]})
)]
fn flag_becomes_a_member(#[case] flag: &str, #[case] expected: Json) {
    let (flags, found) = read_all(&[flag]);
    assert_eq!(found, []);
    assert_eq!(Json::Object(over(&JsonMap::new(), &flags)), expected);
}

#[rstest]
#[case::pair("--kube-reserved=memory", "list such as")]
#[case::threshold("--eviction-hard=memory.available=5%", "memory.available<500Mi")]
#[case::gate("--feature-gates=NodeSwap=yes", "NodeSwap=true")]
#[case::truth("--cpu-cfs-quota=no", "true or false")]
#[case::range("--registry-qps=3000000000", "32-bit")]
#[case::duration("--sync-frequency=5", "duration")]
#[case::no_value("--cpu-manager-policy", "followed by")]
#[case::memory("--reserved-memory=memory=1Gi", "0:memory=1Gi")]
#[case::without_member("--maximum-dead-containers=many", "integer")]
fn malformed_flag_is_an_error(#[case] flag: &str, #[case] reason: &str) {
    let (_, found) = read_all(&[flag]);
    assert!(matches!(found.as_slice(), [one] if one.is_error() && one.text.contains(reason)), "{found:?}");
}

#[test]
fn flags_replace_maps_and_add_gates() {
    let (flags, _) = read_all(&["--kube-reserved=cpu=1", "--feature-gates=A=true", "--kube-reserved=memory=1Gi"]);
    let file = json!({"kubeReserved": {"pid": "100"}, "featureGates": {"B": true}, "maxPods": 5});
    let merged = over(file.as_object().expect("an object"), &flags);
    let expected = json!({
        "kubeReserved": {"cpu": "1", "memory": "1Gi"}, "featureGates": {"A": true, "B": true}, "maxPods": 5
    });
    assert_eq!(Json::Object(merged), expected);
}

#[test]
fn setting_in_two_places_is_an_error() {
    let (flags, mut found) = read_all(&["--v=4", "--feature-gates=A=true", "--registry-qps=5"]);
    let file = json!({"logging": {"verbosity": 2}, "featureGates": {"B": true}});
    let place = Place::of("kubelet_flags");
    contradictions(file.as_object().expect("an object"), "kubelet_config", &flags, &place, &mut found);
    assert!(matches!(found.as_slice(), [one] if one.place == place.index(0)), "{found:?}");
}

#[rstest]
#[case("--kube-reserved=cpu=500m,memory=1Gi")]
#[case("--eviction-soft=memory.available<1Gi,nodefs.available<10%")]
#[case("--feature-gates=A=false,B=true")]
#[case("--allowed-unsafe-sysctls=net.core.somaxconn,kernel.msg*")]
#[case("--reserved-memory=0:hugepages-2Mi=2Gi,memory=1Gi")]
#[case("--v=4")]
fn member_is_printed_as_its_flag(#[case] flag: &str) {
    let (flags, _) = read_all(&[flag]);
    let [read] = flags.as_slice() else { panic!("{flags:?}") };
    assert_eq!(print(read.path, &read.value), Some(vec![flag.to_owned()]));
}

#[test]
fn flags_set_members_of_their_type() {
    for (name, path, form) in FLAGS.iter().filter(|(_, path, _)| !path.is_empty()) {
        let example = match form {
            Bool => "true",
            Int32 | Int64 => "5",
            Duration => "1m",
            Address => "10.0.0.1",
            Text | List => "a",
            Pairs('<') => "a<1",
            Pairs(_) | Pair => "a=1",
            Gates => "A=true",
            Memory => "0:memory=1Gi",
        };
        let (flags, mut found) = read_all(&[&format!("--{name}={example}")]);
        super::super::check(&over(&JsonMap::new(), &flags), None, &Place::whole(), &mut found);
        assert_eq!(found, [], "{name} {path:?}");
    }
}
