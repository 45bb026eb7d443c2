"""`POST /images/edits` with the OpenAI client and over HTTP."""

import base64
from io import BytesIO
from typing import Any

import httpx
import pytest
from openai import BadRequestError, OpenAI
from PIL import Image

from ionos_model_hub.emulator import Emulator, Reply

FLUX = "black-forest-labs/FLUX.2-klein-4B"


def file_of(image: Image.Image, encoding: str = "PNG") -> bytes:
    file = BytesIO()
    image.save(file, encoding)
    return file.getvalue()


PHOTO = file_of(Image.new("RGB", (256, 128), (100, 100, 100)), "JPEG")
# Transparent on the left half, as masks of OpenAI clients mark the part to change.
MASK = Image.new("RGBA", (256, 128), "black")
MASK.paste((0, 0, 0, 0), (0, 0, 128, 128))


def opened(b64_json: str | None) -> Image.Image:
    return Image.open(BytesIO(base64.b64decode(b64_json or "")))


def pixel(image: Image.Image, x: int) -> int:
    value: Any = image.getpixel((x, 60))
    return int(value[0])


def test_openai_client_uploads_image_and_mask(client: OpenAI, ionos_emulator: Emulator) -> None:
    response = client.images.edit(
        model=FLUX,
        image=("photo.jpg", PHOTO, "image/jpeg"),
        mask=("mask.png", file_of(MASK), "image/png"),
        prompt="make it black",
        n=1,
        size="256x256",
        response_format="b64_json",
    )
    (item,) = response.data or []
    image = opened(item.b64_json)
    assert image.size == (256, 256)
    assert pixel(image, 60) == pytest.approx(50, abs=3)
    assert pixel(image, 200) == pytest.approx(100, abs=3)
    request = ionos_emulator.requests[-1]
    assert (request.endpoint, request.model, request.text) == ("image_edits", FLUX, "make it black")
    assert request.json["image"].startswith("data:image/jpeg;base64,")


def test_openai_client_with_several_images_or_results(client: OpenAI) -> None:
    with pytest.raises(BadRequestError, match="exactly one input image"):
        client.images.edit(model=FLUX, image=[PHOTO, PHOTO], prompt="a")
    with pytest.raises(BadRequestError, match="'n' must be 1"):
        client.images.edit(model=FLUX, image=PHOTO, prompt="a", n=2)


def test_form_of_the_hub(http: httpx.Client) -> None:
    url = f"data:image/jpeg;base64,{base64.b64encode(PHOTO).decode()}"
    fields = {"model": FLUX, "prompt": "make it black", "url": url, "user": "u"}
    files = {name: (None, value) for name, value in fields.items()}
    response = http.post("images/edits", files=files)
    assert response.status_code == 200
    (item,) = response.json()["data"]
    assert opened(item["b64_json"]).size == (256, 128)


@pytest.mark.parametrize(
    "arguments",
    [
        {"json": {"model": FLUX, "prompt": "a", "url": "https://example.org/a.png"}},
        {"data": {"model": FLUX, "prompt": "a", "url": "https://example.org/a.png"}},
        {"content": b"x", "headers": {"content-type": "multipart/form-data"}},
    ],
)
def test_other_bodies_are_rejected(http: httpx.Client, arguments: dict[str, Any]) -> None:
    response = http.post("images/edits", **arguments)
    assert response.status_code == 400
    assert "multipart/form-data" in response.json()["error"]["message"]


def test_scripted_images_and_errors(client: OpenAI, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(
        Reply(images=[b"scripted"], endpoint="image_edits", contains="fog"),
        Reply(error="rate_limited", endpoint="image_edits"),
    )
    response = client.images.edit(model=FLUX, image=PHOTO, prompt="more fog")
    assert base64.b64decode((response.data or [])[0].b64_json or "") == b"scripted"
    with pytest.raises(Exception, match="429"):
        client.with_options(max_retries=0).images.edit(model=FLUX, image=PHOTO, prompt="a")


def test_engine_has_no_image_endpoints() -> None:
    with Emulator(profile="vllm") as emulator:
        response = httpx.post(f"{emulator.base_url}/images/edits", files={"a": b""})
    assert (response.status_code, response.json()) == (404, {"detail": "Not Found"})
