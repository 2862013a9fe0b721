//! The key pair exists.

use crate::derived::template;
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "key_pair_exists",
    finds: "Reports a key pair in remote_access or the launch template that does not exist in the Region.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::RemoteAccess, Input::LaunchTemplate],
    reads: &[Family::Template, Family::KeyPair],
    effects: &[Effect::BlocksApply],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let access = subject.remote_access.get()?;
    let key = access.map(|access| access.key.get()).transpose()?.flatten();
    let (key, path) = match (key, access) {
        (Some(key), Some(access)) => (key, &access.key.path),
        _ => match template(subject, facts)?.and_then(|template| template.key_name.as_ref()) {
            Some(key) => (key, &subject.launch_template.path),
            None => return Ok(()),
        },
    };
    if facts.key_pair(key.as_str())?.is_none() {
        let found = format!("Key pair {key} not found in {}.", subject.region);
        let why = "Instances cannot be launched with this key pair.";
        let fix = "Correct the name, or create the key pair. If this configuration creates the key pair, reference its \
                   key_name attribute, so that Terraform creates it first.";
        verdicts.blocks_apply(path, Finding::new("Key pair does not exist", found, why, fix));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{World, fires, is_silent, node_group};
    use super::*;
    use crate::facts::{Fact, FactResult, Template};
    use crate::subject::{ConfiguredInput, RemoteAccessInput};
    use framework::model::Attr;

    fn access(key: &str) -> World {
        let world = node_group().plan(|subject| {
            let path = subject.remote_access.path.then("ec2_ssh_key");
            let access =
                RemoteAccessInput { key: ConfiguredInput::new(path, Attr::from(key)), ..RemoteAccessInput::default() };
            subject.remote_access.value = Attr::Known(access);
        });
        world.with(Fact::KeyPair("lost".to_owned(), FactResult::Missing))
    }

    #[test]
    fn key_pair_must_exist() {
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &access("operator"));
        let path = "remote_access[0].ec2_ssh_key";
        fires(&CHECK, &access("lost"), Effect::BlocksApply, path, &["Key pair lost not found in us-east-1."]);
        let template = |key: &str| {
            let template = Template { key_name: Some(key.to_owned()), ..Template::default() };
            node_group().template(template).with(Fact::KeyPair("lost".to_owned(), FactResult::Missing))
        };
        is_silent(&CHECK, &template("operator"));
        fires(&CHECK, &template("lost"), Effect::BlocksApply, "launch_template[0]", &["Key pair lost"]);
    }
}
