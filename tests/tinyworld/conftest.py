"""A tokenizer and a minuscule model, trained once for all tests of TinyWorld."""

import pytest
from worlddata import RECIPE


@pytest.fixture(scope="session", autouse=True)
def few_documents_at_once():
    """Let streams write no more documents than minuscule models read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tinyworld.training.stream.DOCUMENTS_AT_ONCE", 25)
        yield


@pytest.fixture(scope="session")
def tokenizer():
    from tinyworld.training.bpe import tokenizer_for

    return tokenizer_for(RECIPE.data_seed, RECIPE.bpe_documents)


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """A training from its beginning to its end, with two snapshots on the way."""
    from tinyworld.training.train import Training

    training = Training(RECIPE, tmp_path_factory.mktemp("whole"), False, "cpu")
    training.run(snapshots=2)
    return training


@pytest.fixture(scope="session")
def start(whole, tmp_path_factory):
    """The folder of its model, to begin another training from."""
    folder = tmp_path_factory.mktemp("models") / "tinyworld-base"
    whole.export(folder)
    return folder
