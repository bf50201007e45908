// twitter-api-v2 does X's jobs: a line of JSON in, a line of JSON out, as judges/sdks/bench.py does it.
const https = require("node:https");
const readline = require("node:readline");
const tls = require("node:tls");
const { version } = require("twitter-api-v2/package.json");
const { ApiResponseError, TwitterApi } = require("twitter-api-v2");

// Every host is the sandbox, whose certificate NODE_EXTRA_CA_CERTS names; the SDK itself stays as it is.
class Sandbox extends https.Agent {
  createConnection(options) {
    const { JUDGES_PORT: port } = process.env;
    return tls.connect({ ...options, host: "127.0.0.1", port: Number(port), servername: options.host });
  }
}
https.globalAgent = new Sandbox();

const FIELDS = [
  "created_at",
  "description",
  "is_identity_verified",
  "parody",
  "profile_image_url",
  "public_metrics",
  "verified",
  "verified_followers_count",
  "verified_type",
];
const REFUSALS = ["dead token", "missing scope", "limited", "outage", "gone"];
const LIFE_STEP = 100;

const app = (given) => new TwitterApi({ clientId: given.client_id, clientSecret: given.client_secret });

const about = (seconds) => Math.round(seconds / LIFE_STEP) * LIFE_STEP;

const readGrant = (token) => ({
  access_token: Boolean(token.accessToken),
  refresh_token: Boolean(token.refreshToken),
  expires_in: about(token.expiresIn),
  scopes: [...token.scope].sort(),
});

const readUser = (user) => ({
  uid: user.id,
  external_id: user.username.toLowerCase(),
  name: user.name,
  followers: user.public_metrics.followers_count,
  following_count: user.public_metrics.following_count,
  posts_count: user.public_metrics.tweet_count,
  verified_badge: user.verified,
  verified_type: user.verified_type,
  identity_verified: user.is_identity_verified,
  verified_followers_count: user.verified_followers_count,
  parody: user.parody,
  account_created: user.created_at.slice(0, 10),
  bio: user.description,
});

const authorize = async (given) => {
  const { scopes: scope, state } = given;
  return { url: app(given).generateOAuth2AuthLink(given.redirect_uri, { scope, state }).url };
};

const exchange = async (given) =>
  readGrant(
    await app(given).loginWithOAuth2({
      code: given.code,
      codeVerifier: given.code_verifier,
      redirectUri: given.redirect_uri,
    }),
  );

const refresh = async (given) => readGrant(await app(given).refreshOAuth2Token(given.refresh_token));

const profile = async (given) => {
  const answer = await new TwitterApi(given.access_token).v2.me({ "user.fields": FIELDS });
  if (answer.data) return readUser(answer.data);
  return { kind: answer.errors[0].type.split("/").at(-1), raised: "nothing: no data beside the errors" };
};

const batch = async (given) => {
  const answer = await new TwitterApi(given.app_token).v2.users(given.ids, { "user.fields": FIELDS });
  const found = (answer.data ?? []).map((user) => [user.id, user.public_metrics.followers_count]);
  return { found: Object.fromEntries(found), missing: (answer.errors ?? []).map((error) => error.resource_id).sort() };
};

const revoke = async (given) => {
  await app(given).revokeOAuth2Token(given.token, "refresh_token");
  return {};
};

const refused = (ask) => async (given) => {
  try {
    return await ask(given);
  } catch (error) {
    if (!(error instanceof ApiResponseError)) throw error;
    const word = typeof error.data.error === "string" ? { code: error.data.error } : {};
    const wait = error.rateLimitError ? { retry_after: about(error.rateLimit.reset - Date.now() / 1000) } : {};
    return { status: error.code, ...word, ...wait, raised: "ApiResponseError" };
  }
};

const JOBS = {
  authorize,
  exchange,
  refresh,
  "spent grant": refused(refresh),
  profile,
  batch,
  revoke,
  ...Object.fromEntries(REFUSALS.map((job) => [job, refused(profile)])),
};

const answer = async (line) => {
  const [job, given] = JSON.parse(line);
  try {
    return await JOBS[job](given);
  } catch (error) {
    return { failed: `${error.name}: ${error.message}`.slice(0, 300) };
  }
};

const main = async () => {
  console.log(JSON.stringify([[`twitter-api-v2 ${version}`], Object.keys(JOBS)]));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await answer(line)));
  }
};

main();
