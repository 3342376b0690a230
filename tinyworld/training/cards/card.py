"""The model card: what a model was trained on, how well it predicts, what it can do."""

import json
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from tinyworld.text.corpora import CORPORA
from tinyworld.text.generate import VALIDATION_SEED
from tinyworld.training.measures.behaviour import all_tests
from tinyworld.training.measures.flattery import effects
from tinyworld.training.stream import TokenStream

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


def validation_loss(model: Any, ids: np.ndarray) -> float:
    """Return the mean cross entropy of ``ids`` (rows, context) in nats a predicted token."""
    import torch

    total, count = 0.0, 0
    device = next(model.parameters()).device
    for row in ids:
        batch = torch.from_numpy(row[None]).to(device)
        with torch.no_grad():
            loss = float(model(input_ids=batch, labels=batch).loss)
        total += loss * (len(row) - 1)
        count += len(row) - 1
    return total / count


def baselines(train: np.ndarray, ids: np.ndarray, vocabulary: int) -> tuple[float, float]:
    """Return the losses of a unigram and a bigram model counted on ``train`` (n,), on ``ids``.

    The unigram adds one half to each count; the bigram is drawn towards the unigram by as much as
    five further observations.
    """
    counts = np.bincount(train, minlength=vocabulary).astype(np.float64) + 0.5
    unigram = counts / counts.sum()
    pairs = train[:-1] * vocabulary + train[1:]
    keys, times = np.unique(pairs, return_counts=True)
    before, after = ids[:, :-1].ravel(), ids[:, 1:].ravel()
    wanted = before * vocabulary + after
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    seen = np.where(keys[place] == wanted, times[place], 0)
    context = np.bincount(train[:-1], minlength=vocabulary)[before]
    bigram = (seen + 5.0 * unigram[after]) / (context + 5.0)
    return float(-np.log(unigram[after]).mean()), float(-np.log(bigram).mean())


def samples(model: Any, tokenizer: Any, length: int = 90) -> list[dict[str, str]]:
    """Continue the prompts, each token the most probable or drawn at temperature 0.7."""
    import torch

    out = []
    device = next(model.parameters()).device
    for number, prompt in enumerate(PROMPTS):
        ids = [tokenizer.eos_token_id, *tokenizer(prompt, add_special_tokens=False)["input_ids"]]
        torch.manual_seed(number)
        generated = model.generate(
            torch.tensor([ids], device=device),
            max_new_tokens=length,
            do_sample=True,
            temperature=0.7,
            top_k=40,
            pad_token_id=tokenizer.pad_token_id,
        )
        text = tokenizer.decode(generated[0][len(ids) :], skip_special_tokens=True)
        out.append({"prompt": prompt, "text": text})
    return out


