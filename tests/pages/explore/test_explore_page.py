"""Explore a prompt without a browser: what is shown, and that nothing that is typed breaks it."""

import json
from io import BytesIO

import pandas as pd
import pytest
from appdata import PROMPT
from explorepage import address, picked_of
from openpage import lines, open_page, shown, strip
from streamlit.testing.v1 import AppTest

from pages.explore.codes import numbers
from pages.explore.colours import COLOURS
from pages.explore.tabs import steps
from pages.kit.downloads import FORMATS
from pages.shell.formats import signed_decimal


def citations(app: AppTest) -> dict:
    return shown(app, "itda_citations")


def test_the_first_view_is_already_taken_apart(data):
    app = open_page()
    assert lines(app) == []
    shown, cited = strip(app), citations(app)
    text = "".join(t["gap"] + t["text"] for t in shown["tokens"])
    assert text == app.text_area(key="explore_prompt").value
    assert shown["tokens"][shown["picked"]]["text"] == cited["token"]
    assert 1 <= len(cited["rows"]) <= 6
    sizes = [abs(row["coefficient"]) for row in cited["rows"]]
    assert sizes == sorted(sizes, reverse=True)
    assert app.get("plotly_chart") and len(app.dataframe[0].value)
    assert app.session_state["dictionary"] == "tiny-l2"  # of two layers the one past the middle


def test_the_address_shows_the_view_and_gives_it_back(data):
    asked = {
        "dictionary": "tiny-l1",
        "l0": "3",
        "method": "omp",
        "colour": "novelty",
        "token": "4",
        "prompt": PROMPT,
    }
    app = open_page(**asked)
    assert lines(app) == []
    assert address(app) == asked
    assert strip(app)["picked"] == 4 and len(citations(app)["rows"]) <= 3
    again = open_page(**asked)
    assert strip(again) == strip(app) and citations(again) == citations(app)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"dictionary": "nobody's"}, "no dictionary"),
        ({"dictionary": "../../etc"}, "no dictionary"),
        ({"l0": "9999"}, "L0 '9999' is not a whole number from 1 to 100"),
        ({"l0": "-1"}, "L0"),
        ({"l0": "²"}, "L0"),
        ({"l0": "3; DROP TABLE labels"}, "L0"),
        ({"method": "magic"}, "method 'magic' is none of mp, omp"),
        ({"colour": "<b>red</b>"}, "colour"),
        ({"token": "77", "prompt": PROMPT}, "Token 77 is out of range"),
        ({"token": "x"}, "token 'x' is not a whole number"),
        ({"token": "9" * 30}, "token"),
    ],
)
def test_what_an_address_gets_wrong_is_said_in_a_line(data, parts, words):
    app = open_page(**parts)
    (line,) = lines(app)
    assert words in line and "\n" not in line
    assert strip(app)["tokens"] and citations(app)["rows"]
    assert lines(app.run()) == []  # said once


def test_several_wrong_things_make_one_line(data):
    app = open_page(dictionary="x", l0="0", method="", colour="z", token="-3")
    assert len(lines(app)) == 1 and strip(app)["tokens"]


HOSTILE = {
    "one character": "a",
    "html": "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>",
    "markdown": "# **bold** [a](javascript:alert(1)) ![i](http://127.0.0.1:9/x.png) $x^2$ :smile:",
    "emoji": "🪁👩‍🚀🏳️‍🌈 kites",
    "right to left": "مرحبا بالعالم hello שלום",
    "NUL and controls": "a\0b\x07c\x1b[31m",
    "line ends and tabs": "one\n\n\ttwo\r\nthree",
    "combining": "Z̸̡̛̙͈͌͝a̶͝l̷̓g̵o",
    "the model's own special token": "before <|endoftext|> after",
    "long": "kite " * 2000,
}


@pytest.mark.parametrize("prompt", HOSTILE.values(), ids=HOSTILE.keys())
def test_any_prompt_is_taken_apart(data, prompt):
    app = open_page(dictionary="tiny-l1")
    app.text_area(key="explore_prompt").set_value(prompt).run()
    assert lines(app) == []
    shown = strip(app)
    written = "".join(t["gap"] + ("" if t["piece"] else t["text"]) for t in shown["tokens"])
    assert written == prompt[: len(written)] and written
    assert citations(app)["rows"]
    for name, file in files(app).items():
        assert file, name


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("x" * 100_000, "100,000 characters"),
        ("<|endoftext|>", "special tokens"),
    ],
)
def test_a_prompt_that_cannot_be_answered_gets_one_line(data, prompt, words):
    app = open_page()
    app.text_area(key="explore_prompt").set_value(prompt).run()
    (line,) = lines(app)
    assert words in line and "\n" not in line
    app.text_area(key="explore_prompt").set_value(PROMPT).run()  # and the page goes on
    assert lines(app) == [] and strip(app)["tokens"]


def test_a_hostile_prompt_in_the_address(data):
    app = open_page(prompt=HOSTILE["html"])
    assert lines(app) == [] and "<script>" in app.text_area(key="explore_prompt").value


def test_a_prompt_too_long_for_a_link_leaves_the_address(data):
    app = open_page()
    app.text_area(key="explore_prompt").set_value("kite " * 2000).run()
    assert "prompt" not in app.query_params and "l0" in app.query_params


