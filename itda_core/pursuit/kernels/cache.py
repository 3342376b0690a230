"""Where numba keeps what it compiled: somewhere that can be written, or nowhere.

numba keeps it beside the source or in the home folder, and where neither can be written (an
installation of root's, a user of a container) it refuses to compile at all. A full disk or a
damaged cache it raises in the middle of a computation. Neither is worth failing for.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Any


@functools.cache
def be_modest() -> None:
    """Make numba do without a cache where none can be had. To be called before it compiles."""
    from numba.core import caching

    class LastResort(caching.UserWideCacheLocator):
        """A folder of ours among temporary files, for a function that no other takes."""

        def __init__(self, py_func: Any, py_file: str) -> None:
            super().__init__(py_func, py_file)
            self._cache_path = str(_own_folder() / self.get_suitable_cache_subpath(py_file))

        @classmethod
        def from_function(cls, py_func: Any, py_file: str) -> Any:
            locator = cls(py_func, py_file)
            with contextlib.suppress(OSError):  # then nothing is kept
                locator.ensure_cache_path()
            return locator

    caching.CacheImpl._locator_classes.append(LastResort)
    save, load = caching.Cache.save_overload, caching.Cache.load_overload

    def save_if_possible(self: Any, sig: Any, data: Any) -> None:
        try:
            save(self, sig, data)
        except Exception:  # a full disk, or an index that cannot be read: begun anew
            with contextlib.suppress(OSError):
                self.flush()

    def load_if_possible(self: Any, sig: Any, target_context: Any) -> Any:
        try:
            return load(self, sig, target_context)
        except Exception:  # cut short by a full disk, or somebody else's
            return None

    cache: Any = caching.Cache
    cache.save_overload, cache.load_overload = save_if_possible, load_if_possible


@functools.cache
def _own_folder() -> Path:
    """A folder that only this user can write: what lies in it is run.

    It is the same for every process of the user, so that they need not compile anew; where
    somebody else has taken its name, a new one for this process.
    """
    name = f"itda-numba-{os.getuid() if hasattr(os, 'getuid') else 'cache'}"
    try:
        folder = Path(tempfile.gettempdir()) / name
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        found = folder.lstat()
        is_ours = not hasattr(os, "getuid") or (
            found.st_uid == os.getuid() and not found.st_mode & 0o022
        )
        if stat.S_ISDIR(found.st_mode) and is_ours:
            return folder
        folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return folder
    except OSError:  # nothing can be written anywhere
        return Path(os.devnull) / name
