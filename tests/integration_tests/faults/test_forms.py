"""Forms survive faults as JSON bodies do: each attempt sends the same complete form."""

import json
from email import message_from_bytes

import pytest
from faults.assertions import CANARY, GOOD_RESULTS
from faults.callers.bare import Bare, BareAsync, Httpx, HttpxAsync
from faults.callers.caller import PROMPT, Caller
from faults.cases.any_response import BEFORE_RESPONSE, STATUSES
from faults.cases.case import Case
from faults.matrix import Cell, each_case
from faults.responses import IMAGE
from faults.server import FaultServer, Request

from ionos_model_hub.wire.image_formats import to_data_url

each_caller = pytest.mark.parametrize("caller", [Bare, BareAsync, Httpx, HttpxAsync])


def form_of(request: Request) -> dict[str, str]:
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    parts = message_from_bytes(head + request.body).get_payload()
    return {
        str(part.get_param("name", header="content-disposition")): part.get_payload(
            decode=True
        ).decode()
        for part in parts
    }


@pytest.mark.parametrize("caller", [Bare, BareAsync])
@each_case(BEFORE_RESPONSE, STATUSES[::4])
def test_forms(
    server: FaultServer, waits: list[float], caller: type[Caller], case: Case, recovers: bool
) -> None:
    Cell(server, waits).run(caller, "edit_image", case, recovers, GOOD_RESULTS["edit_image"])
    for request in server.requests:
        assert int(request.headers["content-length"]) == len(request.body)
        form = form_of(request)
        assert (form["prompt"], form["url"]) == (PROMPT, to_data_url(IMAGE, "image/gif"))
        assert CANARY.encode() not in request.body
    assert (
        len({(request.headers["content-type"], request.body) for request in server.requests}) <= 1
    )


@each_caller
def test_form_is_sent_once_and_is_not_json(server: FaultServer, caller: type[Caller]) -> None:
    assert caller(api_key=CANARY, base_url=server.base_url).edit_image() == IMAGE  # type: ignore[attr-defined]
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/v1/images/edits")
    assert request.headers["content-type"] == "multipart/form-data; boundary=form-0"
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(request.body)
