//! Schedules of disruption budgets: five cron fields in UTC, with the syntax of Karpenter (`ParseStandard` of
//! robfig/cron, which also supports `@daily` and similar names).

const NAMED: [&str; 7] = ["@annually", "@yearly", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    words: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field { name: "minute", least: 0, most: 59, words: &[] },
    Field { name: "hour", least: 0, most: 23, words: &[] },
    Field { name: "day of the month", least: 1, most: 31, words: &[] },
    Field { name: "month", least: 1, most: 12, words: &MONTHS },
    Field { name: "day of the week", least: 0, most: 6, words: &DAYS },
];

/// Validates a schedule.
///
/// # Errors
/// Returns the invalid field and its valid values, as the end of a sentence about the schedule.
pub fn check(text: &str) -> Result<(), String> {
    if text.starts_with('@') {
        let known = NAMED.contains(&text);
        return if known { Ok(()) } else { Err(format!("is not one of {}", NAMED.join(", "))) };
    }
    let parts: Vec<_> = text.split_whitespace().collect();
    if parts.len() != FIELDS.len() {
        return Err(format!(
            "must have 5 fields (minute, hour, day of the month, month, day of the week), got: {}",
            parts.len()
        ));
    }
    for (part, field) in parts.iter().zip(&FIELDS) {
        if !part.split(',').all(|range| field.takes(range)) {
            return Err(format!(
                "has an invalid {} {part:?}. Valid values: {} to {}, *, ranges such as 1-5, and steps such as */2",
                field.name, field.least, field.most
            ));
        }
    }
    Ok(())
}

impl Field {
    /// `*`, `4`, `1-5`, `mon-fri`, each with an optional step.
    fn takes(&self, text: &str) -> bool {
        let (range, step) = text.split_once('/').map_or((text, None), |(range, step)| (range, Some(step)));
        let step_fits = step.is_none_or(|step| step.parse::<u32>().is_ok_and(|step| step > 0));
        let range_fits = match range.split_once('-') {
            _ if range == "*" || range == "?" => true,
            Some((first, last)) => self.number(first).zip(self.number(last)).is_some_and(|(first, last)| first <= last),
            None => self.number(range).is_some(),
        };
        step_fits && range_fits
    }

    fn number(&self, text: &str) -> Option<u32> {
        let word = self.words.iter().position(|word| text.eq_ignore_ascii_case(word));
        let number = match word {
            Some(index) => u32::try_from(index).ok()? + self.least,
            None => text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))?,
        };
        (self.least..=self.most).contains(&number).then_some(number)
    }
}
