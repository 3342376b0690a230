"""What a model folder says of itself, before its weights are read."""

import pytest
import transformers

from itda_core.models.folders import reader_of

HEAD, NONE, WRAPPER = "AutoModelForCausalLM", "AutoModel", "AutoModelForMultimodalLM"


@pytest.mark.parametrize(
    ("model_type", "says", "expected"),
    [
        ("bert", {}, NONE),
        ("bert", {"is_decoder": True}, HEAD),
        ("bert", {"architectures": ["BertForMaskedLM"]}, NONE),
        ("bert", {"architectures": ["BertLMHeadModel"]}, HEAD),
        ("gpt2", {"architectures": ["GPT2Model"]}, HEAD),
        ("gpt2", {"architectures": [None, 3]}, HEAD),
        ("llama", {"architectures": ["LlamaForSequenceClassification"]}, HEAD),
        ("xlm-roberta", {"architectures": ["XLMRobertaModel"]}, NONE),
        ("mllama_text_model", {"architectures": ["MllamaForCausalLM"]}, "MllamaForCausalLM"),
        ("gpt2", {"architectures": ["os.system", "AutoModel"]}, HEAD),
        ("llava", {"architectures": ["LlavaForConditionalGeneration"]}, WRAPPER),
    ],
)
def test_the_class_that_reads_a_checkpoint_with_its_head(model_type, says, expected) -> None:
    assert reader_of(transformers.AutoConfig.for_model(model_type, **says)).__name__ == expected
