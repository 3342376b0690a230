"""What can be an id of the hub, and what a revision of one."""

import pytest

from itda_core.hub import is_hub_id, split_revision


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("gpt2", True),
        ("owner/name", True),
        ("EleutherAI/pythia-70m-deduped", True),
        ("a/b_", True),
        ("0x/1.5B_v2.0", True),
        ("", False),
        ("owner/", False),
        ("/name", False),
        ("a/b/c", False),
        ("owner/na--me", False),
        ("owner/na..me", False),
        ("owner/name.git", False),
        ("owner/name-", False),
        ("owner/-name", False),
        (".hidden/name", False),
        ("owner/na me", False),
        ("owner/näme", False),
        ("owner/name\n", False),
        ("owner/" + "n" * 90, True),
        ("owner/" + "n" * 91, False),
    ],
)
def test_ids(name: str, is_one: bool) -> None:
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    assert is_hub_id(name) == is_one
    if is_one:  # theirs refuse nothing that we ask them for
        try:
            validate_repo_id(name)
        except HFValidationError as error:
            pytest.fail(str(error))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("owner/name", ("owner/name", None)),
        ("owner/name@main", ("owner/name", "main")),
        ("gpt2@v1.0", ("gpt2", "v1.0")),
        ("owner/name@refs/pr/1", ("owner/name", "refs/pr/1")),
        ("owner/name@", ("owner/name@", None)),
        ("owner/name@../../etc", ("owner/name@../../etc", None)),
        ("owner/name@a b", ("owner/name@a b", None)),
        ("@main", ("@main", None)),
        ("a/b/c@main", ("a/b/c@main", None)),
    ],
)
def test_revisions(name: str, parts: tuple[str, str | None]) -> None:
    assert split_revision(name) == parts
