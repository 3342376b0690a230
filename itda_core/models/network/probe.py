"""What a network is and can do, found by running it: nothing is read off its name.

A few passes over made-up tokens, once a model: their findings are kept by its hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from itda_core.errors import InputError
from itda_core.models.network.anatomy import block_lists, hidden_state
from itda_core.models.network.passes import Passes

SHORT, LONG = 9, 64
"""Tokens of the prompts that are tried."""
_LEAST = 3

NO_HEAD = "it comes without its output head"

# Relative differences |a - b| / |b| of a token's activation that are more than rounding: between
# passes of different shapes, and between tokens of one shape that have seen the same.
_ROUNDING = {torch.float32: 1e-3, torch.float16: 2e-2, torch.bfloat16: 5e-2}
_SAME_SHAPE = {torch.float32: 1e-5, torch.float16: 2e-3, torch.bfloat16: 1e-2}


class Findings(NamedTuple):
    """What a loaded model showed."""

    blocks: str
    """Path of the list of its blocks in the network."""
    runs: tuple[int, ...]
    """How often each block runs in a pass."""
    causal: bool
    """No activation depends on a later token."""
    alone_in_batch: bool
    """Padding changes activations: only prompts of one length share a pass."""
    padding_tried: int
    """Tokens up to which padding was tried and changed nothing."""
    silent: str | None
    """Why it has no next-token predictions, in a few words; None: it has."""

    @property
    def predicts(self) -> bool:
        """Whether it has next-token predictions."""
        return self.silent is None

    @property
    def blocks_once(self) -> bool:
        """Whether each block runs once a pass; else a layer is what its last run gives."""
        return all(run == 1 for run in self.runs)


def probe(
    passes: Passes, n_layers: int, ordinary: Sequence[int], max_length: int, missing: frozenset[str]
) -> Findings:
    """The findings of a network; ``passes`` is told its blocks on the way.

    ``ordinary``: ids of tokens that are not special. ``missing``: tensors of the network that were
    not in its files, and so hold random numbers.

    Raises:
        InputError: a network that cannot be used, with what it does.
    """
    if max_length < _LEAST:
        raise InputError(
            f"{passes.name}: reads {max_length} tokens at most, too few to try what it can do: "
            "choose another model"
        )
    length = min(SHORT, max_length)
    short, long = sample(ordinary, length), sample(ordinary, min(LONG, max_length))
    kept = 2 * length // 3
    with passes.alone(), torch.inference_mode():
        trace = _trace(passes, n_layers, long, missing)
        passes.set_blocks(trace.path, trace.runs)
        alone = _states(passes, [short])[0]
        # What remembers shows it in a prompt that is run before others and after; what mixes
        # prompts, in one that is run beside another of its length.
        beside = _states(passes, [long, short])
        _compare(passes, beside[0], trace.states, "the prompts run before")
        is_neutral = _is_neutral(passes, beside[1], alone)
        _compare(passes, _states(passes, [short])[0], alone, "the prompts run before")
        changed = [*short[:kept], *(_another(ordinary, token) for token in short[kept:])]
        first, second = _states(passes, [short, changed])
        _compare(passes, first, alone, "the prompts beside it, of the same length")
        causal = not _moved(passes, second[:, :kept], first[:, :kept])
        silent = trace.silent
        if silent is None:
            logits = _logits(passes, [short, changed])  # (2, T, V)
            causal = causal and not _moved(passes, logits[1:, :kept], logits[:1, :kept])
            silent = _why_silent(passes, n_layers, short, logits[0])
        silent = silent if causal else "an activation depends on the tokens that follow it"
    return Findings(trace.path, trace.runs, causal, not is_neutral, len(long), silent)


def is_padding_neutral(passes: Passes, ordinary: Sequence[int], width: int) -> bool:
    """Whether activations of a short prompt stay the same beside one of ``width`` tokens.

    Raises:
        InputError: such a long prompt cannot be run, or changes what comes after it.
    """
    short, long = sample(ordinary, min(SHORT, width)), sample(ordinary, width)
    with passes.alone(), torch.inference_mode():
        first = _states(passes, [long])[0]
        alone = _states(passes, [short])[0]
        beside = _states(passes, [long, short])
        _compare(passes, beside[0], first, "the prompts run before")
    return _is_neutral(passes, beside[1], alone)


def settle(passes: Passes, ordinary: Sequence[int], max_length: int) -> None:
    """Run what the probe ran first: some networks change for good at their first short prompt."""
    with passes.alone(), torch.inference_mode():
        _states(passes, [sample(ordinary, min(SHORT, max_length))])


def sample(ordinary: Sequence[int], length: int) -> list[int]:
    """``length`` token ids, spread over ``ordinary``."""
    step = max(1, len(ordinary) * 5 // 13)
    return [ordinary[(7 + i * step + i // 3) % len(ordinary)] for i in range(length)]


def _another(ordinary: Sequence[int], token: int) -> int:
    return ordinary[(ordinary.index(token) + 1) % len(ordinary)]


class _Trace(NamedTuple):
    """What one pass over a prompt showed."""

    path: str
    runs: tuple[int, ...]
    states: Tensor
    """(layers, T, d) float32: the prompt's activations."""
    silent: str | None


