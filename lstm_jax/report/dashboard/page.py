"""One file of HTML: the template, the style sheet, the scripts and the data, and a policy that allows nothing else."""

import base64
import hashlib
import html
import json
import math
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

SCRIPTS = (
    *("elements", "tips", "charts", "strips", "choices", "filters", "conditions", "curves", "details"),
    *("outcome", "tables", "sweeps", "list", "comparison", "nets", "arena", "claims", "start"),
)
"""Names of the page's scripts, in the order in which they need one another."""


def page(content: Mapping[str, Any]) -> str:
    """The text of the whole file."""
    style = _part("style.css")
    script = '"use strict";\n(() => {\n' + "\n".join(_part(f"{name}.js") for name in SCRIPTS) + "\n})();\n"
    policy = (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; base-uri 'none'; "
        "form-action 'none'"
    )
    parts = {
        "policy": policy,
        "title": html.escape(f"lstm-jax: {content['folder']}"),
        "style": style,
        "data": data(content),
        "script": script,
    }
    text = _part("page.html")
    head, *rest = text.split("{{")
    return head + "".join(parts[name] + after for name, _, after in (piece.partition("}}") for piece in rest))


def data(content: Any) -> str:
    """JSON that a script element can hold: nothing in it ends the element or begins another."""
    text = json.dumps(_plain(content), separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _plain(value: Any) -> Any:
    """Plain values with null for NaN and infinity, which JSON does not have."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _part(name: str) -> str:
    return (files("lstm_jax.report.dashboard") / name).read_text()
