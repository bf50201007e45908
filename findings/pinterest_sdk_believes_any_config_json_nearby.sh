#!/usr/bin/env bash
# Importing pinterest-api-sdk searches all that lies beside your project for a config.json, and believes it.
#
# Versions: pinterest-api-sdk 0.2.7.
# Expected: the SDK reads PINTEREST_* from the environment, perhaps a file that is named for it.
# Seen:     `import pinterest` walks the whole tree below the parent of the working directory (in a container with
#           WORKDIR /app that is the whole file system), takes the first config.json that it meets, whosever it is, and writes
#           every value in it into the environment as PINTEREST_..., over what was set there. A project that lies beside
#           yours decides which token and which host your SDK uses.
# Hurts:    who has other projects, a node_modules or a dump beside: another account's token is used although the right one
#           was set; and every start pays for the walk.
# Output:   PINTEREST_ACCESS_TOKEN was set to: ours
#           after `import pinterest`: somebody-elses
#           a name that has nothing to do with Pinterest: PINTEREST_THEME=dark
# Exits 1 if what was set stays.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pinterest-api-sdk==0.2.7
mkdir -p "$folder/projects/ours" "$folder/projects/another/deep/inside"
echo '{"access_token": "somebody-elses", "theme": "dark"}' > "$folder/projects/another/deep/inside/config.json"
cat > "$folder/read.py" << 'PYTHON'
import os
import sys
from importlib.metadata import version

print("pinterest-api-sdk", version("pinterest-api-sdk"))
print("PINTEREST_ACCESS_TOKEN was set to:", os.environ["PINTEREST_ACCESS_TOKEN"])
from pinterest import config

print("after `import pinterest`:", config.PINTEREST_ACCESS_TOKEN)
print("a name that has nothing to do with Pinterest:", "PINTEREST_THEME=" + os.environ.get("PINTEREST_THEME", ""))
sys.exit(config.PINTEREST_ACCESS_TOKEN == "ours")
PYTHON
cd "$folder/projects/ours"
PINTEREST_ACCESS_TOKEN=ours "$folder/venv/bin/python" "$folder/read.py"
