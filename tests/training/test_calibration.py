from __future__ import annotations

from collections import Counter

import pytest

from training.calibration import calibration, cuts, reliability
from training.judgement import Judgement


def test_scores_that_are_the_share_of_right_ones_have_no_error() -> None:
    scores = [0.25] * 40 + [0.75] * 40
    right = ([True] + [False] * 3) * 10 + ([True] * 3 + [False]) * 10
    found = reliability(scores, right, bins=2)
    assert found.error == pytest.approx(0.0)
    assert [(part.count, part.score, part.right) for part in found.bins] == [(40, 0.25, 0.25), (40, 0.75, 0.75)]
    assert found.right == 0.5
    assert found.auroc == pytest.approx(0.75)


def test_error_is_the_mean_distance_of_score_and_share_weighted_by_bin() -> None:
    found = reliability([0.9] * 20 + [0.1] * 20, [True] * 10 + [False] * 10 + [False] * 20, bins=2)
    assert found.error == pytest.approx((0.4 + 0.1) / 2)


def test_bins_have_equal_mass_and_rise() -> None:
    scores = [n / 600 for n in range(600)]
    found = reliability(scores[::-1], [True, False] * 300)
    assert [part.count for part in found.bins] == [40] * 15
    assert [part.score for part in found.bins] == sorted(part.score for part in found.bins)


def test_few_predictions_get_few_bins() -> None:
    assert len(reliability([0.5] * 45, [True] * 45).bins) == 2
    assert len(reliability([0.5] * 3, [True] * 3).bins) == 1


def test_area_under_roc_counts_ties_half_and_needs_both_sides() -> None:
    assert reliability([0.9, 0.8, 0.1], [True, True, False]).auroc == 1.0
    assert reliability([0.1, 0.9], [True, False]).auroc == 0.0
    assert reliability([0.5, 0.5], [True, False]).auroc == 0.5
    assert reliability([0.5, 0.6], [True, True]).auroc is None


def test_nothing_predicted_is_an_error() -> None:
    with pytest.raises(ValueError, match="no predictions"):
        reliability([], [])


def test_cut_by_least_score() -> None:
    judgements = [Judgement("entity", "method", score, right) for score, right in ((0.9, True), (0.5, False))]
    everything, upper, nothing = cuts(judgements, wanted=4, leasts=(0.0, 0.6, 0.95))
    assert (everything.kept, everything.precision, everything.recall) == (2, 0.5, 0.25)
    assert everything.f1 == pytest.approx(2 * 0.5 * 0.25 / 0.75)
    assert (upper.kept, upper.precision, upper.recall) == (1, 1.0, 0.25)
    assert (nothing.kept, nothing.precision, nothing.recall, nothing.f1) == (0, None, 0.0, 0.0)


def test_calibration_is_by_kind_and_label() -> None:
    judgements = [
        Judgement("entity", "method", 0.8, True),
        Judgement("entity", "task", 0.6, False),
        Judgement("role", "method", 0.9, True),
    ]
    found = calibration(judgements, Counter(entity=2))
    assert list(found) == ["entity", "role"]
    assert found["entity"]["all"].count == 2
    assert {label: part.count for label, part in found["entity"]["labels"].items()} == {"method": 1, "task": 1}
    assert found["entity"]["cuts"][0].recall == 0.5
    assert found["role"]["cuts"] == []
