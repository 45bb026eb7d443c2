"""Options of the command `ocr`."""

from argparse import ArgumentParser

from ionos_model_hub.cli.ocr.options import add_options
from ionos_model_hub.ocr.options import OCROptions


def test_defaults_are_those_of_the_library() -> None:
    parser = ArgumentParser()
    add_options(parser)
    options = vars(parser.parse_args(["scan.pdf", "--to", "text"]))
    library = OCROptions().model_dump()
    shared = options.keys() & library.keys()
    assert shared == {"model", "max_side", "use_text_layer", "concurrency"}
    assert {name: options[name] for name in shared} == {name: library[name] for name in shared}