class _Run(NamedTuple):
    """One call of a module in a list that may be the blocks."""

    place: int
    given: Tensor | None
    """The hidden state that went in; None without one."""
    gave: Tensor | None


class _Watch:
    """Hooks that note what runs in a pass, in order."""

    def __init__(self, d_model: int) -> None:
        self.order: list[str] = []
        """Paths of the lists and owners whose modules ran."""
        self.runs: dict[str, list[_Run]] = {}
        self._d_model = d_model
        self._given: dict[nn.Module, Tensor | None] = {}
        self._handles: list[Any] = []

    def watch_list(self, path: str, modules: nn.ModuleList) -> None:
        """Note every run of a module of this list."""
        self.runs[path] = []
        for place, module in enumerate(modules):
            self._handles.append(module.register_forward_pre_hook(self._enter, with_kwargs=True))
            leave = partial(self._leave, path, place)
            self._handles.append(module.register_forward_hook(leave))

    def watch_owner(self, path: str, module: nn.Module) -> None:
        """Note when the module runs that owns a tensor."""
        note = partial(self._note, path)
        self._handles.append(module.register_forward_hook(note))

    def end(self) -> None:
        """Watch no more."""
        for handle in self._handles:
            handle.remove()

    def _enter(self, module: nn.Module, args: Any, kwargs: dict[str, Any]) -> None:
        self._given[module] = hidden_state([*args, *kwargs.values()], self._d_model)

    def _leave(self, path: str, place: int, module: nn.Module, _args: Any, output: Any) -> None:
        gave = hidden_state(output, self._d_model)
        self.runs[path].append(_Run(place, self._given.get(module), gave))
        self.order.append(path)

    def _note(self, path: str, *_: Any) -> None:
        self.order.append(path)


def _trace(passes: Passes, n_layers: int, prompt: list[int], missing: frozenset[str]) -> _Trace:
    """Which list holds the blocks, and which of the modules with missing tensors run when."""
    watch = _Watch(passes.d_model)
    for path, modules in block_lists(passes.network, n_layers).items():
        watch.watch_list(path, modules)
    owners = {key.rpartition(".")[0] for key in missing}
    for owner in owners:
        watch.watch_owner(owner, passes.network.get_submodule(owner))
    try:
        output = passes.run(*passes.padded([prompt], len(prompt)))
    finally:
        watch.end()
    path = _blocks_of(passes, watch.runs, n_layers, (1, len(prompt), passes.d_model))
    last = len(watch.order) - 1 - watch.order[::-1].index(path)
    early = {o for o in owners if o in watch.order[:last] or o.startswith(f"{path}.")}
    needed = sorted(key for key in missing if key.rpartition(".")[0] in early)
    if needed:
        raise InputError(
            f"{passes.name}: {len(needed)} tensors of the model are not in its files, such as "
            f"{needed[0]}: expected weights and config.json of one model"
        )
    calls = watch.runs[path]
    runs = tuple(sum(run.place == i for run in calls) for i in range(n_layers))
    last_runs = {run.place: run.gave for run in calls}
    states = torch.stack([last_runs[i][0].float() for i in range(n_layers)])  # type: ignore[index]
    logits = getattr(output, "logits", None)
    if not isinstance(logits, Tensor) or logits.shape[:-1] != (1, len(prompt)):
        return _Trace(path, runs, states, NO_HEAD)
    # A head that is called as a function shows by its place, not by a run.
    head = passes.network.get_output_embeddings()
    late = {o for o in owners if passes.network.get_submodule(o) is head or o in watch.order[last:]}
    lacking = sorted(key for key in missing if key.rpartition(".")[0] in late)
    silent = f"{NO_HEAD}: its files lack {lacking[0]}" if lacking else None
    return _Trace(path, runs, states, silent)


