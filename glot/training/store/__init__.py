"""The hidden-state store: token states of texts, computed once, kept packed on disk.

A backbone is frozen, so a text's states are the same in every epoch, for every head and in every
task (paper, B.1). They lie in one folder, a *collection*, for everything that shapes them:
backbone, number format, device type, tokenizer, layer and the number of tokens that texts are
cut to. A collection grows by *shards* (`glot.training.store.shards`); a text that one of them
holds is never computed again.
"""

from glot.training.store.collection import Collection as Collection
from glot.training.store.collection import list_collections as list_collections
from glot.training.store.manage import BrokenShard as BrokenShard
from glot.training.store.manage import Removed as Removed
from glot.training.store.manage import Verification as Verification
from glot.training.store.manage import remove as remove
from glot.training.store.manage import verify as verify
from glot.training.store.state_store import StateStore as StateStore
from glot.training.store.stored import StateBatch as StateBatch
from glot.training.store.stored import StoredStates as StoredStates
