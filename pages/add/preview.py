"""What a new dictionary will be like, and the button that builds it."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from itda_core.construction.preview import BUILD_TOKENS, TEST_TOKENS, Preview, Sample
from itda_core.evaluation.metrics import SINK_FACTOR
from itda_core.jobs.orders import HELD_OUT, BuildOrder
from pages.add import samples
from pages.add import settings as add_settings
from pages.add.model import ChosenModel
from pages.add.samples import Case
from pages.add.settings import Settings
from pages.kit import jobs
from pages.kit.text_source import Text
from pages.shell import frame
from pages.shell.formats import plain
from pages.shell.limits import limits

_PREVIEWED = "add_previewed"
"""In session state: the model, layers and text that a preview was asked for of."""


def show(model: ChosenModel | None, text: Text | None, settings: Settings | None) -> None:
    """The preview, once it is asked for, and the way to start."""
    st.markdown("**What to expect**")
    if model is None or settings is None:
        st.caption("Choose a model and a text first.")
        return
    if text is None:
        st.caption("Paste or upload a text, or take the bundled one.")
        return
    choice = (model, text.key)
    is_previewed = st.session_state.get(_PREVIEWED) == choice
    if is_previewed:
        with frame.errors():  # a build may be asked for all the same
            _preview(model, text, settings)
    else:
        st.caption(
            f"A preview reads the first {BUILD_TOKENS + TEST_TOKENS:,} tokens, builds on "
            f"{BUILD_TOKENS:,} of them and codes the other {TEST_TOKENS:,}: seconds, once the "
            "model is there."
        )
    may_build = limits().build
    with st.container(horizontal=True, gap="small"):
        if not is_previewed and st.button(
            "Preview", icon=":material/query_stats:", key="add_preview"
        ):
            st.session_state[_PREVIEWED] = choice
            st.rerun()
        is_pressed = st.button(
            "Build",
            icon=":material/play_arrow:",
            type="primary",
            key="add_build",
            disabled=not may_build,
        )
    if not may_build:
        st.caption("Building is turned off on this server. Run the app yourself to build.")
    if is_pressed and (twin := _build(model, text, settings)):
        frame.note([twin])


def _preview(model: ChosenModel, text: Text, settings: Settings) -> None:
    """A row for each layer or tau, and how to read it."""
    with st.spinner("Reading the first tokens …"):
        sample = samples.sample(model, text)
    tokens = samples.tokens(model, text, settings.max_tokens)
    cases = _cases(model.layers, settings, tokens)
    previews = [samples.preview(model, text, case) for case in cases]
    table = _table(cases, previews)
    if not any(preview.sinks for preview in previews):
        table = table.drop(columns="fvu_without_sinks")  # the same
    st.dataframe(table, hide_index=True, width="stretch", column_config=_COLUMNS)
    about = _caption(sample, previews[0], settings, tokens)
    st.caption(about + _about_sinks(previews, settings))
    for note in sample.notes:
        st.caption(plain(note))


def _cases(layers: Sequence[int], settings: Settings, tokens: int) -> list[Case]:
    """Every layer at the tau chosen; for a single one half and twice that too."""
    tau, rest = settings.tau, (settings.l0, tokens, settings.skip_sinks)
    taus = [tau] if len(layers) > 1 else [tau / 2, tau, min(2 * tau, 1.0)]
    return [Case(layer, tau, *rest) for layer in layers for tau in taus]


def _table(cases: Sequence[Case], previews: Sequence[Preview]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "layer": case.layer,
                "tau": case.tau,
                "atoms": preview.n_atoms,
                "expected": _in_two_digits(preview),
                "error": preview.error,
                "novel": 100 * preview.novel,
                "fvu": preview.fvu,
                "fvu_without_sinks": preview.fvu_without_sinks,
            }
            for case, preview in zip(cases, previews, strict=True)
        ]
    ).drop_duplicates()


def _in_two_digits(preview: Preview) -> int:
    """The size to expect: it is not known better."""
    if preview.expected <= preview.n_atoms:
        return preview.expected
    return max(int(float(f"{preview.expected:.1e}")), preview.n_atoms)


_Number = st.column_config.NumberColumn
_COLUMNS = {
    "layer": _Number(width=46),
    "tau": _Number(width=52, format="%.3g"),
    "atoms": _Number("atoms now", width=78, format="localized"),
    "expected": _Number(
        "to expect ≈",
        width=88,
        format="localized",
        help="Whenever the text doubles, some multiple of the atoms enters that entered in the "
        "doubling before; it is taken from the preview and drawn slowly to what is usual. It lies "
        "within 15% of the truth for the bundled dictionaries, and within a factor of "
        "1.8 for 24 others on real prose and code (python -m benchmarks.preview).",
    ),
    "error": _Number(
        "error",
        width=56,
        format="%.3f",
        help="Mean of |x − x̂|² / |x|² over tokens that it was not built on.",
    ),
    "novel": _Number(
        "above tau",
        width=74,
        format="%.0f%%",
        help="Share of those tokens whose error is above tau: the next atoms.",
    ),
    "fvu": _Number(
        "FVU",
        width=56,
        format="%.3f",
        help="Fraction of variance unexplained: |x − x̂|² over all those tokens, as a share of "
        "|x − mean|². An attention sink, such as the first token in GPT-2, can make up nearly all "
        "of both.",
    ),
    "fvu_without_sinks": _Number(
        "w/o sinks",
        width=74,
        format="%.3f",
        help=f"FVU without attention sinks: tokens of more than {SINK_FACTOR} times the median "
        "norm left out.",
    ),
}


def _caption(sample: Sample, preview: Preview, settings: Settings, tokens: int) -> str:
    if sample.whole:
        return (
            f"Built on {preview.tokens:,} tokens. The whole text has only {sample.tokens:,} that "
            "count; a longer one gives a richer dictionary."
        )
    seconds = (sample.seconds + preview.seconds) / sample.tokens * tokens
    end = f"{tokens:,}"
    if tokens < settings.max_tokens:
        end = f"all of the text, about {float(f'{tokens:.1e}'):,.0f}"
    return (
        f"Built on the first {preview.tokens:,} tokens, judged on the {TEST_TOKENS:,} after "
        "them; to "
        f"expect after {end}. With more atoms the error falls too. "
        f"Building takes {_time(seconds)} or longer here."
    )


def _about_sinks(previews: Sequence[Preview], settings: Settings) -> str:
    """What sinks do to these numbers, where there are any."""
    fewest, most = (of(preview.sinks for preview in previews) for of in (min, max))
    if not most:
        return ""
    number = f"{most:,}" if fewest == most else f"{fewest:,} to {most:,}"  # by layer
    advice = "they stay out of the dictionary" if settings.skip_sinks else "they can be left out"
    return (
        f" Of the tokens judged on {number} are attention sinks, of more than {SINK_FACTOR} times "
        f"the median norm, which rule FVU; {advice}."
    )


def _time(seconds: float) -> str:
    return f"{max(seconds, 1):.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _build(model: ChosenModel, text: Text, settings: Settings) -> str:
    """Queue it, or say where it is already. InputError if a setting or the name is refused."""

    def order(corpus: str) -> BuildOrder:
        held_out = HELD_OUT if text.data is None else corpus
        return BuildOrder(
            settings.name,
            model.place,
            model.layers,
            corpus,
            settings.tau,
            settings.l0,
            max_tokens=settings.max_tokens,
            skip_sinks=settings.skip_sinks,
            text_field=text.field,
            statistics_corpus=held_out if settings.statistics else "",
        )

    if twin := jobs.ask(text, order):
        return twin
    add_settings.forget_name()
    st.toast(f"Queued: {plain(settings.name)}", icon=":material/playlist_add_check:")
    st.rerun()
