//! The command-line programs, as `make clis` puts them into `.build/clis`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// One of the programs that acceptance tests run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cli {
    Terraform18,
    Terraform112,
    Terraform115,
    Terraform116,
    /// A beta, until 1.17 is released.
    Terraform117,
    /// The Terraform, or else the OpenTofu, that the machine's PATH has.
    OnPath,
    Tofu112,
}

/// Who makes a program: features came at different versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Product {
    Terraform,
    OpenTofu,
}

/// What a program says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Release {
    pub(crate) product: Product,
    pub(crate) major: u32,
    pub(crate) minor: u32,
}

impl Cli {
    pub(crate) const ALL: [Self; 7] = [
        Self::Terraform18,
        Self::Terraform112,
        Self::Terraform115,
        Self::Terraform116,
        Self::Terraform117,
        Self::OnPath,
        Self::Tofu112,
    ];

    /// The file name in `.build/clis`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Terraform18 => "terraform-1.8",
            Self::Terraform112 => "terraform-1.12",
            Self::Terraform115 => "terraform-1.15",
            Self::Terraform116 => "terraform-1.16",
            Self::Terraform117 => "terraform-1.17",
            Self::OnPath => "terraform-path",
            Self::Tofu112 => "tofu-1.12",
        }
    }

    /// The program's path. A missing program fails the test: none is ever left out silently.
    pub(crate) fn path(self) -> PathBuf {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".build/clis").join(self.name());
        assert!(path.exists(), "{} is missing; `make clis` makes it", path.display());
        path
    }

    /// Product and version, asked of the program once.
    pub(crate) fn release(self) -> Release {
        static RELEASES: [OnceLock<Release>; Cli::ALL.len()] = [const { OnceLock::new() }; Cli::ALL.len()];
        *RELEASES[self as usize].get_or_init(|| self.ask_release())
    }

    fn ask_release(self) -> Release {
        let output = Command::new(self.path())
            .arg("version")
            .env_clear()
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_CLI_CONFIG_FILE", "/dev/null")
            .output()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", self.name()));
        let text = String::from_utf8_lossy(&output.stdout);
        Release::parse(&text).unwrap_or_else(|| panic!("{} does not tell its version: {output:?}", self.name()))
    }
}

impl Release {
    /// Reads the first line of `version`: "Terraform v1.17.0-beta1" or "OpenTofu v1.12.6".
    fn parse(text: &str) -> Option<Self> {
        let (product, version) = text.lines().next()?.split_once(" v")?;
        let product = match product {
            "Terraform" => Product::Terraform,
            "OpenTofu" => Product::OpenTofu,
            _ => return None,
        };
        let mut numbers = version.split('.').map(str::parse);
        Some(Self { product, major: numbers.next()?.ok()?, minor: numbers.next()?.ok()? })
    }

    /// Whether this is the named product at `1.<minor>` or later.
    pub(crate) fn is_at_least(self, product: Product, minor: u32) -> bool {
        self.product == product && (self.major, self.minor) >= (1, minor)
    }
}
