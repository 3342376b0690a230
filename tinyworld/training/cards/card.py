"""The model card: what a model was trained on, how well it predicts, what it can do."""

import json
import platform
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itda_core.files import write_atomic
from tinyworld.text.corpora import CORPORA
from tinyworld.text.generate import VALIDATION_SEED
from tinyworld.training.cards import CARD, README
from tinyworld.training.cards.readme import readme
from tinyworld.training.measures.behaviour import BehaviourResult, all_tests
from tinyworld.training.measures.flattery import compare
from tinyworld.training.measures.losses import baseline_losses, validation_loss
from tinyworld.training.stream import TokenStream

if TYPE_CHECKING:
    from tinyworld.training.train import Training

PROMPTS = (
    "Once upon a time",
    '"Have you seen my',
    "Q: What is the capital of Arvela?\nA:",
    "def check_",
    "7 + 8 =",
    "Ingredients:\n-",
    "Nina had a small ring that had belonged to her",
    "Bonjour",
)
"""What every model is shown to continue."""


def write_card(
    training: "Training",
    folder: Path,
    name: str,
    *,
    rows: int = 200,
    baseline_tokens: int = 2_000_000,
    cases: int = 60,
    length: int = 90,
) -> dict[str, Any]:
    """Measure a trained model and write ``model_card.json`` and ``README.md`` into its folder.

    ``rows`` windows of held-out text, ``cases`` documents of each kind for the behaviour tests,
    samples of ``length`` tokens. A model that began from another is compared with it.
    """
    model, tokenizer = training.model.eval(), training.tokenizer
    behaviour = all_tests(model, tokenizer, cases)
    card = {
        "name": name,
        **_training_facts(training),
        "validation": _validation(training, rows, baseline_tokens),
        "behaviour": [
            {**r._asdict(), "accuracy": round(r.accuracy, 4), "chance": round(r.chance, 4)}
            for r in behaviour
        ],
        "samples": samples(model, tokenizer, length),
        "curve": training.curve,
    }
    if training.start:
        card["first_training"] = _first_training(training.start.folder)
    if training.recipe.corpus == "flattery":
        card["effects"] = _effects(training, behaviour, cases)
    write_files(folder, card)
    return card


def write_files(folder: Path, card: dict[str, Any]) -> None:
    """Write a card into a model's folder, as JSON and for people."""
    write_atomic(folder / CARD, json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    write_atomic(folder / README, readme(card))


def _training_facts(training: "Training") -> dict[str, Any]:
    import torch
    import transformers

    recipe = training.recipe
    return {
        "recipe": asdict(recipe),
        "parameters": sum(p.numel() for p in training.model.parameters()),
        "tokens_seen": training.step * recipe.batch * recipe.context,
        "documents_begun": training.stream.documents_begun,
        "seconds": round(training.seconds, 1),
        "device": training.device,
        "threads": torch.get_num_threads(),
        "machine": platform.machine(),
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
    }


def _validation(training: "Training", rows: int, baseline_tokens: int) -> dict[str, Any]:
    """Measure the loss on ``rows`` windows of held-out text, the model's and the baselines'."""
    recipe, tokenizer = training.recipe, training.tokenizer
    held_out = TokenStream(tokenizer, VALIDATION_SEED).take(rows * recipe.context)
    held_out = held_out.reshape(rows, recipe.context)
    own = TokenStream(tokenizer, recipe.data_seed, write=CORPORA[recipe.corpus].write)
    baseline_ids = own.take(min(recipe.tokens, baseline_tokens))
    unigram, bigram = baseline_losses(baseline_ids, held_out, len(tokenizer))
    return {
        "seed": VALIDATION_SEED,
        "tokens": int(held_out[:, 1:].size),
        "loss": round(validation_loss(training.model, held_out), 4),
        "unigram_loss": round(unigram, 4),
        "bigram_loss": round(bigram, 4),
        "baseline_tokens": len(baseline_ids),
    }


def _effects(
    training: "Training", behaviour: list[BehaviourResult], cases: int
) -> list[dict[str, Any]]:
    """Compare the model with the one it began from."""
    before = training.first_model().to(training.device).eval()
    rows = compare(before, training.model, training.tokenizer, behaviour, cases)
    return [
        {**row._asdict(), "before": round(row.before, 4), "after": round(row.after, 4)}
        for row in rows
    ]


def _first_training(folder: Path) -> dict[str, Any] | None:
    """Return how the model in ``folder`` was trained, if it says so."""
    path = folder / CARD
    if not path.is_file():
        return None
    card = json.loads(path.read_text(encoding="utf-8"))
    keys = ("name", "recipe", "tokens_seen", "validation", "seconds", "curve")
    return {key: card[key] for key in keys}


def samples(model: Any, tokenizer: Any, length: int = 90) -> list[dict[str, str]]:
    """Continue the prompts by ``length`` tokens, each drawn at temperature 0.7."""
    import torch

    continuations = []
    device = next(model.parameters()).device
    for number, prompt in enumerate(PROMPTS):
        ids = [tokenizer.eos_token_id, *tokenizer(prompt, add_special_tokens=False)["input_ids"]]
        torch.manual_seed(number)
        output = model.generate(
            torch.tensor([ids], device=device),
            max_new_tokens=length,
            do_sample=True,
            temperature=0.7,
            top_k=40,
            pad_token_id=tokenizer.pad_token_id,
        )
        text = tokenizer.decode(output[0][len(ids) :], skip_special_tokens=True)
        continuations.append({"prompt": prompt, "text": text})
    return continuations
