"""Files of every format."""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image

TEXT_PDF = """\
%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 {width} {height}]/Contents 4 0 R
/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length {length}>>stream
{content}
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
"""


def text_pdf(*lines: str, size: tuple[int, int] = (595, 842)) -> bytes:
    """Return a PDF file with a page that has a text layer."""
    shown = " T* ".join(f"({line}) Tj" for line in lines)
    content = f"BT /F 12 Tf 14 TL 50 {size[1] - 50} Td {shown} ET"
    text = TEXT_PDF.format(width=size[0], height=size[1], length=len(content), content=content)
    return text.encode("latin-1")


def image_file(format_: str, *sizes: tuple[int, int], mode: str = "L") -> bytes:
    """Return a file with an image of each size."""
    images = [Image.new(mode, size, "white") for size in sizes]
    return saved(images, format_)


def saved(images: Sequence[Image.Image], format_: str) -> bytes:
    file = BytesIO()
    several = {"save_all": True, "append_images": images[1:]} if len(images) > 1 else {}
    images[0].save(file, format_, **several)
    return file.getvalue()
