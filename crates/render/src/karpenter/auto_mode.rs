//! The families of accelerated instance types that EKS Auto Mode launches (EKS User Guide, "Learn about Amazon EKS Auto
//! Mode Managed instances"). AWS extends this list.

/// Families that it launches.
const STARTED: [&str; 21] = [
    "g4ad", "g4dn", "g5", "g5g", "g6", "g6e", "g7e", "gr6", "inf1", "inf2", "p3dn", "p4d", "p4de", "p5", "p5e", "p5en",
    "p6-b200", "p6-b300", "trn1", "trn1n", "trn2",
];

/// Families that it does not launch.
const NOT_STARTED: [&str; 5] = ["g6f", "g7", "gr6f", "p3", "p6e-gb200"];

/// Returns whether it launches types of the family, or `None` if the family is in neither list.
#[must_use]
pub fn starts(family: &str) -> Option<bool> {
    if STARTED.contains(&family) {
        Some(true)
    } else if NOT_STARTED.contains(&family) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_started_or_not_or_unknown() {
        assert_eq!([starts("gr6"), starts("gr6f"), starts("g99")], [Some(true), Some(false), None]);
        assert!(STARTED.iter().all(|family| !NOT_STARTED.contains(family)));
    }
}
