"""Importing and loading before the first visit, and a page that does not depend on it."""

import asyncio
import gc
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import streamlit as st
from appdata import make_data
from streamlit.testing.v1 import AppTest

from pages.shell import resources, warmup

ROOT = Path(__file__).parents[3]


@pytest.fixture
def data(tmp_path, monkeypatch, tiny_causal):
    """A data folder of its own, nothing of it loaded yet."""
    folder = make_data(tmp_path / "data", tiny_causal)
    monkeypatch.setenv("ITDA_DATA", str(folder))
    st.cache_resource.clear()
    return folder


def the_app() -> AppTest:
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)


def shown(app: AppTest) -> list[str]:
    assert not app.exception
    return [found.proto.component_name for found in app.get("bidi_component")]


def test_the_server_starts_without_pytorch() -> None:
    """What it imports before it answers: importing PyTorch there would delay everything."""
    code = (
        "import sys, app\n"
        "assert app.app.script_path.name == 'app.py'\n"
        "print([n for n in ('torch', 'pandas', 'duckdb', 'itda_core.models') if n in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "[]\n"


def test_the_server_warms_up_when_it_starts(monkeypatch) -> None:
    warmed = threading.Event()
    monkeypatch.setattr(warmup, "_prepare", lambda _: warmed.set())

    async def start() -> None:
        async with warmup.lifespan(None):
            assert await asyncio.to_thread(warmed.wait, 10)

    with ThreadPoolExecutor() as other:  # browser tests before this one keep a loop in this thread
        other.submit(lambda: asyncio.run(start())).result()


def test_a_visit_finds_the_model_and_the_dictionary_loaded(data, monkeypatch) -> None:
    warmup.warm_up()
    assert warmup.imports_are_done.is_set() and gc.isenabled()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("loaded again")

    monkeypatch.setattr(resources, "load_model", refuse)
    monkeypatch.setattr(resources.Dictionary, "load", refuse)
    assert "itda_token_strip" in shown(the_app().run())


def test_the_rest_of_the_index_follows_unless_the_server_stops(data, monkeypatch) -> None:
    monkeypatch.setattr(warmup, "_SECONDS_TO_THE_REST", 0)
    filled: list[str] = []
    monkeypatch.setattr(resources.Store, "fill", lambda _, names: filled.extend(names))
    stopped, going = threading.Event(), threading.Event()
    stopped.set()
    warmup._prepare(stopped)
    assert filled == [] and warmup.imports_are_done.is_set()
    warmup._prepare(going)
    assert filled == ["tiny-l1", "tiny-l2"]


@pytest.mark.parametrize("part", ["import_all", "first_decomposition"])
def test_a_failed_warm_up_leaves_the_page_as_it_was(part, data, monkeypatch, capfd) -> None:
    def fail() -> None:
        raise RuntimeError("out of luck")

    with monkeypatch.context() as patch:
        patch.setattr(warmup, part, fail)
        warmup.warm_up()
    assert capfd.readouterr() == ("", "")
    assert "itda_token_strip" in shown(the_app().run())


def test_no_dictionaries_and_no_model_fail_in_silence(tmp_path, monkeypatch, capfd, data) -> None:
    (data / "models" / "tiny-causal" / "config.json").write_text("{")
    warmup.warm_up()
    page = the_app().run()
    assert "cannot be used" in page.error[0].value
    monkeypatch.setenv("ITDA_DATA", str(tmp_path / "none"))
    warmup.warm_up()
    assert capfd.readouterr() == ("", "")


def test_a_visit_waits_for_imports_under_way(data, monkeypatch) -> None:
    monkeypatch.setattr(warmup, "imports_are_done", threading.Event())
    with warmup._importing:
        page = the_app()
        visit = threading.Thread(target=page.run)
        visit.start()
        visit.join(0.5)
        assert visit.is_alive()
    visit.join(60)
    assert "itda_token_strip" in shown(page)
