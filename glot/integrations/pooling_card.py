"""What the library's model card says of a model with a `GlotPooling`."""

from __future__ import annotations

from typing import Any

from sentence_transformers.sentence_transformer.model_card import SentenceTransformerModelCardData

IMPORT = "from glot.integrations.sentence_transformers import load_sentence_transformer"
NEEDED = (
    "\n`GlotPooling` comes from the package `glot-explorer`, which must be installed, too; its "
    "`load_sentence_transformer` runs no code from the model's own folder.\n\n"
)


class GlotPoolingCardData(SentenceTransformerModelCardData):  # type: ignore[misc]
    """The library's card, with the lines that load the model as it can be loaded."""

    def generate_usage_snippet(self) -> str:
        """The library's example, by way of `load_sentence_transformer`."""
        theirs: str = super().generate_usage_snippet()
        ours = theirs.replace("from sentence_transformers import SentenceTransformer", IMPORT)
        return NEEDED + ours.replace("= SentenceTransformer(", "= load_sentence_transformer(")


def told_as_ours(card: Any) -> None:
    """Make a model's card data one of ours, unless somebody chose another kind.

    Args:
        card: of a model that is being built; what it holds already stays.
    """
    if type(card) is SentenceTransformerModelCardData:
        # The library offers no other way in after a model got its card data.
        card.__class__ = GlotPoolingCardData
