"""The OCR reader of the IONOS AI Model Hub, where LlamaIndex users look for it."""

from llama_index_ionos.ocr import IONOSOCRReader

__all__ = ["IONOSOCRReader"]
