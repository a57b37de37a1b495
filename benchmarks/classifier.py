"""How fast texts are classified on one core: many at once, and one alone.

    python -m benchmarks.classifier --texts 10000

The texts are put together from the demo city's book of speech: 15 first-level categories, 390
narrowest ones, some 250 characters each. What is timed is all of it: cutting a text into words,
hashing, weighing, deciding. Times are of the processor, so that whoever else is busy on the machine
counts less.
"""

import argparse
import json
import os
import random
import time
import tomllib
from pathlib import Path
from typing import Any

# Before numpy is imported, which reads it.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minsheng.foundation.settings")
SPEECH = Path(__file__).resolve().parents[1] / "cities" / "binhai" / "speech"
SAID = ("complaint", "help", "report", "consult", "suggestion", "impact")


def texts(count: int, seed: int) -> list[tuple[str, str]]:
    """Returns texts with their narrowest categories."""
    chance = random.Random(seed)
    lines: dict[str, list[str]] = {}
    for path in sorted(SPEECH.glob("[0-9]*.toml")):
        for code, told in tomllib.loads(path.read_text("utf-8")).get("category", {}).items():
            lines[code] = [line for key in SAID for line in told.get(key, ())]
    codes = sorted(code for code, told in lines.items() if told)
    made = []
    for _place in range(count):
        code = chance.choice(codes)
        said = chance.choices(lines[code], k=6)
        made.append((f"{chance.randrange(1, 900)}号，{'。'.join(said)}。", code))
    return made


def measure(count: int) -> dict[str, Any]:
    """Learns from as many texts as are then classified, and returns rates, times and shares."""
    import django
    import numpy as np

    django.setup()  # models, but no database

    from minsheng.insight.classifier import Classifier
    from minsheng.insight.learning.grams import cut
    from minsheng.insight.learning.lessons import Lesson
    from minsheng.insight.learning.training import fit

    taught, asked = texts(count, 1), texts(count, 2)
    flat = Classifier().fit([text for text, _code in taught], [code[:2] for _text, code in taught])
    tree = fit([Lesson("", "", text, (code[:2], code[:4], code), "", 1) for text, code in taught])
    words = [text for text, _code in asked]

    begun = time.process_time()
    found = flat.predict(words)
    batch = time.process_time() - begun
    right = np.mean([code == text[1][:2] for code, text in zip(found, asked, strict=True)])

    def one(text: str) -> None:
        row = tree.features.rows([cut(text)])
        tree.tree.chances(row.indices, row.data)

    return {
        "texts": count,
        "characters": round(sum(map(len, words)) / count),
        "batch_per_second": round(count / batch),
        "batch_right": round(float(right), 4),
        "one_first_level": _timed(lambda text: flat.predict([text]), words[:500]),
        "one_whole_tree": _timed(one, words[:500]),
    }


def _timed(do: Any, words: list[str]) -> dict[str, float]:
    """Returns the milliseconds that one call takes: the median and the 99th of a hundred."""
    took = []
    for text in words:
        begun = time.process_time()
        do(text)
        took.append(1000 * (time.process_time() - begun))
    took.sort()
    return {"p50": round(took[len(took) // 2], 2), "p99": round(took[int(len(took) * 0.99)], 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=10_000)
    parser.add_argument("--json", type=Path, help="where the figures go")
    given = parser.parse_args()
    told = measure(given.texts)
    print(json.dumps(told, indent=2))
    if given.json:
        given.json.write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
