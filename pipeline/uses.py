"""What classes of medicines are commonly taken for: where nothing is found, a prescribed one isn't cast in doubt. Pure.

No answer rests on this. Names are those of `pipeline/lexicon`.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.concepts import Concept, Kind, Lexicon

TAKEN_FOR: Mapping[str, tuple[str, ...]] = {
    "acid reducer": ("acid reflux", "peptic ulcer"),
    "antibiotic": (
        "bronchitis", "ear infection", "kidney infection", "lyme disease", "pneumonia", "sinusitis", "sore throat",
        "urinary tract infection",
    ),
    "anti-anxiety": ("anxiety",),
    "anticonvulsant": ("epilepsy", "nerve damage"),
    "antidepressant": ("anxiety", "depression"),
    "antifungal": ("athlete's foot", "jock itch", "nail fungus", "oral thrush", "ringworm"),
    "antihistamine": ("allergy", "hay fever", "hives", "itching"),
    "asthma medicine": ("asthma",),
    "blood pressure medicine": ("high blood pressure",),
    "cancer medicine": ("cancer",),
    "chemo drug": ("cancer",),
    "cholesterol medicine": ("high cholesterol",),
    "dementia medicine": ("dementia",),
    "diabetes medicine": ("diabetes", "high blood sugar"),
    "erection medicine": ("erectile dysfunction",),
    "gout medicine": ("gout",),
    "hiv medicine": ("hiv",),
    "immunosuppressant": ("lupus", "rheumatoid arthritis"),
    "insulin type": ("diabetes", "high blood sugar"),
    "laxative": ("constipation",),
    "migraine medicine": ("migraine",),
    "ms medicine": ("multiple sclerosis",),
    "osteoporosis medicine": ("osteoporosis",),
    "parkinson medicine": ("parkinson's disease",),
    "sleeping pill": ("insomnia",),
    "statin": ("high cholesterol",),
    "thyroid medicine": ("thyroid problem",),
    "iron": ("anemia",),
    "insulin": ("diabetes", "high blood sugar"),
    "hydroxyurea": ("sickle cell disease",),
}  # fmt: skip
"""By class, or by the medicine's own name."""


def is_taken_for(medicine: Concept, condition: Concept, lexicon: Lexicon) -> bool:
    """A vaccine prevents the illness that it is called by: `tetanus vaccine`."""
    if condition.kind is not Kind.CONDITION:
        return False
    if medicine.name == f"{condition.name} vaccine":
        return True
    names = {medicine.name, *(known.name for known in lexicon.classes_of(medicine))}
    illnesses = (Concept(Kind.CONDITION, illness) for name in names for illness in TAKEN_FOR.get(name, ()))
    return any(lexicon.covers({condition}, illness) for illness in illnesses)
