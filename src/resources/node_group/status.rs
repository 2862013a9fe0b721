//! The statuses of node groups and of their updates.

use clients::status::statuses;

statuses! {
    /// The status of a node group.
    pub NodeGroupStatus {
        Creating = "CREATING",
        Active = "ACTIVE",
        Updating = "UPDATING",
        Deleting = "DELETING",
        CreateFailed = "CREATE_FAILED",
        DeleteFailed = "DELETE_FAILED",
        Degraded = "DEGRADED",
    }
}

statuses! {
    /// The status of an update of a node group.
    pub UpdateStatus {
        InProgress = "InProgress",
        Successful = "Successful",
        Failed = "Failed",
        Cancelled = "Cancelled",
    }
}
