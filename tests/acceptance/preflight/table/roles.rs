//! Roles.

use serde_json::{Value, json};

use super::{Row, encoded, nodes, pods, role_name, tag};
use crate::support::preflight::Examination;
use crate::support::sandbox::Cluster;

fn policy(cluster: &Cluster, call: &str, role: &str, name: &str) {
    let arn = format!("arn:aws:iam::aws:policy/{name}");
    cluster.iam(call, &format!("RoleName={}&PolicyArn={}", role_name(role), encoded(&arn)));
}

pub(in super::super) fn detach(cluster: &Cluster, names: &[&str]) {
    for name in names {
        policy(cluster, "DetachRolePolicy", cluster.made("node_role_arn"), name);
    }
}

fn allow(actions: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}).to_string()
}

/// Gives the node role an inline policy.
fn inline(cluster: &Cluster, actions: &str) {
    let role = role_name(cluster.made("node_role_arn"));
    let form = format!("RoleName={role}&PolicyName=own&PolicyDocument={}", encoded(&allow(actions)));
    cluster.iam("PutRolePolicy", &form);
}

/// Puts a boundary on a role that allows these actions.
fn bound(cluster: &Cluster, actions: &str) {
    let form = format!("PolicyName={}-boundary&PolicyDocument={}", cluster.name, encoded(&allow(actions)));
    let boundary = tag(&cluster.iam("CreatePolicy", &form), "Arn");
    let role = role_name(cluster.made("node_role_arn"));
    cluster.iam("PutRolePermissionsBoundary", &format!("RoleName={role}&PermissionsBoundary={}", encoded(&boundary)));
}

/// Changes the trust policy of a role.
pub(in super::super) fn trust(cluster: &Cluster, role: &str, service: impl Into<Value>, condition: Value) {
    let service: Value = service.into();
    let mut statement = json!({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"});
    if !condition.is_null() {
        statement["Condition"] = condition;
    }
    let document = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let form = format!("RoleName={}&PolicyDocument={}", role_name(role), encoded(&document));
    cluster.iam("UpdateAssumeRolePolicy", &form);
}

/// Trusts Fargate for the profiles of a cluster only.
fn trust_for(cluster: &Cluster, name: &str) {
    let source = format!("arn:aws:eks:us-east-1:123456789012:fargateprofile/{name}/*");
    let condition = json!({"ArnLike": {"aws:SourceArn": source}});
    trust(cluster, cluster.made("fargate_role_arn"), "eks-fargate-pods.amazonaws.com", condition);
}

/// Makes an access entry for the node role.
fn entry(cluster: &Cluster, kind: &str) {
    let body = json!({"principalArn": cluster.made("node_role_arn"), "type": kind});
    cluster.eks("POST", &format!("/clusters/{}/access-entries", cluster.name), &body);
}

/// What is found of pods with the node role, which trusts Fargate, too, beside so many node groups.
fn shared_role(node_groups: u32) -> Examination {
    let cluster = Cluster::seeded(json!({"nodegroups": node_groups}));
    let role = cluster.made("node_role_arn");
    let services = json!(["ec2.amazonaws.com", "eks-fargate-pods.amazonaws.com"]);
    trust(&cluster, role, services, Value::Null);
    let mut pods = cluster.pods();
    pods["pod_execution_role_arn"] = json!(role);
    cluster.examine(pods)
}

/// The condition that a role is passed to this service.
fn to_service(service: &str) -> Value {
    json!({"StringEquals": {"iam:PassedToService": service}})
}

/// What a new user of a new cluster finds who may do these things under these conditions.
fn called_with(allowed: &[(&str, Value)]) -> Examination {
    examined_by_user(&Cluster::new(), allowed)
}

/// What a user without rights in IAM finds in an account of one's own, where EKS has made its role or not.
fn first_of_account(made: bool) -> Examination {
    let cluster = Cluster::alone(json!({}));
    if made {
        cluster.iam("CreateServiceLinkedRole", "AWSServiceName=eks-nodegroup.amazonaws.com");
    }
    examined_by_user(&cluster, &[("eks:*", Value::Null)])
}

/// What a new user finds of nodes who may do these things under these conditions.
pub(in super::super) fn examined_by_user(cluster: &Cluster, allowed: &[(&str, Value)]) -> Examination {
    let statement = |(action, condition): &(&str, Value)| {
        let mut statement = json!({"Effect": "Allow", "Action": action, "Resource": "*"});
        if !condition.is_null() {
            statement["Condition"] = condition.clone();
        }
        statement
    };
    let statements: Vec<_> = allowed.iter().map(statement).collect();
    let document = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let user = format!("UserName={}", cluster.name);
    cluster.iam("CreateUser", &user);
    cluster.iam("PutUserPolicy", &format!("{user}&PolicyName=own&PolicyDocument={}", encoded(&document)));
    let key = cluster.iam("CreateAccessKey", &user);
    cluster.examine_as((&tag(&key, "AccessKeyId"), &tag(&key, "SecretAccessKey")), cluster.nodes())
}

/// Trusts EC2, and denies it in another statement.
fn deny(cluster: &Cluster, role: &str, condition: Value) {
    let statement = |effect: &str| json!({"Effect": effect, "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"});
    let mut denial = statement("Deny");
    if !condition.is_null() {
        denial["Condition"] = condition;
    }
    let document = json!({"Version": "2012-10-17", "Statement": [statement("Allow"), denial]}).to_string();
    let form = format!("RoleName={}&PolicyDocument={}", role_name(role), encoded(&document));
    cluster.iam("UpdateAssumeRolePolicy", &form);
}

/// What stands for the ARN of the seeded node role in a text of `mapRoles`.
const NODE_ROLE: &str = "NODE_ROLE";

fn entry_of(username: &str) -> String {
    format!("- rolearn: {NODE_ROLE}\n  username: {username}\n  groups: [system:bootstrappers, system:nodes]\n")
}

/// What is found of nodes of a cluster that goes by its ConfigMap aws-auth alone, with this text in it.
fn mapped(roles: &str) -> Examination {
    let cluster = Cluster::seeded(json!({"cluster_config": {"accessConfig": {"authenticationMode": "CONFIG_MAP"}}}));
    cluster.start_kubernetes(json!({}));
    let map = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth"},
        "data": {"mapRoles": roles.replace(NODE_ROLE, cluster.made("node_role_arn"))},
    });
    let maps = "/api/v1/namespaces/kube-system/configmaps";
    cluster.kubernetes("DELETE", &format!("{maps}/aws-auth"), json!({}));
    let (status, answer) = cluster.kubernetes("POST", maps, json!({ "body": map }));
    assert_eq!(status, 201, "{answer}");
    cluster.examine(cluster.nodes())
}

