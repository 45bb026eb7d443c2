"""The test suite of the support desk, written from docs/testing.md alone."""

from pathlib import Path

import pytest
from integration_tests.example_application.support_desk import MODEL, SupportDesk, Ticket

from ionos_model_hub import RateLimitError
from ionos_model_hub.emulator import Emulator, RecordedRequest, Reply, load_script

HANDBOOK = [
    "Tickets are closed when the customer confirms the solution.",
    "Invoices are sent on the first day of the month.",
    "Servers are restarted in the panel.",
    "Passwords have at least twelve characters.",
    "Backups are kept for thirty days.",
]


@pytest.fixture
def desk(ionos_emulator_env: Emulator) -> SupportDesk:
    return SupportDesk(HANDBOOK)


def test_handbook_is_searched(desk: SupportDesk, ionos_emulator_env: Emulator) -> None:
    assert desk.passages("When are invoices sent?")[0] == HANDBOOK[1]
    assert ionos_emulator_env.requests.embeddings()[0].inputs == HANDBOOK
    (rerank,) = ionos_emulator_env.requests.rerank()
    assert rerank.query == "When are invoices sent?"
    assert len(rerank.documents) == 4


def test_ranking_decides_the_order(desk: SupportDesk, ionos_emulator_env: Emulator) -> None:
    ionos_emulator_env.script(Reply(scores=[0.1, 0.2, 0.9, 0.3]))
    found = desk.passages("invoices")
    documents = ionos_emulator_env.requests.rerank()[0].documents
    assert found == [documents[2], documents[3]]


def test_ticket_is_extracted(desk: SupportDesk, ionos_emulator_env: Emulator) -> None:
    ionos_emulator_env.script(Reply(structured={"product": "server", "urgent": True}))
    assert desk.ticket("My server is down!") == Ticket(product="server", urgent=True)
    (request,) = ionos_emulator_env.requests.chat()
    assert request.response_format is not None
    assert request.response_format["type"] == "json_schema"


def test_agent_closes_a_ticket(desk: SupportDesk, ionos_emulator_env: Emulator) -> None:
    ionos_emulator_env.script(*load_script(Path(__file__).with_name("conversation.yaml")))
    assert desk.answer("My ticket 17 is solved.") == "Your ticket 17 is closed."
    assert desk.closed == [17]
    ionos_emulator_env.verify()
    last = ionos_emulator_env.requests.chat()[-1]
    assert last.roles == ["system", "user", "assistant", "tool", "assistant", "tool"]
    assert last.tool_results[-1] == "Ticket 17 is closed."


def test_questions_are_not_logged_with_names(ionos_emulator_strict: Emulator) -> None:
    ionos_emulator_strict.script(Reply(embeddings=[[1.0]] * 5), Reply(text="Hello."))
    assert SupportDesk(HANDBOOK).answer("Hello") == "Hello."
    ionos_emulator_strict.requests.assert_requested(
        "chat", model=MODEL, fields={"temperature": 0}, times=1
    )
    ionos_emulator_strict.requests.assert_requested(contains="Bob", times=0)


def test_busy_hub_is_retried(desk: SupportDesk, ionos_emulator_env: Emulator) -> None:
    ionos_emulator_env.inject(Reply(error="rate_limited", retry_after=0), Reply(reset_after=0))
    ionos_emulator_env.script(Reply(text="Hello."))
    assert desk.answer("Hi") == "Hello."
    assert len(ionos_emulator_env.requests.chat()) == 3


def test_permanent_limit_is_reported(desk: SupportDesk, ionos_emulator_env: Emulator) -> None:
    ionos_emulator_env.inject(Reply(error="rate_limited", retry_after=0, times=None))
    with pytest.raises(RateLimitError):
        desk.answer("Hi")


@pytest.mark.parametrize("position", ["disconnect_after", "reset_after"])
def test_interrupted_drafts_are_kept(
    desk: SupportDesk, ionos_emulator_env: Emulator, position: str
) -> None:
    ionos_emulator_env.script(Reply(text=["one", " two", " three"], **{position: 3}))
    assert desk.draft("Count") == "one two […]"


def test_replies_can_depend_on_the_request(desk: SupportDesk, ionos_emulator_env: Emulator) -> None:
    def repeat(request: RecordedRequest) -> Reply | None:
        return Reply(text=request.text[::-1]) if request.endpoint == "chat" else None

    ionos_emulator_env.script(repeat)
    assert desk.answer("abc") == "cba"
