//! The eviction settings of the kubelet.

use serde_json::Value as Json;

use super::amounts::{nanoseconds, quantity, threshold};
use super::validator::Validator;

/// The eviction signals.
const SIGNALS: [&str; 9] = [
    "allocatableMemory.available",
    "containerfs.available",
    "containerfs.inodesFree",
    "imagefs.available",
    "imagefs.inodesFree",
    "memory.available",
    "nodefs.available",
    "nodefs.inodesFree",
    "pid.available",
];

const MAPS: [&str; 4] = ["evictionHard", "evictionSoft", "evictionSoftGracePeriod", "evictionMinimumReclaim"];

pub(super) fn check(judge: &mut Validator<'_>) {
    for name in MAPS {
        for (signal, value) in members(judge, name) {
            let Some(text) = value.as_str() else { continue };
            let why = if SIGNALS.contains(&signal.as_str()) {
                amount(name, text).err()
            } else {
                Some(format!(
                    "{signal:?} is not a kubelet eviction signal, and the kubelet does not start. Valid signals: {}.",
                    SIGNALS.join(", ")
                ))
            };
            if let Some(why) = why {
                let place = judge.place(&[name, &signal]);
                judge.error_at(place, why);
            } else if signal.starts_with("containerfs.") {
                let text =
                    "For containerfs, the kubelet uses the thresholds of nodefs or imagefs and ignores this threshold."
                        .to_owned();
                judge.warn(&[name, &signal], text);
            }
        }
    }
    for (signal, _) in members(judge, "evictionSoft") {
        if judge.effective(&["evictionSoftGracePeriod", &signal]).is_none() {
            let text = format!(
                "A soft threshold requires a grace period. Add {signal:?} to evictionSoftGracePeriod, such as \
                 \"1m30s\". Otherwise, the kubelet does not start."
            );
            let place = judge.place(&["evictionSoft", &signal]);
            judge.error_at(place, text);
        }
    }
    for (signal, _) in members(judge, "evictionSoftGracePeriod") {
        if judge.effective(&["evictionSoft", &signal]).is_none() {
            let text = format!("evictionSoft has no threshold for {signal:?}, so this grace period has no effect.");
            judge.warn(&["evictionSoftGracePeriod", &signal], text);
        }
    }
}

fn members(judge: &Validator<'_>, name: &str) -> Vec<(String, Json)> {
    let given = judge.given(&[name]).and_then(Json::as_object);
    given.into_iter().flatten().map(|(signal, value)| (signal.clone(), value.clone())).collect()
}

fn amount(name: &str, text: &str) -> Result<(), String> {
    match name {
        "evictionSoftGracePeriod" => match nanoseconds(text) {
            Some(length) if length >= 0.0 => Ok(()),
            Some(_) => Err(format!("{text:?} is negative: the kubelet would not start.")),
            None => Err(format!("{text:?} is not a duration such as \"1m30s\": the kubelet would not start.")),
        },
        "evictionMinimumReclaim" => match (text.strip_suffix('%'), quantity(text)) {
            (Some(number), _) if number.parse::<f32>().is_ok_and(|percent| percent > 0.0 && percent.is_finite()) => {
                Ok(())
            }
            (None, Some(amount)) if !amount.is_negative => Ok(()),
            _ => Err(format!("{text:?} is neither a quantity such as \"500Mi\" nor a percentage above 0%.")),
        },
        _ => threshold(text),
    }
}
