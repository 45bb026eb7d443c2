"""Generated and edited images, through `Client` and `AsyncClient`."""

from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from integration_tests.ionos_model_hub.client_callers import Caller
from PIL import Image

from ionos_model_hub import BadRequestError, GeneratedImage, InvalidRequestError, RateLimitError
from ionos_model_hub.emulator import Emulator, Reply
from ionos_model_hub.settings import Settings
from ionos_model_hub.transport.credential_state import credential_state

FLUX_1 = "black-forest-labs/FLUX.1-schnell"


def file_of(colour: Any = (100, 100, 100), encoding: str = "PNG") -> bytes:
    file = BytesIO()
    Image.new("RGB", (128, 64), colour).save(file, encoding)
    return file.getvalue()


GREY = file_of()


def opened(image: GeneratedImage) -> Image.Image:
    return Image.open(BytesIO(image.data))


def test_each_image_is_a_request(caller: Caller, ionos_emulator: Emulator) -> None:
    images = caller.call("generate_images", "a lighthouse", size="64*64", n=3)
    assert [opened(image).size for image in images] == [(64, 64)] * 3
    assert [request.json["n"] for request in ionos_emulator.requests] == [1, 1, 1]


def test_images_are_returned_in_the_order_of_their_requests(
    caller: Caller, ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(*[Reply(images=[bytes([number])], times=1) for number in range(6)])
    images = caller.call("edit_image", GREY, "make it black", n=6)
    assert sorted(image.data for image in images) == [bytes([number]) for number in range(6)]


def test_failed_image_is_an_error(caller: Caller, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(status=400, json={"error": {"message": "not allowed"}}))
    with pytest.raises(BadRequestError, match="not allowed"):
        caller.call("generate_images", "a lighthouse", n=5)


@pytest.mark.parametrize("encoding", ["PNG", "JPEG", "WEBP", "GIF"])
def test_edit_depends_on_pixels_and_prompt(caller: Caller, encoding: str) -> None:
    (image,) = caller.call("edit_image", file_of(encoding=encoding), "make it black")
    assert opened(image).size == (128, 64)
    pixel: Any = opened(image).getpixel((64, 32))
    assert pixel == pytest.approx((50, 50, 50), abs=3)


def test_sources(caller: Caller, tmp_path: Path, ionos_emulator: Emulator) -> None:
    path = tmp_path / "grey.png"
    path.write_bytes(GREY)
    encoded = b64encode(GREY).decode()
    sources = [
        GREY,
        path,
        str(path),
        f"data:image/png;base64,{encoded}",
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{encoded}"}},
        {"type": "image", "base64": encoded, "mime_type": "image/png"},
        Image.open(path),
    ]
    results = [caller.call("edit_image", source, "black")[0].data for source in sources]
    assert len(set(results)) == 1
    sent = {request.json["url"] for request in ionos_emulator.requests[:-1]}
    assert sent == {f"data:image/png;base64,{encoded}"}


def test_url_is_sent_unchanged(caller: Caller, ionos_emulator: Emulator) -> None:
    caller.call("edit_image", "https://example.org/a.png", "make it black")
    assert ionos_emulator.requests[0].json["url"] == "https://example.org/a.png"


def test_mask_marks_the_part_to_change(caller: Caller) -> None:
    mask = Image.new("L", (128, 64), "black")
    mask.paste(255, (0, 0, 64, 64))
    (image,) = caller.call("edit_image", GREY, "make it black", mask=mask)
    assert opened(image).getpixel((10, 10)) == (50, 50, 50)
    assert opened(image).getpixel((100, 10)) == (100, 100, 100)


def test_options_of_an_edit(caller: Caller, ionos_emulator: Emulator) -> None:
    (image,) = caller.call(
        "edit_image",
        GREY,
        "make it black",
        size="256x512",
        output_format="webp",
        user="u-1",
        extra_body={"seed": 7},
        extra_headers={"x-team": "a"},
    )
    assert (opened(image).size, image.mime_type) == ((256, 512), "image/webp")
    assert image.filename.endswith(".webp")
    (request,) = ionos_emulator.requests
    assert {**request.json, "url": ""} == {
        "model": "black-forest-labs/FLUX.2-klein-4B",
        "prompt": "make it black",
        "url": "",
        "size": "256x512",
        "output_format": "webp",
        "user": "u-1",
        "seed": "7",
    }
    assert request.headers["x-team"] == "a"


@pytest.mark.parametrize(
    ("arguments", "options", "param"),
    [
        (("missing.png", "a"), {}, "image"),
        ((b"%PDF", "a"), {}, "image"),
        ((GREY, ""), {}, "prompt"),
        ((GREY, "a"), {"mask": "missing.png"}, "mask"),
        ((GREY, "a"), {"mask": "https://example.org/a.png"}, "mask"),
        ((GREY, "a"), {"size": "100x100"}, "size"),
        ((GREY, "a"), {"model": FLUX_1, "size": "512x512"}, "size"),
        ((GREY, "a"), {"n": 0}, "n"),
        ((GREY, "a"), {"quality": "hd"}, "quality"),
    ],
)
def test_invalid_edits_are_not_sent(
    caller: Caller,
    ionos_emulator: Emulator,
    arguments: tuple[Any, ...],
    options: dict[str, Any],
    param: str,
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        caller.call("edit_image", *arguments, **options)
    assert caught.value.param == param
    assert ionos_emulator.requests == []


def test_rejected_edit_has_the_details_of_the_server(caller: Caller) -> None:
    with pytest.raises(BadRequestError, match="does not support this endpoint") as caught:
        caller.call("edit_image", GREY, "a", model=FLUX_1)
    assert (caught.value.param, caught.value.status_code) == ("model", 400)
    assert caught.value.request_id


def test_form_is_sent_again_after_a_rate_limit(caller: Caller, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(error="rate_limited", retry_after=0.1))
    assert caller.call("edit_image", GREY, "make it black")
    first, second = ionos_emulator.requests
    assert first.json == second.json
    ionos_emulator.script(Reply(error="rate_limited", times=None))
    with pytest.raises(RateLimitError):
        type(caller)(**{**caller.options, "max_retries": 0}).call("edit_image", GREY, "a")  # type: ignore[attr-defined]


@pytest.mark.parametrize("method", ["generate_images", "edit_image"])
def test_each_image_counts_for_the_rate_limit(
    caller: Caller, ionos_emulator: Emulator, method: str
) -> None:
    options = {"api_key": "any", "base_url": ionos_emulator.base_url, "images_per_minute": 10}
    limiter = credential_state(Settings(**options)).rate_limiter
    counted: list[int] = []
    reserve = limiter.reserve  # type: ignore[attr-defined]  # the limiter of this process

    def count(now: float, images: int) -> float:
        counted.append(images)
        return float(reserve(now, images))

    limiter.reserve = count  # type: ignore[attr-defined]
    arguments = ("a lighthouse",) if method == "generate_images" else (GREY, "make it black")
    type(caller)(**options).call(method, *arguments, size="64x64", n=3)
    assert counted == [1, 1, 1]
