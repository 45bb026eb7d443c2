"""`docs/images.md` states the facts of the code."""

from pathlib import Path

from ionos_model_hub import MODELS
from ionos_model_hub.wire.image_requests import EDIT_FORM

PAGE = (Path(__file__).parents[2] / "docs" / "images.md").read_text("utf-8")


def test_page_lists_the_fields_of_the_form() -> None:
    rows = [f"| `{field.argument}` | `{field.name}` | {field.source} |" for field in EDIT_FORM]
    assert "\n".join(rows) in PAGE


def test_page_lists_the_sizes_of_all_models() -> None:
    for model in MODELS:
        if (sizes := model.image_sizes) is None:
            continue
        sides = (
            str(sizes.shortest)
            if sizes.shortest == sizes.longest
            else f"multiples of {sizes.multiple} from {sizes.shortest} to {sizes.longest}"
        )
        assert f"| `{model.id}` | {sides} |" in PAGE
