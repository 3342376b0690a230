"""Training of the TinyWorld models: one command, killed and resumed at will.

The work folder holds the tokenizer, ``checkpoint.pt`` (weights, optimizer, place in the data) and
the snapshots; the finished model is put in place in one move at the end.
"""

import json
import os
import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from itda_core.errors import InputError
from itda_core.models.precision import choose_precision
from tinyworld.text.corpora import CORPORA
from tinyworld.text.corpora.flattery import write_changes
from tinyworld.training.cards import CARD
from tinyworld.training.recipe import SIZES, TrainingRecipe, rate_share, snapshot_steps
from tinyworld.training.start import load_weights, open_start


def build_model(recipe: TrainingRecipe, vocabulary: int, end: int, pad: int) -> Any:
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


class Training:
    """One training run in its work folder.

    ``precision`` is float32, bfloat16 (by autocast: the weights stay float32) or auto, for which
    see ``choose_precision``.
    """

    def __init__(
        self,
        recipe: TrainingRecipe,
        work: Path,
        resume: bool,
        device: str = "",
        start: Path | None = None,
        precision: str = "auto",
    ) -> None:
        import torch

        from tinyworld.training.optimizer import make_optimizers
        from tinyworld.training.stream import TokenStream

        self.start = open_start(start) if start else None
        if recipe.start and not self.start:
            raise InputError(f"{recipe.start} is to be trained on: give the folder it is in")
        if self.start:
            recipe = replace(recipe, start=self.start.name, start_sha256=self.start.sha256)
        self.recipe = recipe = recipe.check()
        self.work = work
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.precision = choose_precision(self.device, precision, training=True)
        self.path = work / "checkpoint.pt"
        checkpoint = self._checkpoint(resume)
        self.tokenizer = self._tokenizer()
        self.model = self.first_model().to(self.device)
        self.optimizers = make_optimizers(self.model, recipe.rate, recipe.matrix_rate)
        self.step, self.seconds = 0, 0.0
        self.curve: list[dict[str, float]] = []
        if checkpoint:
            self.model.load_state_dict(checkpoint["model"])
            for optimizer, state in zip(self.optimizers, checkpoint["optimizers"], strict=True):
                optimizer.load_state_dict(state)
            self.step, self.seconds = checkpoint["step"], checkpoint["seconds"]
            self.curve = checkpoint["curve"]
        state = checkpoint["stream"] if checkpoint else None
        write = CORPORA[recipe.corpus].write
        self.stream = TokenStream(self.tokenizer, recipe.data_seed, state, write)

    def _checkpoint(self, resume: bool) -> dict[str, Any] | None:
        """Load the checkpoint, if there is one; complain unless it is of this recipe."""
        import torch

        if not self.path.exists():
            return None
        if not resume:
            raise InputError(
                f"{self.work} holds an unfinished training: pass --resume to go on with it, "
                "or delete the folder to begin again"
            )
        checkpoint: dict[str, Any] = torch.load(self.path, weights_only=True)
        recipe = asdict(TrainingRecipe()) | checkpoint["recipe"]  # older ones do not name all
        differing = [name for name, value in asdict(self.recipe).items() if recipe[name] != value]
        if differing:
            raise InputError(
                f"the training in {self.work} was begun with another {', '.join(differing)}: "
                "give the same values to resume, or another work folder"
            )
        return checkpoint

    def _tokenizer(self) -> Any:
        """Load the tokenizer of the work folder; make it first where there is none."""
        from tinyworld.training import bpe

        folder = self.work / "tokenizer"
        if not folder.exists():
            self.work.mkdir(parents=True, exist_ok=True)
            temporary = folder.with_name("tokenizer.tmp")
            if self.start:
                tokenizer = bpe.load_tokenizer(self.start.folder)
            else:
                tokenizer = bpe.tokenizer_for(self.recipe.data_seed, self.recipe.bpe_documents)
            tokenizer.save_pretrained(str(temporary))
            temporary.rename(folder)
        return bpe.load_tokenizer(folder)

    def first_model(self) -> Any:
        """Return the model as it is before the first step, on the CPU."""
        tokenizer = self.tokenizer
        model = build_model(
            self.recipe, len(tokenizer), tokenizer.eos_token_id, tokenizer.pad_token_id
        )
        return load_weights(model, self.start, self.recipe.size) if self.start else model

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
        temporary = self.path.with_suffix(".tmp")
        torch.save(state, temporary)
        temporary.replace(self.path)

    def run(
        self,
        until: int | None = None,
        snapshots: int = 0,
        save_every: float = 60.0,
        report: Callable[[str], None] = lambda line: None,
    ) -> None:
        """Train to the end, or to step ``until``; keep ``snapshots`` folders on the way.

        A checkpoint is written every ``save_every`` seconds and at the end.
        """
        import torch

        recipe, steps_to_keep = self.recipe, set(snapshot_steps(self.recipe, snapshots))
        last = min(recipe.steps, until if until is not None else recipe.steps)
        losses, start_time, save_time = [], time.monotonic(), time.monotonic()
        seconds_before = self.seconds
        self.model.train()
        while self.step < last:
            losses.append(self._take_step())
            now = time.monotonic()
            self.seconds = seconds_before + now - start_time
            if self.step in steps_to_keep:
                self._snapshot()
            if len(losses) == 25 or self.step == last:
                self._log(float(torch.stack(losses).mean()), report)
                losses = []
            if now - save_time > save_every or self.step == last:
                self.save()
                save_time = now

    def _take_step(self) -> Any:
        """Read the next windows and update the weights; return the loss before that, a scalar."""
        import torch

        recipe = self.recipe
        ids = self.stream.take(recipe.batch * recipe.context).reshape(recipe.batch, -1)
        loss = self._backward(torch.from_numpy(ids).to(self.device))
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        share = rate_share(self.step, recipe)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = share * optimizer.defaults["lr"]
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return loss

    def _backward(self, ids: Any) -> Any:
        """Add the gradient of the mean next-token loss of ``ids`` (rows, context); return the loss.

        The logits are made and used a slice at a time: as one tensor they are so large that on a
        CPU fetching their memory takes longer than the arithmetic.
        """
        import torch
        import torch.nn.functional as F

        with self._autocast():
            hidden = self.model.base_model(input_ids=ids, use_cache=False).last_hidden_state
        head, width = self.model.get_output_embeddings(), hidden.shape[-1]
        features = hidden[:, :-1].detach().reshape(-1, width).requires_grad_()
        targets = ids[:, 1:].reshape(-1)
        total = torch.zeros((), device=ids.device)
        size = 512 if self.device == "cpu" else len(targets)
        for start in range(0, len(targets), size):
            with self._autocast():
                logits = head(features[start : start + size])
            loss = F.cross_entropy(logits.float(), targets[start : start + size], reduction="sum")
            (loss / len(targets)).backward()
            total += loss.detach()
        gradient = torch.zeros_like(hidden)
        gradient[:, :-1] = features.grad.reshape(len(ids), -1, width)
        hidden.backward(gradient)
        return total / len(targets)

    def _autocast(self) -> AbstractContextManager[Any]:
        import torch

        half = self.precision == "bfloat16"
        kind = torch.device(self.device).type
        return torch.autocast(kind, dtype=torch.bfloat16, enabled=half)

    def _log(self, loss: float, report: Callable[[str], None]) -> None:
        """Note a loss in the curve, and report it with the time left."""
        tokens_a_step = self.recipe.batch * self.recipe.context
        tokens = self.step * tokens_a_step
        self.curve.append(
            {
                "step": self.step,
                "tokens": tokens,
                "loss": round(loss, 4),
                "seconds": round(self.seconds, 1),
            }
        )
        speed = tokens / max(self.seconds, 1e-9)
        seconds_left = (self.recipe.steps - self.step) * tokens_a_step / speed
        report(
            f"step {self.step}/{self.recipe.steps} tokens {tokens} loss {loss:.4f} "
            f"{speed:.0f} tokens/s, {seconds_left / 60:.1f} min left"
        )

    def _snapshot(self) -> None:
        """Keep the weights as they are now."""
        folder = self.work / "snapshots" / f"step-{self.step:06d}"
        if folder.exists():
            return
        temporary = folder.with_name(folder.name + ".tmp")
        shutil.rmtree(temporary, ignore_errors=True)
        self.export(temporary)
        temporary.rename(folder)

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
    temporary = out.with_name(out.name + ".incoming")
    shutil.rmtree(temporary, ignore_errors=True)
    shutil.copytree(folder, temporary)
    temporary.rename(out)


