"""Emotion: six emotions in tweets (paper, B.3: EmotionClassification; Saravia et al., 2018)."""

from __future__ import annotations

from glot.tasks.base import Task
from glot.tasks.published import Published

EMOTION = Task(
    name="emotion",
    title="Emotion of tweets",
    kind="classification",
    reader=Published(
        repository="dair-ai/emotion",
        configuration="split",
        splits={"train": "train", "dev": "validation", "test": "test"},
        label_names=("sadness", "joy", "love", "anger", "fear", "surprise"),
    ),
    metrics=("accuracy", "macro_f1"),
    labels=("sadness", "joy", "love", "anger", "fear", "surprise"),
    evaluation_splits=("test",),
)
