"""A directory in which Terraform or OpenTofu installs the provider from a zip."""

from __future__ import annotations

import shutil
from pathlib import Path

from crates import version

SOURCE = "ekscompute/ekscompute"
REGISTRIES = ("registry.terraform.io", "registry.opentofu.org")
CONFIGURATION = """\
terraform {{
  required_providers {{
    ekscompute = {{
      source  = "{source}"
      version = "{version}"
    }}
  }}
}}
"""


def write_workspace(directory: Path, archive: Path, mirror_path: str) -> None:
    """A directory with a filesystem mirror, a CLI configuration with nothing else, and a configuration."""
    for registry in REGISTRIES:
        mirror = directory / "mirror" / registry / SOURCE
        mirror.mkdir(parents=True)
        shutil.copyfile(archive, mirror / archive.name)
    installation = f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror_path}"\n  }}\n}}\n'
    (directory / "cli.tfrc").write_text(installation, encoding="utf-8")
    configuration = CONFIGURATION.format(source=SOURCE, version=version())
    (directory / "main.tf").write_text(configuration, encoding="utf-8")
