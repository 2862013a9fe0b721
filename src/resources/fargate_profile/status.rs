//! The status of a Fargate profile.

use clients::status::statuses;

statuses! {
    /// The status of a Fargate profile.
    pub FargateProfileStatus {
        Creating = "CREATING",
        Active = "ACTIVE",
        Deleting = "DELETING",
        CreateFailed = "CREATE_FAILED",
        DeleteFailed = "DELETE_FAILED",
    }
}
