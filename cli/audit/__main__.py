"""`python -m cli.audit`: the auditor's command by itself, where nothing else of Estafet is installed.

Promise: the same words as `estafet audit`.
Elsewhere: the words, `cli.audit.commands`.
"""

import sys

from cli.audit import commands, endings

if __name__ == "__main__":  # a spawned worker imports this module again, under another name
    sys.exit(endings.run(commands.app, name="estafet audit"))
