"""A state that contains the node group as aws_eks_node_group, as version 6 of the AWS provider writes it.

The AWS provider is not installed for the demo. The values are the values that EKS returns for the node group.
"""

from __future__ import annotations

import json
from typing import Any

from local_aws import CLUSTER, REGION

ADDRESS = "aws_eks_node_group.workers"


def former_state(node_group: dict[str, Any], account: str, registry: str) -> str:
    """Return the state file. `registry` is the host in the address of the AWS provider."""
    attributes = _attributes(node_group)
    identity = {"account_id": account, "cluster_name": CLUSTER, "region": REGION}
    instance = {
        "schema_version": 0,
        "attributes": attributes,
        "sensitive_attributes": [],
        "identity_schema_version": 0,
        "identity": {**identity, "node_group_name": attributes["node_group_name"]},
    }
    resource_type, _, name = ADDRESS.partition(".")
    resource = {
        "mode": "managed",
        "type": resource_type,
        "name": name,
        "provider": f'provider["{registry}/hashicorp/aws"]',
        "instances": [instance],
    }
    state = {
        "version": 4,
        "terraform_version": "1.8.4",
        "serial": 7,
        "lineage": "6a1c9a6e-3a0e-4f5a-8f36-3d2d0f1ad7a1",
        "outputs": {},
        "resources": [resource],
        "check_results": None,
    }
    return json.dumps(state, indent=2) + "\n"


def _attributes(node_group: dict[str, Any]) -> dict[str, Any]:
    sizes = node_group["scalingConfig"]
    update = node_group["updateConfig"]
    groups = [{"name": group["name"]} for group in node_group["resources"]["autoScalingGroups"]]
    return {
        "ami_type": node_group["amiType"],
        "arn": node_group["nodegroupArn"],
        "capacity_type": node_group["capacityType"],
        "cluster_name": node_group["clusterName"],
        "disk_size": node_group["diskSize"],
        "force_update_version": None,
        "id": f"{node_group['clusterName']}:{node_group['nodegroupName']}",
        "instance_types": node_group["instanceTypes"],
        "labels": node_group.get("labels", {}),
        "launch_template": [],
        "node_group_name": node_group["nodegroupName"],
        "node_group_name_prefix": "",
        "node_repair_config": [],
        "node_role_arn": node_group["nodeRole"],
        "region": REGION,
        "release_version": node_group["releaseVersion"],
        "remote_access": [],
        "resources": [{"autoscaling_groups": groups, "remote_access_security_group_id": ""}],
        "scaling_config": [
            {"desired_size": sizes["desiredSize"], "max_size": sizes["maxSize"], "min_size": sizes["minSize"]}
        ],
        "status": node_group["status"],
        "subnet_ids": node_group["subnets"],
        "tags": {},
        "tags_all": {},
        "taint": [],
        "timeouts": None,
        "update_config": [
            {
                "max_unavailable": update.get("maxUnavailable", 0),
                "max_unavailable_percentage": update.get("maxUnavailablePercentage", 0),
                "update_strategy": update.get("updateStrategy", "DEFAULT"),
            }
        ],
        "version": node_group["version"],
        "warm_pool_config": [],
    }
