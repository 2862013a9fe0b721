"""Data of other services that the preflight checks read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import Made, Sandbox, refused


def test_network_of_a_seed(sandbox: Sandbox, made: Made) -> None:
    ec2 = sandbox.client("ec2")
    private, public = made.ids["private_subnet_ids"][0], made.ids["public_subnet_ids"][0]

    def default_route(subnet: str) -> dict[str, Any]:
        tables = ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])
        return next(
            route for route in tables["RouteTables"][0]["Routes"] if route["DestinationCidrBlock"] == "0.0.0.0/0"
        )

    assert default_route(public)["GatewayId"].startswith("igw-")
    assert default_route(private)["NatGatewayId"].startswith("nat-")
    subnets = ec2.describe_subnets(SubnetIds=[private, public])["Subnets"]
    assert {each["SubnetId"]: each["MapPublicIpOnLaunch"] for each in subnets} == {private: False, public: True}
    vpc = ec2.describe_vpcs(VpcIds=[made.ids["vpc_id"]])["Vpcs"][0]
    options = ec2.describe_dhcp_options(DhcpOptionsIds=[vpc["DhcpOptionsId"]])["DhcpOptions"][0]
    assert options["DhcpConfigurations"][0]["Values"] == [{"Value": "AmazonProvidedDNS"}]
    for attribute in ("enableDnsSupport", "enableDnsHostnames"):
        answer = ec2.describe_vpc_attribute(VpcId=made.ids["vpc_id"], Attribute=attribute)
        assert answer[attribute[0].upper() + attribute[1:]] == {"Value": True}


def test_roles_of_a_seed(sandbox: Sandbox, made: Made) -> None:
    iam = sandbox.client("iam")
    attached = iam.list_attached_role_policies(RoleName="demo-node")["AttachedPolicies"]
    assert {each["PolicyArn"] for each in attached} == {
        f"arn:aws:iam::aws:policy/{name}"
        for name in ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy")
    }


def test_unknown_instance_type_is_ec2s_own_error(sandbox: Sandbox) -> None:
    ec2 = sandbox.client("ec2")
    with refused("InvalidInstanceType", "m5.gigantic"):
        ec2.describe_instance_types(InstanceTypes=["m5.large", "m5.gigantic"])
    found = ec2.describe_instance_types(InstanceTypes=["g5.xlarge"])["InstanceTypes"][0]
    assert found["GpuInfo"]["Gpus"][0]["Manufacturer"] == "NVIDIA"


def test_simulated_policies_are_evaluated(sandbox: Sandbox, made: Made) -> None:
    iam, actions = sandbox.client("iam"), ["ec2:DescribeInstances", "iam:CreateUser", "ecr:BatchGetImage"]

    def decisions(arn: str) -> list[str]:
        answer = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=actions)
        return [each["EvalDecision"] for each in answer["EvaluationResults"]]

    arn = made.ids["node_role_arn"]
    assert decisions(arn) == ["allowed", "implicitDeny", "allowed"]
    deny = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "ecr:*", "Resource": "*"}]}
    iam.put_role_policy(RoleName="demo-node", PolicyName="no", PolicyDocument=json.dumps(deny))
    assert decisions(arn) == ["allowed", "implicitDeny", "explicitDeny"]
    boundary = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]}
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=json.dumps(boundary))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="demo-node", PermissionsBoundary=limit)
    assert decisions(arn)[0] == "implicitDeny"
    with refused("NoSuchEntity"):
        decisions(arn + "x")


def test_quotas(sandbox: Sandbox, made: Made) -> None:
    quotas, code = sandbox.client("service-quotas"), "L-6D54EA21"
    default = quotas.get_aws_default_service_quota(ServiceCode="eks", QuotaCode=code)["Quota"]["Value"]
    assert default == 30
    sandbox.control("POST", "settings", {"max_nodegroups": 1})
    assert quotas.get_service_quota(ServiceCode="eks", QuotaCode=code)["Quota"]["Value"] == 1
    sandbox.seed(nodegroups=1)
    with refused("ResourceLimitExceededException", "Cannot create more than 1 node groups"):
        sandbox.client("eks").create_nodegroup(**made.request())
    assert {each["QuotaCode"] for each in quotas.list_service_quotas(ServiceCode="ec2")["Quotas"]} >= {"L-1216C47A"}
    with refused("NoSuchResourceException"):
        quotas.get_service_quota(ServiceCode="eks", QuotaCode="L-00000000")


@pytest.mark.parametrize(
    ("method", "arguments", "code"),
    [
        ("describe_placement_groups", {"GroupNames": ["g"]}, "InvalidPlacementGroup.Unknown"),
        (
            "describe_capacity_reservations",
            {"CapacityReservationIds": ["cr-0123456789abcdef0"]},
            "InvalidCapacityReservationId.NotFound",
        ),
    ],
)
def test_what_does_not_exist(sandbox: Sandbox, method: str, arguments: dict[str, Any], code: str) -> None:
    ec2 = sandbox.client("ec2")
    getattr(ec2, method)()
    with refused(code):
        getattr(ec2, method)(**arguments)


def test_an_operation_nobody_offers(sandbox: Sandbox, eks: Any) -> None:
    with refused("NotImplemented", "does not support eks:ListCapabilities", 501):
        eks.list_capabilities(clusterName="demo")
    with refused("NotImplemented", "does not support", 501):
        sandbox.client("ec2").describe_ipam_byoasn()


def test_boundary_shows_in_the_simulation(sandbox: Sandbox, made: Made) -> None:
    iam = sandbox.client("iam")
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    role = made.ids["node_role_arn"]
    iam.put_role_permissions_boundary(RoleName=role.rsplit("/", 1)[1], PermissionsBoundary=boundary)
    actions = ["ec2:DescribeInstances", "ecr:GetAuthorizationToken"]
    results = iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=actions)["EvaluationResults"]
    details = [result["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"] for result in results]
    assert details == [True, False]
    assert [result["EvalDecision"] for result in results] == ["allowed", "implicitDeny"]


def test_route_to_a_deleted_nat_gateway_leads_nowhere(sandbox: Sandbox, made: Made) -> None:
    ec2 = sandbox.client("ec2")

    def states() -> list[str]:
        table = ec2.describe_route_tables(RouteTableIds=[made.ids["private_route_table_id"]])["RouteTables"][0]
        return [route["State"] for route in table["Routes"]]

    assert states() == ["active", "active"]
    ec2.delete_nat_gateway(NatGatewayId=made.ids["nat_gateway_id"])
    assert states() == ["active", "blackhole"]


def test_access_entries_can_be_older(sandbox: Sandbox, eks: Any) -> None:
    made = sandbox.seed(nodegroups=1)
    sandbox.control("POST", "cluster", {"cluster": "demo", "access_entries_since": 1_000_000_000})
    entry = eks.describe_access_entry(clusterName="demo", principalArn=made["node_role_arn"])["accessEntry"]
    assert entry["createdAt"].timestamp() == 1_000_000_000


def test_security_group_is_associated_with_vpc(sandbox: Sandbox, made: Made) -> None:
    ec2 = sandbox.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="shared", Description="shared", VpcId=vpc)["GroupId"]
    ec2.associate_security_group_vpc(GroupId=group, VpcId=made.ids["vpc_id"])
    filters = [{"Name": "group-id", "Values": [group]}]
    found = ec2.describe_security_group_vpc_associations(Filters=filters)["SecurityGroupVpcAssociations"]
    assert [(each["VpcId"], each["State"]) for each in found] == [(made.ids["vpc_id"], "associated")]


def test_capacity_is_reserved(sandbox: Sandbox, made: Made) -> None:
    ec2 = sandbox.client("ec2")
    request = {"InstanceType": "p5.48xlarge", "InstancePlatform": "Linux/UNIX", "InstanceCount": 2}
    reservation = ec2.create_capacity_reservation(AvailabilityZone="us-east-1a", **request)["CapacityReservation"]
    reservations = ec2.describe_capacity_reservations(CapacityReservationIds=[reservation["CapacityReservationId"]])
    [found] = reservations["CapacityReservations"]
    assert (found["InstanceType"], found["TotalInstanceCount"], found["State"]) == ("p5.48xlarge", 2, "active")
    assert found["AvailabilityZoneId"] == "use1-az6"


def test_placement_groups(sandbox: Sandbox) -> None:
    ec2 = sandbox.client("ec2")
    made = {
        strategy: ec2.create_placement_group(GroupName=f"of-{strategy}", Strategy=strategy)["PlacementGroup"]
        for strategy in ("cluster", "partition", "spread")
    }
    by_name = ec2.describe_placement_groups(Filters=[{"Name": "group-name", "Values": ["of-spread"]}])
    assert by_name["PlacementGroups"] == [made["spread"]]
    assert (made["spread"]["SpreadLevel"], made["spread"]["State"]) == ("rack", "available")
    by_id = ec2.describe_placement_groups(GroupIds=[made["cluster"]["GroupId"]])["PlacementGroups"]
    assert by_id == [made["cluster"]]
    with refused("InvalidPlacementGroup.Duplicate"):
        ec2.create_placement_group(GroupName="of-cluster", Strategy="cluster")
    ec2.delete_placement_group(GroupName="of-cluster")
    with refused("InvalidPlacementGroup.Unknown"):
        ec2.describe_placement_groups(GroupIds=[made["cluster"]["GroupId"]])


def test_quotas_of_other_services_are_settings(sandbox: Sandbox) -> None:
    quotas, code = sandbox.client("service-quotas"), "L-DB2E81BA"
    sandbox.control("POST", "settings", {"quotas": {code: 0, "L-6E65F664": 1}})
    assert quotas.get_service_quota(ServiceCode="ec2", QuotaCode=code)["Quota"]["Value"] == 0
    assert quotas.get_aws_default_service_quota(ServiceCode="ec2", QuotaCode=code)["Quota"]["Value"] == 192
    iam = sandbox.client("iam")
    iam.create_instance_profile(InstanceProfileName="one")
    summary = iam.get_account_summary()["SummaryMap"]
    assert (summary["InstanceProfiles"], summary["InstanceProfilesQuota"]) == (1, 1)


def test_service_linked_roles_have_iams_names(sandbox: Sandbox) -> None:
    iam = sandbox.client("iam")
    for service, name in (("eks-nodegroup", "AmazonEKSNodegroup"), ("eks-fargate", "AmazonEKSForFargate")):
        role = iam.create_service_linked_role(AWSServiceName=f"{service}.amazonaws.com")["Role"]
        assert role["Arn"].endswith(f":role/aws-service-role/{service}.amazonaws.com/AWSServiceRoleFor{name}")


def test_simulation_knows_users_and_conditions(sandbox: Sandbox, made: Made) -> None:
    iam, role = sandbox.client("iam"), made.ids["node_role_arn"]
    arn = iam.create_user(UserName="deploy")["User"]["Arn"]

    def allow(condition: dict[str, Any]) -> None:
        statement = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role, "Condition": condition}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="deploy", PolicyName="own", PolicyDocument=document)

    def decide(service: str) -> tuple[str, list[str]]:
        entry = {
            "ContextKeyName": "iam:PassedToService",
            "ContextKeyValues": [service],
            "ContextKeyType": "string",
        }
        answer = iam.simulate_principal_policy(
            PolicySourceArn=arn, ActionNames=["iam:PassRole"], ResourceArns=[role], ContextEntries=[entry]
        )
        [result] = answer["EvaluationResults"]
        return result["EvalDecision"], result["ResourceSpecificResults"][0]["MissingContextValues"]

    assert decide("eks.amazonaws.com") == ("implicitDeny", [])
    allow({"StringEquals": {"iam:PassedToService": "eks.amazonaws.com"}})
    assert decide("eks.amazonaws.com") == ("allowed", [])
    assert decide("lambda.amazonaws.com") == ("implicitDeny", [])
    allow({"StringLike": {"iam:PassedToService": "*.amazonaws.com"}, "StringEquals": {"aws:RequestedRegion": "x"}})
    assert decide("eks.amazonaws.com") == ("implicitDeny", ["aws:RequestedRegion"])
