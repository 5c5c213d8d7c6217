"""The paper's three studies, declared as data: variants, what each is trained with, and the paper's own numbers."""

from __future__ import annotations

from dataclasses import dataclass

DIFFERENCE = ("alpha", "composition")
ALL_TERMS = (*DIFFERENCE, "gradient", "kl", "temporal")


@dataclass(frozen=True)
class Variant:
    """One line of a study's table."""

    name: str
    window: int = 2
    fusion: str = "st_fam"
    terms: tuple[str, ...] = ALL_TERMS
    published: tuple[float, ...] = ()
    """The paper's numbers, in the order of the study's `published_metrics`."""


@dataclass(frozen=True)
class Study:
    """A table of the paper."""

    name: str
    title: str
    variants: tuple[Variant, ...]
    published_metrics: tuple[str, ...] = ()
    fresh_fusions: bool = False
    """Start every variant with untrained fusion layers: the single-frame weights hold those of ST-FAM alone."""

    usual: int | None = None
    """Variants that run unless others are asked for: the first so many; all when None."""

    @property
    def reach(self) -> int:
        """The largest n: all variants are trained on the frames that have that many neighbours."""
        return max(variant.window for variant in self.variants)


TEMPORAL = Study(
    name="temporal",
    title="Neighbouring frames n (supplement, table 1)",
    published_metrics=("SAD", "dtSSD"),
    usual=4,
    variants=(
        Variant("n = 0", window=0),
        Variant("n = 1", window=1, published=(48.72, 19.24)),
        Variant("n = 2", window=2, published=(46.98, 18.59)),
        Variant("n = 3", window=3, published=(46.29, 18.17)),
        Variant("n = 4", window=4, published=(46.30, 18.10)),
        Variant("n = 5", window=5, published=(46.34, 18.09)),
        Variant("n = 6", window=6, published=(46.32, 18.10)),
    ),
)
FUSION = Study(
    name="fusion",
    title="Temporal fusion networks, n = 2 (supplement, section 2.2)",
    fresh_fusions=True,
    variants=tuple(Variant(name, fusion=name) for name in ("st_fam", "naive", "cross_attention", "flow")),
)
LOSSES = Study(
    name="losses",
    title="Losses, n = 2 (supplement, table 2)",
    published_metrics=("SAD", "MSE", "dtSSD"),
    variants=(
        Variant("Diff", terms=DIFFERENCE, published=(42.82, 0.015, 16.42)),
        Variant("+ Grad", terms=ALL_TERMS[:3], published=(41.96, 0.015, 16.24)),
        Variant("+ KL", terms=ALL_TERMS[:4], published=(41.47, 0.014, 15.85)),
        Variant("+ TC", terms=ALL_TERMS, published=(40.91, 0.014, 15.11)),
    ),
)
STUDIES: dict[str, Study] = {study.name: study for study in (TEMPORAL, FUSION, LOSSES)}
