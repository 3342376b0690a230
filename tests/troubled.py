"""A data folder with every trouble at once: full, read-only, odd names, links, closed doors."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from damage import edit_head

ODD_NAME = os.fsdecode(b"caf\xe9")


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[bool]:
    """A disk of that size at ``folder``, where this user may mount one; whether it is there."""
    options = ["-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    mount = shutil.which("mount")
    is_mounted = (
        bool(mount) and not subprocess.run([mount, *options], capture_output=True).returncode
    )
    try:
        yield is_mounted
    finally:
        if is_mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Write until nothing more fits."""
    with (folder / "filling").open("wb", buffering=0) as file:
        size = 1 << 20
        while size:
            try:
                file.write(b"x" * size)
            except OSError:
                size //= 2


def trouble(data: Path, elsewhere: Path) -> None:
    """Make ``data``, which has tiny-l1 and tiny-l2, a folder that nobody would wish for."""
    dictionaries = data / "dictionaries"
    shutil.move(dictionaries / "tiny-l2", elsewhere / "two")  # its model is beside the link
    (dictionaries / "tiny-l2").symlink_to(elsewhere / "two")
    (dictionaries / ODD_NAME).mkdir()
    (dictionaries / "nowhere").symlink_to(elsewhere / "gone")
    (data / "models" / ODD_NAME).mkdir()
    shutil.copy(data / "models" / "tiny-causal" / "config.json", data / "models" / ODD_NAME)
    (data / "models" / ODD_NAME / "model.safetensors").touch()
    for name, place in (("far", elsewhere / "shut" / "model"), ("long", "x" * 3000)):
        shutil.copytree(dictionaries / "tiny-l1", dictionaries / name)
        edit_head(dictionaries / name, model_id=name, model_path=str(place))
    (elsewhere / "shut").mkdir(mode=0)
    shutil.copytree(dictionaries / "tiny-l1", dictionaries / "shut")
    order = {"dictionaries": ["tiny-l1"], "corpus": "tinyworld:7:20"}
    job = data / "jobs" / f"{1:020d}"
    job.mkdir(parents=True)
    (job / "work.json").write_text(json.dumps({"kind": "statistics", "order": order}))
    (dictionaries / "shut").chmod(0)
    for folder in (job, data / "jobs", dictionaries, data):
        folder.chmod(0o555)
