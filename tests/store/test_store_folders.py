"""Folders that no index takes: each costs itself, is named with a reason, and no other suffers."""

import os

from storedata import make, names
from stranger import run_as_stranger


def test_a_name_that_is_no_unicode_costs_one_folder(data, store):
    (data / "dictionaries" / os.fsdecode(b"caf\xe9")).mkdir()
    report = store.sync()
    assert report.broken == {"caf\\udce9": "caf\\udce9: the folder's name is not UTF-8; rename it"}
    assert names(store) == ["one"]


def test_a_link_that_leads_nowhere_or_to_itself_is_named(data, store):
    (data / "dictionaries" / "nowhere").symlink_to(data / "gone")
    (data / "dictionaries" / "loop").symlink_to("loop")
    broken = store.sync().broken
    assert broken["nowhere"] == "nowhere: a link to no folder; mend or remove it"
    assert "loop" in broken["loop"] and "\n" not in broken["loop"]
    assert names(store) == ["one"]


def test_a_linked_dictionary_is_one(data, store, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "two"
    make(elsewhere)
    (data / "dictionaries" / "two").symlink_to(elsewhere)
    assert not store.sync().broken
    assert names(store) == ["one", "two"]


_SAY = """
from itda_core import Store
store = Store({folder!r}, ":memory:")
report = store.sync()
print(sorted(head.name for head in store.dictionaries()), report.broken)
store.close()
"""


def test_a_folder_that_may_not_be_read_is_named(tmp_path):
    folders = tmp_path / "dictionaries"
    for name in ("open", "shut"):
        make(folders / name)
    (folders / "shut").chmod(0)
    shown = run_as_stranger(_SAY.format(folder=str(tmp_path))).stdout
    assert shown.startswith("['open'] {'shut': 'cannot use") and "Permission denied" in shown
    folders.chmod(0)
    shown = run_as_stranger(_SAY.format(folder=str(tmp_path))).stdout
    assert shown.startswith("[] {'dictionaries': 'cannot use") and "Permission denied" in shown
