"""Checkpoints of a build: complete or not there, and only fit for the same build."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

from torch import Tensor

from itda_core.errors import InputError
from itda_core.files import (
    atomic_folder,
    exists_safely,
    is_folder_safely,
    is_link_safely,
    names_safely,
    write_tensors,
)

_NUMBER = re.compile(r"[0-9]{6,}")


class Checkpoint:
    """A folder beside ``out`` that holds the newest state of a build.

    Every save is a folder of its own, written aside and renamed, then the older ones are
    removed: a build killed at any moment finds the last complete one.
    """

    def __init__(self, out: Path):
        self.folder = out.parent / f".{out.name}.checkpoint"

    @property
    def can_be_made(self) -> bool:
        """Whether nothing else has the folder's name."""
        return is_folder_safely(self.folder) or not (
            exists_safely(self.folder) or is_link_safely(self.folder)
        )

    def exists(self) -> bool:
        """Whether there is a complete state to go on from."""
        return bool(self._complete())

    def save(
        self, plan: dict[str, Any], progress: dict[str, Any], state: dict[str, Tensor]
    ) -> None:
        """Write ``state`` and ``progress`` of the build described by ``plan``."""
        done = self._complete()
        number = int(done[-1].name) + 1 if done else 0
        try:
            with atomic_folder(self.folder / f"{number:06d}") as aside:
                write_tensors(aside / "state", state)
                (aside / "progress.json").write_text(
                    json.dumps({"plan": plan, "progress": progress}), encoding="utf-8"
                )
        except BaseException:
            if not done:
                shutil.rmtree(self.folder, ignore_errors=True)
            raise
        for old in done:
            shutil.rmtree(old, ignore_errors=True)

    def load(self, plan: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Tensor]]:
        """(progress, state) of the newest complete save.

        Raises:
            InputError: it belongs to a build with other arguments (naming them), or is damaged.
        """
        from safetensors.torch import load_file

        newest = self._complete()[-1]
        try:
            head = json.loads((newest / "progress.json").read_text(encoding="utf-8"))
            state = load_file(newest / "state")
            theirs, progress = head["plan"], head["progress"]
        except Exception as error:
            raise InputError(
                f"checkpoint {newest} is damaged; remove {self.folder} and build anew"
            ) from error
        other = [
            f"{key} {theirs.get(key)!r}, now {plan.get(key)!r}"
            for key in sorted(theirs.keys() | plan.keys())
            if theirs.get(key) != plan.get(key)
        ]
        if other:
            raise InputError(
                f"the checkpoint is of another build ({'; '.join(other)}); give the same "
                f"arguments, or remove {self.folder}"
            )
        return progress, state

    def remove(self) -> None:
        """Forget the build: it is finished."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _complete(self) -> list[Path]:
        return [self.folder / name for name in names_safely(self.folder) if _NUMBER.fullmatch(name)]
