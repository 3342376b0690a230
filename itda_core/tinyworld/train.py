"""Training of the TinyWorld models: one command, killed and resumed at will.

The work folder holds the tokenizer, ``checkpoint.pt`` (weights, optimizer, place in the data) and
the snapshots; the finished model is put in place in one move at the end.
"""

import json
import math
import os
import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from itda_core.errors import InputError
from itda_core.tinyworld.generate import TRAIN_SEED

SIZES: dict[str, dict[str, int]] = {
    "tiny": {"blocks": 2, "width": 32, "heads": 2},
    "small": {"blocks": 6, "width": 128, "heads": 4},
    "medium": {"blocks": 8, "width": 256, "heads": 8},
}
"""The architectures; tiny is for tests."""


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what the weights will be."""

    size: str = "small"
    seed: int = 0
    """Seed of the initial weights."""
    data_seed: int = TRAIN_SEED
    """Seed of the documents and so of their order."""
    tokens: int = 10_000_000
    """Tokens to train on."""
    batch: int = 8
    """Windows in a step."""
    context: int = 256
    """Tokens in a window."""
    rate: float = 0.01
    """Highest learning rate of AdamW: embeddings, head, norms and biases."""
    matrix_rate: float = 0.02
    """Highest learning rate of Muon: the blocks' matrices."""
    bpe_documents: int = 12_000
    """Documents that the tokenizer is trained on."""

    @property
    def steps(self) -> int:
        """Number of optimizer steps."""
        return max(1, self.tokens // (self.batch * self.context))

    def check(self) -> "Recipe":
        """Return the recipe; complain about impossible values."""
        if self.size not in SIZES:
            raise InputError(f"size {self.size!r} is unknown: expected one of {', '.join(SIZES)}")
        for name in ("tokens", "batch", "context", "bpe_documents"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}: give a number from 1 up")
        for name in ("rate", "matrix_rate"):
            if not 0 < getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}: give one between 0 and 1")
        return self


def build_model(recipe: Recipe, vocabulary: int, end: int, pad: int) -> Any:
    """Make the untrained model; its weights depend on the recipe's seed only."""
    import torch
    from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

    shape = SIZES[recipe.size]
    config = GPTNeoXConfig(
        vocab_size=vocabulary,
        hidden_size=shape["width"],
        num_hidden_layers=shape["blocks"],
        num_attention_heads=shape["heads"],
        intermediate_size=4 * shape["width"],
        max_position_embeddings=recipe.context,
        bos_token_id=end,
        eos_token_id=end,
        pad_token_id=pad,
        tie_word_embeddings=False,
        use_cache=True,
    )
    torch.manual_seed(recipe.seed)
    return GPTNeoXForCausalLM(config)


def rate_share(step: int, recipe: Recipe) -> float:
    """Share of the highest learning rates: up over 2 % of the steps, then a cosine to 1/20."""
    warm = max(1, recipe.steps // 50)
    if step < warm:
        return (step + 1) / warm
    progress = (step - warm) / max(1, recipe.steps - warm)
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * progress))


