"""What strangers could send: events near what the gateway, the queue and the bus bring, and far from it.

Whatever is made up here carries `CANARY`, so that a log can be searched for all of it at once.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

CANARY = "canary"

letters = st.characters() | st.sampled_from('\0\r\n\t\u2028\u202eıſK＠ß@"\\%\ud800\udfff')
texts = st.text(letters, max_size=40).map(f"{CANARY}{{}}".format)
long_texts = st.integers(60, 9000).map(lambda count: CANARY + "é" * count)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts | st.just("") | long_texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)
addresses = texts | st.emails().map(f"{CANARY}{{}}".format)


def bodies(members: Mapping[str, SearchStrategy[str]]) -> SearchStrategy[str | None]:
    """Return bodies: the object itself, with members of other kinds, doubled, added or left out, or no object."""
    likely = st.fixed_dictionaries({}, optional={name: known | values for name, known in members.items()})
    objects = likely | st.builds(
        lambda some, other: {**some, **other}, likely, st.dictionaries(texts, values, max_size=2)
    )
    right = st.fixed_dictionaries(dict(members))
    doubled = right.map(lambda some: "{" + ", ".join(f'"{k}": {json.dumps(v)}' for k, v in [*some.items()] * 2) + "}")
    deep = st.builds(lambda opening, count: opening * count, st.sampled_from(['{"a":', "["]), st.integers(1, 4000))
    documents = (right | right | objects | values).flatmap(
        lambda some: st.booleans().map(lambda ascii_only: json.dumps(some, ensure_ascii=ascii_only))
    )
    return documents | documents | documents | documents | doubled | deep | texts | st.none()


def gateway_events(
    members: Mapping[str, SearchStrategy[str]], bearers: SearchStrategy[str]
) -> SearchStrategy[dict[str, Any]]:
    """Return requests as the gateway reports them: their shape is its, everything in them the caller's."""
    content_types = st.sampled_from(["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"])
    names = st.sampled_from(["Content-Type", "content-type"])
    other_headers = st.dictionaries(
        st.sampled_from(["Origin", "User-Agent", "X-Forwarded-For", "Host", "Authorization"]) | texts, texts, max_size=3
    )
    headers = st.builds(
        lambda name, kind, others, bearer: {name: kind, **others, **({"Authorization": bearer} if bearer else {})},
        names,
        content_types | content_types | content_types | texts,
        other_headers,
        bearers | texts | st.none(),
    )
    plain = st.tuples(bodies(members), st.just(value=False))
    encoded = (st.binary(max_size=60) | bodies(members).map(lambda body: (body or "").encode("utf-8", "replace"))).map(
        lambda raw: (base64.b64encode(raw).decode(), True)
    )
    sources = st.ip_addresses().map(str) | st.sampled_from(["::ffff:192.0.2.1", "test-invoke-source-ip"]) | texts
    return st.builds(
        lambda body, headers, source: {
            "headers": headers,
            "requestContext": {"requestId": CANARY, "identity": {"sourceIp": source}},
            "body": body[0],
            "isBase64Encoded": body[1],
        },
        plain | plain | plain | encoded | st.tuples(texts, st.just(value=True)),
        headers | headers | headers | st.none() | other_headers,
        sources,
    )


def changed(sample: Any) -> SearchStrategy[Any]:
    """Return documents that differ from this one in a member or a few: another value, or gone."""
    if isinstance(sample, dict) and sample:
        return st.one_of(
            st.just(sample),
            st.sampled_from(sorted(sample)).flatmap(
                lambda name: (
                    st.just({key: value for key, value in sample.items() if key != name})
                    | changed(sample[name]).map(lambda value: {**sample, name: value})
                )
            ),
            values,
        )
    if isinstance(sample, list) and sample:
        return changed(sample[0]).map(lambda value: [value, *sample[1:]]) | st.just([]) | values
    return st.just(sample) | values
