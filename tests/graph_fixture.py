"""A small invented graph for tests: every label, two senses of one name, ties, ranges, hostile text; and its builder.

`make_graph(path)` writes it as a graph directory; `write_graph(path, nodes, edges)` writes any other.
"""

from __future__ import annotations

import random
from pathlib import Path

from kg import schema
from kg.graph import directory, tables
from kg.graph.directory import GraphDirectory
from kg.graph.validate import check_node, check_relationship
from kg.resolve import fold

Row = dict[str, object]

EXTRACTOR = "fixture-1"
HOSTILE_NAME = 'Robert\'); MATCH (n) DETACH DELETE n; // <script>alert("1")</script> `x` {y} $z'
HOSTILE_ALIAS = 'tab\tquote"comma,\r\nline \\ back \U0001f300 \u202ertl\u202c \ue000 \x01'


def node(node_id: str, **properties: object) -> Row:
    """A node; what its label needs and `properties` do not say is filled in."""
    label = schema.load().label_of_id(node_id)
    assert label is not None, node_id
    row: Row = {"id": node_id}
    if schema.load().nodes[label].named:
        row |= {"name": node_id.partition(":")[2], "aliases": [], "support": 1, "score": 0.9, "former_ids": []}
    elif label in {"Repository", "Website"}:
        row |= {"url": f"https://{node_id.partition(':')[2]}", "support": 1}
        if label == "Repository":
            host, owner, name = node_id.partition(":")[2].split("/")
            row |= {"host": host, "owner": owner, "name": name}
    elif label == "Result":
        row |= {"delta": False}
    row |= properties
    check_node(label, row)
    return row


def edge(from_id: str, type_: str, to_id: str, *, papers: tuple[str, ...] = (), **properties: object) -> Row:
    """A relationship; one between two things is gathered from `papers`, or derived where there are none."""
    model = schema.load()
    from_label, to_label = model.label_of_id(from_id), model.label_of_id(to_id)
    assert from_label is not None, from_id
    gathered = model.relationships[type_].gathered(from_label)
    row: Row = {"from_id": from_id, "from_label": from_label, "type": type_, "to_id": to_id, "to_label": to_label}
    row |= {"score": 0.8, "extractor": "derived:fixture" if gathered and not papers else EXTRACTOR}
    if gathered:
        row |= {"support": max(len(papers), 1), "paper": papers[0] if papers else None}
    if model.relationships[type_].link:
        row |= {"link": f"https://{to_id.partition(':')[2]}"}
    return {**row, **properties, "papers": list(papers)}


def write_graph(path: Path, nodes: list[Row], edges: list[Row]) -> GraphDirectory:
    """Put `nodes` and `edges` in force at `path`.

    The evidence of every relationship that a paper states is that paper's title.
    """
    titles = {str(row["id"]): str(row["title"]) for row in nodes if "title" in row}
    rows: dict[str, list[Row]] = {name: [] for name in tables.NAMES}
    for row in nodes:
        label = schema.load().label_of_id(str(row["id"]))
        rows["papers" if label == "Paper" else "entities"].append(row | {"label": label})
        names = [row["name"], *row["aliases"]] if "aliases" in row else []  # type: ignore[misc]
        rows["aliases"] += [
            {"id": row["id"], "alias": name, "key": fold.key(str(name)), "count": 1} for name in dict.fromkeys(names)
        ]
    for row in edges:
        papers = row.pop("papers")
        assert isinstance(papers, list)
        ends = {name: row[name] for name in ("from_id", "from_label", "type", "to_id", "to_label")}
        provenance = {"score": row["score"], "extractor": row["extractor"]}
        rows["support"] += [{**ends, **provenance, "paper": paper, **_evidence(titles[paper])} for paper in papers]
        paper = row["from_id"] if row["from_label"] == "Paper" else row.get("paper") or _stating(edges, row)
        stated = _evidence(titles[str(paper)]) if paper else {}
        rows["edges"].append(stated | row)
        check_relationship(rows["edges"][-1])
        if row["from_label"] == "Paper" and "name" in (found := _find(nodes, row["to_id"])) and "aliases" in found:
            mention = {"paper": paper, "id": row["to_id"], "text": found["name"], "start_char": 0, "end_char": 1}
            rows["mentions"].append(mention | {"score": 0.9})
    graph = GraphDirectory(path)
    with graph.lock(), graph.staging() as folder:
        for name, table in rows.items():
            columns = tables.table_schema(name).names
            table.sort(key=lambda row: [str(row.get(column)) for column in columns[:5]])
            directory.write_table(
                folder / f"{name}.parquet", name, {column: [row.get(column) for row in table] for column in columns}
            )
        graph.publish(folder, EXTRACTOR)
    return graph


