//! The user data of the launch template has a format that the operating system supports and that EKS can extend.

use crate::derived::{ami_type, runs_code, template};
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};
use render::ami_types::OperatingSystem;
use render::userdata::{Format, Kind as Content, Userdata, UserdataError, read};

pub(super) const CHECK: Check = Check {
    name: "launch_template_userdata",
    finds: "Reports user data that EKS cannot extend: Amazon Linux requires MIME multipart, Bottlerocket TOML, and \
            Windows <powershell>, all uncompressed. Also reports user data that joins the node, although EKS already \
            adds the join configuration.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::LaunchTemplate, Input::AmiType],
    reads: &[Family::Template],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let Some(template) = template(subject, facts)? else { return Ok(()) };
    // EKS does not add user data to a custom AMI.
    let Some(text) = template.user_data.as_deref().filter(|_| template.image_id.is_none()) else { return Ok(()) };
    let path = &subject.launch_template.path;
    let place = format!("Version {} of {}", template.version, template.id);
    let userdata = match read(text.as_bytes()) {
        Ok(userdata) => userdata,
        Err(UserdataError::Compressed) => {
            let found = format!("{place} has user data that is compressed with gzip.");
            let why = "EKS adds the join configuration to the user data, but does not decompress it. It reports that \
                       the user data is not in the MIME multipart format.";
            let fix = "Use uncompressed user data. With cloudinit_config, set gzip to false.";
            verdicts.blocks_apply(path, Finding::new("User data is compressed", found, why, fix));
            return Ok(());
        }
        Err(UserdataError::Mime(_) | UserdataError::Gzip(_) | UserdataError::TooLong) => return Ok(()),
    };
    // If no AMI type is set, EKS selects Amazon Linux.
    let ami_type = ami_type(subject)?;
    let system = ami_type.map_or(OperatingSystem::AmazonLinux2023, |ami_type| ami_type.system);
    let (wanted, name) = match system {
        OperatingSystem::AmazonLinux2 | OperatingSystem::AmazonLinux2023 => ("MIME multipart", "Amazon Linux"),
        OperatingSystem::Bottlerocket => ("TOML", "Bottlerocket"),
        OperatingSystem::Windows => ("<powershell>", "Windows"),
    };
    if !fits(&userdata, system) {
        let found = format!("{place} has user data in the format {}, but {name} requires {wanted}.", form(&userdata));
        let why = "EKS adds the join configuration only to user data in this format, and rejects the launch template.";
        let fix = format!("Convert the user data to {wanted}.");
        let effect = if runs_code(&userdata) { Effect::Warns } else { Effect::BlocksApply };
        verdicts.push(effect, path, Finding::new("User data has an unsupported format", found, why, fix));
    } else if let Some(command) = joins(&userdata) {
        let found = format!("The user data of {} runs {command}.", place.to_lowercase());
        let why = "EKS adds the join configuration, so the node would join twice.";
        let fix = format!(
            "Remove {command}. Configure the kubelet with the labels and taints of the node group, or with a \
                 NodeConfig."
        );
        verdicts.warning(path, Finding::new("User data duplicates the EKS join configuration", found, why, fix));
    }
    Ok(())
}

/// Returns whether EKS can extend the user data. Content of an unknown kind is accepted.
fn fits(userdata: &Userdata, system: OperatingSystem) -> bool {
    let is = |kinds: &[Content]| userdata.contents.iter().any(|content| kinds.contains(&content.kind));
    match (system, userdata.format) {
        (_, Format::Empty) => true,
        (OperatingSystem::AmazonLinux2 | OperatingSystem::AmazonLinux2023, format) => format == Format::Mime,
        (OperatingSystem::Bottlerocket, Format::Plain | Format::Unknown) => {
            !is(&[Content::Shell, Content::CloudConfig, Content::NodeConfig])
        }
        (OperatingSystem::Bottlerocket, Format::Mime | Format::Tags) => false,
        (OperatingSystem::Windows, Format::Tags) => true,
        (OperatingSystem::Windows, Format::Mime) => false,
        (OperatingSystem::Windows, Format::Plain | Format::Unknown) => {
            !is(&[Content::Shell, Content::NodeConfig, Content::Bottlerocket])
        }
    }
}

fn form(userdata: &Userdata) -> &'static str {
    let kind = userdata.contents.first().map(|content| content.kind);
    match (userdata.format, kind) {
        (Format::Mime, _) => "MIME multipart",
        (Format::Tags, _) => "<powershell> or <script>",
        (_, Some(Content::Shell)) => "script",
        (_, Some(Content::CloudConfig)) => "cloud-config",
        (_, Some(Content::NodeConfig)) => "NodeConfig without MIME",
        (_, Some(Content::Bottlerocket)) => "TOML",
        _ => "plain text",
    }
}

