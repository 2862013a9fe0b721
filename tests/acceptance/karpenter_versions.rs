//! Node classes and node pools with the definitions of several releases of Karpenter and of EKS Auto Mode: a field or value
//! that the cluster does not have is a plan error, and the same configuration applies after the upgrade.

use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::run::Diagnostic;
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

/// An argument, and the release that introduced it.
struct Arrival {
    argument: &'static str,
    /// The code that Terraform shows with the error.
    code: &'static str,
    /// The name in the definition.
    name: &'static str,
    release: &'static str,
    /// The argument as configuration.
    text: &'static str,
}

/// An upgrade, and an argument that the definition has only after it.
struct Upgrade {
    to: &'static str,
    class: Arrival,
    pool: Arrival,
}

const FIRST: &str = "karpenter-v1.0.8";

const UPGRADES: [Upgrade; 4] = [
    Upgrade {
        to: "karpenter-v1.5.0",
        class: Arrival {
            argument: "capacity_reservation_selector_term",
            code: "capacity_reservation_selector_term",
            name: "capacityReservationSelectorTerms",
            release: "1.3",
            text: "capacity_reservation_selector_term { tags = { team = \"ml\" } }",
        },
        pool: Arrival {
            argument: "node_labels",
            code: "node_labels",
            name: "karpenter.k8s.aws/capacity-reservation-id",
            release: "1.3",
            text: "node_labels = { \"karpenter.k8s.aws/capacity-reservation-id\" = \"cr-1\" }",
        },
    },
    Upgrade {
        to: "karpenter-v1.9.0",
        class: Arrival {
            argument: "ip_prefix_count",
            code: "ip_prefix_count",
            name: "ipPrefixCount",
            release: "1.8",
            text: "ip_prefix_count = 1",
        },
        pool: Arrival {
            argument: "requirement",
            code: "key",
            name: "Gte",
            release: "1.9",
            text: "requirement {\nkey = \"karpenter.k8s.aws/instance-cpu\"\noperator = \"Gte\"\nvalues = [\"4\"]\n}",
        },
    },
    Upgrade {
        to: "karpenter-v1.14.1",
        class: Arrival {
            argument: "connection_tracking",
            code: "connection_tracking",
            name: "connectionTracking",
            release: "1.13",
            text: "connection_tracking { udp_timeout = 30 }",
        },
        pool: Arrival {
            argument: "disruption",
            code: "consolidation_policy",
            name: "Balanced",
            release: "1.14",
            text: "disruption {\nconsolidation_policy = \"Balanced\"\nconsolidate_after = \"0s\"\n}",
        },
    },
    Upgrade {
        to: NEWEST,
        class: Arrival {
            argument: "enclave_options",
            code: "enclave_options",
            name: "enclaveOptions",
            release: "1.15",
            text: "enclave_options { enabled = true }",
        },
        pool: Arrival {
            argument: "disruption",
            code: "reasons",
            name: "Unhealthy",
            release: "1.15",
            text: "disruption {\nbudget {\nnodes = \"10%\"\nreasons = [\"Unhealthy\"]\n}\n}",
        },
    },
];

const NEWEST: &str = "karpenter-v1.15.2";

/// A cluster with an API server, and the arguments of a node class and a node pool in it.
struct Versions {
    cluster: Cluster,
    workspace: Workspace,
    controller: &'static str,
    class: Vec<&'static str>,
    pool: Vec<&'static str>,
}

impl Versions {
    fn new(controller: &'static str) -> Self {
        let cluster = Cluster::new();
        cluster.start_kubernetes(json!({}));
        let workspace = cluster.workspace(Cli::OnPath);
        Self { cluster, workspace, controller, class: Vec::new(), pool: vec![] }
    }

    fn install(&self, change: Value) {
        self.cluster.custom_resources(change);
    }

    /// Sets the arguments that an upgrade brings.
    fn set(&mut self, Upgrade { class, pool, .. }: &Upgrade) {
        for (arguments, arrival) in [(&mut self.class, class), (&mut self.pool, pool)] {
            arguments.retain(|text| !text.starts_with(arrival.argument));
            arguments.push(arrival.text);
        }
    }

    /// Writes both resources.
    fn configure(&self) {
        let common = format!(
            "cluster_name = \"{}\"\nname = \"gpu\"\ncontroller = \"{}\"\nwait_for_ready = false\nskip_preflight = [\"all\"]",
            self.cluster.name, self.controller,
        );
        let class = format!(
            "role = \"node\"\nsubnet_selector_term {{ tags = {{ team = \"ml\" }} }}\nsecurity_group_selector_term {{ \
             tags = {{ team = \"ml\" }} }}\n{}",
            self.class.join("\n")
        );
        let pool = format!("node_class_name = \"gpu\"\n{}", self.pool.join("\n"));
        let resource =
            |noun: &str, text: &str| format!("resource \"ekscompute_{noun}\" \"gpu\" {{\n{common}\n{text}\n}}\n");
        let text = resource("node_class", &class) + &resource("node_pool", &pool);
        self.workspace.write("main.tf", &text);
    }

