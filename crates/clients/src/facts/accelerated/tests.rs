use super::*;
use crate::aws::script::Script;
use crate::errors::ErrorKind;
use render::karpenter::instance_type::{Gpu, LocalDisks, Network, NetworkCard};

fn xml(operation: &str, inside: &str) -> (u16, String) {
    (200, format!("<{operation}Response><requestId>r</requestId>{inside}</{operation}Response>"))
}

fn offerings(offers: &[(&str, &str)], next: &str) -> (u16, String) {
    let item = |(name, place): &(&str, &str)| {
        format!("<item><instanceType>{name}</instanceType><location>{place}</location></item>")
    };
    let items: String = offers.iter().map(item).collect();
    let set = format!("<instanceTypeOfferingSet>{items}</instanceTypeOfferingSet>{next}");
    xml("DescribeInstanceTypeOfferings", &set)
}

fn types(items: &[String]) -> (u16, String) {
    xml("DescribeInstanceTypes", &format!("<instanceTypeSet>{}</instanceTypeSet>", items.concat()))
}

fn plain(name: &str, vcpus: i64, more: &str) -> String {
    let cpus = format!("<vCpuInfo><defaultVCpus>{vcpus}</defaultVCpus></vCpuInfo>");
    format!("<item><instanceType>{name}</instanceType>{cpus}{more}</item>")
}

const L4: &str = "<gpuInfo><gpus><item><name>L4</name><manufacturer>NVIDIA</manufacturer><count>1</count>\
                  <gpuPartitionSize>1.0</gpuPartitionSize><memoryInfo><sizeInMiB>22888</sizeInMiB></memoryInfo></item>\
                  </gpus><totalGpuMemoryInMiB>22888</totalGpuMemoryInMiB></gpuInfo>";

const HOST: &str = "<processorInfo><manufacturer>AMD</manufacturer><supportedArchitectures><item>x86_64</item>\
                    </supportedArchitectures><sustainedClockSpeedInGhz>2.6</sustainedClockSpeedInGhz></processorInfo>\
                    <memoryInfo><sizeInMiB>16384</sizeInMiB></memoryInfo><hypervisor>nitro</hypervisor>\
                    <supportedUsageClasses><item>on-demand</item><item>spot</item></supportedUsageClasses>\
                    <instanceStorageInfo><totalSizeInGB>250</totalSizeInGB><nvmeSupport>required</nvmeSupport>\
                    </instanceStorageInfo><ebsInfo><ebsOptimizedSupport>default</ebsOptimizedSupport><ebsOptimizedInfo>\
                    <maximumBandwidthInMbps>5000</maximumBandwidthInMbps></ebsOptimizedInfo></ebsInfo><networkInfo>\
                    <networkPerformance>Up to 10 Gigabit</networkPerformance><efaSupported>false</efaSupported>\
                    <encryptionInTransitSupported>true</encryptionInTransitSupported><networkCards><item>\
                    <networkCardIndex>0</networkCardIndex><maximumNetworkInterfaces>4</maximumNetworkInterfaces></item>\
                    </networkCards></networkInfo>";

fn zones_answer() -> (u16, String) {
    let zone = |name: &str, id: &str| format!("<item><zoneName>{name}</zoneName><zoneId>{id}</zoneId></item>");
    let zones = [zone("eu-west-1b", "euw1-az1"), zone("eu-west-1a", "euw1-az3")].concat();
    xml("DescribeAvailabilityZones", &format!("<availabilityZoneInfo>{zones}</availabilityZoneInfo>"))
}

fn of(script: &Script) -> AcceleratedTypes {
    AcceleratedTypes::new(aws_sdk_ec2::Client::new(&script.config()))
}

#[tokio::test]
async fn one_type_per_family_selects_families_to_describe() {
    let script = Script::answering([
        offerings(&[("m5.large", "eu-west-1"), ("g6.2xlarge", "eu-west-1")], "<nextToken>next</nextToken>"),
        offerings(&[("g6.xlarge", "eu-west-1"), ("m5.xlarge", "eu-west-1"), ("inf9.xlarge", "eu-west-1")], ""),
        types(&[
            plain("g6.2xlarge", 8, L4),
            plain("m5.large", 2, ""),
            plain(
                "inf9.xlarge",
                4,
                "<neuronInfo><neuronDevices><item><count>1</count><name>N9</name></item></neuronDevices></neuronInfo>",
            ),
        ]),
        types(&[plain("g6.xlarge", 4, &format!("{L4}{HOST}"))]),
        zones_answer(),
        offerings(&[("g6.xlarge", "euw1-az3"), ("g6.xlarge", "euw1-az1"), ("g6.2xlarge", "euw1-closed")], ""),
    ]);
    let reader = of(&script);
    let offers = reader.offers().await.expect("an answer");
    let names: Vec<_> = offers.iter().map(|offer| offer.instance_type.name.as_str()).collect();
    assert_eq!(names, ["g6.xlarge", "g6.2xlarge", "inf9.xlarge"]);
    let zone = |name: &str, id: &str| Zone { name: name.to_owned(), id: id.to_owned() };
    assert_eq!(offers[0].zones, [zone("eu-west-1a", "euw1-az3"), zone("eu-west-1b", "euw1-az1")]);
    assert_eq!(offers[1].zones, []);
    let expected = InstanceType {
        name: "g6.xlarge".to_owned(),
        architectures: vec!["x86_64".to_owned()],
        cpu_manufacturer: Some("AMD".to_owned()),
        clock_mhz: Some(2600),
        vcpus: 4,
        memory_mib: 16384,
        gpus: vec![Gpu {
            name: "L4".to_owned(),
            manufacturer: "NVIDIA".to_owned(),
            count: 1,
            fraction: Some(1.0),
            memory_mib: 22888,
        }],
        total_gpu_memory_mib: Some(22888),
        local_disks: Some(LocalDisks { total_gb: 250, nvme: true }),
        ebs_bandwidth: Some(5000),
        network: Network {
            performance: "Up to 10 Gigabit".to_owned(),
            cards: vec![NetworkCard { index: 0, most_interfaces: 4 }],
            encrypts_in_transit: true,
            ..Network::default()
        },
        hypervisor: "nitro".to_owned(),
        usage_classes: vec!["on-demand".to_owned(), "spot".to_owned()],
        ..InstanceType::default()
    };
    assert_eq!(offers[0].instance_type, expected);
    // No further EC2 requests are sent.
    assert_eq!(reader.offers().await.expect("an answer").len(), 3);
    let sent = script.sent();
    assert_eq!(sent.len(), 6);
    assert!(sent[0].body.contains("LocationType=region") && sent[0].body.contains("MaxResults=1000"));
    assert!(sent[2].body.contains("m5.large") && !sent[2].body.contains("m5.xlarge"), "{}", sent[2].body);
    assert!(!sent[3].body.contains("m5") && !sent[3].body.contains("g6.2xlarge"), "{}", sent[3].body);
}

#[tokio::test]
async fn failed_read_is_retried() {
    let refused =
        "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors></Response>";
    let script = Script::answering([
        (403, refused.to_owned()),
        offerings(&[("m5.large", "eu-west-1")], ""),
        types(&[plain("m5.large", 2, "")]),
    ]);
    let reader = of(&script);
    assert_eq!(reader.offers().await.expect_err("a refusal").kind, ErrorKind::Denied);
    assert_eq!(*reader.offers().await.expect("an answer"), []);
    assert_eq!(script.sent().len(), 3);
}
