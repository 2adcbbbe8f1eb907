from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fixtures_browser import Pages
from graph_fixture import make_graph

from kg import schema
from kg.errors import KgError, UsageError
from kg.export import html
from kg.export.subgraph import Edge, Node, Subgraph, best

EVIDENCE = "We evaluate Gale on FogBank & find it foggy."
HOSTILE = [
    "</script><img src=x onerror=window.hacked=1>",
    "<script>window.hacked=1</script>",
    "<!-- <script>",
    "]]><svg onload=window.hacked=1>",
    '"><iframe src="javascript:window.hacked=1"></iframe>',
    "javascript:window.hacked=1",
    " java\tscript:window.hacked=1",
    "data:text/html,<script>window.hacked=1</script>",
    "https://example.org/?a=1&b=<script>window.hacked=1</script>",
    "{{template}} {{ data }} {{ vis }} ${window.hacked=1} <%= hacked %>",
    "\u2028window.hacked=1\u2029//",
    "'-alert(1)-'",
    "&lt;img src=x onerror=window.hacked=1&gt;",
    "__proto__",
    "constructor",
    "\\u003c/script\\u003e\\",
    "ﷺ \u202e rtl \u0000 nul \U0001f300",
]


def _node(id_: str, label: str, name: str, **properties: Any) -> Node:
    return Node(id=id_, label=label, name=name, properties=properties)


def _edge(from_id: str, type_: str, to_id: str, score: float = 0.5, **properties: Any) -> Edge:
    return Edge(from_id=from_id, type=type_, to_id=to_id, properties={"score": score, **properties})


def _graph() -> Subgraph:
    """Six nodes of five labels, two relationships between the same two, one from a paper that is not drawn."""
    fogbank, gale, breeze, paper = "dataset:fogbank", "method:gale", "method:breeze", "paper:1"
    repository, url = "repo:github.com/a/b", "https://github.com/a/b"
    long = "Gale: " + "a very long title " * 5
    return Subgraph(
        nodes=[
            _node(fogbank, "Dataset", "FogBank", support=12, aliases=["FB-1k"]),
            _node(breeze, "Method", "Breeze", support=1, aliases=[]),
            _node(gale, "Method", "Gale", support=3, score=0.9, aliases=["Grand Aerial Learner", "Böe"]),
            _node(paper, "Paper", long, title=long, year=2023, arxiv="2301.00001", abstract=EVIDENCE, authors=["A. B"]),
            _node(repository, "Repository", url, support=1, url=url),
            _node("result:1", "Result", "91 %", value="91 %", delta=False),
        ],
        edges=[
            _edge(gale, "EVALUATED_ON", fogbank, 0.87, evidence=EVIDENCE, support=2, paper="paper:2"),
            _edge(gale, "TRAINED_ON", fogbank, support=1, paper=paper),
            _edge(breeze, "VARIANT_OF", gale, support=1, extractor="derived:name"),
            _edge(paper, "INTRODUCES", gale, 0.99, evidence="We propose Gale."),
            _edge(paper, "HAS_CODE", repository, 1.0, link="https://github.com/a/b/tree/main"),
            _edge(paper, "STATES", "result:1", evidence=EVIDENCE),
        ],
        cited=[_node("paper:2", "Paper", "Fog revisited", doi="10.1000/fog")],
        notes=["Only what is <near>."],
    )


@pytest.fixture
def page_file(tmp_path: Path) -> Path:
    path = tmp_path / "graph.html"
    html.write(_graph(), path, title="Weather & winds")
    return path


