"""Writes the pictures in images/: `make pictures`.

`demo.svg` is a recording of `make demo`, and `architecture.svg` is drawn from `architecture.toml`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import architecture_picture
import demo_picture
from recording import RecordingError, record

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "images"


def main() -> None:
    """Write both pictures, with the provider that the argument names."""
    parser = argparse.ArgumentParser(prog="tools/pictures", description=__doc__.splitlines()[0])
    parser.add_argument("provider", type=Path, help="path of the built provider")
    provider = parser.parse_args().provider.resolve()
    IMAGES.mkdir(exist_ok=True)
    description = (Path(__file__).parent / "architecture.toml").read_text(encoding="utf-8")
    _write("architecture.svg", architecture_picture.draw(description))
    _write("demo.svg", demo_picture.draw(record([sys.executable, ROOT / "tools/demo", provider])))


def _write(name: str, picture: str) -> None:
    (IMAGES / name).write_text(picture, encoding="utf-8")
    print(f"pictures: images/{name}")


try:
    main()
except RecordingError as error:
    sys.exit(f"pictures: {error}")
except KeyboardInterrupt:
    sys.exit(130)
