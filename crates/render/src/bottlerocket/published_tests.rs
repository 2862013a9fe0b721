//! Settings documents as people publish them, rewritten, each beside the typed inputs that say the same.

use serde_json::json;

use super::*;
use crate::node::{Cluster, DiskStrategy, Dns, Effect, Family, InstanceStore, Proxy, Taint, check};

const CLUSTER: &str = "[settings.kubernetes]\ncluster-name = \"demo\"\napi-server = \"https://0A1B.gr7.eu-west-1.eks.amazonaws.com\"\n\
                       cluster-certificate = \"LS0tLS1CRUdJTg==\"\ncluster-dns-ip = \"10.100.0.10\"\n";

fn joining() -> Node {
    let cluster = Cluster {
        name: "demo".to_owned(),
        endpoint: "https://0A1B.gr7.eu-west-1.eks.amazonaws.com".to_owned(),
        certificate_authority: "LS0tLS1CRUdJTg==".to_owned(),
        service_cidr: "10.100.0.0/16".to_owned(),
        outpost_id: None,
    };
    Node { cluster: Some(cluster), ..Node::new(Family::Bottlerocket, Mode::SelfManaged) }
}

fn merged(settings: Json) -> Node {
    Node { bottlerocket_settings: settings, ..Node::new(Family::Bottlerocket, Mode::Merge) }
}

#[track_caller]
fn assert_same(original: &str, node: &Node) {
    assert_eq!(check(node).into_iter().filter(Finding::is_error).collect::<Vec<_>>(), []);
    let rendered = render(node).unwrap_or_else(|found| panic!("{found:?}"));
    let text = std::str::from_utf8(&rendered.bytes).expect("text");
    assert_eq!(document::read(text), document::read(original));
}

macro_rules! published {
    ($($name:ident: $original:expr => $node:expr;)*) => {
        $(
            #[test]
            fn $name() {
                assert_same(&$original, &$node);
            }
        )*
    };
}

