import pytest

from kg.resolve import fold


@pytest.mark.parametrize(
    "spellings",
    [
        ("CIFAR-10", "CIFAR10", "cifar 10", "Cifar_10", "CIFAR$10$"),
        ("Self-Tuning Networks", "self-tuning network", "Self Tuning Networks"),
        ("β-VAE", "$\\beta$-VAE", "Beta-VAE"),
        ("$\\infty$-gram", "∞-gram"),
        ("ViT-B/16", "ViT-B-16"),
        ("\\textbf{FooNet}", "**FooNet**", "FooNet", "the FooNet"),
        ("Schrödinger Bridge", "Schrodinger bridges"),
    ],
)
def test_spellings_of_one_name_fold_together(spellings: tuple[str, ...]) -> None:
    assert len({fold.key(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("GPT-3.5", "GPT-35"),
        ("C++", "C"),
        ("A*", "A"),
        ("Llama-2", "Llama-2-70B"),
        ("CIFAR-10", "CIFAR-100"),
        ("Bayes", "Bay"),
        ("Adam", "AdamW"),
    ],
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert fold.key(one) != fold.key(other)


def test_slugs_are_readable() -> None:
    assert fold.slug("Self-Tuning Networks") == "self-tuning-network"
    assert fold.slug("CIFAR-10") == "cifar-10"
    assert fold.slug("GPT-3.5 Turbo") == "gpt-3.5-turbo"


def test_a_name_without_letters_has_no_key_but_an_id() -> None:
    assert fold.key("$$") == ""
    assert fold.slug("$$") == fold.digest("$$")


def test_titles_fold_to_letters_and_digits() -> None:
    assert fold.title_key("A Study: of  Things!") == fold.title_key("a study of things")
    assert fold.title_key("!!!") == "!!!"
