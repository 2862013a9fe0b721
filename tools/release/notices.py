"""The license notices of everything that is linked into the program."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from crates import Crate
from platforms import PROVIDER, ROOT, Platform, ReleaseError, output

RULE = "=" * 80


def notices(crates: list[Crate], platform: Platform, version: str) -> str:
    """A list of the crates, then each license text once with the crates that it belongs to."""
    others = [crate for crate in crates if not crate.is_ours]
    texts: dict[str, list[str]] = {}
    for crate in others:
        for text in crate.license_texts() or [_standard_text(crate)]:
            texts.setdefault(text, []).append(f"{crate.name} {crate.version}")
    parts = [f"{PROVIDER} {version} contains the following crates. Their license texts follow.\n"]
    parts += [f"  {crate.name} {crate.version}: {crate.license} {crate.repository}".rstrip() for crate in others]
    for text, names in texts.items():
        parts.append(f"\n{RULE}\n{', '.join(names)}\n{RULE}\n\n{text}")
    parts += [f"\n{RULE}\n{name}\n{RULE}\n\n{text}" for name, text in _runtime(platform)]
    return "\n".join(parts) + "\n"


def _standard_text(crate: Crate) -> str:
    """The text of the license of a crate that does not contain it."""
    alternatives = crate.license.split(" OR ")
    if "Apache-2.0" in alternatives:
        return (ROOT / "LICENSE").read_text(encoding="utf-8").strip()
    if "MIT" in alternatives:
        holders = ", ".join(crate.authors) or f"the authors of {crate.name}"
        return f"Copyright (c) {holders}\n\n{_mit()}"
    raise ReleaseError(f"the crate {crate.name} has no license file, and no text of {crate.license} is here")


def _mit() -> str:
    return (Path(__file__).parent / "mit.txt").read_text(encoding="utf-8").strip()


def _runtime(platform: Platform) -> list[tuple[str, str]]:
    """What the toolchain links in beside the crates."""
    sysroot = Path(output(["rustc", "--print", "sysroot"]).strip())
    copyright_page = sysroot / "share" / "doc" / "rust" / "COPYRIGHT-library.html"
    if not copyright_page.is_file():
        raise ReleaseError(f"the Rust toolchain has no {copyright_page}")
    found = [("Rust standard library", _plain_text(copyright_page.read_text(encoding="utf-8")))]
    if platform.links_glibc:
        # The LGPL asks for a notice and for the means to link against another glibc: the sources and the Makefile.
        found.append(
            (
                "GNU C Library",
                "Copyright (C) Free Software Foundation, Inc. Licensed under the GNU Lesser General Public License,\n"
                "version 2.1 or later: https://www.gnu.org/licenses/old-licenses/lgpl-2.1.html\n\n"
                "To link the program with another version of the library, run make release in the source code.",
            )
        )
    elif platform.os == "linux":
        found.append(("musl", f"Copyright (c) 2005-2020 Rich Felker, et al.\n\n{_mit()}"))
    return found


class _Text(HTMLParser):
    """The text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def handle_data(self, data: str) -> None:
        self.lines += [line.rstrip() for line in data.splitlines() if line.strip()]


def _plain_text(page: str) -> str:
    parser = _Text()
    parser.feed(page)
    return "\n".join(parser.lines)
