"""A support desk: it searches a handbook, extracts tickets, and answers with the help of tools."""

from typing import Any

from langchain.agents import create_agent
from langchain_core.documents import Document
from langchain_core.vectorstores import InMemoryVectorStore
from pydantic import BaseModel

from ionos_model_hub import TransportError
from langchain_ionos import ChatIONOS, IONOSEmbeddings, IONOSRerank

MODEL = "openai/gpt-oss-120b"


class Ticket(BaseModel):
    """A request of a customer."""

    product: str
    urgent: bool


class SupportDesk:
    """Answers questions of customers.

    Args:
        handbook: Passages of the handbook.
    """

    def __init__(self, handbook: list[str]) -> None:
        self.model = ChatIONOS(model=MODEL, temperature=0, max_retries=2)
        self.closed: list[int] = []
        self._store = InMemoryVectorStore(IONOSEmbeddings())
        self._store.add_texts(handbook)
        self._rerank = IONOSRerank(top_n=2)

    def passages(self, question: str) -> list[str]:
        """Return the passages that fit a question."""
        found = self._store.similarity_search(question, k=4)
        ranked = self._rerank.compress_documents(
            [Document(d.page_content) for d in found], question
        )
        return [document.page_content for document in ranked]

    def ticket(self, mail: str) -> Ticket:
        """Extract a ticket from a mail."""
        ticket = self.model.with_structured_output(Ticket).invoke(mail)
        assert isinstance(ticket, Ticket)
        return ticket

    def answer(self, question: str) -> str:
        """Answer a question, with tools for the handbook and for closing tickets."""

        def search_handbook(query: str) -> str:
            """Search the handbook."""
            return "\n".join(self.passages(query))

        def close_ticket(number: int) -> str:
            """Close a ticket."""
            self.closed.append(number)
            return f"Ticket {number} is closed."

        agent: Any = create_agent(
            self.model, [search_handbook, close_ticket], system_prompt="You are a support desk."
        )
        text: str = agent.invoke({"messages": [("user", question)]})["messages"][-1].text
        return text

    def draft(self, question: str) -> str:
        """Return a streamed draft, or the part of it that arrives."""
        text = ""
        try:
            for chunk in self.model.stream(question):
                text += chunk.text
        except TransportError:
            text += " […]"
        return text
