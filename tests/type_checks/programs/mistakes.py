"""Mistakes that type checkers report: each line with the comment `error`, and no other."""

from pydantic import BaseModel

from ionos_model_hub import Client
from langchain_ionos import ChatIONOS, IONOSEmbeddings
from llama_index_ionos import IONOS, IONOSEmbedding


class Person(BaseModel):
    """A person."""

    name: str


ChatIONOS(temprature=0)  # error
ChatIONOS(temperature="hot")  # error
ChatIONOS(model_name=1)  # error
ChatIONOS().with_structured_output(Person).invoke("Who?").age  # error
ChatIONOS().with_structured_output(Person, include_raw=True).invoke("Who?")["parsed"].name  # error
IONOSEmbeddings(chunk_sise=3)  # error
IONOS(api_bse="https://hub.example/v1")  # error
IONOS(timeout="long")  # error
IONOSEmbedding(dimensions="many")  # error
Client(max_retry=1)  # error
Client().chat([{"role": "user", "content": "Hello"}], temperature="hot")  # error
