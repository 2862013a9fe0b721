use super::super::instance_type::{Accelerator, Gpu, LocalDisks, Network};
use super::*;

fn named(name: &str) -> InstanceType {
    InstanceType { name: name.to_owned(), architectures: vec!["x86_64".to_owned()], ..InstanceType::default() }
}

fn gpus(name: &str, manufacturer: &str, count: i64) -> Gpu {
    Gpu { name: name.to_owned(), manufacturer: manufacturer.to_owned(), count, fraction: Some(1.0), memory_mib: 22888 }
}

fn label<'l>(labels: &'l BTreeMap<String, String>, suffix: &str) -> Option<&'l str> {
    labels.iter().find(|(key, _)| key.ends_with(suffix)).map(|(_, value)| value.as_str())
}

#[test]
fn whole_type_has_these_labels() {
    let known = InstanceType {
        cpu_manufacturer: Some("AMD".to_owned()),
        clock_mhz: Some(2600),
        vcpus: 48,
        memory_mib: 196_608,
        gpus: vec![gpus("L4", "NVIDIA", 4)],
        local_disks: Some(LocalDisks { total_gb: 3760, nvme: true }),
        ebs_bandwidth: Some(20000),
        network: Network { most_efa_interfaces: 1, encrypts_in_transit: true, ..Network::default() },
        hypervisor: "nitro".to_owned(),
        usage_classes: vec!["on-demand".to_owned(), "spot".to_owned()],
        ..named("g6.12xlarge")
    };
    let expected = |prefix: &str, flex: Option<&str>| -> BTreeMap<String, String> {
        let derived = [
            ("instance-category", "g"),
            ("instance-cpu", "48"),
            ("instance-cpu-manufacturer", "amd"),
            ("instance-cpu-sustained-clock-speed-mhz", "2600"),
            ("instance-ebs-bandwidth", "20000"),
            ("instance-encryption-in-transit-supported", "true"),
            ("instance-family", "g6"),
            ("instance-generation", "6"),
            ("instance-gpu-count", "4"),
            ("instance-gpu-manufacturer", "nvidia"),
            ("instance-gpu-memory", "22888"),
            ("instance-gpu-name", "l4"),
            ("instance-hypervisor", "nitro"),
            ("instance-local-nvme", "3760"),
            ("instance-memory", "196608"),
            ("instance-size", "12xlarge"),
        ];
        let derived = derived.into_iter().chain(flex.map(|value| ("instance-capability-flex", value)));
        let derived = derived.map(|(key, value)| (format!("{prefix}{key}"), value.to_owned()));
        let plain = [(INSTANCE_TYPE, "g6.12xlarge"), (ARCHITECTURE, "amd64"), (OPERATING_SYSTEM, "linux")];
        derived.chain(plain.map(|(key, value)| (key.to_owned(), value.to_owned()))).collect()
    };
    assert_eq!(labels(&known, Controller::Karpenter), expected("karpenter.k8s.aws/", Some("false")));
    assert_eq!(labels(&known, Controller::AutoMode), expected("eks.amazonaws.com/", None));
    assert_eq!(devices(&known), [(EFA, 1), (NVIDIA_GPU, 4)].into());
    assert_eq!(capacity_types(&known), ["on-demand", "spot"]);
}

#[test]
fn every_label_is_a_derived_one() {
    for controller in [Controller::Karpenter, Controller::AutoMode] {
        let whole = InstanceType { gpus: vec![gpus("L4", "NVIDIA", 1)], ..named("g6.xlarge") };
        for key in labels(&whole, controller).keys() {
            assert_eq!(is_derived(key, controller), key != OPERATING_SYSTEM, "{key}");
        }
        for other in ["instance-network-bandwidth", "instance-tenancy", "instance-pods"] {
            assert!(!is_derived(&format!("{}{other}", controller.prefix()), controller), "{other}");
        }
        assert!(!is_derived(&format!("{}instance-family", controller.other().prefix()), controller));
    }
    assert!(!is_derived("eks.amazonaws.com/instance-capability-flex", Controller::AutoMode));
}

