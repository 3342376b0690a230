"""A hub that fails, in every request that a model needs: one line, within seconds."""

import errno
import os
import re
import shutil
from pathlib import Path

import pytest
from hubmodels import WEIGHTS, refused
from hubserver import ADDRESS, Hub

from itda_core.errors import InputError
from itda_core.hub import asking
from itda_core.models import load_model

INFO, TREE, HEAD, FILE = "GET .*/revision/", "GET .*/tree/", "HEAD .*/resolve/", "GET /cdn/"


@pytest.mark.parametrize("where", [INFO, TREE, HEAD, FILE])
@pytest.mark.parametrize(
    ("status", "says"),
    [
        (403, "403"),
        (401, "is not on the hub|401"),
        (404, "is not on the hub|404"),
        (429, "429 .*try again"),
        (500, "500 .*try again later"),
        (503, "503 .*try again later"),
        (504, "504 .*try again later"),
        (418, "418"),
    ],
)
def test_an_answer_that_refuses(hub: Hub, single, where: str, status: int, says: str) -> None:
    hub.add("owner/tiny", single)
    hub.fail(where, status)
    assert re.search(says, refused("owner/tiny"))
    hub.recover()
    assert load_model("owner/tiny", device="cpu").n_layers == 3


def test_a_busy_hub_that_asks_to_wait_is_not_waited_for(hub: Hub, single, monkeypatch) -> None:
    monkeypatch.setattr(asking, "PATIENCE", 6.0)
    hub.add("owner/tiny", single)
    hub.fail(TREE, 429, headers={"Retry-After": "300"})
    assert "try again in 300 s" in refused("owner/tiny")
    hub.recover()
    hub.fail(HEAD, 429, headers={"RateLimit": '"resolvers";r=0;t=120'})
    assert "try again in 120 s" in refused("owner/tiny")


def test_a_hub_that_fails_once_is_asked_again(hub: Hub, single, monkeypatch) -> None:
    monkeypatch.setattr(asking, "PATIENCE", 6.0)
    hub.add("owner/tiny", single)
    hub.fail(TREE, 503, times=1)
    assert load_model("owner/tiny", device="cpu").n_layers == 3


@pytest.mark.parametrize("where", [INFO, TREE, HEAD, FILE])
def test_a_silent_hub(hub: Hub, single, monkeypatch, where: str) -> None:
    monkeypatch.setattr(asking, "ANSWER_SECONDS", 0.2)
    hub.add("owner/tiny", single)
    hub.fail(where, silence=30)
    assert "no answer in 0.2 s" in refused("owner/tiny")


@pytest.mark.parametrize("where", [INFO, TREE, HEAD, FILE])
def test_connections_that_break_off(hub: Hub, single, where: str) -> None:
    hub.add("owner/tiny", single)
    hub.fail(where, after=3)
    if where != HEAD:  # which has no body to break off
        assert "breaks off" in refused("owner/tiny")


def test_a_download_that_starts_anew_for_ever_is_given_up(hub: Hub, single, monkeypatch) -> None:
    hub.add("owner/tiny", single)
    monkeypatch.setattr(asking, "DOWNLOAD_PATIENCE", 0.5)
    monkeypatch.setattr("hubserver._Handler._send_file", _send_whole)
    hub.fail(FILE, after=5000)
    assert "breaks off" in refused("owner/tiny")
    assert 2 <= len([path for path in hub.paths() if path.startswith("/cdn/")]) < 5


def _send_whole(handler, data: bytes, headers: dict[str, str]) -> None:
    """Answer as a server that knows no ranges."""
    handler._send(200, data, headers)


@pytest.mark.parametrize("where", [INFO, TREE, HEAD, FILE])
def test_no_hub_at_all(hub: Hub, single, where: str) -> None:
    hub.add("owner/tiny", single)
    page = b"<html>Please log in to this network</html>"
    hub.fail(where, 200, headers={"Content-Type": "text/html"}, body=page)
    line = refused("owner/tiny")
    assert "does not answer as a hub does" in line or "should be of size" in line


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"sha": 5}', b"null", b'"\\ud800"'])
@pytest.mark.parametrize("where", [INFO, TREE])
def test_json_of_another_kind(hub: Hub, single, where: str, body: bytes) -> None:
    hub.add("owner/tiny", single)
    hub.fail(where, 200, headers={"Content-Type": "application/json"}, body=body)
    refused("owner/tiny")