/// Returns the command in a script that joins the node.
fn joins(userdata: &Userdata) -> Option<&'static str> {
    let scripts = userdata.contents.iter().filter(|content| content.kind == Content::Shell);
    let lines: Vec<String> = scripts
        .flat_map(|script| {
            let text = String::from_utf8_lossy(&script.part.body);
            text.lines().map(|line| line.trim_start().to_owned()).collect::<Vec<_>>()
        })
        .collect();
    let runs = |command: &str| lines.iter().any(|line| !line.starts_with('#') && line.contains(command));
    ["/etc/eks/bootstrap.sh", "nodeadm init"].into_iter().find(|command| runs(command))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use rstest::rstest;

    use super::super::testing::{IMAGE, World, fires, is_silent, node_group};
    use super::*;
    use crate::facts::Template;

    const SCRIPT: &str = "#!/bin/bash\necho hello\n";
    const TOML: &str = "[settings.kubernetes]\nmax-pods = 20\n";
    const POWERSHELL: &str = "<powershell>\nWrite-Host hello\n</powershell>\n";

    fn mime(script: &str) -> String {
        format!(
            "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"//\"\n\n--//\nContent-Type: \
             text/x-shellscript; charset=\"us-ascii\"\n\n{script}\n--//--\n"
        )
    }

    fn of(ami_type: &str, text: &str, image: Option<&str>) -> World {
        let template = Template {
            user_data: Some(STANDARD.encode(text)),
            image_id: image.map(str::to_owned),
            ..Template::default()
        };
        node_group().of_ami_type(ami_type).template(template)
    }

    #[rstest]
    #[case::amazon_linux("AL2023_x86_64_STANDARD", mime(SCRIPT), None)]
    #[case::script("AL2023_x86_64_STANDARD", SCRIPT.to_owned(), Some("but Amazon Linux requires MIME multipart"))]
    #[case::script_on_al2("AL2_x86_64", SCRIPT.to_owned(), Some("script, but Amazon Linux requires MIME multipart"))]
    #[case::bottlerocket("BOTTLEROCKET_x86_64", TOML.to_owned(), None)]
    #[case::toml_on_linux("AL2023_x86_64_STANDARD", TOML.to_owned(), Some("TOML, but Amazon Linux"))]
    #[case::mime_on_bottlerocket(
        "BOTTLEROCKET_x86_64",
        mime(SCRIPT),
        Some("MIME multipart, but Bottlerocket requires TOML")
    )]
    #[case::script_on_bottlerocket("BOTTLEROCKET_x86_64", SCRIPT.to_owned(), Some("script, but Bottlerocket"))]
    #[case::windows("WINDOWS_CORE_2022_x86_64", POWERSHELL.to_owned(), None)]
    #[case::mime_on_windows("WINDOWS_CORE_2022_x86_64", mime(SCRIPT), Some("Windows requires <powershell>"))]
    #[case::toml_comment("BOTTLEROCKET_x86_64", "# nothing yet\n".to_owned(), None)]
    #[case::empty("AL2023_x86_64_STANDARD", String::new(), None)]
    fn user_data_format_must_match_operating_system(
        #[case] ami_type: &str,
        #[case] text: String,
        #[case] words: Option<&str>,
    ) {
        match words {
            Some(words) => {
                // What a script does is not known.
                let effect = if text.contains("echo") { Effect::Warns } else { Effect::BlocksApply };
                fires(&CHECK, &of(ami_type, &text, None), effect, "launch_template[0]", &[words])
            }
            None => is_silent(&CHECK, &of(ami_type, &text, None)),
        }
    }

    #[test]
    fn eks_joins_the_node() {
        let with = |line: &str| of("AL2023_x86_64_STANDARD", &mime(&format!("#!/bin/bash\n{line}")), None);
        fires(&CHECK, &with("nodeadm init"), Effect::Warns, "launch_template[0]", &["runs nodeadm init"]);
        fires(&CHECK, &with("/etc/eks/bootstrap.sh demo"), Effect::Warns, "launch_template[0]", &["bootstrap.sh"]);
        is_silent(&CHECK, &with("# nodeadm init"));
    }

    #[test]
    fn compressed_user_data_cannot_be_read() {
        let compressed = |image: Option<&str>| {
            let template = Template {
                user_data: Some(STANDARD.encode(b"\x1f\x8b\x08rest")),
                image_id: image.map(str::to_owned),
                ..Template::default()
            };
            node_group().template(template)
        };
        fires(&CHECK, &compressed(None), Effect::BlocksApply, "launch_template[0]", &["compressed with gzip"]);
        is_silent(&CHECK, &compressed(Some(IMAGE)));
    }

    #[test]
    fn custom_ami_accepts_any_user_data() {
        is_silent(&CHECK, &of("CUSTOM", SCRIPT, Some(IMAGE)));
        is_silent(&CHECK, &node_group());
    }
}