def _blocks_of(
    passes: Passes, calls: dict[str, list[_Run]], n_layers: int, shape: tuple[int, ...]
) -> str:
    """Path of the list whose modules all ran, each on what the one before gave.

    Lists of parts of blocks (attentions, norms) are as long, but what stands between two of them
    is not handed on as it is.
    """
    best, most = "", -1.0
    for path, runs in calls.items():
        shapes = {None if run.gave is None else tuple(run.gave.shape) for run in runs}
        if {run.place for run in runs} != set(range(n_layers)) or shapes != {shape}:
            continue
        pairs = list(pairwise(runs))
        handed_on = sum(_is_same(a.gave, b.given) for a, b in pairs)
        share = handed_on / len(pairs) if pairs else 1.0
        if share > max(most, 0.5):
            best, most = path, share
    if most < 0:
        raise InputError(
            f"{passes.name}: no list of {n_layers} blocks that hand on activations of width "
            f"{shape[-1]}: this architecture is not supported; choose another model"
        )
    return best


def _is_same(a: Tensor | None, b: Tensor | None) -> bool:
    return a is not None and b is not None and (a is b or torch.equal(a, b))


def _logits(passes: Passes, prompts: list[list[int]]) -> Tensor:
    """(B, T, V) float32 of B prompts of T tokens."""
    logits: Tensor = passes.run(*passes.padded(prompts, len(prompts[0]))).logits
    return logits.float()


def _why_silent(passes: Passes, n_layers: int, prompt: list[int], logits: Tensor) -> str | None:
    """Why ``logits`` (T, V) are no predictions: they do not follow from the last block's output."""
    ids, mask = passes.padded([prompt], len(prompt))
    zeros = passes.patched(ids, mask, n_layers - 1, torch.zeros_like)[0]  # (T, V)
    if not logits.isfinite().all():
        return "its logits are no numbers"
    if torch.equal(logits, zeros):
        return "its output head does not read its last block"
    return None


def _states(passes: Passes, prompts: list[list[int]]) -> list[Tensor]:
    """(layers, T, d) float32 for each of the prompts that share a pass, T its length."""
    layers = range(len(passes.blocks))
    outputs = passes.outputs(prompts, max(map(len, prompts)), layers)
    states = [
        torch.stack([outputs[layer][row, : len(prompt)].float() for layer in layers])
        for row, prompt in enumerate(prompts)
    ]
    if not all(state.isfinite().all() for state in states):
        raise InputError(
            f"{passes.name}: activations that are no finite numbers: expected a trained model in a "
            "precision it was made for; set ITDA_PRECISION=float32, or choose another model"
        )
    return states


def _is_neutral(passes: Passes, beside: Tensor, alone: Tensor) -> bool:
    return bool(_differences(beside, alone).max() <= _ROUNDING[_dtype(passes)])


def _compare(passes: Passes, states: Tensor, alone: Tensor, what: str) -> None:
    """Raise InputError where most activations of a prompt differ from those it has alone."""
    if float(_differences(states, alone).median()) > _ROUNDING[_dtype(passes)]:
        raise InputError(
            f"{passes.name}: an activation depends on {what}: this architecture is not "
            "supported; choose another model"
        )


def _moved(passes: Passes, a: Tensor, b: Tensor) -> bool:
    """Whether activations of one shape that should be the same are not."""
    differences, dtype = _differences(a, b), _dtype(passes)
    # Half precision may send single tokens to other experts: most of them decide.
    worst = differences.max() if dtype == torch.float32 else differences[-1].median()
    return bool(worst > _SAME_SHAPE[dtype])


def _differences(a: Tensor, b: Tensor) -> Tensor:
    """(layers, T): |a - b| / |b| of each token."""
    return (a - b).norm(dim=-1) / b.norm(dim=-1).clamp_min(1e-30)


def _dtype(passes: Passes) -> torch.dtype:
    dtype = next(passes.network.parameters()).dtype
    return dtype if dtype in _ROUNDING else torch.float32
