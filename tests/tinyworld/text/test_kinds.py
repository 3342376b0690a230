"""The kinds of documents: facts, sums, code and people, found out again from the text alone."""

import ast
import itertools
import json
import re
from html.parser import HTMLParser

from worlddata import sample

from tinyworld.text.lexicon.world import ANIMAL_FACTS, COUNTRIES
from tinyworld.text.people import GENDER

UNITS = re.findall(
    r"\w+",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen",
)
TENS = re.findall(r"\w+", "twenty thirty forty fifty sixty seventy eighty ninety")
WORDS = {w: i for i, w in enumerate(UNITS)} | {w: 10 * i + 20 for i, w in enumerate(TENS)}
SIGNS = {"plus": "+", "minus": "-", "times": "*", "divided by": "/"}


def number(text: str) -> int:
    """Read a number in digits or in words."""
    if text.isdigit():
        return int(text)
    hundreds, _, rest = text.rpartition(" hundred")
    if hundreds:
        return 100 * WORDS[hundreds] + (number(rest.removeprefix(" and ")) if rest else 0)
    return sum(WORDS[part] for part in text.split("-"))


def texts(kind, n=60):
    return [d.text for d in sample(n, kind)]


def test_arithmetic():
    count = 0
    for d in sample(80, "arithmetic"):
        lines = [d.text[s.start : s.end] for s in d.spans if s.tag.startswith("list_item:")]
        results = [d.text[s.start : s.end] for s in d.spans if s.tag == "result"]
        for line, result in zip(lines, results, strict=True):
            left, right = re.split(r" (?:=|is|equals|makes) ", line.rstrip("."))
            x, sign, y = re.fullmatch(
                r"(.+) (\+|-|\*|/|plus|minus|times|divided by) (.+)", left
            ).groups()
            value = eval(f"{number(x)} {SIGNS.get(sign, sign)} {number(y)}")
            assert number(right) == number(result) == value, line
            count += 1
    assert count > 400


def test_word_problems_and_chains():
    count = 0
    for text in texts("word_problem", 150):
        for x, sign, y, z in re.findall(r"Answer: (\d+) (.) (\d+) = (\d+)\.", text):
            assert eval(f"{x} {sign} {y}") == int(z)
            assert re.search(rf"\b{x}\b", text) and re.search(rf"\b{y}\b", text)
            count += 1
    assert count > 100
    for text in texts("sum_chain", 80):
        first, *steps, last = [s for s in re.split(r"(?<=\.) ", text) if re.search(r"\d", s)]
        n = int(re.search(r"\d+", first).group())
        for step in steps:
            numbers = [int(v) for v in re.findall(r"\d+", step)]
            if len(numbers) == 1:
                n *= 2
            else:
                n += -numbers[0] if re.search("away|Subtract|Less|remove", step) else numbers[0]
            assert numbers[-1] == n, text
        assert int(re.search(r"\d+", last).group()) == n


def test_totals_and_sequences():
    for text in texts("table", 80):
        rows = [re.split(r"\s*\|\s*|\t|,", line.strip("| ")) for line in text.split("\n")]
        rows = [r for r in rows if re.fullmatch(r"\d+", r[-1])]
        if rows[-1][0] == "total":
            sums = [sum(int(r[i]) for r in rows[:-1]) for i in range(1, len(rows[0]))]
            assert [int(v) for v in rows[-1][1:]] == sums
    totals = 0
    for text in texts("shopping_list", 80):
        if "Total: " in text:
            cents = [int(p.replace(".", "")) for p in re.findall(r"\$(\d+\.\d\d)", text)]
            assert sum(cents[:-1]) == cents[-1]
            totals += 1
    assert totals > 10
    for text in texts("sequence"):
        for line in text.split("\n"):
            if line[0].isdigit():
                row = [int(v) for v in re.findall(r"\d+", line.split("(")[0])]
                steps = [b - a for a, b in itertools.pairwise(row)]
                squares = all(round(v**0.5) ** 2 == v for v in row)
                doubled = all(b == 2 * a for a, b in itertools.pairwise(row))
                assert len(set(steps)) == 1 or squares or doubled, line


