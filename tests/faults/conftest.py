"""Disks that are full."""

import os
import resource
import subprocess
from contextlib import contextmanager

import pytest


class SmallDisk:
    """A file system of 24 MB of its own: `left` fills it up but for so many bytes."""

    # Whether other folders are without room too.
    everywhere = False

    def __init__(self, folder):
        self.folder = folder

    @contextmanager
    def left(self, room):
        filler = self.folder / "filler"
        with filler.open("wb") as file:
            free = os.statvfs(self.folder)
            size = max(0, free.f_bavail * free.f_bsize - room)
            os.posix_fallocate(file.fileno(), 0, size) if size else None
        try:
            yield
        finally:
            filler.unlink()


class Quota:
    """No file of this process grows beyond so many bytes: what an ordinary user can have."""

    everywhere = True

    def __init__(self, folder):
        self.folder = folder

    @contextmanager
    def left(self, room):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture(params=["tmpfs", "quota"])
def disk(request, tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    if request.param == "quota":
        yield Quota(folder)
        return
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(
            f"mounting takes rights that this user lacks ({done.stderr.strip()}); "
            "`unshare -rm pytest tests/faults` has them"
        )
    try:
        yield SmallDisk(folder)
    finally:
        # Lazily: mapped tensors are let go when they are collected.
        subprocess.run(["umount", "-l", str(folder)], check=True)
