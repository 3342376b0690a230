"""Text to tokens and back to places in the text; long text cut into windows.

Works on a private copy of a fast tokenizer (``tokenizers.Tokenizer``) with neither truncation nor
padding: transformers switches both on the object it shares, which is not safe between threads.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from itda_core.errors import InputError

CHUNK = 1 << 15  # characters: longer documents are tokenised in pieces of at most this length
_SPACE_MARKS = ("Ġ", "▁")  # how byte-level and SentencePiece vocabularies write a leading space


class TokenizedPrompt(NamedTuple):
    """One prompt as the model reads it; all lists have one entry a token."""

    ids: list[int]
    tokens: list[str]
    """The token as it stands in the text, leading space included; a special token by its name."""
    char_start: list[int]
    char_end: list[int]
    """``text[char_start:char_end]``; several tokens may share one character (bytes of an emoji)."""
    special: list[bool]
    """BOS, EOS, CLS, SEP and their like, written by the tokenizer or by the text itself."""
    n_dropped: int = 0
    """Tokens beyond the maximal length, left out."""


class Window(NamedTuple):
    """A stretch of a document."""

    text: str
    n_tokens: int
    """Without the special tokens that the tokenizer adds."""


def plain_tokenizer(source: Any) -> Any:
    """The ``tokenizers.Tokenizer`` behind a model or a fast tokenizer of transformers, as a copy.

    Raises InputError when the tokenizer is not a fast one.
    """
    if hasattr(source, "plain_tokenizer"):
        return source.plain_tokenizer
    tokenizer = getattr(source, "tokenizer", source)
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise InputError(
            f"{type(tokenizer).__name__} is not a fast tokenizer: expected a tokenizer.json; "
            "convert it with transformers, or choose another model"
        )
    copy = type(backend).from_str(backend.to_str())
    # Special tokens in a text: read as such, or as the text they are written as.
    copy.encode_special_tokens = bool(getattr(tokenizer, "split_special_tokens", False))
    copy.no_truncation()
    copy.no_padding()
    return copy


def check_text(text: str, what: str = "the prompt") -> None:
    """Raise InputError when ``text`` cannot be written as UTF-8 (half of a surrogate pair)."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            f"{what} holds half a surrogate pair (U+{ord(text[error.start]):04X}) at character "
            f"{error.start}: expected valid Unicode; remove it"
        ) from None


def read_encoding(
    text: str, encoding: Any, special_ids: frozenset[int], max_length: int
) -> TokenizedPrompt:
    """The tokens of one ``tokenizers.Encoding`` and their places in ``text``.

    At most ``max_length`` of them.

    What is dropped is text, never the special tokens that close the prompt.
    """
    ids, is_added, n_dropped = encoding.ids, encoding.special_tokens_mask, 0
    pieces, offsets = encoding.tokens, encoding.offsets
    if len(ids) > max_length:
        tail = next((i for i, flag in enumerate(reversed(is_added)) if not flag), 0)
        n_dropped = len(ids) - max_length
        head, rest = max(0, max_length - tail), len(ids) - tail
        ids, is_added = ids[:head] + ids[rest:], is_added[:head] + is_added[rest:]
        pieces, offsets = pieces[:head] + pieces[rest:], offsets[:head] + offsets[rest:]
    tokens, starts, ends, special = [], [], [], []
    end_before = 0  # of the text read so far
    for token_id, flag, piece, (start, end) in zip(ids, is_added, pieces, offsets, strict=True):
        if flag:
            start = end = end_before
        elif piece and not piece.strip("".join(_SPACE_MARKS)) and text[start:end].strip():
            # A mark that stands alone is the space before the next word, not its first letter.
            start, end = (end_before, start) if text[end_before:start].isspace() else (start, start)
        elif start > end_before and piece[:1] in _SPACE_MARKS and text[end_before:start].isspace():
            start = end_before  # tokenizers that trim offsets leave the token's own space out
        end_before = max(end_before, end)
        is_special = bool(flag) or token_id in special_ids
        tokens.append(piece if is_special else text[start:end] or piece)
        starts.append(start)
        ends.append(end)
        special.append(is_special)
    return TokenizedPrompt(ids, tokens, starts, ends, special, n_dropped)


def chunks(text: str) -> Iterator[str]:
    """``text`` in pieces of at most CHUNK characters, cut before whitespace where there is any."""
    start = 0
    while len(text) - start > CHUNK:
        cut = _last_whitespace(text, start, start + CHUNK) or start + CHUNK
        yield text[start:cut]
        start = cut
    yield text[start:]


def cut_windows(tokenizer: Any, pieces: Sequence[str], sequence_length: int) -> list[list[Window]]:
    """Each piece as windows that hold, tokenised alone, at most ``sequence_length`` tokens.

    Special tokens that the tokenizer adds are counted. A window ends before whitespace, which
    begins the next; in text without any it ends between two tokens. The windows of a piece, put
    together, are the piece. A single character of more tokens than fit stays one window.
    """
    room = sequence_length - tokenizer.num_special_tokens_to_add(False)
    encodings = tokenizer.encode_batch(list(pieces), add_special_tokens=False)
    result = [[Window(text, len(e))] for text, e in zip(pieces, encodings, strict=True)]
    queue = [i for i, encoding in enumerate(encodings) if len(encoding) > room]
    # Where each token begins; ascending, as a normaliser that reorders characters may not leave it.
    all_starts = {i: list(accumulate((s for s, _ in encodings[i].offsets), max)) for i in queue}
    # Text cut out of its surroundings may take a token more than it did inside them (a leading
    # space of SentencePiece, a word cut in two): count again, and where one is over, leave more.
    rooms = dict.fromkeys(queue, room)
    while queue:
        texts_of = {i: _cut(pieces[i], all_starts[i], rooms[i]) for i in queue}
        texts = [text for i in queue for text in texts_of[i]]
        counts = iter(tokenizer.encode_batch_fast(texts, add_special_tokens=False))
        again = []
        for i in queue:
            result[i] = [Window(text, len(next(counts))) for text in texts_of[i]]
            excess = max(window.n_tokens for window in result[i]) - room
            if excess > 0 and rooms[i] > 1:
                rooms[i] = max(1, rooms[i] - excess)
                again.append(i)
            elif excess > 0:  # what is one unknown token in its surroundings may be several alone
                parts = [window.text for window in result[i]]
                if len(parts) > 1:
                    alone = cut_windows(tokenizer, parts, sequence_length)
                    result[i] = [window for windows in alone for window in windows]
        queue = again
    return result


def _cut(text: str, starts: list[int], room: int) -> list[str]:
    """Windows of at most ``room`` of the tokens that begin at characters ``starts`` (ascending)."""
    windows, begin, first = [], 0, 0
    while len(starts) - first > room:
        limit = starts[first + room]  # where the first token that does not fit begins
        cut = _last_whitespace(text, begin, limit) or limit
        if cut <= begin:
            after = bisect_right(starts, begin)
            if after == len(starts):
                break
            cut = starts[after]
        windows.append(text[begin:cut])
        begin, first = cut, bisect_left(starts, cut)
    windows.append(text[begin:])
    return windows


def _last_whitespace(text: str, begin: int, end: int) -> int:
    """The last place in (begin, end] where whitespace begins, or 0."""
    for place in range(min(end, len(text) - 1), begin, -1):
        if text[place].isspace() and not text[place - 1].isspace():
            return place
    return 0
