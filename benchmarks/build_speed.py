"""Building a dictionary: ours against the authors' loop and against the harvest itself.

    python -m benchmarks.build_speed --model FOLDER --layer 4 --corpus FILE

Everything runs in one process on the same activations, one after the other.
"""

from __future__ import annotations

import argparse
import time

import torch

from benchmarks import authors_loop
from benchmarks.machine import describe, minilm
from itda_core.construction import Builder
from itda_core.models import load_model
from itda_core.text.sources import open_corpus


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default=None, help="default: the installed MiniLM")
    parser.add_argument("--layer", type=int, default=4)
    parser.add_argument("--corpus", default="tinyworld:1:20000")
    parser.add_argument("--tokens", type=int, default=200_000)
    parser.add_argument("--tau", type=float, default=0.2)
    parser.add_argument("--l0", type=int, default=20)
    parser.add_argument("--peer-seconds", type=float, default=240)
    given = parser.parse_args()
    print(describe())

    model = load_model(given.model or minilm())
    prompts = open_corpus(given.corpus).prompts(model, 128, given.tokens)
    began, parts = time.perf_counter(), []
    for batch in model.activations(prompts, [given.layer]):
        parts.append(batch.x[given.layer])
    x = torch.cat(parts)[: given.tokens]
    harvest = len(x) / (time.perf_counter() - began)
    print(f"harvest: {len(x):,} tokens of {model.id} layer {given.layer}, {harvest:,.0f} tokens/s")

    Builder(x.shape[1], given.tau, given.l0).add(x[:600])  # compile
    peer_tokens, peer_atoms, peer_seconds = authors_loop.build(
        x, given.tau, given.l0, given.peer_seconds
    )
    builder = Builder(x.shape[1], given.tau, given.l0)
    spent, at_peer, below_4k = 0.0, None, None
    for batch in x.split(authors_loop.BATCH):
        began = time.perf_counter()
        builder.add(batch)
        spent += time.perf_counter() - began
        if builder.tokens_seen == peer_tokens:
            at_peer = (builder.n_atoms, spent)
        if builder.n_atoms < 4000:
            below_4k = (builder.tokens_seen, spent)
    ours = builder.tokens_seen / spent
    print(f"ours: {builder.tokens_seen:,} tokens, {builder.n_atoms:,} atoms, {ours:,.0f} tokens/s")
    if below_4k:
        speed = below_4k[0] / below_4k[1]
        print(f"  while n < 4,000: {speed:,.0f} tokens/s, {speed / harvest:.1f} x the harvest")
    print(
        f"authors' loop: {peer_tokens:,} tokens, {peer_atoms:,} atoms, "
        f"{peer_tokens / peer_seconds:,.0f} tokens/s"
    )
    assert at_peer is not None
    print(
        f"on those {peer_tokens:,} tokens: {peer_seconds / at_peer[1]:.1f} x as fast, "
        f"{at_peer[0]:,} atoms against {peer_atoms:,}"
    )


if __name__ == "__main__":
    main()