#[test]
fn category_and_generation_are_in_the_name() {
    for (name, category, generation) in [
        ("g6.xlarge", "g", "6"),
        ("gr6.4xlarge", "gr", "6"),
        ("gr6f.4xlarge", "gr", "6"),
        ("p6-b200.48xlarge", "p", "6"),
        ("p6e-gb200.36xlarge", "p", "6"),
        ("trn1n.32xlarge", "trn", "1"),
        ("dl2q.24xlarge", "dl", "2"),
        ("u-6tb1.metal", "u", "1"),
        ("u7i-12tb.224xlarge", "u", "7"),
        ("mac2-m2pro.metal", "mac", "2"),
    ] {
        let labels = labels(&named(name), Controller::Karpenter);
        let found = (label(&labels, "instance-category"), label(&labels, "instance-generation"));
        assert_eq!(found, (Some(category), Some(generation)), "{name}");
    }
    for odd in ["6g.large", "large", "g.large", "u-tb1.metal"] {
        assert_eq!(label(&labels(&named(odd), Controller::Karpenter), "instance-category"), None, "{odd}");
    }
}

#[test]
fn bare_metal_has_an_empty_hypervisor_and_no_other_value() {
    let labels = labels(&InstanceType { bare_metal: true, ..named("g4dn.metal") }, Controller::Karpenter);
    assert_eq!(label(&labels, "instance-hypervisor"), Some(""));
    assert_eq!(label(&labels, "instance-local-nvme"), None);
}

#[test]
fn disks_that_are_not_nvme_have_no_label() {
    let disks = Some(LocalDisks { total_gb: 80, nvme: false });
    let labels = labels(&InstanceType { local_disks: disks, ..named("g3.xlarge") }, Controller::Karpenter);
    assert_eq!(label(&labels, "instance-local-nvme"), None);
}

#[test]
fn fraction_of_a_gpu_counts_as_none() {
    let fraction = Gpu { fraction: Some(0.125), ..gpus("L4", "NVIDIA", 0) };
    let known = InstanceType { gpus: vec![fraction], ..named("g6f.xlarge") };
    assert_eq!(label(&labels(&known, Controller::Karpenter), "instance-gpu-count"), Some("0"));
    assert_eq!(devices(&known), [].into());
}

#[test]
fn gpu_manufacturers_map_to_extended_resources() {
    for (manufacturer, resource) in [("AMD", AMD_GPU), ("Habana", HABANA_GAUDI), ("NVIDIA", NVIDIA_GPU)] {
        let known = InstanceType { gpus: vec![gpus("x", manufacturer, 2)], ..named("g4ad.8xlarge") };
        assert_eq!(devices(&known), [(resource, 2)].into());
    }
    let two = InstanceType { gpus: vec![gpus("A", "NVIDIA", 1), gpus("B", "NVIDIA", 2)], ..named("g9.xlarge") };
    assert_eq!(devices(&two), [(NVIDIA_GPU, 3)].into());
    assert_eq!(label(&labels(&two, Controller::Karpenter), "instance-gpu-name"), None);
}

#[test]
fn neuron_devices_are_accelerators_and_no_gpus() {
    let neuron = Neuron { name: "Inferentia2".to_owned(), count: 6, cores: 2, memory_mib: 32768 };
    let accelerator = |name: &str, manufacturer: &str| Accelerator {
        name: name.to_owned(),
        manufacturer: manufacturer.to_owned(),
        count: 8,
        memory_mib: 16000,
    };
    let inf2 = InstanceType {
        neurons: vec![neuron],
        accelerators: vec![accelerator("Inferentia2", "AWS")],
        ..named("inf2.24xlarge")
    };
    let dl2q = InstanceType { accelerators: vec![accelerator("Qualcomm AI100", "Qualcomm")], ..named("dl2q.24xlarge") };
    for (known, name, manufacturer, count, devices_of_it) in [
        (inf2, "inferentia2", "aws", "6", BTreeMap::from([(NEURON, 6), (NEURON_CORE, 12)])),
        (dl2q, "qualcomm-ai100", "qualcomm", "8", BTreeMap::new()),
    ] {
        let labels = labels(&known, Controller::AutoMode);
        let found =
            ["name", "manufacturer", "count"].map(|part| label(&labels, &format!("instance-accelerator-{part}")));
        assert_eq!(found, [Some(name), Some(manufacturer), Some(count)]);
        assert_eq!(label(&labels, "instance-gpu-count"), None);
        assert_eq!(devices(&known), devices_of_it);
        assert!(devices(&known).keys().all(|name| DEVICES.contains(name)));
    }
}

#[test]
fn capacity_block_only_type_has_no_capacity_types() {
    let known = InstanceType { usage_classes: vec!["capacity-block".to_owned()], ..named("p5e.48xlarge") };
    assert!(capacity_types(&known).is_empty());
}
