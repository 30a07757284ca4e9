"""Bad input: a call that may refuse, and nothing else."""

from glot.errors import GlotError

# An error that people read is no dump of what they gave.
MOST_TOLD = 1_000


def attempted(call, *given, **named):
    """(what the call gave, "") or (None, why it refused): in words that can be shown anywhere."""
    try:
        return call(*given, **named), ""
    except GlotError as error:
        told = str(error)
    if not told.strip() or len(told) > MOST_TOLD:
        raise AssertionError(f"An error of {len(told)} characters: {told[:200]}")
    told.encode()
    return None, told
