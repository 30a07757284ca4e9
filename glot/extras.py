"""Packages that are not part of the core install: `[project.optional-dependencies]`."""

from __future__ import annotations

from importlib.util import find_spec

from glot.errors import GlotError

# Extra of pyproject.toml → the packages, as they are imported, that code here asks for.
EXTRAS = {
    "app": ("streamlit", "umap"),
    "train": ("sentence_transformers", "mteb", "peft", "tensorboard"),
    "serve": ("fastapi", "uvicorn"),
    "ray": ("ray",),
    "login": ("authlib", "httpx"),
    "notebook": ("anywidget",),
    "docs": ("mkdocs",),
}


def need(package: str, purpose: str) -> None:
    """Check that a package of an extra is installed, before any work begins.

    Args:
        package: as it is imported, a value of `EXTRAS`.
        purpose: what it is needed for, a sentence.

    Raises:
        GlotError: it is not, naming the extra that brings it.
    """
    if find_spec(package) is not None:
        return
    extra = next(name for name, packages in EXTRAS.items() if package in packages)
    raise GlotError(
        f"The package {package.replace('_', '-')} is not installed.",
        purpose,
        "Install it, in the project's folder, with: "
        f'pip install -e ".[{extra}]" -c requirements-extras.txt',
    )
