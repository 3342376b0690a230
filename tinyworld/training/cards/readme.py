"""The model card for people: Markdown from the JSON."""

from typing import Any


def readme(card: dict[str, Any]) -> str:
    """Write the card for people."""
    recipe, validation = card["recipe"], card["validation"]
    corpus = "" if recipe["corpus"] == "plain" else f", corpus {recipe['corpus']}"
    lines = [
        f"# {card['name']}",
        "",
        f"A GPT-NeoX model ({recipe['size']}, {card['parameters']:,} parameters) trained on "
        f"{card['tokens_seen']:,} tokens of the generated TinyWorld corpus (document seed "
        f"{recipe['data_seed']}{corpus}), {_origin(card)}. "
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
        *(_before_and_after(card) if "effects" in card else _behaviour(card)),
    ]
    if "seeds" in card:
        lines += _spread(card["seeds"])
    lines += ["", "Samples (temperature 0.7):", ""]
    for sample in card["samples"]:
        lines += ["```text", f"[{sample['prompt']}]{sample['text']}", "```", ""]
    return "\n".join(lines)


def _origin(card: dict[str, Any]) -> str:
    """Write where the weights were before the training."""
    recipe = card["recipe"]
    if not recipe["start"]:
        return f"initial weights from seed {recipe['seed']}"
    digits = recipe["start_sha256"][:16]
    origin = f"beginning from {recipe['start']} (sha256 of its weights: {digits}...)"
    if first := card.get("first_training"):
        origin += f", itself trained on {first['tokens_seen']:,} tokens by `{_command(first)}`"
    return origin


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


def _behaviour(card: dict[str, Any]) -> list[str]:
    """Write the table of the behaviour tests."""
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
    """Write the table of a fine-tuned model."""
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
    """Write the table over several seeds."""
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
