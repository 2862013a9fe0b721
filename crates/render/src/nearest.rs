//! Finds the name that was probably intended.

/// Returns the most similar name, if any name is similar.
#[must_use]
pub fn name<'n>(given: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let given = plain(given);
    let ranked = names.map(|name| (distance(&given, &plain(name)), name));
    let (distance, name) = ranked.min()?;
    (distance * 3 <= given.len().max(3)).then_some(name)
}

/// Returns the name if the other one is the same with a typo: another case or other separators, such as `max_pods` for
/// `maxPods`, or one or two wrong letters.
#[must_use]
pub fn misspelled<'n>(given: &str, mut names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let typos = match given.len() {
        ..4 => 0,
        4..8 => 1,
        _ => 2,
    };
    names.find(|name| plain(name) == plain(given) || distance(given, name) <= typos)
}

/// Returns its letters and digits, in lowercase.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// Returns the names, most similar first.
#[must_use]
pub fn by_distance<'n>(given: &str, names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let mut ranked: Vec<_> = names.map(|name| (distance(given, name), name)).collect();
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, name)| name).collect()
}

/// Words without significance for a setting.
const EMPTY: [&str; 8] = ["default", "enabled", "max", "mode", "option", "period", "percent", "policy"];

/// Returns the name that shares words with the other name. A word has more weight if fewer names contain it.
#[must_use]
pub fn by_words<'n>(given: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let names: Vec<_> = names.map(|name| (name, words(name))).collect();
    let frequency = |word: &String| names.iter().filter(|(_, words)| words.contains(word)).count();
    let wanted = words(given);
    let shared = wanted.iter().filter(|word| !EMPTY.contains(&word.as_str()));
    let weights: Vec<_> = shared.map(|word| (word, 1000 / frequency(word).max(1))).collect();
    let score = |words: &[String]| {
        weights.iter().filter(|(word, _)| words.contains(word)).map(|(_, weight)| *weight).sum::<usize>()
    };
    let ranked = names.iter().map(|(name, words)| (score(words), std::cmp::Reverse(distance(given, name)), *name));
    let (score, _, name) = ranked.max()?;
    (score > 0).then_some(name)
}

/// Splits `camelCase`, `kebab-case`, and dotted names into lowercase singular words.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut before_is_lower = false;
    for letter in name.chars() {
        if !letter.is_ascii_alphanumeric() || (letter.is_ascii_uppercase() && before_is_lower) {
            words.push(String::new());
        }
        before_is_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        if let (true, Some(word)) = (letter.is_ascii_alphanumeric(), words.last_mut()) {
            word.push(letter.to_ascii_lowercase());
        }
    }
    let singular = |word: String| word.strip_suffix('s').map(str::to_owned).unwrap_or(word);
    words.into_iter().map(singular).filter(|word| word.len() > 2).collect()
}

/// Returns the number of letters to change, add, or remove.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, other) in to.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_finds_its_name() {
        let names = ["max-pods", "node-labels", "pod-pids-limit"];
        assert_eq!(name("maxPods", names.into_iter()), Some("max-pods"));
        assert_eq!(name("node-label", names.into_iter()), Some("node-labels"));
        assert_eq!(name("pod-pid-limits", names.into_iter()), Some("pod-pids-limit"));
        assert_eq!(name("banana", names.into_iter()), None);
    }

    #[test]
    fn other_case_or_separators_are_a_typo() {
        let names = ["imageGCHighThresholdPercent", "max-pods"];
        assert_eq!(misspelled("image_gc_high_threshold_percent", names.into_iter()), Some(names[0]));
        assert_eq!(misspelled("MaxPods", names.into_iter()), Some(names[1]));
        assert_eq!(misspelled("imageMaximumGCAge", names.into_iter()), None);
    }

    #[test]
    fn names_are_ranked() {
        assert_eq!(by_distance("prd-1", ["test", "prod-1", "prod-2"].into_iter()), ["prod-1", "prod-2", "test"]);
    }

    #[test]
    fn words_find_a_name_written_in_another_way() {
        let names = ["image-gc-low-threshold-percent", "max-parallel-image-pulls", "kube-reserved"];
        assert_eq!(by_words("serializeImagePulls", names.into_iter()), Some("max-parallel-image-pulls"));
        assert_eq!(by_words("kubeReservedCgroup", names.into_iter()), Some("kube-reserved"));
        assert_eq!(by_words("tlsMinVersion", names.into_iter()), None);
    }
}
