"""How far a job is, as files say that anybody may have written."""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple, get_args

from itda_core.files import printable

Status = Literal["waiting", "running", "stopping", "done", "failed", "cancelled"]
PENDING = ("waiting", "running", "stopping")
_DAMAGED = "its state.json is damaged; try again, or remove it"


class State(NamedTuple):
    """How far a job is, as the runner knows it."""

    status: Status = "waiting"
    step: int = 0
    """Place of the step at work in ``Work.steps``."""
    message: str = ""
    """Why it failed, in one line."""
    began: float = 0.0
    """Seconds since the epoch; 0 before it began."""
    ended: float = 0.0
    """Likewise."""


def state_of(said: Any, n_steps: int) -> State:
    """The state of a job of so many steps; failed, where what its file says is none."""
    if said is None:
        return State()
    if not isinstance(said, dict) or not set(said) <= set(State._fields):
        return State("failed", message=_DAMAGED)
    state = State(**said)
    fits = (
        state.status in get_args(Status)
        and type(state.step) is int
        and 0 <= state.step < max(n_steps, 1)
        and isinstance(state.message, str)
        and all(_is_number(moment) for moment in (state.began, state.ended))
    )
    if not fits:
        return State("failed", message=_DAMAGED)
    return state._replace(message=printable(" ".join(state.message.split())[:500]))


def progress_of(said: Any) -> dict[str, Any]:
    """What of a progress file can be shown; see ``jobs.progress``."""
    if not isinstance(said, dict):
        return {}
    progress: dict[str, Any] = {}
    if isinstance(said.get("doing"), str):
        progress["doing"] = printable(" ".join(said["doing"].split())[:200])
    if _is_number(said.get("done")):
        progress["done"] = min(max(float(said["done"]), 0.0), 1.0)
    atoms, left = said.get("n_atoms"), said.get("seconds_left")
    if (
        isinstance(atoms, list)
        and 0 < len(atoms) <= 1000
        and all(type(n) is int and 0 <= n < 2**53 for n in atoms)
        and all(_is_number(said.get(key)) for key in ("tokens_seen", "tokens_per_second"))
        and (left is None or _is_number(left))
    ):
        progress |= {"n_atoms": atoms, "seconds_left": left}
        progress |= {key: said[key] for key in ("tokens_seen", "tokens_per_second")}
    return progress


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < 1e15 and math.isfinite(value)
