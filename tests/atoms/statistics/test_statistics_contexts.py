"""Examples of use, from their ranges of the coefficient."""

import numpy as np
import pytest

from itda_core.atoms.statistics.contexts import PER_RANGE, TOP, contexts


def test_contexts_come_from_their_ranges(coded, tokens):
    codes, dense = coded
    table = contexts(codes, tokens)
    assert len(table) and set(table["atom"]) == set(range(6))
    prompts = [p.id for p in tokens.prompts]
    for atom, rows in table.groupby("atom"):
        assert rows["prompt_id"].is_unique  # an example says something new
        values = dense[:, atom]
        top = rows[rows["range"] == "top"]["coefficient"]
        assert len(top) <= TOP and top.iloc[0] == pytest.approx(values.max())
        assert (np.diff(top) <= 0).all()
        for name, low, high in (("high", 2 / 3, 1), ("middle", 1 / 3, 2 / 3), ("low", 0, 1 / 3)):
            c = rows[rows["range"] == name]["coefficient"] / values.max()
            assert len(c) <= PER_RANGE and ((c > low - 1e-6) & (c <= high + 1e-6)).all()
        assert (rows[rows["range"] == "negative"]["coefficient"] < 0).all()
        for row in rows.itertuples():
            here = tokens.prompt == prompts.index(row.prompt_id)
            token = np.flatnonzero(here & (tokens.place == row.place))[0]
            assert values[token] == pytest.approx(row.coefficient)
            assert tokens.token_index[token] == row.token_index
            names = [tokens.tag_names[i] for i in np.flatnonzero(tokens.tags[[token]].toarray()[0])]
            assert row.tags == " ".join(names)
            near = dict(zip(tokens.place[here], values[here], strict=True))
            near = {place: c for place, c in near.items() if c != 0}
            assert row.places.tolist() == list(near)
            assert np.allclose(row.coefficients, list(near.values()))
    assert contexts(codes, tokens).equals(table)  # drawn, and the same every time