def snapshot_steps(recipe: Recipe, n: int) -> list[int]:
    """Return up to ``n`` steps at which to keep the weights: dense at first, the last one last."""
    if n < 1:
        return []
    first = max(1, recipe.steps // 400)
    if n == 1 or recipe.steps <= first:
        return [recipe.steps]
    ratio = (recipe.steps / first) ** (1 / (n - 1))
    return sorted({round(first * ratio**i) for i in range(n)} | {recipe.steps})


def precision(device: str) -> AbstractContextManager[Any]:
    """Return bfloat16 autocast where the hardware computes in it, else full precision."""
    import torch

    if device == "cuda":
        native = torch.cuda.is_bf16_supported()
    else:
        native = any(
            getattr(torch.cpu, name, bool)()
            for name in ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
        )
    return torch.autocast(device, dtype=torch.bfloat16) if native else nullcontext()


class Training:
    """One training run in its work folder."""

    def __init__(self, recipe: Recipe, work: Path, resume: bool, device: str = "") -> None:
        import torch

        from itda_core.tinyworld.bpe import load_tokenizer, tokenizer_for
        from itda_core.tinyworld.optimizer import make_optimizers
        from itda_core.tinyworld.stream import TokenStream

        self.recipe = recipe = recipe.check()
        self.work = work
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.path = work / "checkpoint.pt"
        if self.path.exists() and not resume:
            raise InputError(
                f"{work} holds an unfinished training: pass --resume to go on with it, "
                "or delete the folder to begin again"
            )
        saved = torch.load(self.path, weights_only=True) if self.path.exists() else None
        if saved and saved["recipe"] != asdict(recipe):
            changed = [k for k, v in asdict(recipe).items() if saved["recipe"].get(k) != v]
            raise InputError(
                f"the training in {work} was begun with another {', '.join(changed)}: "
                "give the same values to resume, or another work folder"
            )
        work.mkdir(parents=True, exist_ok=True)
        folder = work / "tokenizer"
        if not folder.exists():
            fresh = folder.with_name("tokenizer.tmp")
            tokenizer_for(recipe.data_seed, recipe.bpe_documents).save_pretrained(str(fresh))
            fresh.rename(folder)
        self.tokenizer = load_tokenizer(folder)
        self.model = build_model(
            recipe, len(self.tokenizer), self.tokenizer.eos_token_id, self.tokenizer.pad_token_id
        ).to(self.device)
        self.optimizers = make_optimizers(self.model, recipe.rate, recipe.matrix_rate)
        self.step, self.seconds = 0, 0.0
        self.curve: list[dict[str, float]] = []
        if saved:
            self.model.load_state_dict(saved["model"])
            for optimizer, state in zip(self.optimizers, saved["optimizers"], strict=True):
                optimizer.load_state_dict(state)
            self.step, self.seconds, self.curve = saved["step"], saved["seconds"], saved["curve"]
        self.stream = TokenStream(
            self.tokenizer, recipe.data_seed, saved["stream"] if saved else None
        )

    def save(self) -> None:
        """Write the checkpoint; a kill at any moment leaves the old one or the new one."""
        import torch

        state = {
            "recipe": asdict(self.recipe),
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "step": self.step,
            "seconds": self.seconds,
            "curve": self.curve,
            "stream": self.stream.state(),
        }
        fresh = self.path.with_suffix(".tmp")
        torch.save(state, fresh)
        fresh.replace(self.path)

    def run(
        self,
        until: int | None = None,
        snapshots: int = 0,
        save_every: float = 60.0,
        report: Callable[[str], None] = lambda line: None,
    ) -> None:
        """Train to the end, or to step ``until``; keep ``snapshots`` folders on the way."""
        import torch

        recipe, keep = self.recipe, set(snapshot_steps(self.recipe, snapshots))
        last = min(recipe.steps, until if until is not None else recipe.steps)
        window, started, saved = [], time.monotonic(), time.monotonic()
        before = self.seconds
        self.model.train()
        while self.step < last:
            ids = torch.from_numpy(
                self.stream.take(recipe.batch * recipe.context).reshape(recipe.batch, -1)
            ).to(self.device)
            loss = self._backward(ids)
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            share = rate_share(self.step, recipe)
            for optimizer in self.optimizers:
                for group in optimizer.param_groups:
                    group["lr"] = share * optimizer.defaults["lr"]
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
            self.step += 1
            window.append(loss)
            now = time.monotonic()
            self.seconds = before + now - started
            if self.step in keep:
                self._snapshot()
            if len(window) == 25 or self.step == last:
                self._log(float(torch.stack(window).mean()), report)
                window = []
            if now - saved > save_every or self.step == last:
                self.save()
                saved = now

    def _backward(self, ids: Any) -> Any:
        """Add the gradient of the mean next-token loss of ``ids`` (rows, context); return the loss.

        The logits are made and used a slice at a time: as one tensor they are so large that on a
        CPU fetching their memory takes longer than the arithmetic.
        """
        import torch
        import torch.nn.functional as F

        with precision(self.device):
            hidden = self.model.base_model(input_ids=ids, use_cache=False).last_hidden_state
        head, width = self.model.get_output_embeddings(), hidden.shape[-1]
        features = hidden[:, :-1].detach().reshape(-1, width).requires_grad_()
        targets = ids[:, 1:].reshape(-1)
        total = torch.zeros((), device=ids.device)
        size = 512 if self.device == "cpu" else len(targets)
        for start in range(0, len(targets), size):
            with precision(self.device):
                logits = head(features[start : start + size])
            loss = F.cross_entropy(logits.float(), targets[start : start + size], reduction="sum")
            (loss / len(targets)).backward()
            total += loss.detach()
        gradient = torch.zeros_like(hidden)
        gradient[:, :-1] = features.grad.reshape(len(ids), -1, width)
        hidden.backward(gradient)
        return total / len(targets)

    def _log(self, loss: float, report: Callable[[str], None]) -> None:
        seen = self.step * self.recipe.batch * self.recipe.context
        self.curve.append(
            {
                "step": self.step,
                "tokens": seen,
                "loss": round(loss, 4),
                "seconds": round(self.seconds, 1),
            }
        )
        speed = seen / max(self.seconds, 1e-9)
        left = (self.recipe.steps - self.step) * self.recipe.batch * self.recipe.context / speed
        report(
            f"step {self.step}/{self.recipe.steps} tokens {seen} loss {loss:.4f} "
            f"{speed:.0f} tokens/s, {left / 60:.1f} min left"
        )

    def _snapshot(self) -> None:
        folder = self.work / "snapshots" / f"step-{self.step:06d}"
        if folder.exists():
            return
        fresh = folder.with_name(folder.name + ".tmp")
        shutil.rmtree(fresh, ignore_errors=True)
        self.export(fresh)
        fresh.rename(folder)

    def export(self, folder: Path) -> None:
        """Write the weights (float16), the configuration and the tokenizer."""
        import copy

        import torch

        half = copy.deepcopy(self.model).to(torch.float16).cpu()
        half.save_pretrained(str(folder))
        self.tokenizer.save_pretrained(str(folder))


def put_in_place(folder: Path, out: Path) -> None:
    """Move a finished folder to ``out`` in one step, also from another disk."""
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = out.with_name(out.name + ".incoming")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(folder, fresh)
    fresh.rename(out)


def train(
    recipe: Recipe,
    out: Path,
    *,
    work: Path | None = None,
    resume: bool = False,
    threads: int = 0,
    snapshots: int = 0,
    report: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Train a model, measure it and put the finished folder at ``out``; return its card."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false" if threads == 1 else "true")
    import torch

    if out.exists():
        if resume and (out / "model_card.json").exists():
            report(f"{out} is finished")
            return json.loads((out / "model_card.json").read_text(encoding="utf-8"))
        raise InputError(f"{out} exists already: delete it or choose another --out")
    if threads:
        torch.set_num_threads(threads)
    work = work or out.with_name(out.name + ".partial")
    training = Training(recipe, work, resume)
    training.run(snapshots=snapshots, report=report)
    from itda_core.tinyworld.card import write_card

    report("measuring")
    finished = work / "finished"
    shutil.rmtree(finished, ignore_errors=True)
    training.export(finished)
    card = write_card(training, finished, out.name)
    put_in_place(finished, out)
    report(f"written to {out}")
    return card
