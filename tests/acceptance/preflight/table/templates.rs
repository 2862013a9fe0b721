//! Launch templates and remote access.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Row, nodes, tag, template};
use crate::support::preflight::Examination;
use crate::support::sandbox::Cluster;

const MIME: &str = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"//\"\n\n--//\nContent-Type: \
                    text/x-shellscript; charset=\"us-ascii\"\n\n#!/bin/bash\necho hello\n\n--//--\n";

const OWN_AMI: &str = "ami-0abc0000000000001";

/// What is found of nodes with a launch template of this content.
fn of(data: &[(&str, &str)]) -> Examination {
    nodes(|cluster, nodes| nodes["launch_template"] = template(cluster, data))
}

/// The same with the instance types left to the template.
fn of_typed(types: Value) -> Examination {
    nodes(|cluster, nodes| {
        nodes["instance_types"] = types;
        nodes["launch_template"] = template(cluster, &[("InstanceType", "m5.large")]);
    })
}

/// What is found of nodes with this user data.
fn of_user_data(text: &str) -> Examination {
    of(&[("UserData", &STANDARD.encode(text))])
}

/// What is found of nodes with an AMI that join a cluster of this name.
fn of_joining(name: impl Fn(&Cluster) -> String) -> Examination {
    nodes(|cluster, nodes| {
        let script = format!("#!/bin/bash\n/etc/eks/bootstrap.sh {}\n", name(cluster));
        nodes["launch_template"] = template(cluster, &[("ImageId", OWN_AMI), ("UserData", &STANDARD.encode(script))]);
    })
}

/// What is found of nodes whose volume has a key that lets this principal use it.
fn of_key(principal: &str) -> Examination {
    nodes(|cluster, nodes| {
        let statement = |principal: &str, action: &str| json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, "Resource": "*"});
        let root = statement("arn:aws:iam::123456789012:root", "kms:*");
        let policy = json!({"Version": "2012-10-17", "Statement": [root, statement(principal, "kms:CreateGrant")]});
        let made = cluster.kms("CreateKey", &json!({"Policy": policy.to_string()}));
        let key = made["KeyMetadata"]["Arn"].as_str().expect("the key's ARN").to_owned();
        nodes["launch_template"] = template(
            cluster,
            &[
                ("BlockDeviceMapping.1.DeviceName", "/dev/xvda"),
                ("BlockDeviceMapping.1.Ebs.Encrypted", "true"),
                ("BlockDeviceMapping.1.Ebs.KmsKeyId", &key),
            ],
        );
    })
}

/// What is found of nodes with a security group of the VPC, or with the cluster's own.
fn of_group(own: bool) -> Examination {
    nodes(|cluster, nodes| {
        let form = format!("GroupName={}-nodes&GroupDescription=nodes&VpcId={}", cluster.name, cluster.made("vpc_id"));
        let group = tag(&cluster.ec2("CreateSecurityGroup", &form), "groupId");
        let group = if own { cluster.made("cluster_security_group_id") } else { &group };
        nodes["launch_template"] = template(cluster, &[("SecurityGroupId.1", group)]);
    })
}

/// What is found of nodes with the cluster's security group and one of another VPC.
fn of_other_vpc(associated: bool) -> Examination {
    nodes(|cluster, nodes| {
        let vpc = tag(&cluster.ec2("CreateVpc", "CidrBlock=10.1.0.0%2F16"), "vpcId");
        let form = format!("GroupName={}-shared&GroupDescription=shared&VpcId={vpc}", cluster.name);
        let group = tag(&cluster.ec2("CreateSecurityGroup", &form), "groupId");
        if associated {
            let form = format!("GroupId={group}&VpcId={}", cluster.made("vpc_id"));
            cluster.ec2("AssociateSecurityGroupVpc", &form);
        }
        let own = cluster.made("cluster_security_group_id");
        nodes["launch_template"] = template(cluster, &[("SecurityGroupId.1", own), ("SecurityGroupId.2", &group)]);
    })
}

/// What is found of nodes with an Elastic Fabric Adapter whose security group is open to itself.
fn of_adapter(instance_type: &str) -> Examination {
    nodes(|cluster, nodes| {
        let group = cluster.made("cluster_security_group_id");
        nodes["instance_types"] = json!([instance_type]);
        nodes["launch_template"] = template(
            cluster,
            &[
                ("NetworkInterface.1.DeviceIndex", "0"),
                ("NetworkInterface.1.InterfaceType", "efa"),
                ("NetworkInterface.1.SecurityGroupId.1", group),
            ],
        );
    })
}

/// What is found of nodes of a type in a placement group of a strategy.
fn of_placement(strategy: &str, instance_type: &str) -> Examination {
    nodes(|cluster, nodes| {
        cluster.ec2("CreatePlacementGroup", &format!("GroupName={}&Strategy={strategy}", cluster.name));
        nodes["instance_types"] = json!([instance_type]);
        nodes["launch_template"] = template(cluster, &[("Placement.GroupName", &cluster.name)]);
    })
}

fn of_version(version: &str) -> Examination {
    nodes(|cluster, nodes| {
        nodes["launch_template"] = template(cluster, &[("KeyName", "")]);
        nodes["launch_template"][0]["version"] = json!(version);
    })
}

fn of_key_pair(make: impl Fn(&Cluster)) -> Examination {
    nodes(|cluster, nodes| {
        make(cluster);
        nodes["remote_access"] = json!([{"ec2_ssh_key": cluster.name}]);
    })
}