class _Skeleton(HTMLParser):
    """Tags with their attributes, and the text of each script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] == "script":
            self.scripts[-1] += data


def _data(text: str) -> Any:
    return json.loads(_Skeleton(text).scripts[0])


# ------------------------------------------------------------------------------------------------------------- the text


def test_same_subgraph_same_page() -> None:
    assert html.render(_graph(), title="A") == html.render(_graph(), title="A")


def test_the_page_is_one_file_that_loads_nothing() -> None:
    skeleton = _Skeleton(html.render(_graph(), title="A"))
    assert [tag for tag, attributes in skeleton.tags if {"src", "href", "srcset", "data"} & attributes.keys()] == []
    assert {"link", "iframe", "img", "object", "base"}.isdisjoint(tag for tag, _ in skeleton.tags)


def test_the_policy_allows_nothing_but_what_is_in_the_page() -> None:
    text = html.render(_graph(), title="A")
    policy = next(a["content"] for tag, a in _Skeleton(text).tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_adds_no_element_and_comes_through_whole(name: str) -> None:
    plain = _Skeleton(html.render(_graph(), title="A"))
    method = f"method:{name}"
    nodes = [
        _node(method, "Method", name, aliases=[name], support=1),
        _node("paper:1", "Paper", name, title=name),
    ]
    edges = [_edge("paper:1", "USES", method, evidence=name)]
    text = html.render(Subgraph(nodes=nodes, edges=edges, notes=[name]), title=name)
    skeleton = _Skeleton(text)
    assert [tag for tag, _ in skeleton.tags] == [tag for tag, _ in plain.tags]
    assert skeleton.scripts[1:] == plain.scripts[1:]
    data = _data(text)
    assert [node["name"] for node in data["nodes"]] == [name, name]
    assert data["texts"] == data["notes"] == [name]
    assert not re.search("[<>&\u2028\u2029]", skeleton.scripts[0])


def test_equal_evidence_is_held_once() -> None:
    data = _data(html.render(_graph(), title="A"))
    assert data["texts"].count(EVIDENCE) == 1
    uses = [edge["properties"]["evidence"] for edge in data["edges"] if "evidence" in edge["properties"]]
    assert [data["texts"][use] for use in uses] == [EVIDENCE, "We propose Gale.", EVIDENCE]


def test_size_grows_with_support_and_labels_are_short() -> None:
    nodes = {node["id"]: node for node in _data(html.render(_graph(), title="A"))["nodes"]}
    assert nodes["dataset:fogbank"]["size"] > nodes["method:gale"]["size"] > nodes["method:breeze"]["size"]
    assert len(nodes["paper:1"]["label"]) <= 30
    assert nodes["paper:1"]["label"].endswith("…")
    assert nodes["repo:github.com/a/b"]["label"] == "github.com/a/b"


def test_a_thousand_nodes_fit_in_three_megabytes() -> None:
    abstract = "An abstract that is about as long as abstracts are. " * 25
    nodes = [_node(f"paper:{n}", "Paper", f"Paper {n}", abstract=abstract) for n in range(500)]
    nodes += [_node(f"method:{n}", "Method", f"Method {n}", support=n + 1) for n in range(500)]
    provenance: dict[str, Any] = {"extractor": "kg-0.1.0", "start_char": 100, "end_char": 300}
    edges = [
        _edge(f"paper:{n % 500}", "USES", f"method:{n * 7 % 500}", evidence=f"Sentence {n % 1500} " * 12, **provenance)
        for n in range(3000)
    ]
    assert len(html.render(Subgraph(nodes=nodes, edges=edges), title="A").encode()) <= 3_000_000


def test_nothing_to_draw_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing to draw"):
        html.write(Subgraph(nodes=[], edges=[]), tmp_path / "page.html", title="A")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="missing"):
        html.write(_graph(), tmp_path / "missing" / "page.html", title="A")


def test_a_page_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "page.html"
    path.write_text("old")

    def fail(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(KgError, match="No space left"):
        html.write(_graph(), path, title="A")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


# --------------------------------------------------------------------------------------------------------- in a browser

_INK = """() => {
  const { width, height } = document.querySelector("#network canvas");
  const copy = Object.assign(document.createElement("canvas"), { width, height });
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.drawImage(document.querySelector("#network canvas"), 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const colors = {};
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] < 255) continue;
    const color = "#" + [0, 1, 2].map((c) => data[at + c].toString(16).padStart(2, "0")).join("").toUpperCase();
    colors[color] = (colors[color] ?? 0) + 1;
  }
  return colors;
}"""


@pytest.mark.browser
def test_every_node_is_drawn_in_the_colour_of_its_label(pages: Pages, page_file: Path) -> None:
    page = pages.open(page_file)
    assert page.title() == "Weather & winds"
    assert page.evaluate("[kg.nodes.length, kg.edges.length]") == [6, 6]
    assert page.evaluate("Object.keys(kg.network.getPositions()).length") == 6
    ink = page.evaluate(_INK)
    for node in _graph().nodes:
        assert ink.get(schema.load().nodes[node.label].color.upper(), 0) > 20, node.id


@pytest.mark.browser
def test_nodes_stand_still_where_they_were_put(pages: Pages, page_file: Path) -> None:
    page = pages.open(page_file)
    before = page.evaluate("kg.network.getPositions()")
    page.wait_for_timeout(500)
    assert page.evaluate("kg.network.getPositions()") == before
    assert before == {node["id"]: {"x": node["x"], "y": node["y"]} for node in _data(page_file.read_text())["nodes"]}


@pytest.mark.browser
def test_a_real_graph_is_drawn_whole(pages: Pages, tmp_path: Path) -> None:
    subgraph = best(make_graph(tmp_path / "graph").open())
    html.write(subgraph, tmp_path / "page.html", title="All")
    page = pages.open(tmp_path / "page.html")
    assert page.evaluate("kg.nodes.length") == len(subgraph.nodes)
    assert page.evaluate("kg.edges.length") == len(subgraph.edges)


@pytest.mark.browser
def test_the_legend_names_every_label_and_toggles_it(pages: Pages, page_file: Path) -> None:
    page = pages.open(page_file)
    legend = page.get_by_role("group", name="Legend")
    assert [text.split() for text in legend.get_by_role("button").all_inner_texts()] == [
        ["Paper", "1"],
        ["Method", "2"],
        ["Dataset", "1"],
        ["Repository", "1"],
        ["Result", "1"],
    ]
    methods = legend.get_by_role("button", name="Method")
    methods.click()
    assert methods.get_attribute("aria-pressed") == "false"
    assert sorted(page.evaluate("Object.keys(kg.network.getPositions())")) == [
        "dataset:fogbank",
        "paper:1",
        "repo:github.com/a/b",
        "result:1",
    ]
    assert page.evaluate("kg.nodes.length") == 6
    methods.press("Enter")
    assert methods.get_attribute("aria-pressed") == "true"
    assert page.evaluate("Object.keys(kg.network.getPositions()).length") == 6


@pytest.mark.browser
@pytest.mark.parametrize(("text", "name"), [("gale", "Gale"), ("AERIAL", "Gale"), ("boe", "Gale"), ("fb-1", "FogBank")])
def test_search_finds_names_and_aliases_and_enter_focuses(pages: Pages, page_file: Path, text: str, name: str) -> None:
    page = pages.open(page_file)
    search = page.get_by_role("combobox")
    search.fill(text)
    assert page.get_by_role("option").first.inner_text().startswith(name)
    search.press("Enter")
    assert page.locator("#matches").is_hidden()
    assert page.locator("#panel h2").inner_text() == name
    selected = page.evaluate("kg.network.getSelectedNodes()[0]")
    assert page.evaluate("(id) => kg.nodes.get(id).name", selected) == name
    place = page.evaluate("(id) => kg.network.canvasToDOM(kg.network.getPosition(id))", selected)
    box = page.locator("#network").bounding_box()
    assert box is not None
    assert [place["x"], place["y"]] == pytest.approx([box["width"] / 2, box["height"] / 2], abs=2)


@pytest.mark.browser
def test_search_by_keyboard_and_pointer(pages: Pages, page_file: Path) -> None:
    page = pages.open(page_file)
    search = page.get_by_role("combobox")
    search.fill("e")
    options = page.get_by_role("option")
    count = options.count()
    assert count > 2
    search.press("ArrowDown")
    assert [at for at in range(count) if options.nth(at).get_attribute("aria-selected") == "true"] == [1]
    assert search.get_attribute("aria-activedescendant") == options.nth(1).get_attribute("id")
    search.press("Escape")
    assert page.locator("#matches").is_hidden()
    assert search.get_attribute("aria-expanded") == "false"
    search.fill("breeze")
    options.first.click()
    assert page.locator("#panel h2").inner_text() == "Breeze"
    search.fill("no such thing")
    assert page.locator("#matches").inner_text() == "Nothing here is called that"
    search.press("Enter")
    assert page.locator("#panel h2").inner_text() == "Breeze"


@pytest.mark.browser
def test_a_search_shows_a_label_again_that_was_switched_off(pages: Pages, page_file: Path) -> None:
    page = pages.open(page_file)
    dataset = page.locator("#legend").get_by_role("button", name="Dataset")
    dataset.click()
    page.get_by_role("combobox").fill("fogbank")
    page.get_by_role("combobox").press("Enter")
    assert dataset.get_attribute("aria-pressed") == "true"
    assert page.evaluate("kg.network.getSelectedNodes()") == ["dataset:fogbank"]


@pytest.mark.browser
def test_a_page_around_a_node_opens_at_it(pages: Pages, tmp_path: Path) -> None:
    focus = _graph().nodes[0]
    html.write(msgspec.structs.replace(_graph(), focus=focus.id), tmp_path / "page.html", title="Around")
    page = pages.open(tmp_path / "page.html")
    assert page.locator("#panel h2").inner_text() == focus.name
    assert page.evaluate("window.kg.network.getSelectedNodes()") == [focus.id]


def test_the_panel_lists_relationships_with_sentence_paper_and_score(pages: Pages, page_file: Path) -> None:
    page = pages.open(page_file)
    panel = page.locator("#panel")
    assert "Only what is <near>." in panel.inner_text()
    _click(page, "method:gale")
    assert page.locator("#panel h2").inner_text() == "Gale"
    assert "Grand Aerial Learner, Böe" in panel.inner_text()
    assert page.locator("#panel h3").all_inner_texts() == [
        "evaluated on (1)",
        "introduces this (1)",
        "trained on (1)",
        "variant of this (1)",
    ]
    evaluated = page.locator("#panel li").first
    assert evaluated.locator("blockquote").inner_text() == EVIDENCE
    assert "score 87 %, 2 papers" in evaluated.inner_text()
    source = evaluated.get_by_role("link", name="Fog revisited")
    assert source.get_attribute("href") == "https://doi.org/10.1000/fog"
    assert source.get_attribute("rel") == "noopener noreferrer"
    assert "derived by rule" in page.locator("#panel li").last.inner_text()
    evaluated.get_by_role("button", name="FogBank").click()
    assert page.locator("#panel h2").inner_text() == "FogBank"
    assert page.evaluate("kg.network.getSelectedNodes()") == ["dataset:fogbank"]


@pytest.mark.browser
def test_the_panel_of_a_paper_and_of_its_code_leads_there(pages: Pages, page_file: Path) -> None:
    page = pages.open(page_file)
    _click(page, "paper:1")
    links = page.locator("#panel a").evaluate_all("(links) => links.map((link) => link.href)")
    assert links == ["https://arxiv.org/abs/2301.00001", "https://github.com/a/b/tree/main"]
    page.locator("#panel summary").click()
    assert page.locator("#panel details p").inner_text() == EVIDENCE


@pytest.mark.browser
def test_a_relationship_is_explained_when_it_is_chosen(pages: Pages, page_file: Path) -> None:
    page = pages.open(page_file)
    place = page.evaluate("""() => {
        const { "method:breeze": a, "method:gale": b } = kg.network.getPositions();
        return kg.network.canvasToDOM({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
    }""")
    _click_at(page, place)
    assert page.locator("#panel h2").inner_text() == "variant of"
    assert page.locator("#panel dd").all_inner_texts() == ["Breeze", "Gale"]
    page.mouse.move(0, 0)
    _click_at(page, {"x": 5, "y": 5})
    assert page.locator("#panel h2").inner_text() == "What is shown"


@pytest.mark.browser
def test_tooltips_say_what_is_under_the_pointer(pages: Pages, page_file: Path) -> None:
    page = pages.open(page_file)
    for id_, words in (("method:gale", "Also: Grand Aerial Learner, Böe"), ("paper:1", "Paper, 2023")):
        place = page.evaluate("(id) => kg.network.canvasToDOM(kg.network.getPosition(id))", id_)
        box = page.locator("#network").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + place["x"] - 3, box["y"] + place["y"])
        page.mouse.move(box["x"] + place["x"], box["y"] + place["y"])
        tooltip = page.locator(".vis-tooltip", has_text=words)
        tooltip.wait_for(state="visible")
    tooltips = page.evaluate("kg.edges.get().map((edge) => edge.title.innerText)")
    assert any("Gale evaluated on FogBank" in text and EVIDENCE in text and "score 87 %" in text for text in tooltips)


@pytest.mark.browser
def test_light_and_dark_follow_the_system(pages: Pages, page_file: Path) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    page = pages.open(page_file, scheme="dark")
    dark, ink = page.evaluate(background), page.evaluate(_INK)
    page.emulate_media(color_scheme="light")
    assert page.evaluate(background) != dark
    for _ in range(100):  # the canvas is drawn anew in a frame to come
        if page.evaluate(_INK) != ink:
            break
        page.wait_for_timeout(50)
    assert page.evaluate(_INK) != ink
    assert page.evaluate("kg.nodes.length") == 6


@pytest.mark.browser
def test_a_small_screen_shows_graph_and_panel(pages: Pages, page_file: Path) -> None:
    page = pages.open(page_file, width=360, height=640)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for part in ("#network", "#panel"):
        box = page.locator(part).bounding_box()
        assert box is not None
        assert box["height"] > 150
        assert box["y"] + box["height"] <= 640


@pytest.mark.browser
def test_hostile_text_runs_nothing(pages: Pages, tmp_path: Path) -> None:
    nodes = [_node("paper:p", "Paper", "P", title="P", url="javascript:window.hacked=1")]
    edges = []
    for number, text in enumerate(HOSTILE):
        method, site = f"method:{text}", f"web:{number}"
        nodes.append(_node(method, "Method", text, support=number + 1, aliases=[text, f"alias {text}"]))
        nodes.append(_node(site, "Website", text, url=text, support=1))
        edges.append(_edge("paper:p", "USES", method, evidence=text, extractor=text))
        edges.append(_edge("paper:p", "HAS_PAGE", site, link=text))
    edges.append(_edge(nodes[1].id, "VARIANT_OF", nodes[3].id, evidence=HOSTILE[0], paper=HOSTILE[1]))
    cited = [_node(HOSTILE[1], "Paper", HOSTILE[0], url=HOSTILE[5])]
    path = tmp_path / "hostile.html"
    html.write(Subgraph(nodes=nodes, edges=edges, cited=cited, notes=HOSTILE), path, title=HOSTILE[0])
    page = pages.open(path)
    assert page.title() == HOSTILE[0]
    assert page.evaluate("kg.nodes.length") == len(nodes)
    shown = []
    for node in nodes:
        page.get_by_role("combobox").fill(node.name)
        page.get_by_role("combobox").press("Enter")
        shown += page.locator("#panel h2").all_text_contents()
        hrefs = page.locator("a").evaluate_all("(links) => links.map((link) => link.href)")
        assert all(href.startswith("https://example.org/") for href in hrefs)
    assert set(HOSTILE[:3]) <= set(shown)
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.querySelectorAll('img, iframe, object, svg[onload]').length") == 0
    assert page.evaluate("document.scripts.length") == 3


def _click(page: Any, id_: str) -> None:
    _click_at(page, page.evaluate("(id) => kg.network.canvasToDOM(kg.network.getPosition(id))", id_))


def _click_at(page: Any, place: dict[str, float]) -> None:
    box = page.locator("#network").bounding_box()
    page.mouse.click(box["x"] + place["x"], box["y"] + place["y"])
    page.wait_for_timeout(400)  # vis-network waits for a second click before it believes the first
