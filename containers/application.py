"""An example of an application that uses the emulator in another container."""

from langchain_ionos import ChatIONOS


def main() -> None:
    """Stream the response to one question."""
    chat = ChatIONOS(model="meta-llama/Llama-3.3-70B-Instruct")
    for chunk in chat.stream("In two sentences: what is a harbour for?"):
        print(chunk.text, end="", flush=True)
    print()


if __name__ == "__main__":
    main()
