"""A dataset of the Hugging Face hub as a corpus, read as a stream."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NamedTuple

from itda_core import hub
from itda_core.errors import InputError
from itda_core.text.corpus import Corpus, Document
from itda_core.text.lines import CHOICES
from itda_core.text.records import from_record

_SHAPE = re.compile(r"(?P<name>[^:]+)(?::(?P<configuration>[^:]+)?(?::(?P<split>[^:]+)?)?)?")


class _Dataset(NamedTuple):
    """What a source names: ``owner/name[@revision][:configuration[:split]]``."""

    source: str
    name: str
    revision: str | None
    configuration: str | None
    split: str


def names_dataset(source: str) -> bool:
    """Whether ``source`` has the form of a dataset of the hub."""
    name, _ = hub.split_revision(source.partition(":")[0])
    return "/" in name and hub.is_hub_id(name)


def open_dataset(source: str, text_field: str | None, split: str) -> Corpus:
    """The dataset that ``source`` names; its ``split`` unless the source names one.

    ``owner/name:configuration:split``, the last two of which may be left out or empty, and
    ``owner/name@revision`` for another branch, tag or commit than the newest. Every pass over it
    reads the commit that was the newest when it was opened.

    Raises:
        InputError: it cannot be had; says why.
    """
    dataset = _parse(source, split)
    start = f"{source}: no such file or folder, and as a Hugging Face dataset"
    try:
        datasets = import_module("datasets")
    except ImportError:
        raise InputError(
            f"{start} it needs a package that is not here: pip install datasets, or give {CHOICES}"
        ) from None
    reason = hub.offline_reason()
    if reason is not None:
        raise InputError(f"{start} it cannot be had: {reason}; give {CHOICES}")
    from huggingface_hub import HfApi

    hub.limit_patience()
    with _errors_of(dataset):
        info = HfApi().dataset_info(dataset.name, revision=dataset.revision)
        if info.gated:  # what is said of one is public, and their error later on says less
            HfApi().auth_check(dataset.name, repo_type="dataset")
    commit = str(info.sha)
    field = text_field or "text"

    def read() -> Iterator[Document]:
        return _documents(datasets, dataset, commit, field)

    rest = source.partition(":")[2]
    name = f"{dataset.name}@{commit[:12]}" + (f":{rest}" if rest else "")
    place = f"{dataset.name}@{commit}:{dataset.configuration or ''}:{dataset.split}"
    identity = f"{place} field {field}"
    return Corpus(name, read, identity)


def _parse(source: str, split: str) -> _Dataset:
    match = _SHAPE.fullmatch(source)
    if match is None:
        raise InputError(
            f"{source}: no such file or folder, and not the name of a dataset: expected "
            "owner/name, owner/name:configuration or owner/name:configuration:split"
        )
    name, revision = hub.split_revision(match["name"])
    return _Dataset(source, name, revision, match["configuration"], match["split"] or split)


def _documents(datasets: Any, dataset: _Dataset, commit: str, field: str) -> Iterator[Document]:
    """The documents in the records of a dataset."""
    short = dataset.name.rpartition("/")[2]
    with _errors_of(dataset):
        records = _records(datasets, dataset, commit)
        columns = records.column_names
        if columns:
            if field not in columns:
                from_record(dict.fromkeys(columns), field, f"{dataset.source}, record 1", "", 1)
            # Pictures and sounds beside the text are not worth decoding, nor their packages.
            kept = [name for name in dict.fromkeys((field, "title", "kind")) if name in columns]
            records = records.select_columns(kept)
        for number, record in enumerate(records, 1):
            place = f"{dataset.source}, record {number}"
            yield from_record(record, field, place, f"{short} {number}", number)


def _records(datasets: Any, dataset: _Dataset, commit: str) -> Any:
    """The records of a dataset, as a stream.

    Raises:
        InputError: its configuration or split is not there; names those that are.
    """
    from datasets.exceptions import DatasetsError

    datasets.logging.set_verbosity(datasets.logging.CRITICAL)  # errors are raised as well
    chosen = dataset.configuration
    place = f"hf://datasets/{dataset.name}"  # never a folder that has this name
    try:
        builder = datasets.load_dataset_builder(place, chosen, revision=commit)
    except DatasetsError:
        raise
    except ValueError as error:
        names = _names(datasets.get_dataset_config_names, error, place, revision=commit)
        if chosen in names:
            raise
        what = (
            "has several configurations" if chosen is None else f"has no configuration {chosen!r}"
        )
        raise _wrong(dataset, what, names, f":{names[0]}") from None
    if builder.hash != commit:  # theirs would take an older copy of this machine's instead
        raise hub.HubError("cannot be had: the hub does not answer for it: try again later")
    if getattr(builder.config, "batch_size", 1) is None:
        builder.config.batch_size = 1000  # else that of a file's first part, which may have no rows
    try:
        return builder.as_streaming_dataset(split=dataset.split)
    except ValueError as error:
        splits = _names(datasets.get_dataset_split_names, error, place, chosen, revision=commit)
        if dataset.split in splits:
            raise
        what = f"has no split {dataset.split!r}"
        raise _wrong(dataset, what, splits, f":{chosen or ''}:{splits[0]}") from None


def _names(ask: Any, error: Exception, *arguments: Any, **options: Any) -> list[str]:
    """What ``ask`` lists; ``error`` is raised where it does not."""
    try:
        names = list(ask(*arguments, **options))
    except Exception:
        raise error from None
    if not names:
        raise error
    return names


def _wrong(dataset: _Dataset, what: str, there: list[str], example: str) -> InputError:
    listed = ", ".join(there[:8]) + (", ..." if len(there) > 8 else "")
    return InputError(
        f"{dataset.source}: the dataset {what}: expected one of {listed}; name it, as in "
        f"{dataset.name}{example}"
    )


@contextmanager
def _errors_of(dataset: _Dataset) -> Iterator[None]:
    """Whatever goes wrong inside is one line about the dataset."""
    try:
        yield
    except (InputError, GeneratorExit):
        raise
    except Exception as error:  # theirs are of every kind: connection, script, schema, package
        raise InputError(
            f"{dataset.source}: the dataset {hub.reason_of(error)}; give {CHOICES}"
        ) from error