    #[track_caller]
    fn apply(&self) {
        self.configure();
        self.workspace.apply().success();
        self.workspace.plan().assert_no_changes();
    }

    #[track_caller]
    fn refused(&self) -> Vec<Diagnostic> {
        self.configure();
        self.workspace.try_plan(&[]).errors()
    }
}

/// One error names the field or value, its release, and the chart to upgrade.
#[track_caller]
fn assert_named<'e>(errors: &'e [Diagnostic], arrival: &Arrival) -> &'e Diagnostic {
    let Arrival { name, release, .. } = arrival;
    let summary = format!("Cluster does not support {name}");
    let found: Vec<_> = errors.iter().filter(|error| error.summary == summary).collect();
    let [error] = found.as_slice() else { panic!("{summary}: {errors:?}") };
    let advice = format!("Upgrade the karpenter-crd and karpenter charts to {release} or later");
    assert!(error.detail.contains(name) && error.detail.contains(&advice), "{error:?}");
    error
}

/// The upgrade brings two arguments, and each one is reported at its place.
#[track_caller]
fn assert_both(errors: &[Diagnostic], Upgrade { class, pool, .. }: &Upgrade) {
    assert_eq!(errors.len(), 2, "{errors:?}");
    for arrival in [class, pool] {
        let error = assert_named(errors, arrival);
        assert!(error.code.starts_with(arrival.code), "{error:?}");
    }
}

#[test]
fn karpenter_fields_apply_from_their_release_on() {
    let mut versions = Versions::new("karpenter");
    versions.install(json!({"install": FIRST}));
    versions.apply();
    for upgrade in &UPGRADES {
        versions.set(upgrade);
        assert_both(&versions.refused(), upgrade);
        versions.install(json!({"install": upgrade.to}));
        versions.apply();
    }
    versions.class.push("detailed_monitoring = true");
    versions.pool.push("weight = 2");
    versions.apply();
}

#[test]
fn karpenter_fields_too_new_are_never_written() {
    let mut versions = Versions::new("karpenter");
    versions.install(json!({"install": FIRST}));
    UPGRADES.iter().for_each(|upgrade| versions.set(upgrade));
    let errors = versions.refused();
    // The pool has only the disruption block of the last upgrade.
    for Upgrade { class, .. } in &UPGRADES {
        assert_named(&errors, class);
    }
    for pool in [&UPGRADES[0].pool, &UPGRADES[1].pool, &UPGRADES[3].pool] {
        assert_named(&errors, pool);
    }
    versions.install(json!({"install": NEWEST}));
    versions.configure();
    versions.workspace.plan();
    // The definitions are replaced by older ones between plan and apply.
    versions.install(json!({"install": UPGRADES[2].to}));
    let errors = versions.workspace.apply_plan().errors();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert_named(&errors, &UPGRADES[3].class);
    assert_named(&errors, &UPGRADES[3].pool);
    for path in ["/apis/karpenter.k8s.aws/v1/ec2nodeclasses/gpu", "/apis/karpenter.sh/v1/nodepools/gpu"] {
        assert_eq!(versions.cluster.kubernetes("GET", path, json!({})).0, 404, "{path}");
    }
}

#[test]
fn auto_mode_fields_wait_for_their_rollout() {
    let mut versions = Versions::new("auto_mode");
    let earlier = json!({"install": "auto-mode", "without": ["NodeClass.spec.certificateBundles"]});
    versions.install(earlier.clone());
    versions.apply();
    versions.class.push("certificate_bundle {\nname = \"ca\"\ndata = \"Y2E=\"\n}");
    let errors = versions.refused();
    let [error] = errors.as_slice() else { panic!("{errors:?}") };
    assert_eq!(error.summary, "Cluster does not support certificateBundles");
    assert!(error.code.starts_with("name"), "{error:?}");
    assert!(error.detail.contains("EKS has not rolled out support") && !error.detail.contains("chart"), "{error:?}");
    versions.install(json!({"install": "auto-mode"}));
    versions.apply();
    // After a rollback, the object no longer has the field.
    versions.install(earlier);
    assert_eq!(versions.refused().len(), 1);
    versions.cluster.karpenter(json!({}));
    versions.workspace.run(&["destroy", "-json", "-auto-approve", "-refresh=false"]).success();
}