def make_graph(path: Path, *, with_random: bool = False) -> GraphDirectory:
    """Write the small invented graph, or with it a random one, always the same, in which everything ties."""
    if not with_random:
        return write_graph(path, _nodes(), _edges())
    nodes, edges = _random_part(random.Random(7))
    return write_graph(path, _nodes() + nodes, _edges() + edges)


def _evidence(title: str) -> Row:
    return {"evidence": title, "start_char": 0, "end_char": len(title)}


def _find(nodes: list[Row], node_id: object) -> Row:
    return next(row for row in nodes if row["id"] == node_id)


def _stating(edges: list[Row], row: Row) -> object:
    """The paper that states the result `row` begins at."""
    stating = (other["from_id"] for other in edges if other["type"] == "STATES" and other["to_id"] == row["from_id"])
    return next(stating, None)


def _nodes() -> list[Row]:
    return [
        *_papers(),
        # Methods.
        node("method:zephyrnet", name="ZephyrNet", aliases=["Zephyr Net", "ZN"], support=6),
        node("method:zephyrnet-2", name="ZephyrNet-2", support=3, former_ids=["method:zephyrnet-v2"]),
        node("method:zephyrnet-2-mini", name="ZephyrNet-2-Mini"),
        node("method:tiny-zephyr", name="Tiny Zephyr", support=3),
        node("method:gale", name="Gale", aliases=["GAL"], support=4),
        node("method:borealis", name="Borealis", support=2),
        node("method:drizzle-loss", name="Drizzle Loss", support=2, score=0.7),
        node("method:stn", name="STN", aliases=["Squall Transform Network"], support=2),
        node("method:stn-storm", name="STN", aliases=["Storm Track Network"]),
        node("method:cirrus", name="Cirrus"),
        node("method:overgust", name="ÜberGust-β", aliases=["UberGust"]),
        node("method:robert", name=HOSTILE_NAME, aliases=[HOSTILE_ALIAS, "' OR 1=1 //"]),
        # Data sets and a benchmark.
        node("dataset:fogbank", name="FogBank", aliases=["Fog Bank", "FOGBANK-1k"], support=5),
        node("dataset:hail-10", name="Hail-10", support=2),
        node("dataset:empty", name="EmptySky"),
        node("benchmark:stormsuite", name="StormSuite", support=2, former_ids=["dataset:stormsuite"]),
        # Task and metrics.
        node("task:nowcasting", name="nowcasting", support=3),
        node("metric:accuracy", name="accuracy", aliases=["Acc", "Top-1 Accuracy"], support=4, higher_is_better=True),
        node("metric:error-rate", name="error rate", aliases=["ER"], support=2, higher_is_better=False),
        node("metric:gustiness", name="gustiness", higher_is_better=None),
        # Links.
        node("repo:github.com/zephyr-lab/zephyrnet", support=2),
        node("repo:github.com/zephyr-lab/gale"),
        node("repo:huggingface.co/zephyr-lab/fogbank"),
        node("web:zephyr.example.org/demo"),
        node("web:hostile", url="https://example.org/?q=<script>alert(1)</script>&x='\"`"),
        # Results.
        node("result:1", value="91.5%", number=91.5, unit="%", text="accuracy of 91.5%"),
        node("result:2", value="93.25%", number=93.25, unit="%", text="93.25% accuracy"),
        node("result:3", value="93.25%", number=93.25, unit="%"),
        node("result:4", value="+2.1 points", number=2.1, unit="points", delta=True),
        node("result:5", value="88-90%", number=88.0, number_max=90.0, unit="%"),
        node("result:6", value="6.75%", number=6.75, unit="%"),
        node("result:7", value="4.5%", number=4.5, unit="%"),
        node("result:8", value="state of the art"),
        node("result:9", value="0.1", number=0.1),
        node("result:10", value="0.3", number=0.3),
    ]


def _papers() -> list[Row]:
    def paper(number: int, title: str, year: int | None, **properties: object) -> Row:
        abstract = f"We write about weather number {number}. It is invented."
        properties = {"authors": [f"A. Author {number}", "B. Writer"], "source": "fixture", **properties}
        return node(f"paper:p{number:02}", title=title, abstract=abstract, year=year, **properties)

    return [
        paper(1, "ZephyrNet: a network that feels the wind", 2021, arxiv="2101.00001", venue="WIND"),
        paper(2, "ZephyrNet-2 and its small sister", 2022, doi="10.1000/p02"),
        paper(3, "Gale: trained in the fog", 2022, url="https://example.org/p03"),
        paper(4, "FogBank, a collection of fog", 2020, date="2020-05-01"),
        paper(5, "StormSuite: how good are storm models?", 2023, openalex="W5", s2="s5"),
        paper(6, "Old winds, no year", None, authors=[]),
        paper(7, "Tiny Zephyr fits in a pocket", 2023),
        paper(8, "Borealis meets ZephyrNet", 2022),
        paper(9, f"A survey of {HOSTILE_NAME}", 2023),
        paper(10, "STN tracks storms", 2020),
    ]


