"""Operations around EKS compute that preflight checks call and moto does not implement."""

from __future__ import annotations

import functools
import json
import uuid
from typing import TYPE_CHECKING, Any

import moto.core.responses
from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.route_tables import Route
from moto.ec2.responses import EC2Response
from moto.iam.exceptions import NotFoundException
from moto.iam.models import SERVICE_NAME_CONVERSION, AccountSummary, IAMBackend
from moto.iam.responses import IamResponse
from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.responses import ServiceQuotasResponse

from .permissions import Permissions

if TYPE_CHECKING:
    from moto.ec2.models import EC2Backend

    from .world import World

# Service quotas by service and code: name and value. The EC2 codes are vCPU quotas of instances.
EKS_NODEGROUPS_QUOTA = "L-6D54EA21"
EKS_FARGATE_QUOTA = "L-33415657"
INSTANCE_PROFILES_QUOTA = "L-6E65F664"
_QUOTAS: dict[str, dict[str, tuple[str, float]]] = {
    "eks": {
        EKS_NODEGROUPS_QUOTA: ("Managed node groups per cluster", 30),
        "L-BD136A63": ("Nodes per managed node group", 450),
        EKS_FARGATE_QUOTA: ("Fargate profiles per cluster", 10),
        "L-D78D8AF8": ("Selectors per Fargate profile", 5),
        "L-23414FF3": ("Label pairs per Fargate profile selector", 5),
        "L-1194D53C": ("Clusters", 100),
    },
    "ec2": {
        "L-1216C47A": ("Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 640),
        "L-417A185B": ("Running On-Demand P instances", 192),
        "L-DB2E81BA": ("Running On-Demand G and VT instances", 192),
        "L-1945791B": ("Running On-Demand Inf instances", 96),
        "L-2C3B7624": ("Running On-Demand Trn instances", 128),
        "L-7295265B": ("Running On-Demand X instances", 128),
        "L-74FC7D96": ("Running On-Demand F instances", 128),
        "L-6E869C2A": ("Running On-Demand DL instances", 96),
        "L-F7808C92": ("Running On-Demand HPC instances", 192),
        "L-43DA4232": ("Running On-Demand High Memory instances", 448),
        "L-34B43A08": ("All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests", 640),
        "L-3819A6DF": ("All G and VT Spot Instance Requests", 192),
        "L-7212CCBC": ("All P Spot Instance Requests", 192),
        "L-B5D1601B": ("All Inf Spot Instance Requests", 96),
        "L-6B0D517C": ("All Trn Spot Instance Requests", 128),
        "L-E3A00192": ("All X Spot Instance Requests", 128),
        "L-88CF9481": ("All F Spot Instance Requests", 128),
        "L-85EED4F7": ("All DL Spot Instance Requests", 96),
    },
    "iam": {INSTANCE_PROFILES_QUOTA: ("Instance profiles per account", 1000)},
}


def install(world: World) -> None:
    """Add the operations to the response classes of moto."""
    # moto lists the methods of a class on each call, which is most of the cost of a call. They do not change.
    moto.core.responses.method_names_from_class = functools.cache(moto.core.responses.method_names_from_class)
    for name, function in (
        ("create_capacity_reservation", _create_capacity_reservation),
        ("describe_capacity_reservations", _describe_capacity_reservations),
        ("get_ebs_default_kms_key_id", _get_ebs_default_kms_key_id),
        ("associate_security_group_vpc", _associate_security_group_vpc),
        ("describe_security_group_vpc_associations", _describe_security_group_vpc_associations),
    ):
        setattr(EC2Response, name, function)
    IamResponse.simulate_principal_policy = _simulate_principal_policy
    # The IAM service names of the service-linked roles of EKS.
    SERVICE_NAME_CONVERSION.update({"eks-nodegroup": "AmazonEKSNodegroup", "eks-fargate": "AmazonEKSForFargate"})
    Route.state = property(_route_state)
    _install_quotas(world)


def _create_capacity_reservation(self: EC2Response) -> ActionResult:
    """Create a reservation immediately, without capacity."""
    zone = self._get_param("AvailabilityZone")
    zone_ids = {each.name: each.zone_id for each in self.ec2_backend.describe_availability_zones()}
    reservation = {
        "CapacityReservationId": f"cr-{uuid.uuid4().hex[:17]}",
        "InstanceType": self._get_param("InstanceType"),
        "AvailabilityZone": zone,
        "AvailabilityZoneId": zone_ids[zone],
        "TotalInstanceCount": self._get_int_param("InstanceCount", 1),
        "InstanceMatchCriteria": self._get_param("InstanceMatchCriteria", "open"),
        "ReservationType": "default",
        "OwnerId": self.current_account,
        "State": "active",
    }
    reservations(self.ec2_backend)[reservation["CapacityReservationId"]] = reservation
    return ActionResult({"CapacityReservation": reservation})


def _describe_capacity_reservations(self: EC2Response) -> ActionResult:
    known = reservations(self.ec2_backend)
    ids = self._get_param("CapacityReservationIds", []) or list(known)
    for each in ids:
        if each not in known:
            raise EC2ClientError(
                "InvalidCapacityReservationId.NotFound", f"The capacity reservation {each} is not found"
            )
    return ActionResult({"CapacityReservations": [known[each] for each in ids]})


def reservations(backend: EC2Backend) -> dict[str, dict[str, Any]]:
    """The reservations of an account and Region, by ID, with the same lifetime as the moto backend."""
    return backend.__dict__.setdefault("sandbox_capacity_reservations", {})


def _get_ebs_default_kms_key_id(self: EC2Response) -> ActionResult:
    return ActionResult({"KmsKeyId": "alias/aws/ebs"})


def _associate_security_group_vpc(self: EC2Response) -> ActionResult:
    """Create an association immediately."""
    group = self._get_param("GroupId")
    _vpc_associations(self).append({"GroupId": group, "VpcId": self._get_param("VpcId"), "State": "associated"})
    return ActionResult({"State": "associated"})


def _describe_security_group_vpc_associations(self: EC2Response) -> ActionResult:
    wanted = self._filters_from_querystring().get("group-id", [])
    found = [each for each in _vpc_associations(self) if each["GroupId"] in wanted]
    return ActionResult({"SecurityGroupVpcAssociations": found})


def _vpc_associations(self: EC2Response) -> list[dict[str, str]]:
    """The associations of an account and Region, with the same lifetime as the moto backend."""
    return self.ec2_backend.__dict__.setdefault("sandbox_vpc_associations", [])


def _simulate_principal_policy(self: IamResponse) -> ActionResult:
    """Evaluate the policies of a role or user, and the boundary of a role. Other principals are administrators."""
    arn = self._get_param("PolicySourceArn")
    actions = self._get_param("ActionNames", [])
    resources = self._get_param("ResourceArns", ["*"])
    given = self._get_param("ContextEntries", [])
    context = {each["ContextKeyName"]: each["ContextKeyValues"] for each in given}
    permissions = _permissions(self.backend, arn)
    results = [_evaluation(permissions, action, resource, context) for action in actions for resource in resources]
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def _permissions(iam: IAMBackend, arn: str) -> Permissions | None:
    missing = NotFoundException(f"The entity {arn} cannot be found.")
    if ":role/" in arn:
        try:
            return Permissions.of_role(iam, iam.get_role_by_arn(arn))
        except NotFoundException:
            raise missing from None
    if ":user/" in arn:
        user = next((user for user in iam.users.values() if user.arn == arn), None)
        if user is None:
            raise missing
        return Permissions.of_user(iam, user)
    return None


def _evaluation(
    permissions: Permissions | None, action: str, resource: str, context: dict[str, list[str]]
) -> dict[str, Any]:
    result: dict[str, Any] = {"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": "allowed"}
    if permissions is None:
        return result
    result["EvalDecision"] = permissions.decide(action, resource, context)
    missing = sorted(permissions.missing_keys(action, resource, context))
    if resource == "*":
        result["MissingContextValues"] = missing
    else:
        specific = {"EvalResourceName": resource, "EvalResourceDecision": result["EvalDecision"]}
        result["ResourceSpecificResults"] = [specific | {"MissingContextValues": missing}]
    within = permissions.is_within_boundary(action, resource, context)
    if within is not None:
        result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": within}
    return result


def _route_state(self: Route) -> str:
    """Report a route to a deleted target as a blackhole route."""
    gone = self.nat_gateway is not None and self.nat_gateway.state == "deleted"
    return "blackhole" if gone else "active"


def _install_quotas(world: World) -> None:
    def quotas(service: str, applied: bool) -> list[dict[str, Any]]:
        if service not in _QUOTAS:
            raise NoSuchResource
        settings = world.settings
        mine = {
            EKS_NODEGROUPS_QUOTA: settings.max_nodegroups,
            EKS_FARGATE_QUOTA: settings.max_fargate_profiles,
            **settings.quotas,
        }
        return [
            {
                "ServiceCode": service,
                "QuotaCode": code,
                "QuotaName": name,
                "Value": float(mine.get(code, default) if applied else default),
                "Unit": "None",
                "Adjustable": True,
                "GlobalQuota": False,
            }
            for code, (name, default) in _QUOTAS[service].items()
        ]

    def one(self: ServiceQuotasResponse, applied: bool) -> str:
        wanted = json.loads(self.body)
        for quota in quotas(wanted["ServiceCode"], applied):
            if quota["QuotaCode"] == wanted["QuotaCode"]:
                return json.dumps({"Quota": quota})
        raise NoSuchResource

    def listed(self: ServiceQuotasResponse, applied: bool) -> str:
        return json.dumps({"Quotas": quotas(json.loads(self.body)["ServiceCode"], applied)})

    def get_service_quota(self: ServiceQuotasResponse) -> str:
        return one(self, True)

    def get_default(self: ServiceQuotasResponse) -> str:
        return one(self, False)

    def list_service_quotas(self: ServiceQuotasResponse) -> str:
        return listed(self, True)

    def list_defaults(self: ServiceQuotasResponse) -> str:
        return listed(self, False)

    def instance_profiles(_: AccountSummary) -> int:
        default = _QUOTAS["iam"][INSTANCE_PROFILES_QUOTA][1]
        return int(world.settings.quotas.get(INSTANCE_PROFILES_QUOTA, default))

    # moto sets it again for each account.
    AccountSummary._instance_profiles_quota = property(instance_profiles, lambda _self, _value: None)
    ServiceQuotasResponse.get_service_quota = get_service_quota
    ServiceQuotasResponse.get_aws_default_service_quota = get_default
    ServiceQuotasResponse.list_service_quotas = list_service_quotas
    ServiceQuotasResponse.list_aws_default_service_quotas = list_defaults
