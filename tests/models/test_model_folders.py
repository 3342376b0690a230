"""What a model folder says of itself, before its weights are read."""

import transformers

from itda_core.models.folders import is_causal


def test_decoder_or_encoder() -> None:
    make = transformers.AutoConfig.for_model
    assert not is_causal(make("bert"))
    assert is_causal(make("bert", is_decoder=True))
    assert not is_causal(make("bert", architectures=["BertForMaskedLM"]))
    assert is_causal(make("gpt2", architectures=["GPT2Model"]))
    assert is_causal(make("llama", architectures=["LlamaForSequenceClassification"]))
    assert not is_causal(make("xlm-roberta", architectures=["XLMRobertaModel"]))
