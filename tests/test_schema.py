from pathlib import Path
from typing import get_args

import msgspec
import pyarrow as pa
import pytest

from kg import diagram, schema
from kg.errors import KgError
from kg.graph import tables, validate
from kg.models import ENTITY_TYPES, ROLES, LinkKind, RelationType

MODEL = schema.load()


def test_every_role_relation_and_link_kind_of_a_record_has_a_relationship_that_can_hold_it() -> None:
    for type_ in ENTITY_TYPES:
        for role in ROLES[type_]:
            ends = MODEL.relationships[MODEL.type_of_role(role)].ends
            assert ("Paper", MODEL.label_of_entity(type_)) in ends
    for relation in get_args(RelationType):
        assert MODEL.type_of_relation(relation) in MODEL.relationships
    for kind in get_args(LinkKind):
        assert ("Paper", "Repository") in MODEL.relationships[MODEL.type_of_link(kind)].ends


def test_labels_are_told_apart_by_prefix_colour_and_shape() -> None:
    nodes = MODEL.nodes.values()
    assert len({node.prefix for node in nodes}) == len({node.color for node in nodes}) == len(MODEL.nodes)
    links = {"Repository", "Website"}
    assert len({node.shape for label, node in MODEL.nodes.items() if label not in links}) == len(MODEL.nodes) - len(
        links
    )


def test_a_label_is_found_from_an_id() -> None:
    assert MODEL.label_of_id("method:lora") == "Method"
    assert MODEL.label_of_id("nothing:lora") is None


def test_tables_hold_every_property_of_the_model() -> None:
    entities = tables.table_schema("entities")
    for label in MODEL.nodes:
        columns = tables.table_schema("papers") if label == "Paper" else entities
        assert set(MODEL.node_properties(label)) <= set(columns.names)
    edges = tables.table_schema("edges")
    for type_, relationship in MODEL.relationships.items():
        for source, _ in relationship.ends:
            assert set(MODEL.relationship_properties(type_, source)) <= set(edges.names)
    assert edges.field("score").type == pa.float64()


def test_a_contradictory_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (schema.directory() / "graph.toml").read_text(encoding="utf-8")
    monkeypatch.setattr(schema, "directory", lambda: tmp_path)
    for old, new, message in [
        ('prefix = "method"', 'prefix = "paper"', "share a prefix"),
        ('["Paper", "Task"]]', '["Paper", "Tusk"]]', "'Tusk', which is no node label"),
        (
            "[nodes.Result.properties]",
            '[nodes.Result.properties]\nlabel = { type = "string", description = "" }',
            "reserved",
        ),
        ("format = 1", 'format = "one"', "cannot be read"),
    ]:
        (tmp_path / "graph.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
        schema.load.cache_clear()
        with pytest.raises(KgError, match=message):
            schema.load()
    schema.load.cache_clear()


NODE = {"id": "method:a", "name": "A", "aliases": ["a"], "support": 1, "score": 0.5, "former_ids": []}
EDGE = {
    "from_id": "paper:1", "from_label": "Paper", "type": "USES", "to_id": "method:a", "to_label": "Method",
    "score": 0.5, "extractor": "x",
}  # fmt: skip


@pytest.mark.parametrize(
    ("label", "change", "message"),
    [
        ("Method", {"support": "many"}, "support should be integer, not str"),
        ("Method", {"support": True}, "support should be integer, not bool"),
        ("Method", {"name": None}, "name is missing"),
        ("Method", {"colour": "red"}, "no property 'colour'"),
        ("Method", {"id": "dataset:a"}, "ids of Method begin with 'method'"),
        ("Methode", {}, "no label 'Methode'"),
        ("Method", {"aliases": [1]}, r"aliases should be string\[\]"),
    ],
)
def test_a_node_that_does_not_fit_the_model_is_refused(label: str, change: dict[str, object], message: str) -> None:
    validate.check_node("Method", NODE)
    with pytest.raises(KgError, match=message):
        validate.check_node(label, NODE | change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"to_label": "Task"}, "no USES from Paper to Task"),
        ({"type": "LIKES"}, "no LIKES"),
        ({"score": 1.5}, r"score 1\.5 is not in \[0, 1\]"),
        ({"extractor": None}, "extractor is missing"),
        ({"support": 3}, "no property 'support'"),
        ({"from_id": "method:b", "from_label": "Method"}, "support is missing"),
    ],
)
def test_a_relationship_that_does_not_fit_the_model_is_refused(change: dict[str, object], message: str) -> None:
    validate.check_relationship(EDGE)
    with pytest.raises(KgError, match=message):
        validate.check_relationship(EDGE | change)


def test_the_model_prints_itself() -> None:
    mermaid = diagram.mermaid(MODEL)
    assert mermaid.startswith("flowchart LR\n")
    assert 'Paper -->|"STATES"| Result' in mermaid
    text = diagram.text(MODEL)
    assert all(f"[{type_}]" in text for type_ in MODEL.relationships)
    printed = msgspec.json.decode(diagram.as_json(MODEL))
    assert set(printed["nodes"]) == set(MODEL.nodes)
    uses = [each for each in printed["relationships"] if each["type"] == "USES"]
    assert [("support" in each["properties"]) for each in uses] == [False, True]
