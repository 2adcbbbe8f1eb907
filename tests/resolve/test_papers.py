import itertools

from kg.models import Paper
from kg.resolve import papers


def grouped(*records: Paper) -> dict[str, set[int]]:
    return {group.node_id: set(group.members) for group in papers.group([papers.keys(record) for record in records])}


def test_one_doi_one_arxiv_id_or_one_title_is_one_paper() -> None:
    groups = grouped(
        Paper(title="Alpha", doi="10.5555/1"),
        Paper(title="Alpha, revised", doi="10.5555/1"),
        Paper(title="Beta", arxiv="2101.00001"),
        Paper(title="Beta (extended)", doi="10.48550/arxiv.2101.00001"),
        Paper(title="Gamma!"),
        Paper(title="gamma"),
    )
    assert sorted(map(sorted, groups.values())) == [[0, 1], [2, 3], [4, 5]]
    assert set(groups) >= {"paper:10.5555/1", "paper:10.48550/arxiv.2101.00001"}


def test_a_bare_record_joins_the_only_paper_of_its_title() -> None:
    assert list(grouped(Paper(title="Alpha", doi="10.5555/1"), Paper(title="ALPHA")).values()) == [{0, 1}]


def test_one_title_with_two_dois_is_two_papers() -> None:
    groups = grouped(
        Paper(title="Editorial", doi="10.5555/1"), Paper(title="Editorial", doi="10.5555/2"), Paper(title="Editorial")
    )
    assert sorted(map(sorted, groups.values())) == [[0], [1], [2]]


def test_papers_of_one_shared_source_id_get_the_hash_of_their_title() -> None:
    groups = grouped(
        Paper(id="00011", title="Alpha"), Paper(id="00011", title="Beta"), Paper(id="00012", title="Gamma")
    )
    assert len(groups) == 3
    assert "paper:00012" in groups
    shared = sorted(node for node in groups if node != "paper:00012")
    assert all(node.startswith("paper:00011~") and len(node) == len("paper:00011~") + 8 for node in shared)


def test_a_source_id_with_spaces_and_control_characters_makes_a_clean_id() -> None:
    (node,) = grouped(Paper(id="a b\tc\n", title="Alpha"))
    assert node == "paper:a_b_c_"


def test_the_longest_abstract_wins_and_gaps_are_filled_in_any_order() -> None:
    records = [
        Paper(id="x", title="Alpha", abstract="short", venue="Venue A", year=2020),
        Paper(id="y", title="Alpha", abstract="much longer", year=2021),
        Paper(id="z", title="alpha", abstract="", url="https://example.org", venue="Venue B"),
    ]
    merged = set()
    for order in itertools.permutations(records):
        (group,) = papers.group([papers.keys(record) for record in order])
        merged.add(papers.merge([order[member] for member in group.members]))
    assert merged == {
        Paper(id="y", title="Alpha", abstract="much longer", year=2021, venue="Venue A", url="https://example.org")
    }