pub(super) const ROWS: &[Row] = &[
    Row {
        check: "role_exists",
        says: "error node_role_arn",
        words: "not found",
        fires: ("a role that nobody made", || {
            nodes(|_, nodes| nodes["node_role_arn"] = json!("arn:aws:iam::123456789012:role/nobody"))
        }),
        rests: ("the seeded role", || nodes(|_, _| ())),
    },
    Row {
        check: "role_trust_policy",
        says: "error node_role_arn",
        words: "ec2.amazonaws.com",
        fires: ("a node role that trusts eks.amazonaws.com", || {
            nodes(|cluster, _| trust(cluster, cluster.made("node_role_arn"), "eks.amazonaws.com", Value::Null))
        }),
        rests: ("one that trusts ec2.amazonaws.com", || {
            nodes(|cluster, _| trust(cluster, cluster.made("node_role_arn"), "ec2.amazonaws.com", Value::Null))
        }),
    },
    Row {
        check: "role_trust_policy",
        says: "error pod_execution_role_arn",
        words: "fargateprofile/another/*",
        fires: ("a pod execution role for another cluster", || pods(|cluster, _| trust_for(cluster, "another"))),
        rests: ("one for this cluster", || pods(|cluster, _| trust_for(cluster, &cluster.name))),
    },
    Row {
        check: "role_trust_policy",
        says: "error node_role_arn",
        words: "denies ec2.amazonaws.com",
        fires: ("a trust policy that denies EC2 without a condition", || {
            nodes(|cluster, _| deny(cluster, cluster.made("node_role_arn"), Value::Null))
        }),
        rests: ("one that denies it on a condition", || {
            let condition = json!({"StringEquals": {"aws:SourceAccount": "210987654321"}});
            nodes(|cluster, _| deny(cluster, cluster.made("node_role_arn"), condition))
        }),
    },
    Row {
        check: "role_mapping",
        says: "error cluster_name",
        words: "not valid YAML",
        fires: ("a ConfigMap aws-auth that nobody can read", || mapped("- rolearn: x\n  username: {{SessionName}}\n")),
        rests: ("one with an entry of another role", || mapped("- rolearn: x\n  username: \"{{SessionName}}\"\n")),
    },
    Row {
        check: "role_mapping",
        says: "warning node_role_arn",
        words: "has the username \"admin\"",
        fires: ("an entry of the role as an administrator", || mapped(&entry_of("admin"))),
        rests: ("an entry of the role as nodes", || mapped(&entry_of("system:node:{{EC2PrivateDNSName}}"))),
    },
    Row {
        check: "role_is_cluster_role",
        says: "error node_role_arn",
        words: "is the cluster role of",
        fires: ("the cluster's own role for nodes", || {
            nodes(|cluster, nodes| nodes["node_role_arn"] = json!(cluster.made("cluster_role_arn")))
        }),
        rests: ("a role of the nodes", || nodes(|_, _| ())),
    },
    Row {
        check: "role_is_node_role",
        says: "error pod_execution_role_arn",
        words: "is the node role of workers-0000",
        fires: ("the role of a node group for pods", || shared_role(1)),
        rests: ("the same role, and no node group", || shared_role(0)),
    },
    Row {
        check: "caller_permissions",
        says: "warning node_role_arn",
        words: "do not allow iam:PassRole",
        fires: ("a caller who may not pass the role", || called_with(&[("eks:*", Value::Null)])),
        rests: ("one who may pass it to EKS", || {
            called_with(&[("eks:*", Value::Null), ("iam:PassRole", to_service("eks.amazonaws.com"))])
        }),
    },
    Row {
        check: "caller_permissions",
        says: "warning cluster_name",
        words: "do not allow eks:CreateNodegroup",
        fires: ("a caller who may only read", || {
            called_with(&[("eks:Describe*", Value::Null), ("iam:*", Value::Null)])
        }),
        rests: ("one whose conditions decide", || {
            let tagged = json!({"StringEquals": {"aws:RequestTag/team": "one"}});
            called_with(&[("eks:CreateNodegroup", tagged), ("iam:*", Value::Null)])
        }),
    },
    Row {
        check: "service_linked_role",
        says: "error cluster_name",
        words: "has no role AWSServiceRoleForAmazonEKSNodegroup",
        fires: ("no service-linked role, and a caller who may not make it", || first_of_account(false)),
        rests: ("the role made by somebody else", || first_of_account(true)),
    },
    Row {
        check: "role_worker_policy",
        says: "warning node_role_arn",
        words: "ec2:DescribeInstances",
        fires: ("a role without AmazonEKSWorkerNodePolicy", || {
            nodes(|cluster, _| detach(cluster, &["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy"]))
        }),
        rests: ("an inline policy that grants the same", || {
            nodes(|cluster, _| {
                detach(cluster, &["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy"]);
                inline(cluster, "ec2:Describe*");
            })
        }),
    },
    Row {
        check: "role_worker_policy",
        says: "error node_role_arn",
        words: "no attached or inline policies",
        fires: ("a role without policies", || {
            nodes(|cluster, _| {
                let all = ["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly"];
                detach(cluster, &all);
            })
        }),
        rests: ("a role with the three policies", || nodes(|_, _| ())),
    },
    Row {
        check: "role_image_pull_policy",
        says: "warning node_role_arn",
        words: "ecr:GetAuthorizationToken",
        fires: ("a role without a policy for images", || {
            nodes(|cluster, _| detach(cluster, &["AmazonEC2ContainerRegistryPullOnly"]))
        }),
        rests: ("AmazonEC2ContainerRegistryReadOnly instead", || {
            nodes(|cluster, _| {
                detach(cluster, &["AmazonEC2ContainerRegistryPullOnly"]);
                let role = cluster.made("node_role_arn");
                policy(cluster, "AttachRolePolicy", role, "AmazonEC2ContainerRegistryReadOnly");
            })
        }),
    },
    Row {
        check: "role_cni_policy",
        says: "warning node_role_arn",
        words: "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy",
        fires: ("a role without AmazonEKS_CNI_Policy", || {
            nodes(|cluster, _| detach(cluster, &["AmazonEKS_CNI_Policy"]))
        }),
        rests: ("an inline policy that grants the same", || {
            nodes(|cluster, _| {
                detach(cluster, &["AmazonEKS_CNI_Policy"]);
                inline(cluster, "ec2:*");
            })
        }),
    },
    Row {
        check: "role_pod_execution_policy",
        says: "warning pod_execution_role_arn",
        words: "arn:aws:iam::aws:policy/AmazonEKSFargatePodExecutionRolePolicy",
        fires: ("a pod execution role without its policy", || {
            pods(|cluster, _| {
                let role = cluster.made("fargate_role_arn");
                policy(cluster, "DetachRolePolicy", role, "AmazonEKSFargatePodExecutionRolePolicy");
            })
        }),
        rests: ("one with it", || pods(|_, _| ())),
    },
    Row {
        check: "role_permissions_boundary",
        says: "warning node_role_arn",
        words: "does not allow ecr:GetAuthorizationToken",
        fires: ("a boundary without ECR", || nodes(|cluster, _| bound(cluster, "ec2:*"))),
        rests: ("a boundary with everything", || nodes(|cluster, _| bound(cluster, "*"))),
    },
    Row {
        check: "role_access_entry",
        says: "warning node_role_arn",
        words: "type STANDARD",
        fires: ("an access entry of type STANDARD", || nodes(|cluster, _| entry(cluster, "STANDARD"))),
        rests: ("one of type EC2_LINUX", || nodes(|cluster, _| entry(cluster, "EC2_LINUX"))),
    },
    Row {
        check: "role_recreated",
        says: "warning node_role_arn",
        words: "older than the role",
        fires: ("an access entry older than the role", || {
            nodes(|cluster, _| {
                entry(cluster, "EC2_LINUX");
                cluster.patch(json!({"access_entries_since": 1_000_000_000}));
            })
        }),
        rests: ("one made after it", || nodes(|cluster, _| entry(cluster, "EC2_LINUX"))),
    },
];