def test_a_new_prompt_moves_to_its_own_token(data):
    app = open_page(token="1", prompt=PROMPT)
    assert strip(app)["picked"] == 1
    app.text_area(key="explore_prompt").set_value("A small bird visits my grandmother today.").run()
    picked = strip(app)["picked"]
    longest = max(strip(app)["tokens"], key=lambda t: sum(map(str.isalpha, t["text"])))["text"]
    assert strip(app)["tokens"][picked]["text"] == longest


def test_l0_method_and_colour(data):
    app = open_page(prompt=PROMPT, token="3")
    app.slider(key="explore_l0").set_value(2).run()
    assert len(citations(app)["rows"]) <= 2
    assert "".join(app.query_params["l0"]) == "2"
    seen = {}
    for colour in ("explained", "novelty", "strongest", "shared"):
        app.session_state["explore_colour"] = colour
        app.run()
        assert not app.exception
        tokens = strip(app)["tokens"]
        seen[colour] = [t["shade"] for t in tokens]
        assert all(0 <= shade <= 1 for shade in seen[colour])
    assert seen["shared"][3] == max(seen["shared"]) == 1
    assert {t["hue"] for t in strip(app)["tokens"]} == {"accent"}


@pytest.mark.parametrize("colour", COLOURS)
def test_a_legend_says_what_the_colour_means(data, colour):
    about, ramp = strip(open_page(prompt=PROMPT, token="3", colour=colour))["legend"]
    assert about == {"text": COLOURS[colour].about}
    assert ramp["hue"] and ramp["from"] and ramp["to"]
    assert ("below" in ramp) == (colour == "strongest")


def test_a_coefficient_is_rounded_once_and_alike_everywhere(data):
    prompt = "zzzz qqqq the cat 12345"  # that takes several atoms a token
    app = open_page(dictionary="tiny-l1", prompt=prompt, token="6", method="omp", step="1")
    table = steps.steps(picked_of(app))
    written = {row["atom"]: row["written"] for row in citations(app)["rows"]}
    assert len(written) == len(table) > 1
    for atom, coefficient in zip(table["atom"], table["coefficient"], strict=True):
        assert written[atom] == signed_decimal(coefficient)
        assert "-" not in written[atom]
    first = table.iloc[0]
    assert any(
        f"{written[first['atom']]} |x| × atom {first['atom']} " in m.value for m in app.markdown
    )
    strongest = citations(app)["rows"][0]["written"]
    assert f"strongest coefficient {strongest} |x|" in strip(app)["tokens"][6]["facts"]


def test_orange_only_above_tau(data):
    app = open_page(prompt="zzzz qqqq the cat 12345", colour="novelty")
    tokens = strip(app)["tokens"]
    for token in tokens:
        novel = any(fact.endswith(": novel") for fact in token["facts"])
        assert (token["shade"] > 0) == novel
    assert any(token["shade"] > 0 for token in tokens)


@pytest.mark.parametrize("coding", [{"l0": "1"}, {"l0": "40"}, {"method": "omp"}])
def test_novel_is_said_as_built_whatever_is_chosen(data, coding):
    prompt, built = "zzzz qqqq the cat 12345", "as built"
    app = open_page(prompt=prompt, colour="novelty", token="6")
    other = open_page(prompt=prompt, colour="novelty", token="6", **coding)
    assert [t["shade"] for t in strip(other)["tokens"]] == [
        t["shade"] for t in strip(app)["tokens"]
    ]
    for token, as_built in zip(strip(other)["tokens"], strip(app)["tokens"], strict=True):
        (line,) = (fact for fact in token["facts"] if "novel" in fact)
        (line_as_built,) = (fact for fact in as_built["facts"] if "novel" in fact)
        assert built not in line_as_built
        assert line.replace(", as built (L0 6, matching pursuit)", "") == line_as_built
    assert citations(other)["novel"] == citations(app)["novel"]
    assert "as built: L0 6, matching pursuit" in citations(other)["headline"]
    assert built not in citations(app)["headline"]


def test_downloads_hold_the_codes(data):
    app = open_page(dictionary="tiny-l1", prompt=PROMPT)
    made = files(app)
    csv = pd.read_csv(BytesIO(made["CSV"]), keep_default_na=False)
    parquet = pd.read_parquet(BytesIO(made["Parquet"]))
    document = json.loads(made["JSON"])
    assert len(csv) == len(parquet) == len(document["rows"]) > 10
    assert document["prompt"] == PROMPT and document["layer"] == 1
    about = picked_of(app).about
    assert parquet.attrs == about and csv["prompt"][0] == PROMPT
    assert set(csv["dictionary"]) == {"tiny-l1"} and set(csv["l0"]) == {about["l0"]}
    assert set(csv["dictionary_loss"]) == {"relative"}  # a column "loss" is there: the token's
    shares = csv["coefficient"] / csv["norm"]
    assert csv["c_over_norm"].to_numpy() == pytest.approx(shares.to_numpy())
    first = parquet.iloc[0]
    assert first["atom"] == csv["atom"][0] == document["rows"][0]["atom"]
    of_token = parquet[parquet["token_index"] == 3]
    assert of_token["coefficient"].abs().is_monotonic_decreasing
    # Matching pursuit: the energy explained is the sum of the shares.
    assert of_token["share"].sum() == pytest.approx(of_token["explained"].iloc[0], abs=1e-4)


def files(app: AppTest) -> dict[str, bytes]:
    """The downloads of the codes, by their format."""
    picked = picked_of(app)
    return {name: format.write(numbers(picked), picked.about) for name, format in FORMATS.items()}
