"""A fast tokenizer without transformers, for a folder whose files say all there is to it."""

from pathlib import Path
from typing import Any

from itda_core.files import exists_safely, read_json

_ROLES = ("bos_token", "eos_token", "pad_token")
_WITHOUT_EFFECT = {  # on ids and places of tokens
    "backend",
    "clean_up_tokenization_spaces",
    "is_local",
    "local_files_only",
    "tokenizer_class",
}
_OTHER_FILES = ("added_tokens.json", "special_tokens_map.json", "chat_template.jinja")


class FastTokenizer:
    """A tokenizer.json with its special tokens: the attributes that ``LanguageModel`` reads."""

    is_fast = True
    unk_token_id = cls_token_id = sep_token_id = None

    def __init__(self, backend: Any, roles: dict[str, int | None], model_max_length: int) -> None:
        self.backend_tokenizer = backend
        self.bos_token_id, self.eos_token_id, self.pad_token_id = (roles[r] for r in _ROLES)
        self.all_special_ids = sorted({i for i in roles.values() if i is not None})
        self.added_tokens_decoder = backend.get_added_tokens_decoder()
        self.model_max_length = model_max_length

    def decode(self, ids: list[int]) -> str:
        """The text of token ids, special ones by their name."""
        return str(self.backend_tokenizer.decode(ids, skip_special_tokens=False))


def load_tokenizer(folder: Path) -> FastTokenizer | None:
    """The tokenizer in ``folder`` if tokenizer.json says all of it, else None."""
    from tokenizers import Tokenizer

    if any(exists_safely(folder / name) for name in _OTHER_FILES):
        return None
    try:
        raw = read_json(folder / "tokenizer_config.json")
        named = {role: raw.get(role) for role in _ROLES}
        longest = raw.get("model_max_length")
        if (
            raw.get("tokenizer_class") != "TokenizersBackend"
            or set(raw) - {*_ROLES, "model_max_length"} - _WITHOUT_EFFECT
            or type(longest) is not int
        ):
            return None
        backend = Tokenizer.from_str((folder / "tokenizer.json").read_text(encoding="utf-8"))
    except Exception:  # the Rust library raises Exception itself
        return None
    special = {t.content: i for i, t in backend.get_added_tokens_decoder().items() if t.special}
    if any(token is not None and token not in special for token in named.values()):
        return None
    return FastTokenizer(backend, {r: special.get(t) for r, t in named.items()}, longest)
