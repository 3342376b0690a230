"""A build killed ten times at random moments and resumed, against one that ran through.

python -m benchmarks.resume --corpus FILE
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

from benchmarks.machine import minilm
from itda_core import Dictionary

KILLS = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", default="tinyworld:1:20000")
    parser.add_argument("--tokens", type=int, default=200_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        command = [sys.executable, "-m", "itda_core", "build", "--model", str(minilm())]
        command += ["--layer", "4", "--corpus", given.corpus, "--tau", "0.2", "--l0", "20"]
        command += ["--max-tokens", str(given.tokens), "--checkpoint-seconds", "0", "--resume"]
        kills = 0
        while not (folder / "killed").exists():
            process = subprocess.Popen(
                [*command, "--out", str(folder / "killed")], stderr=subprocess.PIPE, text=True
            )
            assert process.stderr is not None
            for line in process.stderr:
                if line.startswith("going on"):
                    print(line.strip())
                if "tokens/s" in line and kills < KILLS:  # at work: now at any moment
                    time.sleep(random.uniform(0, 3))
                    process.kill()
                    kills += 1
                    break
            process.communicate()
            if process.returncode not in (0, -9):
                raise SystemExit(f"the build ended with {process.returncode}")
        subprocess.run([*command, "--out", str(folder / "whole")], check=True)
        whole, killed = (Dictionary.load(folder / name) for name in ("whole", "killed"))
    parts = ("atoms", "rows", "norms", "losses")
    same = all(torch.equal(getattr(whole, part), getattr(killed, part)) for part in parts)
    print(f"killed {kills} times: {'the same' if same else 'OTHER'} {killed.n_atoms:,} atoms")


if __name__ == "__main__":
    main()
