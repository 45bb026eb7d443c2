"""The measured subjects: packages and the baselines that they are compared with."""

from benchmarks.speed.subjects import bare, bare_httpx, langchain, llama_index
from benchmarks.speed.subjects.base import Family, Subject

SUBJECTS: tuple[Subject, ...] = (
    *langchain.SUBJECTS,
    *llama_index.SUBJECTS,
    *bare.SUBJECTS,
    *bare_httpx.SUBJECTS,
)

__all__ = ["SUBJECTS", "Family", "Subject"]
