import pytest

from kg.resolve.links import link_node


@pytest.mark.parametrize(
    ("url", "node_id", "owner", "name"),
    [
        ("https://github.com/Owner/Repo", "repo:github.com/owner/repo", "Owner", "Repo"),
        ("http://www.github.com/Owner/Repo.git", "repo:github.com/owner/repo", "Owner", "Repo"),
        ("https://github.com/a/b/tree/main/sub", "repo:github.com/a/b", "a", "b"),
        ("https://gitlab.com/a/b", "repo:gitlab.com/a/b", "a", "b"),
        ("https://huggingface.co/a/b", "repo:huggingface.co/a/b", "a", "b"),
        ("https://hf.co/datasets/a/b", "repo:huggingface.co/datasets/a/b", "a", "b"),
        (
            "https://anonymous.4open.science/r/Thing-1/README.md",
            "repo:anonymous.4open.science/r/thing-1",
            None,
            "Thing-1",
        ),
    ],
)
def test_repositories(url: str, node_id: str, owner: str | None, name: str) -> None:
    node = link_node(url)
    assert (node.id, node.label, node.owner, node.name) == (node_id, "Repository", owner, name)


@pytest.mark.parametrize(
    "url",
    [
        "https://a.github.io/b/",
        "https://github.com/only-owner",
        "https://huggingface.co/docs/x",
        "https://example.org/[",
        "http://[x",
    ],
)
def test_everything_else_is_a_website_that_keeps_its_address(url: str) -> None:
    node = link_node(url)
    assert node.label == "Website"
    assert node.url == url
    assert node.id.startswith("web:")


def test_scheme_www_and_last_slash_make_no_difference() -> None:
    assert link_node("http://www.Example.org/Path/").id == link_node("https://example.org/Path").id
