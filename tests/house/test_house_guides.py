"""The guides in docs/ are followed once, to the letter, in a copy of the program."""

import re
import subprocess
import sys
from pathlib import Path
from textwrap import indent

import pytest

ROOT = Path(__file__).parents[2]
NEEDED = ("itda_core/", "pages/", "tinyworld/", "tests/openpage.py", "app.py", ".streamlit/")


@pytest.fixture
def house(tmp_path) -> Path:
    """The copy."""
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in output.splitlines():
        if name.startswith(NEEDED) and (ROOT / name).is_file():
            target = tmp_path / "house" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    return tmp_path / "house"


def blocks(guide: str) -> list[str]:
    """The Python of a guide, in order."""
    text = (ROOT / "docs" / guide).read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)


def entry(record: str) -> str:
    """A record as a line of a table."""
    return indent(record.rstrip() + ",\n", 8 * " ")


def insert(file: Path, before: str, text: str) -> None:
    content = file.read_text(encoding="utf-8")
    assert content.count(before) == 1
    file.write_text(content.replace(before, text + before), encoding="utf-8")


def run(house: Path, script: str) -> str:
    """What a program prints that is run in the copy, on the data that ships."""
    start = f"""
import os, sys
sys.path[:0] = [{str(house)!r}, {str(house / "tests")!r}]
os.environ["ITDA_DATA"] = {str(ROOT / "data")!r}
"""
    process = subprocess.run(
        [sys.executable, "-c", start + script], cwd=house, capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr[-3000:]
    return process.stdout


def test_a_pursuit_is_a_function_and_a_record(house):
    function, record = blocks("add-a-pursuit.md")
    (house / "itda_core/pursuit/thresholding.py").write_text(function, encoding="utf-8")
    methods = house / "itda_core/pursuit/methods.py"
    insert(methods, "    )\n}\nDEFAULT_METHOD", entry(record))
    insert(methods, "\n\nclass Method", "from itda_core.pursuit.thresholding import thresholding\n")
    output = run(
        house,
        """
import json, torch
from itda_core import decode, encode
from itda_core.commands.main import main
from openpage import lines, open_page, shown

atoms = torch.nn.functional.normalize(torch.randn(20, 32, generator=torch.manual_seed(0)), dim=1)
x = 3 * atoms[[4]] - 2 * atoms[[11]]
code = encode(x, atoms, 8, "threshold")
assert {4, 11} <= set(code.indices[0].tolist())
assert torch.allclose(decode(code, atoms), x, atol=1e-4)

folder = os.environ["ITDA_DATA"] + "/dictionaries/tinyworld-small-seed0-layer3"
prompt = "The old dog follows Mara."
given = ["--dictionary", folder, "--json"]
assert main(["encode", *given, "--prompt", prompt, "--method", "threshold", "--l0", "6"]) == 0
assert main(["evaluate", *given, "--corpus", "tinyworld:1000000:40", "--method", "mp,threshold",
             "--l0", "5,20", "--max-tokens", "600", "--ce-tokens", "200"]) == 0

app = open_page("explore", prompt=prompt, method="threshold", l0="6", tab="layers")
assert lines(app) == [], lines(app)
picker = next(g for g in app.button_group if g.key == "explore_method")
assert "threshold" in picker.options or "Thresholding" in [str(o) for o in picker.options]
rows = shown(app, "itda_citations")["rows"]
assert rows and {row["share"] for row in rows} == {"–"}, rows  # nobody knows them
app = open_page("explore", prompt=prompt, method="threshold", l0="6", step="2")
(line,) = lines(app)
assert "tell no steps" in line, line
app = open_page("explore", prompt=prompt, method="threshold", l0="6", tab="prompt")
assert "tell no steps" in lines(app)[0], lines(app)
print("page ok", dict(app.query_params)["method"])
""",
    )
    first, second, last = output.strip().splitlines()
    assert '"method": "threshold"' in first
    import json

    rows = json.loads(second)["rows"]
    assert [(r["method"], r["l0"]) for r in rows] == [
        ("mp", 5),
        ("mp", 20),
        ("threshold", 5),
        ("threshold", 20),
    ]
    fvu = {(r["method"], r["l0"]): r["fvu"] for r in rows}
    assert fvu["mp", 20] < fvu["threshold", 20] < fvu["threshold", 5]
    assert last == "page ok threshold"


def test_a_page_is_a_folder_and_a_line(house):
    page, line = blocks("add-a-page.md")
    (house / "pages/sizes").mkdir()
    (house / "pages/sizes/page.py").write_text(page, encoding="utf-8")
    pages = house / "pages/shell/pages.py"
    insert(pages, '        Page("add"', entry(line))
    output = run(
        house,
        """
from openpage import lines, open_page

app = open_page("sizes", most="10")
assert lines(app) == [], lines(app)
assert [t.value for t in app.title] == ["Sizes"]
assert app.number_input(key="sizes_most").value == 10
print(sorted(dict(app.query_params)), len(app.get("arrow_vega_lite_chart")) or len(app.main))

app = open_page("sizes", most="none")
assert "is not a whole number from 1 to 1000; showing 50" in lines(app)[0]
os.environ["ITDA_DATA"] = os.path.join(os.getcwd(), "nothing")
app = open_page("sizes")
assert not app.exception and [s.value for s in app.subheader] == ["No dictionary yet"]
print("empty ok")
""",
    )
    assert output.strip().splitlines()[0].startswith("['dictionary', 'most']")
    assert output.strip().endswith("empty ok")
