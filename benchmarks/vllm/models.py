"""Write tiny models in Hugging Face format, without downloads.

    python models.py FOLDER  # writes FOLDER/chat, FOLDER/bert and FOLDER/rerank

The chat model is a Llama with one layer whose attention and MLP are almost zero. It is a Markov
chain over tokens: the last token alone decides the next one. The chat template ends each prompt
with a marker token that it selects from the conversation, and a prepared chain starts at the
marker: a tool call, a ReAct step, thinking, or random words. Engine, parsers, grammars and server
are real; only the generated text is prepared.
"""

import json
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from tokenizers.processors import TemplateProcessing
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

CORPUS = """
the harbour lies in the north and the ships come in with the tide . a lamp on the mole shows
the way . ropes nets barrels fish salt wind wave stone sand light night day boat crew captain
port lantern storm calm water deep shallow green blue red white black grey
""".split()  # noqa: SIM905  # readable
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MARKERS = [
    "<|go:text|>",
    "<|go:tool|>",
    "<|go:tools|>",
    "<|go:react|>",
    "<|go:react2|>",
    "<|go:think|>",
    "<|go:thinktool|>",
    "<|go:junk|>",
    "<|go:llama|>",
]
PLAIN = ["<think>", "</think>", "<tool_call>", "</tool_call>", "<|python_tag|>"]
# Each piece of a chain is one token, so it identifies one state.
CHAINS = {
    "tool": [
        "<tool_call>",
        '\n{"name": ',
        '"get_weather"',
        ', "arguments": ',
        '{"city": ',
        '"Ber',
        'lin"',
        "}}\n",
        "</tool_call>",
    ],
    "tools": [
        "<tool_call>\n",
        '{"name": "get_',
        'weather", ',
        '"arguments": {"ci',
        'ty": "Berlin"',
        "}}\n</tool_call>\n<tool_",
        'call>\n{"name": "get_ti',
        'me", "arguments": {"ci',
        'ty": "Müns',
        'ter \\u00e4 🚢"',
        "}}\n</tool",
        "_call>",
    ],
    "react": [
        "Thought: The user asks",
        " for the weather. I need a tool.\nAction: ",
        "get_weather",
        "\nAction Input: ",
        '{"city": "Ber',
        'lin"}\n',
    ],
    "react2": [
        "Thought: I can answer without",
        " using any more tools. I'll use the user's language to answer\n",
        "Answer: It is",
        " sunny in Berlin.",
    ],
    "think": [
        "<think>",
        "\nThe user",
        " wants to",
        " know äöü",
        " something.",
        "\n</",
        "</think>",
        "\n\n",
        "Here is",
        " the ans",
        "wer.",
    ],
    "thinktool": ["\nI should", " call a tool.", "</think>"],  # <tool_call> follows, see `chat`
    "llama": ['{"name": "get_we', 'ather", "para', 'meters": {"city":', ' "Berl', 'in"}}'],
    "junk": ["<tool_call>{", '"name": "get_weather", "argu', "ments: oops</tool", "_call>."],
}
TEMPLATE = Path(__file__).with_name("chat_template.jinja").read_text("utf-8")


def tokenizer() -> Tokenizer:
    """Return a byte-level BPE tokenizer with one token for each piece of a chain."""
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    text = [" " + " ".join(CORPUS), "name age city true false null"]
    t.train_from_iterator(
        text * 3,
        trainers.BpeTrainer(
            vocab_size=420,
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
            min_frequency=1,
        ),
    )
    t.add_special_tokens([AddedToken(s, special=True, normalized=False) for s in SPECIAL + MARKERS])
    seen = dict.fromkeys(PLAIN + [piece for chain in CHAINS.values() for piece in chain])
    t.add_tokens([AddedToken(s, special=False, normalized=False) for s in seen])
    return t


def save_tokenizer(t: Tokenizer, folder: Path, length: int, template: str | None = None) -> None:
    fast = PreTrainedTokenizerFast(
        tokenizer_object=t,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        bos_token=None,
        cls_token="<|im_start|>",
        sep_token="<|im_end|>",
        unk_token="<|endoftext|>",
        model_max_length=length,
    )
    if template:
        fast.chat_template = template
    fast.save_pretrained(folder)


