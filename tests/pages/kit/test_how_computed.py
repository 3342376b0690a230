"""How a number is computed: the popover and its commands."""

import subprocess
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from pages.kit import how_computed


@pytest.fixture
def head(tmp_path, monkeypatch):
    """A dictionary of a folder whose name a shell would cut."""
    monkeypatch.setenv("ITDA_DATA", str(tmp_path / "my data"))
    return SimpleNamespace(name="tiny")


def popover(command: str, lead: str, source: str) -> AppTest:
    def script(command: str, lead: str, source: str) -> None:
        from pages.kit import how_computed

        how_computed.show("x", "**share** = a / b", command, lead=lead, source=source)

    arguments = {"command": command, "lead": lead, "source": source}
    app = AppTest.from_function(script, kwargs=arguments).run()
    assert not app.exception
    return app


def test_definition_command_and_source():
    app = popover("python -m itda_core x", "Made by:", "")
    assert [m.value for m in app.markdown] == ["**share** = a / b", "Made by:"]
    assert app.code[0].value == "python -m itda_core x" and app.code[0].language == "bash"
    assert app.caption[0].value.endswith("[arXiv 2505.17769](https://arxiv.org/abs/2505.17769).")


def test_a_lead_and_a_place_in_the_paper():
    app = popover("x", "The same from a terminal:", ", equation 5.")
    assert app.markdown[1].value == "The same from a terminal:"
    assert app.caption[0].value.endswith("2505.17769), equation 5.")


def test_without_a_command_there_is_only_the_definition():
    app = popover("", "Made by:", "")
    assert len(app.markdown) == 1 and not app.code


def words_of(command: str) -> list[str]:
    """A command's words, as a shell takes them apart."""
    script = f"set -- {command}\nprintf '%s\\0' \"$@\""
    said = subprocess.run(["sh", "-c", script], capture_output=True, check=True, text=True)
    return said.stdout.split("\0")[:-1]


def test_commands_are_read_by_a_shell_as_they_are_meant(head, tmp_path):
    folder = str(tmp_path / "my data" / "dictionaries" / "tiny")
    prompt = 'it\'s "late"; $HOME\nyes'
    words = words_of(how_computed.encode_command(head, prompt, "--l0 7 "))
    assert words == [
        *("python", "-m", "itda_core", "encode", "--l0", "7"),
        *("--dictionary", folder, "--prompt", prompt),
    ]
    words = words_of(how_computed.statistics_command(head))
    assert words[:6] == ["python", "-m", "itda_core", "statistics", "--dictionary", folder]
    assert words[6:] == ["--corpus", "held_out_text.txt"]
