//! The status of a node class.

use framework::model::{Attr, List, Model};

/// AMI that the node class selects.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct ResolvedAmi {
    /// ID of the AMI.
    #[attribute(computed)]
    pub id: Attr<String>,
    /// Name of the AMI.
    #[attribute(computed)]
    pub name: Attr<String>,
    /// Whether the owner of the AMI has deprecated it.
    #[attribute(computed)]
    pub deprecated: Attr<bool>,
    /// Requirements of instance types that use the AMI.
    #[attribute(computed)]
    pub requirements: List<AmiRequirement>,
}

/// Requirement of an instance type.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AmiRequirement {
    /// Key of the label.
    #[attribute(computed)]
    pub key: Attr<String>,
    /// Operator: `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt`, or `Lt`.
    #[attribute(computed)]
    pub operator: Attr<String>,
    /// Values of the label.
    #[attribute(computed)]
    pub values: List<String>,
}

/// Subnet that the node class selects.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct ResolvedSubnet {
    /// ID of the subnet.
    #[attribute(computed)]
    pub id: Attr<String>,
    /// Name of the Availability Zone.
    #[attribute(computed)]
    pub zone: Attr<String>,
    /// ID of the Availability Zone.
    #[attribute(computed)]
    pub zone_id: Attr<String>,
}

/// Security group that the node class selects.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct ResolvedSecurityGroup {
    /// ID of the security group.
    #[attribute(computed)]
    pub id: Attr<String>,
    /// Name of the security group.
    #[attribute(computed)]
    pub name: Attr<String>,
}

/// Capacity reservation that the node class selects.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct ResolvedCapacityReservation {
    /// ID of the capacity reservation.
    #[attribute(computed)]
    pub id: Attr<String>,
    /// Name of the Availability Zone.
    #[attribute(computed)]
    pub availability_zone: Attr<String>,
    /// Instance type of the capacity reservation.
    #[attribute(computed)]
    pub instance_type: Attr<String>,
    /// Instance matching criteria: `open` or `targeted`.
    #[attribute(computed)]
    pub instance_match_criteria: Attr<String>,
    /// ID of the account that owns the capacity reservation.
    #[attribute(computed)]
    pub owner_id: Attr<String>,
    /// Type of the capacity reservation: `default` or `capacity-block`.
    #[attribute(computed)]
    pub reservation_type: Attr<String>,
    /// State of the capacity reservation: `active` or `expiring`.
    #[attribute(computed)]
    pub state: Attr<String>,
    /// Whether AWS can interrupt instances in the capacity reservation.
    #[attribute(computed)]
    pub interruptible: Attr<bool>,
    /// Time when the capacity reservation ends, in RFC 3339 format.
    #[attribute(computed)]
    pub end_time: Attr<String>,
}
