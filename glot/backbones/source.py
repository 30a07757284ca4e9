"""What a backbone's name means: a bundled model, a folder, a GGUF file or a hub id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from glot.backbones.bundled import BUNDLED
from glot.errors import GlotError, quoted
from glot.paths import expanded

# Characters of a name that a message shows: paths are long.
MOST = 400
HUB_ID = re.compile(r"^[\w.-]+(/[\w.-]+)?$")


@dataclass(frozen=True)
class Source:
    """Where to load a backbone from.

    Attributes:
        name: as the user gave it.
        location: a folder, or a hub id.
        gguf_file: the GGUF file inside the folder, if it is one.
    """

    name: str
    location: str
    gguf_file: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether nothing needs to be fetched."""
        return Path(self.location).is_dir()


def resolve(name: str) -> Source:
    """What `name` stands for; a bundled name goes before a folder, a folder before a hub id.

    Raises:
        GlotError: the name is blank, a path that is not there, a folder or file that is no
            model, or not a possible hub id.
    """
    name = name.strip()
    if name in BUNDLED:
        return _from_path(name, BUNDLED[name].locate())
    path = expanded(name)
    try:
        exists = bool(name) and path.exists()
    except (OSError, ValueError):
        exists = False
    if exists:
        try:
            return _from_path(name, path)
        except OSError as error:
            raise GlotError(
                f"{path} cannot be read: {error.strerror}.",
                "Accepted: a folder or a .gguf file that you may read.",
            ) from error
    looks_like_path = name.startswith((".", "/", "~")) or name.endswith(".gguf")
    if not looks_like_path and HUB_ID.match(name) and ".." not in name and "--" not in name:
        return Source(name, name)
    raise GlotError(
        f"Unknown backbone {quoted(name, MOST)}.",
        f"Accepted: {', '.join(BUNDLED)}, a folder, a .gguf file, or a hub id such as "
        "'bert-base-uncased'.",
        "Check the spelling and that the path exists.",
    )


def _from_path(name: str, path: Path) -> Source:
    if path.is_file():
        if path.suffix != ".gguf":
            raise GlotError(
                f"The file {path} is no backbone.", "Accepted: a folder or a .gguf file."
            )
        with path.open("rb") as file:
            magic = file.read(4)
        if magic != b"GGUF":
            raise GlotError(
                f"The file {path} is not in GGUF format: it begins with {magic!r}.",
                "Accepted: a file that begins with b'GGUF'.",
                "Download it again; it may be an error page or cut short.",
            )
        return Source(name, str(path.parent), path.name)
    if not (path / "config.json").is_file():
        inside = sorted(item.name for item in path.iterdir())[:5]
        raise GlotError(
            f"The folder {path} holds no model: there is no config.json in it "
            f"(found: {', '.join(inside) or 'nothing'}).",
            "Accepted: a folder with config.json, model.safetensors and a tokenizer.",
            "Save a model there with save_pretrained, or name its inner folder.",
        )
    return Source(name, str(path))
