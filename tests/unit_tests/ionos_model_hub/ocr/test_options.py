"""The settings of OCR."""

from pydantic import AliasChoices

from ionos_model_hub.ocr.options import OCRArguments, OCROptions
from ionos_model_hub.settings import SettingsOptions


def test_arguments_for_type_checkers_are_the_fields_and_their_aliases() -> None:
    fields = OCROptions.model_fields
    aliases = [field.validation_alias for field in fields.values()]
    names = {name for each in aliases if isinstance(each, AliasChoices) for name in each.choices}
    arguments = OCRArguments.__annotations__.keys() - SettingsOptions.__annotations__.keys()
    assert arguments == fields.keys() | names
