"""Check image sizes against the catalogue before a request is sent."""

import re

from ionos_model_hub.catalogue import ImageSizes, find_model
from ionos_model_hub.errors import InvalidRequestError

_SIZE = re.compile(r"([0-9]{1,6})[x*]([0-9]{1,6})")


def parse_image_size(size: str) -> tuple[int, int] | None:
    """Return width and height in pixels, or None if the text is not a size.

    Example:
        >>> parse_image_size("1024x768"), parse_image_size("1024*768"), parse_image_size("big")
        ((1024, 768), (1024, 768), None)
    """
    match = _SIZE.fullmatch(size)
    return (int(match[1]), int(match[2])) if match else None


def check_image_size(model_id: str, size: str) -> None:
    """Check that a model of the catalogue accepts a size; other models accept every size.

    Args:
        model_id: Id of the model.
        size: Width and height, for example `1024x768`; malformed text is accepted here.

    Raises:
        InvalidRequestError: The model does not accept it; the hint names the closest size.

    Example:
        >>> check_image_size("black-forest-labs/FLUX.2-klein-4B", "1008x768")
    """
    model, sides = find_model(model_id), parse_image_size(size)
    if model is None or model.image_sizes is None or sides is None:
        return
    nearest = model.image_sizes.nearest(*sides)
    if nearest != sides:
        raise InvalidRequestError(
            f"{model_id} does not support the size {size}.",
            hint=f"Set size='{nearest[0]}x{nearest[1]}'{_rule(model.image_sizes)}.",
            param="size",
        )


def _rule(sizes: ImageSizes) -> str:
    if sizes.shortest == sizes.longest:
        return ", the only size of this model"
    return f"; sides are multiples of {sizes.multiple} from {sizes.shortest} to {sizes.longest}"
