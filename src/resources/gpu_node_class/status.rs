//! What the controller says of a node class.

use framework::model::{Attr, List, Model};

/// An AMI that is selected.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct ResolvedAmi {
    /// Id.
    #[attribute(computed)]
    pub id: Attr<String>,
    /// Name.
    #[attribute(computed)]
    pub name: Attr<String>,
    /// Whether its owner has deprecated it.
    #[attribute(computed)]
    pub deprecated: Attr<bool>,
    /// What an instance type must be to get it.
    #[attribute(computed)]
    pub requirements: List<AmiRequirement>,
}

/// What an instance type must be.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AmiRequirement {
    /// Label.
    #[attribute(computed)]
    pub key: Attr<String>,
    /// `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt` or `Lt`.
    #[attribute(computed)]
    pub operator: Attr<String>,
    /// Values.
    #[attribute(computed)]
    pub values: List<String>,
}

/// A subnet that is selected.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct ResolvedSubnet {
    /// Id.
    #[attribute(computed)]
    pub id: Attr<String>,
    /// Availability zone.
    #[attribute(computed)]
    pub zone: Attr<String>,
    /// Id of the availability zone.
    #[attribute(computed)]
    pub zone_id: Attr<String>,
}

/// A security group that is selected.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct ResolvedSecurityGroup {
    /// Id.
    #[attribute(computed)]
    pub id: Attr<String>,
    /// Name.
    #[attribute(computed)]
    pub name: Attr<String>,
}

/// A capacity reservation that is selected.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct ResolvedCapacityReservation {
    /// Id.
    #[attribute(computed)]
    pub id: Attr<String>,
    /// Availability zone.
    #[attribute(computed)]
    pub availability_zone: Attr<String>,
    /// Instance type.
    #[attribute(computed)]
    pub instance_type: Attr<String>,
    /// `open` or `targeted`.
    #[attribute(computed)]
    pub instance_match_criteria: Attr<String>,
    /// Account that owns it.
    #[attribute(computed)]
    pub owner_id: Attr<String>,
    /// `default` or `capacity-block`.
    #[attribute(computed)]
    pub reservation_type: Attr<String>,
    /// `active` or `expiring`.
    #[attribute(computed)]
    pub state: Attr<String>,
    /// Whether its capacity may be taken back.
    #[attribute(computed)]
    pub interruptible: Attr<bool>,
    /// When it ends, in RFC 3339.
    #[attribute(computed)]
    pub end_time: Attr<String>,
}
