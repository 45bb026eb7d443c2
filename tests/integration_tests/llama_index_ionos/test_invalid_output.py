"""LlamaIndex continues after invalid structured output of one call."""

import pytest
from llama_index.core import Document, PropertyGraphIndex
from llama_index.core.indices.property_graph import SchemaLLMPathExtractor
from llama_index.core.node_parser import MarkdownElementNodeParser
from llama_index.core.response_synthesizers import ResponseMode, get_response_synthesizer
from llama_index.core.schema import NodeWithScore, TextNode

from ionos_model_hub.emulator import Call, Emulator, Reply
from llama_index_ionos import IONOS, IONOSEmbedding

REFUSAL = "I cannot do this."
TRIPLETS = {
    "triplets": [
        {
            "subject": {"type": "PERSON", "name": "Ada"},
            "relation": {"type": "BORN_IN"},
            "object": {"type": "LOCATION", "name": "London"},
        }
    ]
}
TABLE = "Some numbers:\n\n| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n"


@pytest.fixture
def llm(ionos_emulator_env: Emulator) -> IONOS:
    return IONOS()


@pytest.mark.parametrize("use_schema", [True, False])
def test_property_graph_leaves_out_the_triplets_of_a_node(
    llm: IONOS, ionos_emulator: Emulator, use_schema: bool
) -> None:
    llm.should_use_structured_outputs = use_schema
    ionos_emulator.script(Reply(text=REFUSAL), Reply(structured=TRIPLETS))

    index = PropertyGraphIndex.from_documents(
        [Document(text="Nothing."), Document(text="Ada was born in London.")],
        kg_extractors=[SchemaLLMPathExtractor(llm=llm, num_workers=1)],
        llm=llm,
        embed_model=IONOSEmbedding(),
        use_async=False,
    )

    (triplet,) = index.property_graph_store.get_triplets(entity_names=["Ada"])
    assert triplet[2].id == "London"


def test_table_is_summarized_in_plain_text(llm: IONOS, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(text=REFUSAL), Reply(text="Two rows of numbers."))
    parser = MarkdownElementNodeParser(llm=llm, num_workers=1)

    nodes = parser.get_nodes_from_documents([Document(text=TABLE)])

    assert any("Two rows of numbers." in node.get_content() for node in nodes)


def test_synthesizer_skips_a_node_whose_answer_is_truncated(
    llm: IONOS, ionos_emulator: Emulator
) -> None:
    name = "StructuredRefineResponse"
    call = {"id": "c1", "type": "function", "function": {"name": name, "arguments": '{"answer"'}}
    truncated = {"message": {"role": "assistant", "tool_calls": [call]}, "finish_reason": "length"}
    answer = Call(name, answer="In London.", query_satisfied=True)
    ionos_emulator.script(Reply(json={"choices": [truncated]}), Reply(tool_calls=[answer]))
    synthesizer = get_response_synthesizer(
        llm=llm, response_mode=ResponseMode.REFINE, structured_answer_filtering=True
    )
    nodes = [NodeWithScore(node=TextNode(text=text)) for text in ("Nothing.", "Ada in London.")]

    assert str(synthesizer.synthesize("Where does Ada live?", nodes)) == "In London."
