//! The capacity reservations that the terms of a node class select, as Karpenter selects them.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::facts::{Availability, CapacityReservation, Selector};

/// A term that selects capacity reservations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReservationTerm {
    /// By ID.
    Id(String),
    /// By all of the values that are set.
    Match {
        /// Tags. The value `*` matches any value.
        tags: BTreeMap<String, String>,
        /// The account that owns the reservation.
        owner: Option<String>,
        /// `open` or `targeted`.
        criteria: Option<String>,
    },
}

impl ReservationTerm {
    /// Reads a term of a node class. The two kinds of node classes have different names for the owner.
    #[must_use]
    pub fn parse(term: &Json) -> Self {
        let text = |name: &str| term[name].as_str().map(str::to_owned);
        if let Some(id) = text("id") {
            return Self::Id(id);
        }
        let tags = term["tags"].as_object().into_iter().flatten();
        Self::Match {
            tags: tags.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect(),
            owner: text("ownerID").or_else(|| text("owner")),
            criteria: text("instanceMatchCriteria"),
        }
    }

    /// Returns whether the term selects a reservation, in any state.
    #[must_use]
    pub fn selects(&self, reservation: &CapacityReservation) -> bool {
        let is_owner = match self {
            Self::Id(_) | Self::Match { owner: None, .. } => true,
            Self::Match { owner: Some(owner), .. } => *owner == reservation.owner_id,
        };
        is_owner && self.matches(reservation)
    }

    /// Returns whether everything but the owner matches.
    fn matches(&self, reservation: &CapacityReservation) -> bool {
        match self {
            Self::Id(id) => *id == reservation.id,
            Self::Match { tags, criteria, .. } => {
                let has_tag = |(key, value): (&String, &String)| {
                    reservation.tags.get(key).is_some_and(|found| value == "*" || value == found)
                };
                tags.iter().all(has_tag) && criteria.as_ref().is_none_or(|given| *given == reservation.match_criteria)
            }
        }
    }

    /// Returns why the term selects none of these reservations, in a sentence.
    pub(crate) fn why_none(&self, all: &[CapacityReservation], region: &str) -> String {
        let Self::Match { owner: Some(owner), .. } = self else {
            return format!(
                "The account has no capacity reservation with {self} in {region}, and none is shared with it."
            );
        };
        let of_others: Vec<_> = all
            .iter()
            .filter(|reservation| self.matches(reservation))
            .map(|reservation| format!("{} belongs to account {}", reservation.id, reservation.owner_id))
            .collect();
        if of_others.is_empty() {
            format!("No capacity reservation with {self} is shared with the account in {region}.")
        } else {
            format!("{}, but the term requires the owner {owner}.", of_others.join(", "))
        }
    }
}

impl std::fmt::Display for ReservationTerm {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self::Match { tags, owner, criteria } = self else {
            let Self::Id(id) = self else { return Ok(()) };
            return write!(formatter, "ID {id}");
        };
        let tags = (!tags.is_empty()).then(|| Selector::Tags(tags.clone()).to_string());
        let criteria = criteria.as_ref().map(|criteria| format!("the instance match criteria {criteria}"));
        let owner = owner.as_ref().map(|owner| format!("the owner {owner}"));
        let parts: Vec<_> = [tags, criteria, owner].into_iter().flatten().collect();
        formatter.write_str(&parts.join(" and "))
    }
}

impl CapacityReservation {
    /// Returns why no instance can be launched in it now, as the end of a sentence. `None` if one can.
    pub(crate) fn why_not_now(&self) -> Option<String> {
        match (self.availability(), &self.starts_at) {
            (Availability::Active, _) => None,
            (Availability::Later, Some(start)) => Some(format!("is {} and starts at {start}", self.state)),
            (Availability::Later, None) => Some(format!("is {} and has not started", self.state)),
            (Availability::Ended, _) => Some(format!("is {}", self.state)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reservation() -> CapacityReservation {
        CapacityReservation {
            id: "cr-1".to_owned(),
            owner_id: "111122223333".to_owned(),
            match_criteria: "targeted".to_owned(),
            tags: [("team".to_owned(), "ml".to_owned())].into(),
            ..CapacityReservation::default()
        }
    }

    #[test]
    fn terms_select_as_karpenter_does() {
        let selects = |term: Json| ReservationTerm::parse(&term).selects(&reservation());
        for term in [
            json!({"id": "cr-1"}),
            json!({"tags": {"team": "ml"}}),
            json!({"tags": {"team": "*"}, "ownerID": "111122223333"}),
            json!({"tags": {"team": "ml"}, "owner": "111122223333"}),
            json!({"instanceMatchCriteria": "targeted"}),
        ] {
            assert!(selects(term.clone()), "{term}");
        }
        for term in [
            json!({"id": "cr-2"}),
            json!({"tags": {"team": "web"}}),
            json!({"tags": {"team": "*", "env": "*"}}),
            json!({"tags": {"team": "ml"}, "ownerID": "444455556666"}),
            json!({"tags": {"team": "ml"}, "owner": "444455556666"}),
            json!({"instanceMatchCriteria": "open"}),
        ] {
            assert!(!selects(term.clone()), "{term}");
        }
    }

    #[test]
    fn reason_names_the_other_owner() {
        let why = |term: Json| ReservationTerm::parse(&term).why_none(&[reservation()], "us-east-1");
        assert_eq!(
            why(json!({"id": "cr-9"})),
            "The account has no capacity reservation with ID cr-9 in us-east-1, and none is shared with it."
        );
        assert_eq!(
            why(json!({"tags": {"team": "*"}, "ownerID": "444455556666"})),
            "cr-1 belongs to account 111122223333, but the term requires the owner 444455556666."
        );
        assert_eq!(
            why(json!({"tags": {"team": "web"}, "ownerID": "444455556666"})),
            "No capacity reservation with the tag team = web and the owner 444455556666 is shared with the account in \
             us-east-1."
        );
    }
}