def chat(folder: Path, t: Tokenizer, length: int = 2048) -> None:
    """Write the chat model."""
    rng = np.random.default_rng(0)
    size = t.get_vocab_size()
    padded = (size + 63) // 64 * 64
    width = padded
    ids = t.get_vocab()
    token = {i: s for s, i in ids.items()}
    eos, special = ids["<|im_end|>"], {ids[s] for s in SPECIAL + MARKERS}
    added = {i for s, i in ids.items() if s in {p for c in CHAINS.values() for p in c} | set(PLAIN)}
    logits = rng.normal(0, 0.6, (width, padded)).astype(np.float32)  # logits[last, next]
    words = [i for i, s in token.items() if s.startswith("Ġ") and len(s) > 3]
    base = np.full(padded, -40.0, np.float32)
    for i, s in token.items():
        if i in special or i in added:
            base[i] = -40
        elif i in words:
            base[i] = 2.0
        elif s in ('"', "}", "]"):
            base[i] = 4.0
        elif s == ",":
            base[i] = 1.5
        elif len(s) == 1 and 33 <= ord(s) < 127:
            base[i] = -1.0
        elif s in ("Ġ", "Ċ", "ĉ", "č"):
            base[i] = -6.0
        elif len(s) == 1:
            base[i] = -12.0  # single bytes beyond ASCII
        else:
            base[i] = 0.0
    base[eos] = 4.0
    logits += base[None, :]
    free = [ids["<|go:text|>"], *words]  # words follow words, then the end
    for i in free:
        logits[i] -= 6.0
        logits[i, words] += 8.0
        logits[i, ids['"']] = 5.0
        logits[i, eos] = 5.0
    logits[ids["<|go:text|>"], eos] = -40
    logits[ids["<|go:text|>"], ids['"']] = -2
    ends = {
        "tool": eos,
        "tools": eos,
        "react": eos,
        "react2": eos,
        "think": eos,
        "thinktool": ids["\n\n"],
        "junk": eos,
        "llama": eos,
    }
    logits[:, ids["<tool_call>"]] = -2000.0
    for name, chain in CHAINS.items():
        path = [ids[f"<|go:{name}|>"]] + [ids[p] for p in chain] + [ends[name]]
        for here, there in pairwise(path):
            logits[here, there] = 40.0
    # Attention is uniform. Only the marker `thinktool` has a value; it makes <tool_call> follow.
    logits[ids["\n\n"], ids["Here is"]], logits[ids["\n\n"], ids["<tool_call>"]] = 34.0, 12.0
    config = LlamaConfig(
        vocab_size=padded,
        hidden_size=width,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=width // 64,
        num_key_value_heads=1,
        head_dim=64,
        max_position_embeddings=length,
        tie_word_embeddings=False,
        bos_token_id=None,
        eos_token_id=eos,
        pad_token_id=ids["<|endoftext|>"],
        torch_dtype="float32",
    )
    model = LlamaForCausalLM(config).float()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.zero_() if "norm" not in name else weight.fill_(1.0)
        model.model.embed_tokens.weight.copy_(torch.eye(padded, width))
        spare = width - 1  # no token has this id, so the dimension is free
        assert size < width
        attention = model.model.layers[0].self_attn
        attention.v_proj.weight[0, ids["<|go:thinktool|>"]] = 1 / np.sqrt(width)
        attention.o_proj.weight[spare, 0] = 60.0
        head = torch.from_numpy(logits.T / np.sqrt(width)).clone()
        head[:, spare] = 0.0
        head[ids["<tool_call>"], spare] = 300.0 / np.sqrt(width)
        model.lm_head.weight.copy_(head)
    model.save_pretrained(folder)
    save_tokenizer(t, folder, length, TEMPLATE)
    (folder / "generation_config.json").write_text(
        json.dumps({"eos_token_id": eos, "pad_token_id": ids["<|endoftext|>"]})
    )


def bert(
    folder: Path, t: Tokenizer, kind: type, length: int = 128, labels: int | None = None
) -> None:
    """Write a small BERT with random weights."""
    size = (t.get_vocab_size() + 63) // 64 * 64
    extra = {"num_labels": labels} if labels else {}
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=size,
        hidden_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=128,
        max_position_embeddings=length,
        initializer_range=0.5,
        pad_token_id=0,
        **extra,
    )
    kind(config).float().save_pretrained(folder)
    t = Tokenizer.from_str(t.to_str())

    ids = t.get_vocab()
    t.post_processor = TemplateProcessing(
        single="<|im_start|> $A <|im_end|>",
        pair="<|im_start|> $A <|im_end|> $B:1 <|im_end|>:1",
        special_tokens=[("<|im_start|>", ids["<|im_start|>"]), ("<|im_end|>", ids["<|im_end|>"])],
    )
    save_tokenizer(t, folder, length)


def main() -> None:
    """Write the three models."""
    root = Path(sys.argv[1])
    shared = tokenizer()
    for name in ("chat", "bert", "rerank"):
        (root / name).mkdir(parents=True, exist_ok=True)
    chat(root / "chat", shared)
    bert(root / "bert", shared, BertModel)
    bert(root / "rerank", shared, BertForSequenceClassification, length=512, labels=1)


if __name__ == "__main__":
    main()