def test_an_address_that_is_none(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_arguments, **_options):
        raise OSError(-2, "Name or service not known")

    for address in ("", "hub", "ftp://127.0.0.1", "file:///etc"):
        monkeypatch.setenv("HF_ENDPOINT", address)
        assert "no address of a hub" in refused("owner/tiny")
    monkeypatch.setattr("socket.getaddrinfo", fails)
    for address in ("http://no-such-hub.invalid", "https://[", "http://127.0.0.1:99999"):
        monkeypatch.setenv("HF_ENDPOINT", address)
        assert "is out of reach" in refused("owner/tiny")


def test_a_certificate_that_is_none(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    safe = ADDRESS.replace("http:", "https:")
    monkeypatch.setenv("HF_ENDPOINT", safe)
    monkeypatch.setattr(constants, "ENDPOINT", safe)
    monkeypatch.setattr(asking, "PATIENCE", 60.0)
    assert re.search("out of reach .*SSL", refused("owner/tiny"))
    assert len(hub.asked) == 0


def full_disk(monkeypatch: pytest.MonkeyPatch, number: int = errno.ENOSPC) -> None:
    """Let every write of a download fail."""
    from huggingface_hub import file_download

    def fails(*_arguments, **_options):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(file_download, "http_get", fails)


def test_a_full_disk(hub: Hub, single, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add("owner/tiny", single)
    with monkeypatch.context() as patch:
        full_disk(patch)
        assert re.search(r"the disk of the hub's cache \(.*\) is full", refused("owner/tiny"))
    assert load_model("owner/tiny", device="cpu").n_layers == 3


def test_a_cache_that_cannot_be_written(hub: Hub, single, tmp_path: Path) -> None:
    hub.add("owner/tiny", single)
    cache = tmp_path / "huggingface"
    cache.write_text("a file where the folder should be")
    assert re.search("in the hub's cache cannot be used .*set HF_HOME", refused("owner/tiny"))


def test_damage_on_the_way_is_not_kept(hub: Hub, single) -> None:
    hub.add("owner/tiny", single)
    true = single[WEIGHTS]
    wrong = true[:-9] + bytes([true[-9] ^ 1]) + true[-8:]  # the same length, one bit of a weight
    hub.fail(FILE, 200, times=1, body=wrong)
    model = load_model("owner/tiny", device="cpu")  # fetched anew
    assert (model.path / WEIGHTS).read_bytes() == true
    shutil.rmtree(model.path.parents[1])
    hub.fail(FILE, 200, body=wrong)
    assert "comes damaged" in refused("owner/tiny")
    hub.recover()
    assert (load_model("owner/tiny", device="cpu").path / WEIGHTS).read_bytes() == true


@pytest.mark.parametrize(
    "name",
    [
        "../evil.json",
        "..json",
        "a\\..\\b.json",
        "x" * 300 + ".json",
        "a b.json",
        "\u202e.json",
        ".json",
    ],
)
def test_odd_names_in_a_listing_do_no_harm(hub: Hub, single, name: str, tmp_path: Path) -> None:
    hub.add("owner/tiny", single | {name: b"{}"})
    try:
        assert load_model("owner/tiny", device="cpu").n_layers == 3
    except InputError as error:
        assert "\n" not in str(error) and "owner/tiny" in str(error)
    outside = [path for path in tmp_path.rglob("*") if "huggingface" not in path.parts]
    assert not outside


def test_answers_without_what_a_hub_says(hub: Hub, single) -> None:
    hub.add("owner/tiny", single)
    for headers in ({}, {"X-Repo-Commit": "0" * 40}, {"ETag": '"../../x"', "X-Repo-Commit": "x"}):
        hub.recover()
        hub.fail("HEAD .*/resolve/", 200, headers=headers)
        refused("owner/tiny")