pub(super) const ROWS: &[Row] = &[
    Row {
        check: "launch_template_exists",
        says: "error launch_template",
        words: "Version 2 of launch template",
        fires: ("a version that nobody made", || of_version("2")),
        rests: ("a version that is there", || of_version("1")),
    },
    Row {
        check: "launch_template_forbidden",
        says: "error launch_template",
        words: "the instance profile own",
        fires: ("an instance profile in the template", || of(&[("IamInstanceProfile.Name", "own")])),
        rests: ("a disk in the template", || {
            of(&[("BlockDeviceMapping.1.DeviceName", "/dev/xvda"), ("BlockDeviceMapping.1.Ebs.VolumeSize", "30")])
        }),
    },
    Row {
        check: "launch_template_conflicts",
        says: "error instance_types",
        words: "specifies m5.large",
        fires: ("instance types in both places", || of_typed(json!(["m5.large"]))),
        rests: ("the instance type in the template only", || of_typed(Value::Null)),
    },
    Row {
        check: "launch_template_ami",
        says: "error launch_template",
        words: "ami-0123456789abcdef0",
        fires: ("an AMI that does not exist", || of(&[("ImageId", "ami-0123456789abcdef0")])),
        rests: ("an AMI that does", || of(&[("ImageId", OWN_AMI)])),
    },
    Row {
        check: "launch_template_userdata",
        says: "warning launch_template",
        words: "requires MIME multipart",
        fires: ("a script as user data of Amazon Linux", || of_user_data("#!/bin/bash\necho hello\n")),
        rests: ("the script in a MIME multipart", || of_user_data(MIME)),
    },
    Row {
        check: "launch_template_userdata",
        says: "error launch_template",
        words: "compressed with gzip",
        fires: ("compressed user data", || of(&[("UserData", &STANDARD.encode(b"\x1f\x8b\x08\x00"))])),
        rests: ("the same beside an AMI", || {
            of(&[("UserData", &STANDARD.encode(b"\x1f\x8b\x08\x00")), ("ImageId", OWN_AMI)])
        }),
    },
    Row {
        check: "launch_template_join",
        says: "warning launch_template",
        words: "has no user data",
        fires: ("an AMI without user data", || of(&[("ImageId", OWN_AMI)])),
        rests: ("an AMI that EKS chooses", || of(&[("KeyName", "")])),
    },
    Row {
        check: "launch_template_join",
        says: "warning launch_template",
        words: "specifies cluster another",
        fires: ("user data of another cluster", || of_joining(|_| "another".to_owned())),
        rests: ("user data of this one", || of_joining(|cluster| cluster.name.clone())),
    },
    Row {
        check: "launch_template_metadata",
        says: "error launch_template",
        words: "HttpEndpoint",
        fires: ("no instance metadata service", || of(&[("MetadataOptions.HttpEndpoint", "disabled")])),
        rests: ("one that wants tokens", || of(&[("MetadataOptions.HttpTokens", "required")])),
    },
    Row {
        check: "launch_template_security_groups",
        says: "warning launch_template",
        words: "is not open to the nodes",
        fires: ("a security group without rules instead of the cluster's", || of_group(false)),
        rests: ("the cluster's security group", || of_group(true)),
    },
    Row {
        check: "launch_template_security_groups",
        says: "error launch_template",
        words: "associate the specified security groups with",
        fires: ("a security group of another VPC", || of_other_vpc(false)),
        rests: ("one that is associated with the cluster's VPC", || of_other_vpc(true)),
    },
    Row {
        check: "placement_group",
        says: "error launch_template",
        words: "which does not exist in us-east-1",
        fires: ("a placement group that nobody made", || of(&[("Placement.GroupName", "nobody")])),
        rests: ("one that is there", || of_placement("partition", "m5.large")),
    },
    Row {
        check: "placement_group",
        says: "warning subnet_ids",
        words: "which uses the cluster strategy, but the subnets are in",
        fires: ("a placement group for one zone and two zones", || of_placement("cluster", "m5.large")),
        rests: ("one of another strategy", || of_placement("spread", "m5.large")),
    },
    Row {
        check: "placement_group",
        says: "error instance_types",
        words: "does not support t3.medium in this type of placement group",
        fires: ("a placement group that does not take the type", || of_placement("cluster", "t3.medium")),
        rests: ("one that does", || of_placement("spread", "t3.medium")),
    },
    Row {
        check: "elastic_fabric_adapter",
        says: "error launch_template",
        words: "do not support: m5.large",
        fires: ("an adapter for a type that has none", || of_adapter("m5.large")),
        rests: ("an adapter for a type that has one", || of_adapter("c5n.18xlarge")),
    },
    Row {
        check: "volume_key",
        says: "warning launch_template",
        words: "AWSServiceRoleForAutoScaling",
        fires: ("a key that Auto Scaling may not use", || of_key("arn:aws:iam::123456789012:role/other")),
        rests: ("a key that it may", || {
            let role = "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";
            of_key(&format!("arn:aws:iam::123456789012:role/{role}"))
        }),
    },
    Row {
        check: "key_pair_exists",
        says: "error remote_access[0].ec2_ssh_key",
        words: "Key pair acceptance-",
        fires: ("a key pair that nobody made", || of_key_pair(|_| ())),
        rests: ("one that is there", || {
            of_key_pair(|cluster| {
                cluster.ec2("CreateKeyPair", &format!("KeyName={}", cluster.name));
            })
        }),
    },
];
