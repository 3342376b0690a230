"""``statistics`` makes what ``atoms`` shows."""

import json

import pytest
from appdata import make_data
from commandline import refused, run


@pytest.fixture(scope="module")
def folders(tmp_path_factory, tiny_causal):
    """Dictionaries of two layers."""
    data = make_data(tmp_path_factory.mktemp("statistics"), tiny_causal)
    return [data / "dictionaries" / f"tiny-l{layer}" for layer in (1, 2)]


def test_statistics_and_atoms(folders, capsys):
    arguments = ["--corpus", "tinyworld:9:30", "--max-tokens", 500, "--json"]
    assert run("statistics", "--dictionary", *folders, *arguments) == 0
    made = json.loads(capsys.readouterr().out)["statistics"]
    assert [one["layer"] for one in made] == [1, 2] and made[0]["tags"] > 20
    assert run("atoms", "--dictionary", folders[0], "--random", 3, "--json") == 0
    atoms = json.loads(capsys.readouterr().out)["atoms"]
    assert len(atoms) == 3 and all("[" in one["label"] for one in atoms)
    assert run("atoms", "--dictionary", folders[0], "--atom", "0,1") == 0
    assert "atom 1 · sentences" in capsys.readouterr().out
    for given, expected in (
        (["--random", 0], "expected 1 to"),
        (["--atom", 100000], "there is no atom 100000"),
        ([], "give either --atom"),
    ):
        assert expected in refused(capsys, "atoms", "--dictionary", folders[0], *given)
