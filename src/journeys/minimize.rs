//! Finds the shortest journey that still shows a violation (delta debugging by single removals and simplifications).

use super::step::Step;

/// Removes and simplifies steps while the journey still fails.
pub(super) fn minimize(steps: Vec<Step>, fails: impl Fn(&[Step]) -> bool) -> Vec<Step> {
    let mut shortest = steps;
    loop {
        let before = shortest.clone();
        let mut index = 0;
        while index < shortest.len() {
            let found = smaller(&shortest, index).into_iter().find(|candidate| fails(candidate));
            match found {
                Some(candidate) => shortest = candidate,
                None => index += 1,
            }
        }
        if shortest == before {
            return shortest;
        }
    }
}

/// Returns the journey with one step removed or simplified.
fn smaller(steps: &[Step], index: usize) -> Vec<Vec<Step>> {
    let mut without = steps.to_vec();
    let step = without.remove(index);
    let with = |step: Step| {
        let mut changed = steps.to_vec();
        changed[index] = step;
        changed
    };
    let mut all = vec![without];
    match step {
        Step::Apply { state, drift, fault } => {
            if drift.is_some() {
                all.push(with(Step::Apply { state, drift: None, fault }));
            }
            if fault.is_some() {
                all.push(with(Step::Apply { state, drift, fault: None }));
            }
        }
        Step::Destroy { state, fault: Some(_) } => all.push(with(Step::Destroy { state, fault: None })),
        Step::Configure { state, blocks } => {
            for (name, block) in &blocks {
                let Some(block) = block else { continue };
                let changed = |block| {
                    let mut blocks = blocks.clone();
                    blocks.insert(name.clone(), Some(block));
                    with(Step::Configure { state, blocks })
                };
                if block.create_before_destroy {
                    all.push(changed(super::step::Block { create_before_destroy: false, ..block.clone() }));
                }
                for position in 0..block.ignore_changes.len() {
                    let mut fewer = block.clone();
                    fewer.ignore_changes.remove(position);
                    all.push(changed(fewer));
                }
                for argument in block.arguments.as_object().into_iter().flat_map(|object| object.keys()) {
                    let mut fewer = block.clone();
                    if let Some(arguments) = fewer.arguments.as_object_mut() {
                        arguments.remove(argument);
                    }
                    all.push(changed(fewer));
                }
            }
        }
        _ => {}
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_violation_needs_is_left() {
        let drift = |size: i64| Step::Drift(serde_json::json!({ "size": size }));
        let steps = vec![drift(1), Step::ApplyTogether, drift(2), Step::Refresh { state: 0 }, drift(3)];
        let fails = |steps: &[Step]| steps.contains(&drift(2)) && steps.contains(&Step::ApplyTogether);
        assert_eq!(minimize(steps, fails), [Step::ApplyTogether, drift(2)]);
    }
}
