"""Settings of a server: who may reach it, what it may load, how much it takes, what it logs.

`glot.operation.read` takes them from a file and the environment. docs/operations.md tells them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, get_args

from glot.errors import GlotError

LogFormat = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True)
class Settings:
    """What the operator of a dashboard decides; each default suits one person on one machine.

    Attributes:
        address: what the dashboard listens at; `0.0.0.0`: all addresses of the machine.
        hosts: names by which readers' browsers call it, without port; others are refused.
        allowed_backbones: hub ids, folders and .gguf files that pages may load beside the bundled
            ones.
        allowed_folders: folders in which every backbone may be loaded from pages.
        login: whether readers must log in, by Streamlit's own OIDC.
        upload_mb: size of one uploaded file, in millions of bytes.
        session_mb: of all files that one session has uploaded and not removed.
        upload_rows: rows of one uploaded table.
        session_jobs: pieces of long work of one session that wait or run at once.
        job_minutes: how long one of them may run before it is stopped.
        cache_entries: results that pages keep, of all kinds and sessions together.
        cache_mb: millions of bytes that they take.
        log_format: `text` for people, `json` for programs: one object a line.
        log_level: the least that is logged.

    Raises:
        GlotError: values that cannot be; all of them in one report.
    """

    address: str = "localhost"
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "::1")
    allowed_backbones: tuple[str, ...] = ()
    allowed_folders: tuple[str, ...] = ()
    login: bool = False
    upload_mb: int = 100
    session_mb: int = 300
    upload_rows: int = 500_000
    session_jobs: int = 8
    job_minutes: int = 720
    cache_entries: int = 256
    cache_mb: int = 512
    log_format: LogFormat = "text"
    log_level: LogLevel = "info"

    def __post_init__(self) -> None:
        problems = self._problems()
        if problems:
            raise report(problems)

    def _problems(self) -> list[str]:
        found = [
            f"{each.name} is {getattr(self, each.name):,}; accepted: a whole number from 1"
            for each in fields(self)
            if each.type == "int" and getattr(self, each.name) < 1
        ]
        for name, accepted in (("log_format", LogFormat), ("log_level", LogLevel)):
            if getattr(self, name) not in get_args(accepted):
                words = ", ".join(get_args(accepted))
                found.append(f"{name} is {getattr(self, name)!r}; accepted: {words}")
        if self.upload_mb > self.session_mb:
            found.append(
                f"upload_mb is {self.upload_mb} and session_mb {self.session_mb}; "
                "accepted: a session that holds at least one full file"
            )
        if not self.address or any(c.isspace() for c in self.address):
            found.append(f"address is {self.address!r}; accepted: one address, such as 0.0.0.0")
        if not self.hosts or any(not _is_host(host) for host in self.hosts):
            found.append(f"hosts are {list(self.hosts)}; accepted: names such as glot.example.org")
        for name in ("allowed_backbones", "allowed_folders"):
            if any(not each.strip() for each in getattr(self, name)):
                found.append(f"{name} has an empty name; accepted: names, folders, .gguf files")
        return found


def _is_host(host: str) -> bool:
    """Whether it may be a name or address without scheme, port and path."""
    return bool(host) and not any(c in "/@? \t" for c in host) and host != "*"


def report(problems: list[str]) -> GlotError:
    """All that is wrong with a configuration, as one error."""
    lines = "\n".join(f"  {number}. {told}" for number, told in enumerate(problems, 1))
    what = "thing is" if len(problems) == 1 else "things are"
    return GlotError(
        f"{len(problems)} {what} wrong with the configuration:\n{lines}\n",
        "docs/operations.md tells every setting.",
        "Nothing was started.",
    )
