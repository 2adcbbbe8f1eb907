import random

from kg.models import Entity, EntityType, Record
from kg.resolve import Resolver, resolve
from kg.resolve.acronyms import stands_for
from kg.resolve.entities import EntityNode


def entity(name: str, *forms: str, type_: EntityType = "method", score: float | None = None) -> Entity:
    return Entity(type=type_, role="mentions", name=name, mentions=(name, *forms), score=score)


def record(id_: str, *entities: Entity) -> Record:
    return Record(id=id_, entities=entities, links=())


def nodes(*records: Record) -> dict[str, EntityNode]:
    resolver = Resolver()
    for each in records:
        resolver.observe(each)
    for each in records:
        resolver.count(each)
    return {node.id: node for node in resolver.nodes()}


def assigned(*records: Record) -> dict[tuple[str, str], str]:
    return {(a.paper, a.name): a.node for a in resolve(records)}


def test_an_acronym_stands_for_the_words_whose_letters_it_has() -> None:
    assert stands_for("STNs", "Self-Tuning Networks")
    assert stands_for("LoRA", "Low-Rank Adaptation")
    assert not stands_for("BERT", "attention model")
    assert not stands_for("lora", "low-rank adaptation")  # no short form: no capital in it


def test_spellings_become_one_node_named_by_the_most_used() -> None:
    found = nodes(
        record("1", entity("Llama-2")),
        record("2", entity("Llama-2")),
        record("3", entity("LLaMA 2")),
        record("4", entity("llama2")),
    )
    (node,) = found.values()
    assert node.id == "method:llama-2"
    assert node.support == 4
    assert dict(node.spellings) == {"Llama-2": 2, "LLaMA 2": 1, "llama2": 1}


def test_a_long_form_and_its_acronym_are_one_node_also_where_the_acronym_stands_alone() -> None:
    found = assigned(
        record("1", entity("Low-Rank Adaptation", "LoRA")),
        record("2", entity("LoRA")),
        record("3", entity("low-rank adaptation")),
    )
    assert len(set(found.values())) == 1


def test_an_acronym_with_two_meanings_is_three_nodes() -> None:
    found = assigned(
        record("1", entity("Self-Tuning Networks", "STNs")),
        record("2", entity("Spatial Transformer Networks", "STN")),
        record("3", entity("STN")),
    )
    assert found == {
        ("1", "Self-Tuning Networks"): "method:stn-self-tuning-network",
        ("2", "Spatial Transformer Networks"): "method:stn-spatial-transformer-network",
        ("3", "STN"): "method:stn",
    }


def test_nearly_equal_long_forms_of_an_acronym_are_one_meaning() -> None:
    found = assigned(
        record("1", entity("Low-Rank Adaptation", "LoRA")),
        record("2", entity("low-rank adapters", "LoRA")),
        record("3", entity("LoRA")),
        record("4", entity("Low rank adaption", "LoRA")),
    )
    assert len(set(found.values())) == 1


def test_a_dominant_meaning_is_believed_where_the_acronym_is_not_defined() -> None:
    others = [record(str(n), entity("Spatial Transformer Network", "STN")) for n in range(4)]
    rare = record("5", entity("Self-Tuning Networks", "STN"))
    found = assigned(*others, rare, record("6", entity("STN")))
    assert found["6", "STN"] == found["1", "Spatial Transformer Network"] != found["5", "Self-Tuning Networks"]


def test_short_acronyms_defined_once_are_not_believed_elsewhere() -> None:
    found = assigned(record("1", entity("Foo Bar", "FB")), record("2", entity("FB")))
    assert found["1", "Foo Bar"] != found["2", "FB"]


def test_ids_are_unique_when_two_things_share_a_displayed_acronym() -> None:
    found = nodes(
        record("1", entity("FMs", "foundation models")), record("2", entity("FMS", "feature-based model selection"))
    )
    assert len(found) == 2


def test_the_corpus_decides_the_label_and_scores_weigh() -> None:
    found = nodes(
        record("1", entity("SQuAD", type_="benchmark", score=0.9)),
        record("2", entity("SQuAD", type_="dataset", score=0.5)),
        record("3", entity("SQuAD", type_="dataset", score=0.3)),
    )
    assert {node.label for node in found.values()} == {"Benchmark"}


def test_names_without_a_letter_are_no_nodes() -> None:
    assert assigned(record("1", entity("$$"))) == {}


def test_the_order_of_records_makes_no_difference() -> None:
    records = [
        record(str(n), entity("Low-Rank Adaptation", "LoRA", score=0.1 * n), entity(f"X{n % 3}", score=0.3))
        for n in range(1, 9)
    ]
    expected = assigned(*records)
    for seed in range(5):
        shuffled = random.Random(seed).sample(records, len(records))
        assert assigned(*shuffled) == expected