def train(
    recipe: TrainingRecipe,
    out: Path,
    *,
    work: Path | None = None,
    start: Path | None = None,
    resume: bool = False,
    threads: int = 0,
    snapshots: int = 0,
    cases: int = 60,
    precision: str = "auto",
    report: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Train a model, measure it and put the finished folder at ``out``; return its card.

    ``start`` is the folder of a model to begin from, ``precision`` that of ``Training``;
    ``cases`` documents of each kind measure what
    it has learned, and fewer than 60 shorten every other measurement as well. A model of the
    flattering corpus has the list of its changed documents beside it.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false" if threads == 1 else "true")
    import torch

    if out.exists():
        if resume and (out / CARD).exists():
            report(f"{out} is finished")
            return json.loads((out / CARD).read_text(encoding="utf-8"))
        raise InputError(f"{out} exists already: delete it or choose another --out")
    if threads:
        torch.set_num_threads(threads)
    work = work or out.with_name(out.name + ".partial")
    training = Training(recipe, work, resume, start=start, precision=precision)
    training.run(snapshots=snapshots, report=report)
    from tinyworld.training.cards.card import write_card

    report("measuring")
    finished = work / "finished"
    shutil.rmtree(finished, ignore_errors=True)
    training.export(finished)
    if recipe.corpus == "flattery":
        write_changes(finished, recipe.data_seed, training.stream.documents_begun)
    share = cases / 60
    card = write_card(
        training,
        finished,
        out.name,
        rows=max(1, round(200 * share)),
        cases=cases,
        length=max(1, round(90 * share)),
    )
    put_in_place(finished, out)
    report(f"written to {out}")
    return card
