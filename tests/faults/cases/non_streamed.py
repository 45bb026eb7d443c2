"""Cases for non-streamed responses, in general and of single endpoints."""

from faults import bodies
from faults.cases.case import (
    MIB,
    SHORT_DEADLINE,
    SHORT_TIMEOUT,
    Case,
    retried,
    retried_cases,
)

from ionos_model_hub import errors

NON_STREAMED = [
    *retried_cases(
        [
            bodies.length_too_long,
            bodies.reset_within,
            bodies.missing_last_chunk,
            bodies.truncated_chunk,
            bodies.invalid_chunk_size,
            bodies.two_lengths,
        ],
        errors.ConnectionFailedError,
    ),
    *retried_cases(
        [bodies.stall, bodies.trickle], errors.RequestTimeoutError, options=SHORT_TIMEOUT
    ),
    Case("deadline_in_trickle", bodies.trickle, errors.RequestTimeoutError, options=SHORT_DEADLINE),
    retried("error_in_body", bodies.error_in_body, errors.ServerError),
    *[
        Case(name, fault, errors.ResponseError)
        for name, fault in {
            "length_too_short": bodies.length_too_short,
            "html_page": bodies.html_page,
            "invalid_json": bodies.invalid_json,
            "invalid_utf8": bodies.invalid_utf8,
            "deeply_nested": bodies.deeply_nested,
            "empty_body": bodies.body(b""),
            "a_list": bodies.body([]),
            "a_string": bodies.body('"yes"'),
            "a_number": bodies.body("1"),
            "null": bodies.body("null"),
            "empty_object": bodies.body({}),
            "corrupt_gzip": bodies.corrupt_gzip,
            "truncated_gzip": bodies.truncated_gzip,
            "uncompressed_gzip": bodies.uncompressed_gzip,
            "unknown_coding": bodies.unknown_coding,
        }.items()
    ],
    Case("gzip_bomb", bodies.gzip_bomb, errors.ResponseError),
    Case(
        "too_long",
        bodies.large(200, 200 * MIB),
        errors.ResponseError,
        options={"max_response_bytes": MIB},
    ),
    *[
        Case(fault.__name__, fault)
        for fault in (
            bodies.one_byte_chunks,
            bodies.unframed,
            bodies.gzipped,
            bodies.deflated,
        )
    ],
]

CHAT = [
    Case(name, bodies.changed(choices=choices), errors.ResponseError)
    for name, choices in {
        "choices_null": None,
        "no_choices": [],
        "choices_of_null": [None],
        "choices_an_object": {},
    }.items()
]

_VECTOR = {"index": 0, "embedding": [0.5, 0.5]}
EMBEDDINGS = [
    Case(name, bodies.changed(data=data), errors.ResponseError)
    for name, data in {
        "data_null": None,
        "no_vectors": [],
        "too_few_vectors": [_VECTOR],
        "too_many_vectors": [{**_VECTOR, "index": index} for index in range(4)],
        "repeated_index": [_VECTOR] * 3,
        "index_out_of_range": [{**_VECTOR, "index": index} for index in (0, 1, 3)],
        "vector_null": [{"index": index, "embedding": None} for index in range(3)],
        "vector_empty": [{"index": index, "embedding": []} for index in range(3)],
        "vector_base64": [{"index": index, "embedding": "AAAAAA=="} for index in range(3)],
        "vector_of_nulls": [{"index": index, "embedding": [None]} for index in range(3)],
        "vector_of_strings": [{"index": index, "embedding": ["1"]} for index in range(3)],
    }.items()
]

RANKINGS = [
    Case(name, bodies.changed(results=results), errors.ResponseError)
    for name, results in {
        "results_null": None,
        "unknown_document": [{"index": 7, "relevance_score": 0.5}],
        "repeated_document": [{"index": 0, "relevance_score": 0.5}] * 2,
        "no_score": [{"index": 0}],
    }.items()
]
