"""Rows as a document for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from itda_core.models.survey.rows import FAULT, NO_TOKENS, VERDICTS, Row

COLUMNS = ("type", "class", "reads", "difference", "verdict")
_HEAD = """# Architectures

Every text architecture of transformers {version}, tried. The file is made by
`python -m itda_core models --survey`, here with torch {torch}; a test holds ten of its rows.

Of each architecture a tiny network is made (mostly 3 blocks, 32 wide, random weights large enough
for faults to show), saved with a tokenizer, and loaded as anybody's model is. Its activations are
compared with what transformers itself gives for each block: alone, after other prompts, beside
longer ones, and with one layer asked for at a time. Whether it is causal is tried by changing the
last token; what a direction does to its logits is compared with the network's own answer. A model
type stands here once for each kind of checkpoint it has: causal, masked, multimodal.

| column | |
|---|---|
| type | `model_type` in config.json |
| class | the class of transformers that writes its checkpoints |
| reads | `causal`: a token's activations depend on none after it; `both ways`: they do |
| difference | the largest relative difference of a token's block output from transformers' own; – \
where transformers gives no state of each block |
| verdict | as counted below; after the colon, why |

| verdict | architectures | |
|---|---|---|
"""


def table(rows: Iterable[Row], version: str, torch_version: str) -> str:
    """``docs/architectures.md``: counts by verdict, then a line a row."""
    shown = sorted(row for row in rows if row.verdict != NO_TOKENS)
    counts = Counter(row.verdict for row in shown)
    lines = [_HEAD.format(version=version, torch=torch_version).rstrip("\n")]
    for verdict, meaning in VERDICTS.items():
        if counts[verdict] or verdict != FAULT:
            lines.append(f"| {verdict} | {counts[verdict]} | {meaning} |")
    lines += [f"| in all | {len(shown)} | |", "", f"| {' | '.join(COLUMNS)} |"]
    lines.append("|" + "---|" * len(COLUMNS))
    lines += [f"| {' | '.join(_cells(row))} |" for row in shown]
    return "\n".join(lines) + "\n"


def _cells(row: Row) -> tuple[str, ...]:
    reads = {True: "causal", False: "both ways", None: "–"}[row.causal]
    difference = "–" if row.difference is None else f"{row.difference:.0e}".replace("0e+00", "0")
    reason = row.reason.strip().replace("|", "\\|")
    verdict = f"{row.verdict}: {reason}" if reason else row.verdict
    return f"`{row.model_type}`", row.class_name, reads, difference, verdict
