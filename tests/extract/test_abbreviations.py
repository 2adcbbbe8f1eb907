"""Definitions of short forms."""

import pytest

from kg.extract.pipeline import blank

nlp = blank()


def definitions(text: str) -> list[tuple[str, str]]:
    doc = nlp.make_doc(f"T\n{text}")
    for name in ("kg_clean", "kg_sentences", "kg_abbreviations"):
        doc = nlp.get_pipe(name)(doc)
    return [(d.short.text, d.long.text) for d in doc._.kg_abbreviations]


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("We tune Quiet River Networks (QRNs) here.", "QRNs", "Quiet River Networks"),
        ("We use a mixture-of-rivers (MoR) model.", "MoR", "mixture-of-rivers"),
        ("QRN (Quiet River Network) is fast.", "QRN", "Quiet River Network"),
        ("The **quiet river network** (**QRN**) is fast.", "QRN", "quiet river network"),
        ("We propose a Quiet River network (i.e., QRN).", "QRN", "Quiet River network"),
        ("We use Test Time Tuning (TTT).", "TTT", "Test Time Tuning"),
        ("We use Slow and Deep River Networks (SDRN).", "SDRN", "Slow and Deep River Networks"),
        ("The Quiet Attitude and Heading Unit (QAHU) is.", "QAHU", "Quiet Attitude and Heading Unit"),
        ("A Controller Area Net (CAN) is.", "CAN", "Controller Area Net"),
        ("We do named river recognition (NRR).", "NRR", "named river recognition"),
        ("We propose a Slow River Learning framework (SRL).", "SRL", "Slow River Learning"),
        ("We propose the Slow River Framework (SRF).", "SRF", "Slow River Framework"),
        ("It is in the last step - quiet river suppression (QRS).", "QRS", "quiet river suppression"),
        ("We use \\textbf{Q}uiet \\textbf{R}iver Nets (QRN).", "QRN", "\\textbf{Q}uiet \\textbf{R}iver Nets"),
        ("**QRN** (**Q**uiet rive**R** **N**et) is.", "QRN", "**Q**uiet rive**R** **N**et"),
    ],
)
def test_found(text: str, short: str, long: str) -> None:
    assert definitions(text) == [(short, long)]


@pytest.mark.parametrize(
    "text",
    [
        "It is good (see Table 2).",
        "We won (Smith, 2020).",
        "A thing (XYZ) is.",
        "at 5 (3%)",
        "( )",
        "It can be allowed to efficiently run texts (BERT).",
        "We use BERT-like early river texts (BERT).",
        "Rivers, of which quiet ones need care (RQN).",
        "with a net (the Nile) here",
        "Built on river training, our work consists of a net (R-net).",
        "We use quiet models for this river (QMR).",
        "We try two RLMs (Rapid-2 and Mead).",
        "For such tasks as fishing on (Wi-Fi).",
    ],
)
def test_not_found(text: str) -> None:
    assert definitions(text) == []