def _edges() -> list[Row]:
    one, two, three, four, five, six, seven, eight, nine, ten = (f"paper:p{number:02}" for number in range(1, 11))
    return [
        # Papers towards things.
        edge(one, "INTRODUCES", "method:zephyrnet", score=0.95),
        edge(one, "USES", "method:gale"),
        edge(one, "EVALUATES_ON", "dataset:fogbank", score=0.9),
        edge(one, "ADDRESSES", "task:nowcasting"),
        edge(one, "REPORTS", "metric:accuracy"),
        edge(two, "INTRODUCES", "method:zephyrnet-2"),
        edge(two, "INTRODUCES", "method:zephyrnet-2-mini"),
        edge(two, "USES", "method:zephyrnet"),
        edge(two, "USES", "method:drizzle-loss"),
        edge(two, "EVALUATES_ON", "dataset:fogbank", score=0.7),
        edge(three, "INTRODUCES", "method:gale"),
        edge(three, "USES", "method:zephyrnet"),
        edge(three, "USES", "method:drizzle-loss"),
        edge(three, "COMPARES_WITH", "method:borealis"),
        edge(three, "TRAINS_ON", "dataset:fogbank"),
        edge(three, "EVALUATES_ON", "dataset:hail-10"),
        edge(four, "INTRODUCES", "dataset:fogbank"),
        edge(four, "MENTIONS", "method:cirrus"),
        edge(five, "INTRODUCES", "benchmark:stormsuite", score=0.6),
        edge(five, "USES", "method:gale"),
        edge(five, "USES", "method:zephyrnet"),
        edge(five, "REPORTS", "metric:error-rate"),
        edge(six, "USES", "method:zephyrnet"),
        edge(six, "USES", "method:gale"),
        edge(six, "INTRODUCES", "benchmark:stormsuite", score=0.6),
        edge(six, "EVALUATES_ON", "dataset:fogbank"),
        edge(seven, "INTRODUCES", "method:tiny-zephyr"),
        edge(seven, "EVALUATES_ON", "benchmark:stormsuite"),
        edge(eight, "INTRODUCES", "method:borealis"),
        edge(eight, "USES", "method:zephyrnet"),
        edge(nine, "USES", "method:robert"),
        edge(nine, "MENTIONS", "task:nowcasting"),
        edge(nine, "USES", "method:overgust"),
        edge(ten, "INTRODUCES", "method:stn"),
        edge(ten, "USES", "method:stn-storm"),
        # Links.
        edge(one, "HAS_CODE", "repo:github.com/zephyr-lab/zephyrnet", score=0.99),
        edge(eight, "HAS_CODE", "repo:github.com/zephyr-lab/zephyrnet"),
        edge(three, "HAS_CODE", "repo:github.com/zephyr-lab/gale"),
        edge(three, "HAS_CODE", "web:hostile", link="https://example.org/?q=<script>alert(1)</script>&x='\"`"),
        edge(six, "HAS_CODE", "web:hostile"),
        edge(four, "HAS_DATA", "repo:huggingface.co/zephyr-lab/fogbank"),
        edge(one, "HAS_DEMO", "web:zephyr.example.org/demo"),
        edge("repo:github.com/zephyr-lab/zephyrnet", "IMPLEMENTS", "method:zephyrnet"),
        edge("repo:github.com/zephyr-lab/gale", "IMPLEMENTS", "method:gale"),
        # Things towards things.
        edge("method:zephyrnet-2", "VARIANT_OF", "method:zephyrnet", papers=(two,)),
        edge("method:zephyrnet-2-mini", "VARIANT_OF", "method:zephyrnet-2"),
        edge("method:tiny-zephyr", "VARIANT_OF", "method:zephyrnet", papers=(seven, six)),
        edge("method:drizzle-loss", "PART_OF", "method:gale", papers=(three,)),
        edge("method:gale", "OUTPERFORMS", "method:borealis", papers=(three,)),
        edge("method:gale", "COMPARED_WITH", "method:borealis", papers=(eight,)),
        edge("method:zephyrnet", "EVALUATED_ON", "dataset:fogbank", papers=(one, six), score=0.97),
        edge("method:zephyrnet-2", "EVALUATED_ON", "dataset:fogbank", papers=(two,)),
        edge("method:gale", "EVALUATED_ON", "dataset:fogbank", papers=(three,)),
        edge("method:gale", "TRAINED_ON", "dataset:fogbank", papers=(three,)),
        # Results.
        *_result(one, "result:1", "dataset:fogbank", "metric:accuracy", "method:zephyrnet"),
        *_result(two, "result:2", "dataset:fogbank", "metric:accuracy", "method:zephyrnet-2"),
        *_result(six, "result:3", "dataset:fogbank", "metric:accuracy", None),
        *_result(two, "result:4", "dataset:fogbank", "metric:accuracy", "method:zephyrnet-2"),
        *_result(three, "result:5", "dataset:fogbank", "metric:accuracy", "method:gale"),
        *_result(one, "result:6", "dataset:fogbank", "metric:error-rate", "method:zephyrnet"),
        *_result(two, "result:7", "dataset:fogbank", "metric:error-rate", "method:zephyrnet-2"),
        *_result(three, "result:8", "dataset:fogbank", "metric:accuracy", "method:gale"),
        *_result(five, "result:9", "benchmark:stormsuite", "metric:gustiness", "method:gale"),
        *_result(five, "result:10", "benchmark:stormsuite", "metric:gustiness", "method:zephyrnet"),
    ]


