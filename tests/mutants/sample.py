"""Chooses mutants by chance, with a seed, so that the same are tried again.

    cargo mutants --list --json --file 'GLOB' | sample.py SEED COUNT > CONFIG
    cargo mutants --config CONFIG ...

CONFIG names the chosen ones for cargo-mutants. The list is sorted first: its order has no say.
"""

import json
import random
import re
import sys


def main() -> None:
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    names = sorted(mutant["name"] for mutant in json.load(sys.stdin))
    chosen = sorted(random.Random(seed).sample(names, min(count, len(names))))
    print(f"# seed {seed}: {len(chosen)} of {len(names)} mutants")
    print(f"seed {seed}: {len(chosen)} of {len(names)} mutants", file=sys.stderr)
    print("examine_re = [")
    for name in chosen:
        # JSON's text is also TOML's.
        print(f"    {json.dumps('^' + re.escape(name) + '$')},")
    print("]")


main()