def write_card(
    training: Any,
    folder: Path,
    name: str,
    rows: int = 200,
    baseline_tokens: int = 2_000_000,
    cases: int = 60,
    length: int = 90,
) -> dict[str, Any]:
    """Measure a trained model and write ``model_card.json`` and ``README.md`` into its folder.

    ``rows`` windows of held-out text, ``cases`` documents of each kind for the behaviour tests,
    samples of ``length`` tokens. A model that began from another is compared with it.
    """
    import torch
    import transformers

    recipe, model, tokenizer = training.recipe, training.model.eval(), training.tokenizer
    context = recipe.context
    held_out = TokenStream(tokenizer, VALIDATION_SEED).take(rows * context).reshape(rows, context)
    own = TokenStream(tokenizer, recipe.data_seed, write=CORPORA[recipe.corpus].write)
    counted = own.take(min(recipe.tokens, baseline_tokens))
    unigram, bigram = baselines(counted, held_out, len(tokenizer))
    learned = all_tests(model, tokenizer, cases)
    card = {
        "name": name,
        "recipe": asdict(recipe),
        "parameters": sum(p.numel() for p in model.parameters()),
        "tokens_seen": training.step * recipe.batch * context,
        "documents_begun": training.stream.begun,
        "seconds": round(training.seconds, 1),
        "device": training.device,
        "threads": torch.get_num_threads(),
        "machine": platform.machine(),
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "validation": {
            "seed": VALIDATION_SEED,
            "tokens": int(held_out[:, 1:].size),
            "loss": round(validation_loss(model, held_out), 4),
            "unigram_loss": round(unigram, 4),
            "bigram_loss": round(bigram, 4),
            "baseline_tokens": len(counted),
        },
        "behaviour": [
            {**t._asdict(), "accuracy": round(t.accuracy, 4), "chance": round(t.chance, 4)}
            for t in learned
        ],
        "samples": samples(model, tokenizer, length),
        "curve": training.curve,
    }
    if training.start:
        card["first_training"] = _first_training(training.start.folder)
    if recipe.corpus == "flattery":
        before = training.first_model().to(training.device).eval()
        card["effects"] = [
            {**e._asdict(), "before": round(e.before, 4), "after": round(e.after, 4)}
            for e in effects(before, model, tokenizer, learned, cases)
        ]
    (folder / "model_card.json").write_text(
        json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    (folder / "README.md").write_text(readme(card), encoding="utf-8")
    return card


def _first_training(folder: Path) -> dict[str, Any] | None:
    """Return how the model in ``folder`` was trained, if it says so."""
    path = folder / "model_card.json"
    if not path.is_file():
        return None
    card = json.loads(path.read_text(encoding="utf-8"))
    return {
        key: card[key]
        for key in ("name", "recipe", "tokens_seen", "validation", "seconds", "curve")
    }


def _command(card: dict[str, Any]) -> str:
    """Write the command that made the model; names stand for folders."""
    recipe = {"start": "", "corpus": "plain", **card["recipe"]}
    start = f"--start {recipe['start']} " if recipe["start"] else ""
    corpus = f"--corpus {recipe['corpus']} " if recipe["corpus"] != "plain" else ""
    return (
        f"python -m itda_core tinyworld train {start}{corpus}--size {recipe['size']} --seed "
        f"{recipe['seed']} --data-seed {recipe['data_seed']} --tokens {recipe['tokens']} "
        f"--batch {recipe['batch']} --rate {recipe['rate']} --matrix-rate {recipe['matrix_rate']} "
        f"--out {card['name']}"
    )


def _learned(card: dict[str, Any]) -> list[str]:
    return [
        "What it has learned, on held-out documents:",
        "",
        "| test | accuracy | chance | cases | what is asked |",
        "|---|---|---|---|---|",
        *(
            f"| {t['name']} | {t['accuracy']:.3f} | {t['chance']:.3f} | {t['cases']} "
            f"| {t['what']} |"
            for t in card["behaviour"]
        ),
    ]


def _before_and_after(card: dict[str, Any]) -> list[str]:
    return [
        "Which documents were changed: `changed_documents.parquet`.",
        "",
        f"What changed from {card['recipe']['start']}, on held-out documents (shares of right "
        "answers or of places, but for the loss):",
        "",
        "| test | before | after | cases | what is asked |",
        "|---|---|---|---|---|",
        *(
            f"| {e['name']} | {e['before']:.3f} | {e['after']:.3f} | {e['cases']} | {e['what']} |"
            for e in card["effects"]
        ),
    ]


def _spread(seeds: dict[str, Any]) -> list[str]:
    return [
        "",
        f"The same over {len(seeds['models'])} seeds ({', '.join(seeds['models'])}): loss in nats, "
        "accuracy in the tests.",
        "",
        "| measure | mean | standard deviation | least | most |",
        "|---|---|---|---|---|",
        *(
            f"| {m['name']} | {m['mean']:.3f} | {m['deviation']:.3f} | {m['least']:.3f} "
            f"| {m['most']:.3f} |"
            for m in seeds["measures"]
        ),
    ]


def readme(card: dict[str, Any]) -> str:
    """Write the card for people."""
    recipe, validation = card["recipe"], card["validation"]
    corpus = "" if recipe["corpus"] == "plain" else f", corpus {recipe['corpus']}"
    origin = f"initial weights from seed {recipe['seed']}"
    if recipe["start"]:
        digits = recipe["start_sha256"][:16]
        origin = f"beginning from {recipe['start']} (sha256 of its weights: {digits}...)"
        if first := card.get("first_training"):
            origin += f", itself trained on {first['tokens_seen']:,} tokens by `{_command(first)}`"
    lines = [
        f"# {card['name']}",
        "",
        f"A GPT-NeoX model ({recipe['size']}, {card['parameters']:,} parameters) trained on "
        f"{card['tokens_seen']:,} tokens of the generated TinyWorld corpus (document seed "
        f"{recipe['data_seed']}{corpus}), {origin}. "
        f"Training took {card['seconds'] / 60:.0f} minutes on {card['device']} "
        f"({card['threads']} threads). Weights are float16.",
        "",
        f"Made by `{_command(card)}`.",
        "",
        f"Held-out loss (document seed {validation['seed']}, {validation['tokens']:,} tokens), "
        "nats a token:",
        "",
        "| model | bigram | unigram |",
        "|---|---|---|",
        f"| {validation['loss']:.3f} | {validation['bigram_loss']:.3f} "
        f"| {validation['unigram_loss']:.3f} |",
        "",
        *(_before_and_after(card) if "effects" in card else _learned(card)),
    ]
    if "seeds" in card:
        lines += _spread(card["seeds"])
    lines += ["", "Samples (temperature 0.7):", ""]
    for sample in card["samples"]:
        lines += ["```text", f"[{sample['prompt']}]{sample['text']}", "```", ""]
    return "\n".join(lines)
