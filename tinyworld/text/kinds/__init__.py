"""Every kind of document: the function that writes it, and how often it comes."""

from collections.abc import Callable
from typing import NamedTuple

from tinyworld.text.kinds import rare
from tinyworld.text.kinds.knowledge import facts, languages, sums
from tinyworld.text.kinds.prose import dialogue, letters, lives, reports, requests, rhymes, stories
from tinyworld.text.kinds.structured import code, food, tables
from tinyworld.text.writer import TextWriter


class Kind(NamedTuple):
    """One kind of document."""

    name: str
    write: Callable[[TextWriter], None]
    weight: float
    """How often it is drawn, in relation to the others."""
    prose: bool
    """Whether a rare event may be added to it."""


KINDS: tuple[Kind, ...] = (
    Kind("story_belonging", stories.belonging, 9, True),
    Kind("story_visit", stories.visit, 6, True),
    Kind("story_journey", stories.journey, 5, True),
    Kind("fable", stories.fable, 4, True),
    Kind("dialogue", dialogue.dialogue, 8, True),
    Kind("letter", letters.letter, 4, False),
    Kind("request", requests.request, 4, False),
    Kind("argument", requests.argument, 3, True),
    Kind("interview", letters.interview, 3, False),
    Kind("diary", letters.diary, 3, True),
    Kind("recipe", food.recipe, 4, True),
    Kind("shopping_list", food.shopping, 3, False),
    Kind("timetable", tables.timetable, 3, False),
    Kind("table", tables.table, 3, False),
    Kind("howto", tables.howto, 3, False),
    Kind("weather", reports.weather, 3, True),
    Kind("sports", reports.sports, 4, True),
    Kind("review", reports.review, 5, True),
    Kind("news", reports.news, 5, True),
    Kind("biography", lives.biography, 5, True),
    Kind("directions", lives.directions, 3, False),
    Kind("arithmetic", sums.arithmetic, 9, False),
    Kind("sum_chain", sums.chain, 4, False),
    Kind("word_problem", sums.word_problem, 6, False),
    Kind("counting", sums.counting, 2, False),
    Kind("sequence", sums.sequence, 2, False),
    Kind("questions", facts.questions, 8, False),
    Kind("country", facts.profile, 6, True),
    Kind("definitions", facts.definitions, 3, False),
    Kind("riddle", facts.riddle, 3, False),
    Kind("comparison", facts.comparison, 2, True),
    Kind("rhyme", rhymes.rhyme, 4, False),
    Kind("python", code.python, 5, False),
    Kind("html", code.html, 4, False),
    Kind("settings", code.settings, 3, False),
    Kind("log", code.log, 2, False),
    Kind("french", languages.french, 2, False),
    Kind("german", languages.german, 2, False),
    Kind("spanish", languages.spanish, 2, False),
    Kind("translation", languages.translation, 3, False),
    Kind("lesson", languages.lesson, 2, True),
    Kind("advertisement", rare.advertisement, 3, True),
    Kind("telegram", rare.telegram, 0.3, False),
)
BY_NAME = {kind.name: kind for kind in KINDS}
