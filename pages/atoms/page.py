"""Atoms: what a dictionary holds, and one atom from every side."""

from itda_core.dictionary import DictionaryHead
from pages.atoms import filters, picked, table, view
from pages.kit import downloads
from pages.shell import empty, frame, resources
from pages.shell.parameters import Parameter


def parameters(head: DictionaryHead) -> list[Parameter]:
    """What a link to this page says beside the dictionary."""
    return [*picked.parameters_of(head), *filters.parameters_of(head), *view.PARAMETERS]


with frame.dictionary_page("atoms", parameters) as page:
    head = page.head
    atoms = resources.atom_table(head)
    if not len(atoms):
        empty.no_labels(head)
    else:
        page.notes.extend(filters.undo_unavailable(atoms))
        wanted = filters.show(atoms)
        rows = atoms.find(wanted)
        atom = picked.choose(head, atoms, wanted, rows)
        left, right = frame.side_by_side("atoms_page", [4, 5])
        with left:
            if len(rows):
                table.show(atoms, rows, head.name, atom, wanted.order)
            else:
                filters.nothing_fits(wanted)
        with page.sidebar:
            downloads.show(
                "atoms",
                "atoms",
                "The atoms found: one row an atom, all columns, whole texts.",
                lambda: atoms.frame.iloc[rows],
                **downloads.about_dictionary(head),
            )
        with right:
            view.show(head, atoms, atom, rows)
