"""What readers have uploaded and not removed, as Streamlit keeps it."""

from __future__ import annotations

from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager


def uploaded_bytes(session: str) -> int:
    """Bytes of the files of one session; 0 for one that is not there."""
    if not runtime.exists():
        return 0
    files = runtime.get_instance().uploaded_file_mgr
    assert isinstance(files, MemoryUploadedFileManager)
    return sum(len(each.data) for each in list(files.file_storage.get(session, {}).values()))
