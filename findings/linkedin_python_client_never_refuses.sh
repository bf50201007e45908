#!/usr/bin/env bash
# linkedin-api-client for Python gives LinkedIn's refusals as if they were answers; the one for JavaScript raises.
#
# Versions: linkedin-api-client 0.3.0 for Python; 0.3.0 of the same name on npm.
# Expected: both are LinkedIn's, have one name, one version and the same methods: what raises in one raises in the other.
# Seen:     in Python no status raises. A refused renewal (400 invalid_grant) is a RefreshTokenExchangeResponse whose
#           access_token is None, a retired API version (426) an organisation without a name, and a finder that is not allowed
#           (403) a list that is None. A gateway's page is a ResponseFormattingError without status or body.
# Hurts:    who stores what a renewal gives: the token becomes None, and no creator is asked to sign in again. Who counts
#           organisations sees none. Look at `response.status_code` after every call.
# Output:   Python, 400 invalid_grant: no exception, access_token None
#           Python, 426 NONEXISTENT_VERSION: no exception, entity {'status': 426, ...}
#           Python, 403 ACCESS_DENIED: no exception, elements None
#           JavaScript, 400 invalid_grant: raises
# Exits 1 if any of that changes. The part about JavaScript needs Node.js, and is left out without it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check linkedin-api-client==0.3.0 requests==2.34.2
cat > "$folder/ask.py" << 'PYTHON'
import json
import sys
from importlib.metadata import version

import requests
from linkedin_api.clients.auth.client import AuthClient
from linkedin_api.clients.restli.client import RestliClient


class Refusing(requests.adapters.BaseAdapter):
    def __init__(self, status, body):
        super().__init__()
        self.status, self.body = status, body

    def send(self, request, **more):
        answer = requests.Response()
        answer.status_code, answer.request, answer.url = self.status, request, request.url
        answer._content = json.dumps(self.body).encode()
        return answer

    def close(self):
        pass


def refused(client, status, body):
    client.session.mount("https://", Refusing(status, body))
    return client


print("linkedin-api-client", version("linkedin-api-client"), "for Python")
told = {"error": "invalid_grant", "error_description": "The provided refresh token is invalid, expired or revoked"}
renewed = refused(AuthClient("id", "secret"), 400, told).exchange_refresh_token_for_access_token("of the creator")
dead = {"status": 426, "code": "NONEXISTENT_VERSION", "message": "Requested version 20250101 is not active"}
entity = refused(RestliClient(), 426, dead).get(
    resource_path="/organizations/{id}", path_keys={"id": 1}, access_token="token", version_string="202501"
).entity
denied = {"status": 403, "serviceErrorCode": 100, "code": "ACCESS_DENIED", "message": "Not enough permissions"}
listed = refused(RestliClient(), 403, denied).finder(
    resource_path="/organizationAcls", finder_name="roleAssignee", access_token="token", version_string="202609"
).elements
print("Python, 400 invalid_grant: no exception, access_token", renewed.access_token)
print("Python, 426 NONEXISTENT_VERSION: no exception, entity", entity)
print("Python, 403 ACCESS_DENIED: no exception, elements", listed)
sys.exit((renewed.access_token, entity, listed) != (None, dead, None))
PYTHON
"$folder/venv/bin/python" "$folder/ask.py"
command -v npm > /dev/null || { echo "No Node.js: the part about JavaScript is left out"; exit 0; }
cd "$folder"
npm install --silent --no-fund --no-audit --ignore-scripts --prefix . linkedin-api-client@0.3.0
cat > ask.cjs << 'JAVASCRIPT'
const http = require("node:http");
const { AuthClient } = require("linkedin-api-client");
const axios = require("axios");

const server = http.createServer((request, response) => {
  response.writeHead(400, { "content-type": "application/json" });
  response.end(JSON.stringify({ error: "invalid_grant" }));
});
server.listen(0, "127.0.0.1", async () => {
  const here = `http://127.0.0.1:${server.address().port}`;
  const lead = (config) => ({ ...config, url: config.url.replace(/^https:\/\/[^/]+/, here) });
  const client = new AuthClient({ clientId: "id", clientSecret: "secret" });
  (client.axiosInstance ?? axios.default ?? axios).interceptors.request.use(lead);
  let told = "no exception";
  try {
    await client.exchangeRefreshTokenForAccessToken("of the creator");
  } catch (error) {
    told = error.response ? `raises, status ${error.response.status}` : `raises ${error.message}`;
  }
  console.log("JavaScript, 400 invalid_grant:", told);
  server.close();
  process.exitCode = told.startsWith("raises, status 400") ? 0 : 1;
});
JAVASCRIPT
node ask.cjs
