"""Read-only operations that checks around EKS compute make and moto lacks."""

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
from moto.iam.responses import IamResponse
from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.responses import ServiceQuotasResponse

from .permissions import RolePermissions

if TYPE_CHECKING:
    from .world import World

# Service quotas by service and code: name and default value. The EC2 codes are vCPUs of on-demand instances.
EKS_NODEGROUPS_QUOTA = "L-6D54EA21"
EKS_FARGATE_QUOTA = "L-33415657"
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
    },
}


def install(world: World) -> None:
    """Add the operations to moto's response classes."""
    # moto lists a class's methods at each call, most of what a call costs. They do not change.
    moto.core.responses.method_names_from_class = functools.cache(moto.core.responses.method_names_from_class)
    for name, function in (
        ("describe_placement_groups", _describe_placement_groups),
        ("create_capacity_reservation", _create_capacity_reservation),
        ("describe_capacity_reservations", _describe_capacity_reservations),
        ("get_ebs_default_kms_key_id", _get_ebs_default_kms_key_id),
    ):
        setattr(EC2Response, name, function)
    IamResponse.simulate_principal_policy = _simulate_principal_policy
    Route.state = property(_route_state)
    _install_quotas(world)


def _describe_placement_groups(self: EC2Response) -> ActionResult:
    names = self._get_param("GroupNames", [])
    if names:
        raise EC2ClientError("InvalidPlacementGroup.Unknown", f"The Placement Group '{names[0]}' is unknown.")
    return ActionResult({"PlacementGroups": []})


def _create_capacity_reservation(self: EC2Response) -> ActionResult:
    """Reserve at once, without anything behind it."""
    zone = self._get_param("AvailabilityZone")
    zone_ids = {each.name: each.zone_id for each in self.ec2_backend.describe_availability_zones()}
    reservation = {
        "CapacityReservationId": f"cr-{uuid.uuid4().hex[:17]}",
        "InstanceType": self._get_param("InstanceType"),
        "AvailabilityZone": zone,
        "AvailabilityZoneId": zone_ids[zone],
        "TotalInstanceCount": self._get_int_param("InstanceCount", 1),
        "State": "active",
    }
    _reservations(self)[reservation["CapacityReservationId"]] = reservation
    return ActionResult({"CapacityReservation": reservation})


def _describe_capacity_reservations(self: EC2Response) -> ActionResult:
    known = _reservations(self)
    ids = self._get_param("CapacityReservationIds", []) or list(known)
    for each in ids:
        if each not in known:
            raise EC2ClientError(
                "InvalidCapacityReservationId.NotFound", f"The capacity reservation {each} is not found"
            )
    return ActionResult({"CapacityReservations": [known[each] for each in ids]})


def _reservations(self: EC2Response) -> dict[str, dict[str, Any]]:
    """The reservations of an account and Region, by id; they live and end with moto's backend."""
    return self.ec2_backend.__dict__.setdefault("sandbox_capacity_reservations", {})


def _get_ebs_default_kms_key_id(self: EC2Response) -> ActionResult:
    return ActionResult({"KmsKeyId": "alias/aws/ebs"})


def _simulate_principal_policy(self: IamResponse) -> ActionResult:
    """Evaluate a role's policies and its boundary. Any other principal is an administrator here."""
    arn = self._get_param("PolicySourceArn")
    actions = self._get_param("ActionNames", [])
    resources = self._get_param("ResourceArns", ["*"])
    permissions = None
    if ":role/" in arn:
        try:
            permissions = RolePermissions(self.backend, self.backend.get_role_by_arn(arn))
        except NotFoundException:
            raise NotFoundException(f"The entity {arn} cannot be found.") from None
    results = [_evaluation(permissions, action, resource) for action in actions for resource in resources]
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def _evaluation(permissions: RolePermissions | None, action: str, resource: str) -> dict[str, Any]:
    result: dict[str, Any] = {"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": "allowed"}
    if permissions is not None:
        result["EvalDecision"] = permissions.decide(action, resource)
        within = permissions.is_within_boundary(action, resource)
        if within is not None:
            result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": within}
    return result


def _route_state(self: Route) -> str:
    """A route to what was deleted leads nowhere, and says so."""
    gone = self.nat_gateway is not None and self.nat_gateway.state == "deleted"
    return "blackhole" if gone else "active"


def _install_quotas(world: World) -> None:
    def quotas(service: str, applied: bool) -> list[dict[str, Any]]:
        if service not in _QUOTAS:
            raise NoSuchResource
        settings = world.settings
        mine = {EKS_NODEGROUPS_QUOTA: settings.max_nodegroups, EKS_FARGATE_QUOTA: settings.max_fargate_profiles}
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

    ServiceQuotasResponse.get_service_quota = get_service_quota
    ServiceQuotasResponse.get_aws_default_service_quota = get_default
    ServiceQuotasResponse.list_service_quotas = list_service_quotas
    ServiceQuotasResponse.list_aws_default_service_quotas = list_defaults
