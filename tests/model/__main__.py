"""`python -m tests.model`: does the protocol keep its promises, whatever happens?

    python -m tests.model             every configuration, and what is expected of it
    python -m tests.model AWAY walk   only those whose name contains one of these words, with what breaks, step by step
    python -m tests.model --quick     only those that are part of the tests
    python -m tests.model --words     the rules, assumptions and properties, in a sentence each

Times are those of one core. Ends with 1 if a configuration comes to something else than is expected of it.
"""

import argparse
import sys
import time

from tests.model.configurations import configurations
from tests.model.exploring import Search
from tests.model.sentences import ASSUMPTIONS, PROPERTIES, RULES


def main() -> int:
    """Search the configurations that are asked for; 0 if each comes to what is expected."""
    parser = argparse.ArgumentParser(prog="python -m tests.model", description="Search the model of the protocol.")
    parser.add_argument("words", nargs="*", help="only configurations whose name contains one of these")
    parser.add_argument("--quick", action="store_true", help="only those that are part of the tests")
    parser.add_argument("--words", action="store_true", dest="sentences", help="say what the words mean")
    asked = parser.parse_args()
    if asked.sentences:
        _say_the_words()
        return 0
    wrong, states, began = 0, 0, time.process_time()
    for each in configurations():
        if (asked.words and not any(word in each.name for word in asked.words)) or (asked.quick and not each.quick):
            continue
        begun = time.process_time()
        found = Search(each.model).go()
        good = found.broken.startswith(each.breaks) if each.breaks else not found.broken
        wrong, states = wrong + (not good), states + found.states
        _say(f"{'ok ' if good else 'NOT'} {each.name}: {found.broken or 'holds'}", found.states, begun)
        if found.broken and (asked.words or not good):
            sys.stdout.write("".join(f"      {n:2} {line}\n" for n, line in enumerate(found.trace, 1)))
    _say("all as expected" if not wrong else f"{wrong} not as expected", states, began)
    return 1 if wrong else 0


def _say(text: str, states: int, begun: float) -> None:
    sys.stdout.write(f"{text} ({states:,} states, {time.process_time() - begun:.1f} s)\n")
    sys.stdout.flush()


def _say_the_words() -> None:
    for title, words in (("Rules", RULES), ("Assumptions", ASSUMPTIONS), ("Properties", PROPERTIES)):
        sys.stdout.write(f"{title}\n" + "".join(f"    {word:10} {says}\n" for word, says in words.items()))


if __name__ == "__main__":
    sys.exit(main())