def test_years_and_times_go_forward():
    for text in texts("biography"):
        lead, _, rest = text.partition(". ")
        years = [int(y) for y in re.findall(r"\b1[789]\d\d\b|\b20\d\d\b", rest)]
        assert years == sorted(years), text
        born = int(re.search(r"\b1[789]\d\d\b", lead).group())
        for year, age in re.findall(r"In (\d+), at the age of (\d+)", text):
            assert int(year) - int(age) == born
    for text in texts("timetable"):
        times = [60 * int(h) + int(m) for h, m in re.findall(r"^(\d+):(\d\d)", text, re.M)]
        assert all((b - a) % 1440 > 0 for a, b in itertools.pairwise(times))


def test_facts_come_from_the_table():
    table = {c.name: c for c in COUNTRIES}
    assert len(table) == 24 and len({c.capital for c in COUNTRIES}) == 24
    count = 0
    for text in texts("questions", 200) + texts("country"):
        for name, capital in re.findall(r"The capital of ([A-Z][\w ]+?) is ([A-Z][\w ]+)\.", text):
            assert table[name].capital == capital
            count += 1
        for name, animal in re.findall(r"The animal of ([A-Z][\w ]+?) is the (\w+)\.", text):
            assert table[name].animal == animal
            count += 1
    assert count > 60
    assert {c.animal for c in COUNTRIES} <= {row[0] for row in ANIMAL_FACTS}


class Elements(HTMLParser):
    """Checks that elements close in the order in which they opened."""

    def __init__(self):
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_code_is_well_formed_and_its_depth_is_right():
    for d in sample(80, "python"):
        tree = ast.parse(d.text)
        exec(compile(ast.Module([n for n in tree.body if not _outside(n)], []), "x", "exec"), {})
    for text in texts("settings"):
        assert json.loads(text)["name"]
    for text in texts("html"):
        parser = Elements()
        parser.feed(text)
        assert parser.open == []
    for kind, step in (("python", 4), ("html", 2), ("settings", 2)):
        for d in sample(40, kind):
            for s in d.spans:
                if s.tag.startswith("indent:") and s.end > s.start:
                    line = d.text[s.start : s.end]
                    assert len(line) - len(line.lstrip()) == step * int(s.tag[7:])
                    assert "\n" not in line


def _outside(node):
    """Tell what cannot run here: imports of invented modules, and loops that call them."""
    return not isinstance(node, ast.FunctionDef | ast.Assert | ast.ClassDef | ast.Assign)


def test_pronouns_agree_with_the_table_of_names():
    forms = {"f": {"she", "her", "hers", "herself"}, "m": {"he", "him", "his", "himself"}}
    forms["n"] = {"it", "its", "itself"}
    count = 0
    for d in sample():
        at = {}
        for s in d.spans:
            at.setdefault((s.start, s.end), {}).setdefault(s.tag.split(":")[0], s.tag)
        for (start, end), tags in at.items():
            if "refers" not in tags or "gender" not in tags:
                continue
            who, gender = tags["refers"][7:], tags["gender"][7:]
            assert GENDER[who] == gender
            word = d.text[start:end]
            if tags["pos"] == "pos:pron":
                count += 1
                assert word.lower() in forms[gender], (word, who)
                assert who in d.text
            else:
                assert who in word or d.kind == "biography"  # there by surname
    assert count > 500


def test_a_belonging_stays_the_same_and_comes_back_far_later():
    far = 0
    for d in sample(60, "story_belonging"):
        mentions = [s for s in d.spans if s.tag == "belonging"]
        nouns = {d.text[s.start : s.end].split()[-1] for s in mentions}
        assert len(nouns) == 1 and len(mentions) >= 2
        far += len(d.text[mentions[0].end : mentions[-1].start].split()) > 40
    assert far > 45


def test_lists_count_from_one():
    for kind in ("shopping_list", "timetable", "table", "howto", "counting", "definitions"):
        for d in sample(60, kind):
            items = [int(s.tag[10:]) for s in d.spans if s.tag.startswith("list_item:")]
            assert items == list(range(1, len(items) + 1)), d.text
