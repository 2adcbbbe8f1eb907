"""Phrases that may be names."""

from kg.extract.pipeline import blank

nlp = blank()


def phrases(abstract: str, title: str = "T") -> set[tuple[str, str]]:
    doc = nlp.make_doc(f"{title}\n{abstract}")
    for name, component in nlp.pipeline:
        doc = component(doc)
        if name == "kg_patterns":
            break
    return {(span.text, span.label_) for span in doc.spans["kg_patterns"]}


def test_a_participle_that_begins_a_sentence_is_no_part_of_a_name() -> None:
    found = phrases("We rest. Adding WarpMix helps. Based RiLoNet loses.")
    assert {("WarpMix", "SHAPED"), ("RiLoNet", "SHAPED")} <= found
    assert not any(text.startswith(("Adding", "Based")) for text, _ in found)


def test_a_name_that_the_text_repeats_keeps_its_first_word() -> None:
    assert ("Flowing RiLoNet", "SHAPED") in phrases("Flowing RiLoNet wins. We like Flowing RiLoNet.")


def test_an_ordinary_first_word_that_the_text_also_writes_small() -> None:
    assert ("Quick RiLoNet", "SHAPED") not in phrases("Quick RiLoNet wins. It is quick.")


def test_a_name_behind_markup_is_introduced() -> None:
    assert ("quiet river loss", "PROPOSED") in phrases("We propose **quiet river loss**, which wins.")
    assert ("RiLo", "NAMED") in phrases("It is called \\textsc{RiLo}.")


def test_title_before_a_colon() -> None:
    assert ("Slow Waters", "TITLE") in phrases("", "Slow Waters: on rivers")


def test_nothing_in_a_link_or_citation() -> None:
    found = phrases("See https://example.org/RiLoNet (RiverMan et al., 2020).")
    assert not any("RiLoNet" in text or "RiverMan" in text for text, _ in found)


def test_no_name_ends_in_a_hyphen() -> None:
    assert not any(
        text.endswith("-") for text, _ in phrases("We use GPT-(3), RiLo- and StoneNet-based nets, BERT-\\textbf{B}.")
    )
