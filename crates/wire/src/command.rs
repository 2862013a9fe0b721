//! The command line of the provider program. The host passes no arguments. Users pass flags, or start it by mistake.

use std::io::{self, Write as _};
use std::process::ExitCode;

use super::about::ProviderInfo;
use super::process::{Mode, WireError, serve};
use framework::provider::Provider;

/// The command in the arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Command<'a> {
    Serve(Mode),
    Version,
    Help,
    Unknown(&'a str),
}

impl<'a> Command<'a> {
    fn parse(arguments: &'a [String]) -> Self {
        match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            [] => Self::Serve(Mode::Plugin),
            ["--debug" | "-debug"] => Self::Serve(Mode::Debug),
            ["--version" | "-version" | "-v"] => Self::Version,
            ["--help" | "-help" | "-h"] => Self::Help,
            ["--debug" | "-debug" | "--version" | "-version" | "-v" | "--help" | "-help" | "-h", unknown, ..]
            | [unknown, ..] => Self::Unknown(unknown),
        }
    }
}

/// Runs the command in the arguments (without the program name), and returns the exit status.
pub fn run<P: Provider>(about: ProviderInfo, arguments: &[String], provider: impl FnOnce() -> P) -> ExitCode {
    let program = format!("terraform-provider-{}", about.name);
    match Command::parse(arguments) {
        Command::Version => said(&format!("{program} {}\n", about.version)),
        Command::Help => said(&help(&about)),
        Command::Unknown(argument) => {
            complain(&format!("{program}: unknown argument {argument}. See {program} --help\n"));
            ExitCode::from(2)
        }
        Command::Serve(mode) => match serve(about, mode, provider()) {
            Ok(status) => ExitCode::from(status),
            Err(WireError::NoHost) => {
                complain(&by_hand(&about));
                ExitCode::FAILURE
            }
            Err(error) => {
                complain(&format!("{program}: {error}\n"));
                ExitCode::FAILURE
            }
        },
    }
}

fn said(text: &str) -> ExitCode {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn complain(text: &str) {
    // If stderr is closed, the error cannot be reported.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Returns the message for users who start the program manually.
fn by_hand(about: &ProviderInfo) -> String {
    let ProviderInfo { namespace, name, version } = about;
    format!(
        "terraform-provider-{name} {version} is a plugin that Terraform and OpenTofu start. It is not meant to be \
         run directly.

To use it, add the following to your configuration and run `terraform init`:

    terraform {{
      required_providers {{
        {name} = {{
          source = \"{namespace}/{name}\"
        }}
      }}
    }}

To use this file instead of a released version, add the following to ~/.terraformrc:

    provider_installation {{
      dev_overrides {{
        \"{namespace}/{name}\" = \"{folder}\"
      }}
      direct {{}}
    }}

See `terraform-provider-{name} --help` for debugging.
",
        folder = folder()
    )
}

/// Returns the directory of this program.
fn folder() -> String {
    let program = std::env::current_exe().ok();
    let folder = program.as_deref().and_then(|program| program.parent());
    folder.map_or_else(|| "/path/to/the/directory".to_owned(), |folder| folder.display().to_string())
}

fn help(about: &ProviderInfo) -> String {
    let name = about.name;
    let upper = name.to_uppercase();
    format!(
        "terraform-provider-{name} {version}: a plugin that Terraform and OpenTofu start without arguments.

  --debug     serve until interrupted, and print the TF_REATTACH_PROVIDERS variable that makes Terraform use
              this process
  --version   print the version
  --help      print this text

Environment:
  TF_LOG_PROVIDER_{upper}, TF_LOG_PROVIDER, TF_LOG
              log level: TRACE, DEBUG, INFO, WARN, ERROR, or OFF. The first variable that is set takes precedence
  TF_PROVIDER_NETWORK=tcp
              listen on a loopback port instead of a Unix socket
",
        version = about.version
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_flags_or_a_mistake() {
        let parse = |arguments: &[&str]| {
            let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
            format!("{:?}", Command::parse(&arguments))
        };
        assert_eq!(parse(&[]), "Serve(Plugin)");
        assert_eq!(parse(&["--debug"]), "Serve(Debug)");
        assert_eq!(parse(&["-version"]), "Version");
        assert_eq!(parse(&["plan"]), "Unknown(\"plan\")");
        assert_eq!(parse(&["--debug", "plan"]), "Unknown(\"plan\")");
    }
}
