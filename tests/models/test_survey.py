"""A survey of architectures: ten of its rows, and that a crash costs one."""

from pathlib import Path

import pytest
import surveyed
import torch

from itda_core.models import LanguageModel
from itda_core.models.survey.families import Family, choose, text_families
from itda_core.models.survey.one import try_family
from itda_core.models.survey.process import try_families
from itda_core.models.survey.rows import (
    FAULT,
    NO_PREDICTIONS,
    NO_TOKENS,
    NOT_TINY,
    ONE_LENGTH,
    REFUSED,
    SUPPORTED,
    VERDICTS,
    Row,
    append,
    read,
)
from itda_core.models.survey.run import Survey
from itda_core.models.survey.sizes import SIZES, tiny_config
from itda_core.models.survey.table import COLUMNS, table

DOCS = Path(__file__).parents[2] / "docs" / "architectures.md"

TEN = {
    Family("gpt2", "GPT2LMHeadModel"): (SUPPORTED, True),
    Family("gpt_oss", "GptOssForCausalLM"): (SUPPORTED, True),
    Family("openai-gpt", "OpenAIGPTLMHeadModel"): (SUPPORTED, True),
    Family("mamba", "MambaForCausalLM"): (SUPPORTED, True),
    Family("gemma3", "Gemma3ForConditionalGeneration"): (SUPPORTED, True),
    Family("roberta-prelayernorm", "RobertaPreLayerNormForMaskedLM"): (SUPPORTED, False),
    Family("fnet", "FNetForMaskedLM"): (ONE_LENGTH, False),
    Family("qwen2_5_vl_text", "Qwen2_5_VLTextModel"): (NO_PREDICTIONS, True),
    Family("t5", "T5ForConditionalGeneration"): (REFUSED, None),
    Family("vit", "ViTModel"): (NO_TOKENS, None),
}
"""Architectures of every kind: what is said of them, and whether they are causal."""


@pytest.mark.parametrize("family", TEN, ids=lambda family: family.model_type)
def test_ten_architectures_are_as_the_table_says(family: Family, tmp_path: Path) -> None:
    row = try_family(family, tmp_path)
    assert (row.verdict, row.causal) == TEN[family], row.reason
    assert bool(row.reason) == (row.verdict == REFUSED)
    if row.causal is not None:
        assert row.difference is not None and row.difference < 1e-5
    if row.verdict == REFUSED:
        assert "encoder-decoder" in row.reason and str(tmp_path) not in row.reason


