"""Atoms by number and by label."""

from itda_core.atoms.search import search


def test_atoms_are_found_by_number_and_by_label(dictionaries):
    dictionary = dictionaries[0]
    assert search(dictionary, "3")[0] == 3
    assert search(dictionary, "") == search(dictionary, "nothing like it") == []
    assert search(dictionary, "99999999") == []
    token = dictionary.labels["token"].iloc[5].strip()
    found = search(dictionary, token.upper(), limit=10**6)
    exact = dictionary.labels["token"].str.strip().str.lower() == token.lower()
    assert set(exact.to_numpy().nonzero()[0]) <= set(found)
    assert exact[found[0]] and len(found) == len(set(found))
    assert search(dictionary, "(", limit=5) == search(dictionary, "(", limit=6)[:5]  # no regex
