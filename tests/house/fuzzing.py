"""One reader of the table under atheris, which is led by what the reader's code does with the bytes.

`python -m tests.house.fuzzing ledger.entries.parse RUNS FOLDER`: exit 0 after so many runs without a find. A find is
left in FOLDER as `crash-*`. In a process of its own, since libFuzzer ends the process in which it runs.
Rules: a reader that takes longer than ten seconds for one input counts as hanging.
Elsewhere: who runs it, `test_fuzzing` beside this; without atheris, `test_parsers`.
"""

import importlib
import sys
from pathlib import Path
from random import Random
from typing import Any

SECONDS = 10
LARGEST = 20_000


def main(address: str, runs: int, folder: Path) -> None:
    """Fuzz one reader; does not come back."""
    atheris: Any = importlib.import_module("atheris")
    rooms = ["ledger", "auth", "api", "cli", "reading", "casework", "settings", "operations", "database"]
    with atheris.instrument_imports(include=rooms):
        parsers = importlib.import_module("tests.house.parsers")
    bending = importlib.import_module("tests.house.bending")
    parser = next(each for each in parsers.table() if each.address == address)
    refusals = (*parser.refusals, parsers.Unfit)

    def once(data: bytes) -> None:
        try:
            found = parser.read(data)
        except refusals:
            return
        if found is not None and parser.write is not None:
            again = parser.read(parser.write(found))
            if again != found:
                raise AssertionError(f"read {found!r}, written and read again {again!r}")

    def mutated(data: bytes, most: int, number: int) -> bytes:
        """Half of the time by libFuzzer, byte by byte; half of the time by what is known of the form."""
        if Random(number).random() < 0.5:  # noqa: S311  # examples of a test hide nothing
            return bytes(atheris.Mutate(data, most))
        return bytes(bending.bent([data, *parser.examples], number)[:most])

    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, example in enumerate(parser.examples):
        (corpus / f"example-{number}").write_bytes(example)
    told = [f"-runs={runs}", f"-timeout={SECONDS}", f"-max_len={LARGEST}", "-seed=4", "-rss_limit_mb=4096"]
    told += [f"-artifact_prefix={folder}/", "-verbosity=0", "-print_final_stats=1", str(corpus)]
    atheris.Setup([address, *told], once, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
