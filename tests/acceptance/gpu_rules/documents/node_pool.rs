//! Node pools of Karpenter and of EKS Auto Mode.

use serde_json::{Value, json};

use super::{KEYS, quantities, texts};

/// Specifications that the API server takes, with the node class of one controller.
pub(in super::super) fn specifications(group: &str, kind: &str, prefix: &str) -> Vec<Value> {
    let reference = json!({"group": group, "kind": kind, "name": "gpu"});
    let rich = json!({
        "template": {
            "metadata": {
                "labels": {"nvidia.com/gpu.present": "true", "team": "gpu"},
                "annotations": {"example.com/owner": "the team"},
            },
            "spec": {
                "nodeClassRef": reference,
                "requirements": [
                    {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]},
                    {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot", "on-demand"]},
                    {"key": format!("{prefix}instance-family"), "operator": "In", "values": ["g6", "p5"], "minValues": 2},
                    {"key": format!("{prefix}instance-gpu-count"), "operator": "Gt", "values": ["0"]},
                    {"key": "example.com/rack", "operator": "Exists"},
                ],
                "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}],
                "startupTaints": [{"key": "example.com/starting", "value": "yes", "effect": "NoExecute"}],
                "expireAfter": "300h",
                "terminationGracePeriod": "2h",
            },
        },
        "limits": {"cpu": "1000", "nvidia.com/gpu": "8"},
        "weight": 10,
        "disruption": {
            "consolidationPolicy": "WhenEmpty",
            "consolidateAfter": "20m",
            "budgets": [
                {"nodes": "0", "schedule": "0 9 * * mon-fri", "duration": "8h", "reasons": ["Drifted", "Underutilized"]},
                {"nodes": "10%"},
            ],
        },
    });
    let small = json!({
        "template": {"spec": {
            "nodeClassRef": reference,
            "requirements": [{"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["on-demand"]}],
        }},
    });
    let fixed = json!({
        "replicas": 2,
        "limits": {"nodes": "3"},
        "template": {"spec": {
            "nodeClassRef": reference,
            "requirements": [{"key": format!("{prefix}instance-family"), "operator": "In", "values": ["g6"]}],
        }},
    });
    vec![rich, small, fixed]
}

/// What else the member at a path may be.
pub(in super::super) fn samples(path: &str) -> Vec<Value> {
    match path.trim_start_matches("spec.") {
        "template.spec.expireAfter" | "disruption.consolidateAfter" | "template.spec.terminationGracePeriod" => {
            texts(&[
                "720h", "480h", "481h", "502h", "503h", "336h0m0s", "10m30s", "0s", "1h1h", "Never", "never", "30d",
                "1.5h", "-1h", "1 h", "h", "90",
            ])
        }
        "disruption.budgets[].nodes" => {
            texts(&["0", "5", "10%", "99%", "100%", "101%", "1000%", "-1", "10.5%", "five", "%"])
        }
        "disruption.budgets[].schedule" => texts(&[
            "@daily",
            "@hourly",
            "@never",
            "0 9 * * mon-fri",
            "*/5 * * * *",
            "* * * *",
            "hourly",
            "0 9 * * * *",
        ]),
        "disruption.budgets[].duration" => {
            texts(&["8h", "90m", "8h30m", "8h30m0s", "30m0s", "30s", "8h0s", "30m8h", "1d", "8", "8h30"])
        }
        "disruption.budgets[].reasons" => {
            vec![json!(["Empty"]), json!(["Empty", "Empty"]), json!(["Broken"]), json!(["NodeNotHealthy"])]
        }
        "disruption.budgets" => vec![
            json!([{"nodes": "1", "schedule": "@daily"}]),
            json!([{"nodes": "1", "duration": "1h"}]),
            json!([{"nodes": "1", "schedule": "@daily", "duration": "1h"}]),
        ],
        "disruption" => vec![json!({"consolidateAfter": "0s"}), json!({"consolidationPolicy": "WhenEmpty"})],
        "limits{}" => quantities(),
        "limits" => vec![json!({"nodes": "3"}), json!({"cpu": "10"}), json!({"cpu": "10", "nodes": "3"})],
        "weight" => vec![json!(1), json!(100)],
        "replicas" => vec![json!(0), json!(3)],
        "template.metadata.labels" => {
            let keys = KEYS.iter().map(|key| json!({*key: "value"}));
            let values = ["", "a b", "-a", "a-", "a_b.c", "é"].iter().map(|value| json!({"team": value}));
            keys.chain(values).collect()
        }
        "template.spec.requirements" => {
            let requirement = |operator: &str, values: Value, least: Option<u32>| {
                let mut requirement = json!({"key": "example.com/a", "operator": operator, "values": values});
                if let Some(least) = least {
                    requirement["minValues"] = json!(least);
                }
                json!([requirement])
            };
            let mut found =
                vec![json!([{"key": "example.com/a", "operator": "In"}]), requirement("In", json!(["a"]), Some(2))];
            for operator in ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Gte", "Lte"] {
                for values in
                    [json!([]), json!(["1"]), json!(["-1"]), json!(["1", "2"]), json!(["one"]), json!(["1.5"])]
                {
                    found.push(requirement(operator, values, None));
                }
                found.push(json!([{"key": "example.com/a", "operator": operator}]));
            }
            found.push(requirement("Gt", json!(["9223372036854775808"]), None));
            found
        }
        "template.spec.requirements[].key" | "template.spec.taints[].key" | "template.spec.startupTaints[].key" => {
            texts(&KEYS)
        }
        "template.spec.taints[].value" | "template.spec.startupTaints[].value" => {
            texts(&["present", "a b", "-", "a/b", "true", "a_b"])
        }
        "template.spec.requirements[].values" => vec![json!(["a", "b"]), json!(["two words"]), json!(["x".repeat(64)])],
        "template.spec.requirements[].minValues" => vec![json!(1), json!(3)],
        "template.spec.nodeClassRef.group" => texts(&["a/b", "example.com"]),
        "template.spec.taints" => vec![
            json!([{"key": "a", "effect": "NoSchedule"}, {"key": "a", "value": "b", "effect": "NoSchedule"}]),
            json!([{"key": "a"}]),
            json!([{"effect": "NoSchedule"}]),
        ],
        _ => Vec::new(),
    }
}