published! {
    minimal: CLUSTER => joining();
    admin_container: format!("[settings.host-containers.admin]\nenabled = true\n{CLUSTER}") => Node {
        bottlerocket_settings: json!({"host-containers": {"admin": {"enabled": true}}}), ..joining()
    };
    ssh_keys: "[settings.host-containers.admin]\nenabled = true\nuser-data = \"eyJzc2giOnt9fQ==\"\n" => merged(
        json!({"host-containers": {"admin": {"enabled": true, "user-data": "eyJzc2giOnt9fQ=="}}})
    );
    no_control_container: "settings.host-containers.control.enabled = false\n" => merged(
        json!({"host-containers": {"control": {"enabled": false}}})
    );
    labels_and_taints: format!("{CLUSTER}[settings.kubernetes.node-labels]\n\"team.example/tier\" = \"gold\"\n[settings.kubernetes.node-taints]\n\
        dedicated = [\"gpu:NoSchedule\"]\n") => Node {
        node_labels: [("team.example/tier".to_owned(), "gold".to_owned())].into(),
        node_taints: vec![Taint { key: "dedicated".to_owned(), value: "gpu".to_owned(), effect: Effect::NoSchedule }],
        ..joining()
    };
    max_pods: format!("{CLUSTER}max-pods = 110\n") => Node { max_pods: Some(110), ..joining() };
    sysctls: "[settings.kernel.sysctl]\n\"vm.max_map_count\" = \"262144\"\n\"net.core.somaxconn\" = \"16384\"\n" => merged(
        json!({"kernel": {"sysctl": {"vm.max_map_count": "262144", "net.core.somaxconn": "16384"}}})
    );
    lockdown: "[settings.kernel]\nlockdown = \"integrity\"\n" => merged(json!({"kernel": {"lockdown": "integrity"}}));
    modules: "[settings.kernel.modules.udf]\nallowed = false\n[settings.kernel.modules.ip_vs]\nallowed = true\nautoload = true\n" => merged(
        json!({"kernel": {"modules": {"udf": {"allowed": false}, "ip_vs": {"allowed": true, "autoload": true}}}})
    );
    bootstrap_container: "[settings.bootstrap-containers.cis]\nsource = \"111122223333.dkr.ecr.eu-west-1.amazonaws.com/cis:v1\"\nmode = \
        \"always\"\nessential = true\n" => merged(json!({"bootstrap-containers": {"cis": {
        "source": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/cis:v1", "mode": "always", "essential": true,
    }}}));
    mirrors: "[[settings.container-registry.mirrors]]\nregistry = \"*\"\nendpoint = [\"https://mirror.example\"]\n\
        [[settings.container-registry.mirrors]]\nregistry = \"docker.io\"\nendpoint = [\"https://a.example\", \"https://b.example\"]\n" => merged(
        json!({"container-registry": {"mirrors": [
            {"registry": "*", "endpoint": ["https://mirror.example"]},
            {"registry": "docker.io", "endpoint": ["https://a.example", "https://b.example"]},
        ]}})
    );
    reserved_resources: "[settings.kubernetes.kube-reserved]\ncpu = \"100m\"\nmemory = \"1Gi\"\n[settings.kubernetes.system-reserved]\ncpu = \
        \"50m\"\n" => Node {
        kubelet_config: json!({"kubeReserved": {"cpu": "100m", "memory": "1Gi"}, "systemReserved": {"cpu": "50m"}}),
        ..merged(Json::Null)
    };
    evictions: "[settings.kubernetes.eviction-hard]\n\"memory.available\" = \"15%\"\n\"nodefs.available\" = \"5%\"\n" => Node {
        kubelet_config: json!({"evictionHard": {"memory.available": "15%", "nodefs.available": "5%"}}), ..merged(Json::Null)
    };
    soft_evictions: "[settings.kubernetes.eviction-soft]\n\"memory.available\" = \"10%\"\n[settings.kubernetes.eviction-soft-grace-period]\n\
        \"memory.available\" = \"1m\"\n[settings.kubernetes]\neviction-max-pod-grace-period = 40\n" => Node {
        kubelet_config: json!({
            "evictionSoft": {"memory.available": "10%"}, "evictionSoftGracePeriod": {"memory.available": "1m"},
            "evictionMaxPodGracePeriod": 40,
        }),
        ..merged(Json::Null)
    };
    garbage_collection: "[settings.kubernetes]\nimage-gc-high-threshold-percent = 70\nimage-gc-low-threshold-percent = 60\n" => Node {
        kubelet_config: json!({"imageGCHighThresholdPercent": 70, "imageGCLowThresholdPercent": 60}), ..merged(Json::Null)
    };
    pinned_cpus: "[settings.kubernetes]\ncpu-manager-policy = \"static\"\ncpu-manager-policy-options = [\"full-pcpus-only\"]\n\
        topology-manager-policy = \"restricted\"\n" => Node {
        kubelet_config: json!({
            "cpuManagerPolicy": "static", "cpuManagerPolicyOptions": {"full-pcpus-only": "true"}, "topologyManagerPolicy": "restricted",
        }),
        ..merged(Json::Null)
    };
    pulls: "[settings.kubernetes]\nregistry-qps = 10\nregistry-burst = 20\nmax-parallel-image-pulls = 5\n" => Node {
        kubelet_config: json!({"registryPullQPS": 10, "registryBurst": 20, "maxParallelImagePulls": 5}), ..merged(Json::Null)
    };
    log_rotation: "[settings.kubernetes]\ncontainer-log-max-size = \"40Mi\"\ncontainer-log-max-files = 3\n" => Node {
        kubelet_config: json!({"containerLogMaxSize": "40Mi", "containerLogMaxFiles": 3}), ..merged(Json::Null)
    };
    shutdown: "[settings.kubernetes]\nshutdown-grace-period = \"2m\"\nshutdown-grace-period-for-critical-pods = \"30s\"\n" => Node {
        kubelet_config: json!({"shutdownGracePeriod": "2m", "shutdownGracePeriodCriticalPods": "30s"}), ..merged(Json::Null)
    };
    unsafe_sysctls: "[settings.kubernetes]\nallowed-unsafe-sysctls = [\"net.core.somaxconn\", \"net.ipv4.ip_local_port_range\"]\n" => Node {
        kubelet_config: json!({"allowedUnsafeSysctls": ["net.core.somaxconn", "net.ipv4.ip_local_port_range"]}),
        ..merged(Json::Null)
    };
    proxy: "[settings.network]\nhttps-proxy = \"10.0.0.5:3128\"\nno-proxy = [\"localhost\", \"169.254.169.254\"]\n" => merged(
        json!({"network": {"https-proxy": "10.0.0.5:3128", "no-proxy": ["localhost", "169.254.169.254"]}})
    );
    proxy_input: "[settings.network]\nhttps-proxy = \"http://10.0.0.5:3128\"\nno-proxy = [\"169.254.169.254\"]\n" => Node {
        proxy: Some(Proxy {
            https: Some("http://10.0.0.5:3128".to_owned()), no_proxy: vec!["169.254.169.254".to_owned()], ..Proxy::default()
        }),
        ..merged(Json::Null)
    };
    name_servers: "[settings.dns]\nname-servers = [\"10.0.0.2\"]\nsearch-list = [\"corp.example\"]\n" => Node {
        dns: Dns { nameservers: vec!["10.0.0.2".to_owned()], domains: vec!["corp.example".to_owned()], ..Dns::default() },
        ..merged(Json::Null)
    };
    time_servers: "[settings.ntp]\ntime-servers = [\"169.254.169.123\"]\n" => merged(json!({"ntp": {"time-servers": ["169.254.169.123"]}}));
    message: "settings.motd = \"production\"\n" => merged(json!({"motd": "production"}));
    no_metrics: "[settings.metrics]\nsend-metrics = false\n" => merged(json!({"metrics": {"send-metrics": false}}));
    time_slicing: "[settings.kubelet-device-plugins.nvidia]\ndevice-sharing-strategy = \"time-slicing\"\n\
        [settings.kubelet-device-plugins.nvidia.time-slicing]\nreplicas = 4\n" => merged(json!({"kubelet-device-plugins": {"nvidia": {
        "device-sharing-strategy": "time-slicing", "time-slicing": {"replicas": 4},
    }}}));
    partitions: "[settings.kubelet-device-plugins.nvidia]\ndevice-partitioning-strategy = \"mig\"\n\
        [settings.kubelet-device-plugins.nvidia.mig.profile]\n\"a100.40gb\" = \"1g.5gb\"\n" => merged(json!({"kubelet-device-plugins": {"nvidia": {
        "device-partitioning-strategy": "mig", "mig": {"profile": {"a100.40gb": "1g.5gb"}},
    }}}));
    open_files: "[settings.oci-defaults.resource-limits.max-open-files]\nhard-limit = 1048576\nsoft-limit = 65536\n" => merged(
        json!({"oci-defaults": {"resource-limits": {"max-open-files": {"hard-limit": 1_048_576, "soft-limit": 65_536}}}})
    );
    capabilities: "[settings.oci-defaults.capabilities]\nnet-raw = false\n" => merged(json!({"oci-defaults": {"capabilities": {"net-raw": false}}}));
    lazy_images: "[settings.container-runtime]\nsnapshotter = \"soci\"\nmax-concurrent-downloads = 10\n" => merged(
        json!({"container-runtime": {"snapshotter": "soci", "max-concurrent-downloads": 10}})
    );
    instance_store: "[settings.bootstrap-commands.000-instance-store]\ncommands = [[\"apiclient\", \"ephemeral-storage\", \"init\"], [\"apiclient\", \
        \"ephemeral-storage\", \"bind\", \"--dirs\", \"/var/lib/containerd\", \"/var/lib/kubelet\", \"/var/log/pods\"]]\nessential = true\nmode = \
        \"always\"\n" => Node {
        instance_store: Some(InstanceStore { strategy: DiskStrategy::Raid0, mount_path: None, disabled_mounts: vec![] }),
        ..merged(Json::Null)
    };
}