def test_sizes_that_cannot_be_met_are_a_verdict(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("itda_core.models.survey.tiny.MOST_PARAMETERS", 10_000)
    row = try_family(Family("gpt2", "GPT2LMHeadModel"), tmp_path)
    assert row.verdict == NOT_TINY and "parameters at the smallest sizes" in row.reason


@pytest.mark.parametrize(
    ("method", "wrong", "reason"),
    [
        (
            "block_outputs",
            lambda x: {i: h * (1 + 0.01 * (i == 1)) for i, h in x.items()},
            "block 1",
        ),
        ("direct_logits", lambda logits: 8 * logits, "direct effects are 8.00 times"),
    ],
)
def test_a_wrong_number_is_a_fault(method, wrong, reason, tmp_path: Path, monkeypatch) -> None:
    right = getattr(LanguageModel, method)
    monkeypatch.setattr(LanguageModel, method, lambda *given: wrong(right(*given)))
    row = try_family(Family("llama", "LlamaForCausalLM"), tmp_path)
    assert row.verdict == FAULT and row.reason.startswith(reason), row.reason


def test_neighbours_that_change_activations_are_a_fault(tmp_path: Path, monkeypatch) -> None:
    right = LanguageModel.block_outputs

    def mixed(self, prompts, width, layers):
        outputs = right(self, prompts, width, layers)
        return {layer: x + 0.01 * (len(prompts) - 1) for layer, x in outputs.items()}

    monkeypatch.setattr(LanguageModel, "block_outputs", mixed)
    row = try_family(Family("llama", "LlamaForCausalLM"), tmp_path)
    assert row.verdict == FAULT and "beside longer prompts than alone" in row.reason


def test_a_traceback_is_a_fault_and_names_its_place(tmp_path: Path, monkeypatch) -> None:
    def fail(*_):
        raise RuntimeError("shapes\ndo not fit")

    monkeypatch.setattr(LanguageModel, "block_outputs", fail)
    row = try_family(Family("llama", "LlamaForCausalLM"), tmp_path)
    assert row.verdict == FAULT
    assert row.reason.startswith("RuntimeError: shapes do not fit (test_survey.py:")


def test_a_crash_costs_one_row_and_a_second_call_goes_on(tmp_path: Path) -> None:
    families = [Family(name, "Any") for name in ("first", "crashes", "second", "third")]
    out = tmp_path / "table.md"
    survey = Survey(out, families=families, work=surveyed.work)
    begun = survey.run(None)
    assert next(begun)[0].verdict == SUPPORTED
    crashed, done, count = next(begun)
    assert (crashed.verdict, done, count) == (FAULT, 2, 4)
    assert crashed.reason == "the process ended with signal SIGSEGV"
    begun.close()  # interrupted
    assert not survey.write_table() and not out.exists()

    again = Survey(out, families=families, work=surveyed.work)
    assert [row.model_type for row, _, _ in again.run(None)] == ["second", "third"]
    assert again.write_table() and "| `crashes` | Any |" in out.read_text(encoding="utf-8")
    assert [row.model_type for row, _, _ in again.run(["crashes"])] == ["crashes"]
    assert again.left() == []
    assert Survey(out, fresh=True, families=families).left() == families


def test_an_architecture_that_hangs_costs_one_row() -> None:
    families = [Family("hangs", "Any"), Family("first", "Any")]
    rows = list(try_families(families, "5", work=surveyed.work, seconds=2))
    assert [row.verdict for row in rows] == [FAULT, SUPPORTED]
    assert rows[0].reason == "took more than 2 seconds"


def test_rows_of_another_version_and_broken_lines_are_tried_again(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    row = Row("gpt2", "GPT2LMHeadModel", "5.1", SUPPORTED, causal=True, difference=1e-7)
    append(file, row)
    append(file, row._replace(model_type="opt", transformers="5.0"))
    with file.open("a", encoding="utf-8") as stream:
        stream.write('[]\n{"model_type": "bl\n')
    assert read(file, "5.1") == {("gpt2", "GPT2LMHeadModel"): row}
    assert read(tmp_path / "none", "5.1") == {}


def test_families_are_of_every_kind() -> None:
    families = text_families()
    assert len(families) > 300 and len(set(families)) == len(families)
    assert [f.class_name for f in choose(families, ["bert"])] == [
        "BertForMaskedLM",
        "BertLMHeadModel",
    ]
    assert choose(families, ["LlavaForConditionalGeneration", "llava"])[0].model_type == "llava"
    types = {family.model_type for family in families}
    assert types >= {"gpt2", "fnet", "llava", "clip_text_model", "t5"}
    assert not types & {"vit", "resnet", "wav2vec2"} - {"wav2vec2"}


def test_a_tiny_configuration_is_tiny_inside_too() -> None:
    import transformers

    config = tiny_config(transformers.LlavaConfig, SIZES)
    text = config.text_config
    assert (text.hidden_size, text.num_hidden_layers, text.vocab_size) == (32, 3, 400)
    assert (text.num_attention_heads, text.num_key_value_heads) == (4, 2)
    assert config.vision_config.hidden_size == 32 and config.vision_config.image_size == 32
    assert 380 <= config.image_token_id < 400
    layers = tiny_config(transformers.Gemma3TextConfig, SIZES).layer_types
    assert len(layers) == 3 and set(layers) == {"sliding_attention", "full_attention"}
    assert tiny_config(transformers.GraniteConfig, SIZES).logits_scaling != 1.0


def rows_of(text: str) -> list[Row]:
    """The rows that a table shows."""
    lines = text.split(f"| {' | '.join(COLUMNS)} |\n", 1)[1].splitlines()[1:]
    found = []
    for line in lines:
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        kind, class_name, reads, difference, verdict = cells
        name = max((v for v in VERDICTS if verdict.startswith(v)), key=len)
        found.append(
            Row(
                kind.strip("`"),
                class_name,
                "",
                name,
                verdict.removeprefix(name).removeprefix(": ").replace("\\|", "|"),
                {"causal": True, "both ways": False, "–": None}[reads],
                None if difference == "–" else float(difference),
            )
        )
    return found


def test_the_committed_table_is_what_the_command_writes() -> None:
    text = DOCS.read_text(encoding="utf-8")
    rows = rows_of(text)
    version, torch_version = (
        text.split("transformers ", 1)[1].split(", ")[0],
        text.split("torch ", 1)[1],
    )
    assert table(rows, version, torch_version.split(";")[0]) == text
    assert len(rows) > 300
    seen = {Family(row.model_type, row.class_name): row for row in rows}
    for family, (verdict, causal) in TEN.items():
        if verdict != NO_TOKENS and family in seen:
            assert (seen[family].verdict, seen[family].causal) == (verdict, causal)


def test_a_difference_of_nothing_is_seen() -> None:
    from itda_core.models.survey.compare import _difference

    x = torch.ones(2, 3, 4)
    assert _difference(x, x) == 0
    assert _difference(1.5 * x, x) == pytest.approx(0.5)
    x[0, 0, 0] = torch.nan
    assert _difference(x, torch.ones(2, 3, 4)) == float("inf")
