"""A model's states after one of its blocks, without what comes after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import torch
from torch import nn

Probe = Callable[[], Sequence[torch.Tensor]]


class _ReachedError(Exception):
    """States (B, L, d) have come to the block that is not to run."""

    def __init__(self, states: torch.Tensor) -> None:
        super().__init__()
        self.states = states


def watched(model: Any, probe: Probe) -> tuple[Sequence[torch.Tensor], tuple[nn.Module, ...]]:
    """What a probe gives, and the model's blocks, first to last.

    Names differ between architectures: blocks are the modules of a list that are given, one after
    the other, exactly the states that the model calls its layers'. There may be no such list.

    Args:
        model: of transformers.
        probe: runs the model, and gives the states of all layers: one more than blocks.
    """
    given: dict[nn.Module, torch.Tensor] = {}

    def note(block: nn.Module, args: tuple[Any, ...], named: dict[str, Any]) -> None:
        given[block] = _states(args, named)

    lists = [tuple(each) for each in model.modules() if isinstance(each, nn.ModuleList)]
    with ExitStack() as hooks:
        for block in {block for blocks in lists for block in blocks}:
            hooks.callback(block.register_forward_pre_hook(note, with_kwargs=True).remove)
        states = probe()
    for blocks in lists:
        if len(blocks) == len(states) - 1 and all(
            block in given and torch.equal(given[block], before)
            for block, before in zip(blocks, states[:-1], strict=True)
        ):
            return states, blocks
    return states, ()


def states_before(block: nn.Module, run: Callable[[], object]) -> torch.Tensor:
    """What a block is given, (B, L, d); neither it nor what follows runs.

    Gradients flow to what `run` was given, where it lets them. Nobody else may run the model
    meanwhile.

    Args:
        block: one of `watched`.
        run: runs the model.
    """

    def stop(_block: nn.Module, args: tuple[Any, ...], named: dict[str, Any]) -> None:
        raise _ReachedError(_states(args, named))

    hook = block.register_forward_pre_hook(stop, with_kwargs=True)
    try:
        run()
    except _ReachedError as reached:
        return reached.states
    finally:
        hook.remove()
    raise RuntimeError("The model did not come to a block that it ran when it was loaded.")


def _states(args: tuple[Any, ...], named: dict[str, Any]) -> torch.Tensor:
    states: torch.Tensor = args[0] if args else named["hidden_states"]
    return states
