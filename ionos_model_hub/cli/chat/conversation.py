"""A conversation with a model, which keeps its history."""

from collections.abc import Sequence

from ionos_model_hub.cli.chat.output import Output
from ionos_model_hub.client import Client
from ionos_model_hub.transport.image_inputs import image_part
from ionos_model_hub.types import ChatMessage, ChatOptions, ContentPart


class Conversation:
    """Asks questions in the context of the earlier ones.

    Args:
        client: Sends the requests.
        model: The model.
        system: The system prompt, or None.
        options: Further options of the requests.
    """

    def __init__(
        self, client: Client, model: str, system: str | None, options: ChatOptions
    ) -> None:
        self.model = model
        self.messages: list[ChatMessage] = []
        if system is not None:
            self.messages.append({"role": "system", "content": system})
        self._client = client
        self._options = options

    def ask(self, text: str, images: Sequence[str | bytes], output: Output) -> None:
        """Ask a question and write the answer while it arrives.

        An answer that is interrupted stays in the history as far as it has arrived. A question
        without an answer does not.

        Raises:
            InvalidRequestError: An image cannot be read, or an option is invalid.
            ModelHubError: The request failed.
        """
        question: ChatMessage = {"role": "user", "content": _content(text, images)}
        answer = ""
        try:
            with self._client.stream_chat(
                [*self.messages, question], model=self.model, **self._options
            ) as stream:
                for delta in stream:
                    answer += delta.text
                    output.write(delta)
                output.finish(stream.answer)
        finally:
            if answer:
                self.messages += [question, {"role": "assistant", "content": answer}]


def _content(text: str, images: Sequence[str | bytes]) -> str | list[ContentPart]:
    if not images:
        return text
    return [{"type": "text", "text": text}, *(image_part(image) for image in images)]
