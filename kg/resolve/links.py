"""Which node a URL is: a repository on a code or model hub, or a website."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

# Hubs whose paths begin with owner and repository.
_HUBS = frozenset(
    {"github.com", "gitlab.com", "gitee.com", "bitbucket.org", "codeberg.org", "modelscope.cn", "sourceforge.net"}
)
# First parts of a hub's paths that are the hub's own pages, not accounts.
_NOT_OWNERS = frozenset(
    {"about", "apps", "blog", "collections", "contact", "docs", "enterprise", "explore", "features", "join", "learn"}
    | {"login", "marketplace", "models", "notifications", "orgs", "papers", "posts", "pricing", "search", "settings"}
    | {"site", "sponsors", "tasks", "topics", "trending"}
)
_HUGGING_FACE_KINDS = frozenset({"datasets", "spaces", "models"})


class LinkNode(NamedTuple):
    """The node of a URL, with its properties as in the graph model."""

    id: str
    label: str
    url: str
    host: str | None = None
    owner: str | None = None
    name: str | None = None


def link_node(url: str) -> LinkNode:
    """The node of a cleaned URL; everything inside one repository is that repository."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:  # unbalanced brackets of an IPv6 address
        return _website(url)
    path = [part for part in parts.path.split("/") if part]
    if host in _HUBS and len(path) >= 2 and path[0].casefold() not in _NOT_OWNERS:
        if host == "sourceforge.net":
            return _repository(host, None, path[1], f"{path[0]}/{path[1]}") if path[0] == "projects" else _website(url)
        if host == "modelscope.cn" and path[0] in {"models", "datasets"}:
            return _website(url) if len(path) < 3 else _repository(host, path[1], path[2], "/".join(path[:3]))
        name = path[1].removesuffix(".git")
        return _repository(host, path[0], name, f"{path[0]}/{name}")
    if host in {"huggingface.co", "hf.co"} and path:
        kind = [path.pop(0)] if path[0] in _HUGGING_FACE_KINDS else []
        if len(path) >= 2 and path[0].casefold() not in _NOT_OWNERS:
            return _repository("huggingface.co", path[0], path[1], "/".join([*kind, *path[:2]]))
    if host == "anonymous.4open.science" and len(path) >= 2 and path[0] in {"r", "repository"}:
        return _repository(host, None, path[1], f"r/{path[1]}")
    return _website(url)


def _repository(host: str, owner: str | None, name: str, path: str) -> LinkNode:
    return LinkNode(f"repo:{host}/{path.casefold()}", "Repository", f"https://{host}/{path}", host, owner, name)


def _website(url: str) -> LinkNode:
    bare = re.sub(r"^https?://(?:www\.)?", "", url, flags=re.IGNORECASE).rstrip("/")
    host, slash, rest = bare.partition("/")
    return LinkNode(f"web:{host.casefold()}{slash}{rest}", "Website", url)
