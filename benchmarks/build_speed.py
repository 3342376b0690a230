"""Building a dictionary: ours against the authors' loop and against the harvest itself.

    python -m benchmarks.build_speed --model FOLDER --layer 4 --corpus FILE

Everything runs in one process on the same activations, one after the other. Times are of the CPU,
all cores together, so that other programs do not count.
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
    began, parts = time.process_time(), []
    for batch in model.activations(prompts, [given.layer]):
        parts.append(batch.x[given.layer])
    x = torch.cat(parts)[: given.tokens]
    harvest = len(x) / (time.process_time() - began)
    print(f"harvest: {len(x):,} tokens of {model.id} layer {given.layer}, {harvest:,.0f} tokens/s")

    Builder(x.shape[1], given.tau, given.l0).add(x[:600])  # compile
    peers = {
        sequences: authors_loop.build(x, given.tau, given.l0, given.peer_seconds, sequences)
        for sequences in authors_loop.SEQUENCES
    }
    builder = Builder(x.shape[1], given.tau, given.l0)
    spent, ours, below_4k = 0.0, {}, None
    for batch in x.split(min(authors_loop.SEQUENCES) * authors_loop.SEQUENCE):
        began = time.process_time()
        builder.add(batch)
        spent += time.process_time() - began
        ours[builder.tokens_seen] = (builder.n_atoms, spent)
        if builder.n_atoms < 4000:
            below_4k = builder.tokens_seen / spent
    speed = builder.tokens_seen / spent
    print(f"ours: {builder.tokens_seen:,} tokens, {builder.n_atoms:,} atoms, {speed:,.0f} tokens/s")
    if below_4k:
        print(
            f"  while n < 4,000: {below_4k:,.0f} tokens/s, {below_4k / harvest:.1f} x the harvest"
        )
    for sequences, (tokens, atoms, seconds) in peers.items():
        our_atoms, our_seconds = ours[tokens]
        times = seconds / our_seconds
        print(f"authors' loop, {sequences} sequences a batch: {tokens / seconds:,.0f} tokens/s")
        print(f"  {tokens:,} tokens: {atoms:,} atoms against {our_atoms:,}, {times:.1f} x our time")


if __name__ == "__main__":
    main()
