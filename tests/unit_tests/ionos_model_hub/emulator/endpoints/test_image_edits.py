"""Edited images: the form, sizes, masks, errors."""

import base64
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.endpoints.image_edits import edit_image
from ionos_model_hub.emulator.errors import ApiError
from ionos_model_hub.emulator.script import Reply

CONFIG = ServerConfig(today=date(2026, 11, 1))
FLUX_1 = "black-forest-labs/FLUX.1-schnell"
FLUX_2 = "black-forest-labs/FLUX.2-klein-4B"


def data_url(colour: Any, size: tuple[int, int] = (128, 64)) -> str:
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


GREY = data_url((100, 100, 100))


def edit(**form: Any) -> Image.Image:
    fields = {"model": FLUX_2, "prompt": "make it black", **form}
    if not fields.keys() & {"url", "image", "image[]"}:
        fields["url"] = GREY
    (item,) = edit_image(fields, CONFIG)["data"]
    return Image.open(BytesIO(base64.b64decode(item["b64_json"])))


def test_result_depends_on_pixels_and_prompt() -> None:
    assert edit().getpixel((0, 0)) == (50, 50, 50)
    assert edit(url=data_url("white")).getpixel((0, 0)) == (127, 127, 127)
    assert edit(prompt="make it white").getpixel((0, 0)) == (177, 177, 177)
    assert edit(prompt="more fog").tobytes() != edit(prompt="less fog").tobytes()
    assert edit(prompt="more fog").tobytes() == edit(prompt="more fog").tobytes()


@pytest.mark.parametrize(
    ("image", "form", "size"),
    [
        ((128, 64), {}, (128, 64)),
        ((100, 3000), {}, (96, 2048)),
        ((128, 64), {"size": "512x768"}, (512, 768)),
        ((128, 64), {"size": "512*64"}, (512, 64)),
    ],
)
def test_size_is_the_requested_one_or_that_of_the_image(
    image: tuple[int, int], form: dict[str, str], size: tuple[int, int]
) -> None:
    assert edit(url=data_url("red", image), **form).size == size


def test_only_the_marked_part_is_changed() -> None:
    mask = Image.new("RGB", (2, 1), "black")
    mask.putpixel((1, 0), (255, 255, 255))
    file = BytesIO()
    mask.save(file, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    for field in ("mask_image", "mask"):
        edited = edit(**{field: url})
        assert edited.getpixel((63, 10)) == (100, 100, 100)
        assert edited.getpixel((64, 10)) == (50, 50, 50)


def test_remote_images_are_not_downloaded() -> None:
    one = edit(url="https://example.org/a.png")
    assert one.size == (1024, 1024)
    assert one.tobytes() != edit(url="http://example.org/b.png").tobytes()


@pytest.mark.parametrize("field", ["image", "image[]"])
def test_uploads_of_openai_clients_are_accepted(field: str) -> None:
    assert edit(**{field: GREY}).getpixel((0, 0)) == (50, 50, 50)


def test_output_format() -> None:
    assert edit(output_format="webp").format == "WEBP"


def test_scripted_images() -> None:
    form = {"model": FLUX_2, "prompt": "p", "url": GREY}
    body = edit_image(form, CONFIG, Reply(images=[b"scripted"]))
    assert base64.b64decode(body["data"][0]["b64_json"]) == b"scripted"


@pytest.mark.parametrize(
    ("form", "param"),
    [
        ({"model": ""}, "model"),
        ({"model": FLUX_1}, "model"),
        ({"model": "BAAI/bge-m3"}, "model"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": ["a", "b"]}, "prompt"),
        ({"url": "ftp://example.org/a.png"}, "url"),
        ({"url": "data:image/png;base64,???"}, "url"),
        ({"url": "data:image/png,abc"}, "url"),
        ({"url": "data:image/png;base64,é"}, "url"),
        ({"url": "data:image/png;base64,aGk="}, "url"),
        ({"url": GREY, "image": GREY}, "url"),
        ({"image[]": [GREY, GREY]}, "url"),
        ({"mask_image": "https://example.org/a.png"}, "mask_image"),
        ({"mask_image": "x;base64,aGk="}, "mask_image"),
        ({"n": "2"}, "n"),
        ({"n": "one"}, "n"),
        ({"n": "9" * 5000}, "n"),
        ({"n": ["1", "1"]}, "n"),
        ({"size": "100x100"}, "size"),
        ({"size": "large"}, "size"),
        ({"output_format": "gif"}, "output_format"),
        ({"response_format": "url"}, "response_format"),
    ],
)
def test_invalid_forms_are_rejected(form: dict[str, Any], param: str) -> None:
    with pytest.raises(ApiError) as caught:
        edit(**form)
    assert (caught.value.status, caught.value.param) == (400, param)


def test_missing_image_and_unknown_model() -> None:
    with pytest.raises(ApiError, match="exactly one input image"):
        edit_image({"model": FLUX_2, "prompt": "p"}, CONFIG)
    with pytest.raises(ApiError) as caught:
        edit(model="some/model")
    assert caught.value.status == 404
