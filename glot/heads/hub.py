"""Checkpoints on the Hugging Face hub: one repository a head, the three files and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from glot.errors import GlotError


def pull(
    repository: str,
    files: Sequence[str],
    *,
    revision: str | None = None,
    token: str | bool | None = None,
    cache_dir: str | Path | None = None,
    force_download: bool = False,
    local_files_only: bool = False,
) -> Path:
    """Fetch a repository's files, and no others, into the hub's cache.

    Args:
        repository: `owner/name`.
        files: those to fetch where they are there.
        revision: branch, tag or commit; None: the main branch.
        token: of the hub; None: the one that `hf auth login` stored.
        cache_dir: by default the hub's own.
        force_download: fetch again what is there already.
        local_files_only: ask nothing of the hub.

    Returns:
        The folder.

    Raises:
        GlotError: the hub does not give it, or cannot be reached and it is not in the cache.
    """
    from huggingface_hub import snapshot_download

    _check_name(repository)
    try:
        folder = snapshot_download(
            repository,
            revision=revision,
            token=token,
            cache_dir=cache_dir,
            force_download=force_download,
            local_files_only=local_files_only,
            allow_patterns=list(files),
        )
    except Exception as error:
        # Network and hub errors come from several libraries; every one means the same here.
        raise GlotError(
            f"The hub did not give the head {repository!r} ({_reason(error)}).",
            "Accepted: a repository that this machine can reach, or that is in its cache.",
            "Check the spelling and the connection; a private repository needs hf auth login.",
        ) from error
    return Path(folder)


def push(
    folder: Path,
    repository: str,
    files: Sequence[str],
    *,
    commit_message: str = "Upload a trained head of GLOT Explorer",
    private: bool | None = None,
    token: str | bool | None = None,
    revision: str | None = None,
    create_pr: bool | None = None,
) -> str:
    """Upload a checkpoint; the repository is made if it is not there.

    Args:
        folder: the checkpoint.
        repository: `owner/name`.
        files: those to upload.
        commit_message: of the commit.
        private: whether a new repository is; None: as the owner's settings say.
        token: of the hub; None: the one that `hf auth login` stored.
        revision: the branch; None: the main one.
        create_pr: propose the commit instead of making it.

    Returns:
        The commit's address.

    Raises:
        GlotError: the hub does not take it.
    """
    from huggingface_hub import HfApi

    _check_name(repository)
    hub = HfApi(token=token)
    try:
        hub.create_repo(repository, private=private, exist_ok=True)
        commit = hub.upload_folder(
            repo_id=repository,
            folder_path=folder,
            allow_patterns=list(files),
            commit_message=commit_message,
            revision=revision,
            create_pr=create_pr,
        )
    except Exception as error:
        raise GlotError(
            f"The hub did not take the head as {repository!r} ({_reason(error)}).",
            "Accepted: a repository that you may write to.",
            "Check the connection and the owner's name, and log in with hf auth login.",
        ) from error
    return str(commit.commit_url)


def _check_name(repository: str) -> None:
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(repository)
        # Of models without an owner the hub keeps only some of its first.
        if "/" in repository:
            return
        reason = "it names no owner"
    except HFValidationError as error:
        reason = _reason(error)
    raise GlotError(
        f"{repository!r} is neither a folder nor a repository of the hub ({reason}).",
        "Accepted: a folder with a checkpoint, or owner/name.",
        "Check the spelling.",
    )


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
