"""`ionos-model-hub demo`: the main features in sequence, on the hub or on the emulator."""

import argparse
from collections.abc import Callable
from importlib.resources import files

from langchain.agents import create_agent
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_core.vectorstores import InMemoryVectorStore
from pydantic import BaseModel, Field
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ionos_model_hub.cli.common.exit_codes import reason_of
from ionos_model_hub.cli.common.report import printable_lines
from ionos_model_hub.emulator.fallback import hub_or_emulator
from ionos_model_hub.errors import ModelHubError
from ionos_model_hub.settings import Settings, SettingsOptions
from langchain_ionos import ChatIONOS, IONOSEmbeddings, IONOSRerank

_QUESTION = "What do two cones on the mast mean?"


class Booking(BaseModel):
    """A request for a berth."""

    boat: str = Field(description="the boat's name")
    length_in_metres: float
    nights: int


@tool
def berth_price(length_in_metres: float, nights: int) -> str:
    """Compute the price of a berth from the boat's length in metres and the number of nights."""
    return f"{2 * length_in_metres * nights:.2f} EUR"


class Demo:
    """One method per feature; each returns whether it worked, and its docstring is the title.

    Args:
        connection: Connection settings of the hub or the emulator.
        console: Console to print to.
    """

    def __init__(self, connection: SettingsOptions, console: Console) -> None:
        self._console = console
        self._chat = ChatIONOS(**connection)
        self._embeddings = IONOSEmbeddings(**connection)
        self._rerank = IONOSRerank(top_n=1, **connection)

    def stream(self) -> bool:
        """A streamed response."""
        chunks = 0
        for chunk in self._chat.stream("In two sentences: what is a harbour for?"):
            self._console.print(_answer(chunk.text), end="")
            chunks += bool(chunk.text)
        self._console.print(f"\n[dim]{chunks} chunks[/]")
        return chunks > 1

    def agent(self) -> bool:
        """An agent that calls a tool."""
        agent = create_agent(self._chat, [berth_price])
        question = "What is the price of a berth for a boat of 9.5 metres for 3 nights?"
        messages = agent.invoke({"messages": [HumanMessage(question)]})["messages"]
        self._console.print(f"[bold]{question}[/]")
        for message in messages:
            if isinstance(message, AIMessage):
                for call in message.tool_calls:
                    name, arguments = (call["name"], "cyan"), str(call["args"])
                    self._console.print(Text.assemble("  calls ", name, " with ", arguments))
            elif isinstance(message, ToolMessage):
                self._console.print(Text.assemble("  result ", (message.text, "cyan")))
        self._console.print(_answer(messages[-1].text))
        return any(isinstance(m, ToolMessage) and m.text == "57.00 EUR" for m in messages)

    def structured(self) -> bool:
        """Structured output: a text parsed into a pydantic object."""
        request = "Please book a berth for the boat 'Albatros', 9.5 metres long, for 3 nights."
        booking = self._chat.with_structured_output(Booking).invoke(request)
        self._console.print(f"[bold]{request}[/]")
        self._console.print(booking)
        return isinstance(booking, Booking) and booking.nights > 0

    def retrieval(self) -> bool:
        """Retrieval: a question answered from a text."""
        passages = files("ionos_model_hub.cli").joinpath("handbook.md").read_text("utf-8")
        store = InMemoryVectorStore(self._embeddings)
        store.add_documents([Document(text.strip()) for text in passages.split("\n\n")])
        matches = store.similarity_search_with_score(_QUESTION, k=3)
        table = Table("similarity", "passage", show_edge=False, header_style="dim")
        for document, score in matches:
            table.add_row(f"{score:.2f}", document.page_content.replace("\n", " "))
        self._console.print(f"[bold]{_QUESTION}[/]")
        self._console.print(table)
        best = self._rerank.compress_documents([document for document, _ in matches], _QUESTION)[0]
        answer = self._chat.invoke(
            [("system", f"Answer from this text only:\n{best.page_content}"), ("user", _QUESTION)]
        )
        self._console.print(_answer(answer.text))
        return "Storm" in best.page_content and bool(answer.text)


def run(_: argparse.Namespace) -> int:
    """Run all parts; return 0 only if all of them worked."""
    console = Console()
    connection = hub_or_emulator()
    console.print(_banner(connection))
    demo = Demo(connection, console)
    parts = (demo.stream, demo.agent, demo.structured, demo.retrieval)
    failed = [part.__name__ for part in parts if not _run(part, console)]
    if failed:
        console.print(f"[red]Failed: {', '.join(failed)}.[/]")
        return 1
    console.print("[green]Everything worked.[/]")
    return 0


def _banner(connection: SettingsOptions) -> Panel:
    if not connection:
        return Panel(Text(f"Connected to {Settings().url}"), style="cyan")
    return Panel(
        "No token is set, so the demo uses the bundled emulator: its responses are generated "
        "without a model.\nSet IONOS_API_KEY to run the demo on the IONOS AI Model Hub.",
        style="yellow",
    )


def _answer(text: str) -> Text:
    """Return the text of a model; brackets and colons in it are not markup."""
    return Text(printable_lines(text), style="green")


def _run(part: Callable[[], bool], console: Console) -> bool:
    console.rule(f"[bold]{part.__doc__}", align="left")
    try:
        return part()
    except ModelHubError as error:
        reason = printable_lines(reason_of(error))
        console.print(Text.assemble((f"{type(error).__name__}: ", "red"), reason))
        return False