def _result(paper: str, result: str, on: str, metric: str, method: str | None) -> list[Row]:
    rows = [edge(paper, "STATES", result), edge(result, "ON", on), edge(result, "MEASURES", metric)]
    return rows if method is None else [*rows, edge(result, "OF", method)]


def _random_part(chance: random.Random) -> tuple[list[Row], list[Row]]:
    """Nodes and edges with few distinct names, years, scores and numbers, and ids that sort differently by UTF-16."""

    def named(kind: str, count: int, names: list[str], **properties: object) -> list[str]:
        ids = [f"{kind}:{chance.choice(marks)}{number}" for number in range(count)]
        for node_id in ids:
            aliases = chance.sample(["Straße", "Ähnlich", "x" * 50], chance.randrange(3))
            support = chance.randrange(1, 4)
            nodes.append(node(node_id, name=chance.choice(names), aliases=aliases, support=support, **properties))
        return ids

    def some(ids: list[str], most: int) -> list[str]:
        return chance.sample(ids, chance.randrange(most + 1))

    marks = ["a", "B", "é", "ß", "\uff5e", "\U0001f300", "_"]
    nodes: list[Row] = []
    edges: list[Row] = []
    methods = named("method", 40, ["Alpha", "ALPHA", "Beta", "gamma"])
    sets = [*named("dataset", 8, ["Delta", "Epsilon"]), *named("benchmark", 4, ["delta", "Zeta"])]
    metrics = [
        *named("metric", 2, ["up"], higher_is_better=True),
        *named("metric", 2, ["down"], higher_is_better=False),
        *named("metric", 1, ["unknown"], higher_is_better=None),
    ]
    links = [f"repo:github.com/random/{chance.choice(marks)}{number}" for number in range(6)]
    nodes += [node(link) for link in links]
    results = 0
    for number in range(120):
        paper = f"paper:{chance.choice(marks)}{number}"
        nodes.append(node(paper, title=chance.choice(["One", "Two"]), year=chance.choice([None, 2019, 2020, 2021])))
        for to_id in some(methods, 6):
            role = chance.choice(["USES", "USES", "INTRODUCES", "COMPARES_WITH", "MENTIONS"])
            edges.append(edge(paper, role, to_id, score=chance.choice([0.1 + 0.2, 0.3, 0.5])))
        for to_id in some(sets, 3):
            edges.append(
                edge(paper, chance.choice(["EVALUATES_ON", "INTRODUCES"]), to_id, score=chance.choice([0.5, 0.8]))
            )
        edges += [edge(paper, "HAS_CODE", link) for link in some(links, 1)]
        for on in some(sets, 2):
            results += 1
            result = f"result:r{results}"
            value = chance.choice([0.1 + 0.2, 0.3, 50.0, 1e-12])
            nodes.append(node(result, value=str(value), number=value, delta=chance.random() < 0.2))
            edges += _result(paper, result, on, chance.choice(metrics), chance.choice([None, *methods]))
    for method in methods:
        for type_ in ("VARIANT_OF", "OUTPERFORMS", "COMPARED_WITH"):
            edges += [edge(method, type_, other) for other in some(methods, 1) if other != method]
        edges += [edge(method, "EVALUATED_ON", on) for on in some(sets, 2)]
    return nodes, edges
