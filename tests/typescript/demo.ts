// What the app does in its first hour, with the types that the schema gives: node demo.js URL EMAIL PASSWORD TOKEN USER_ID
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

declare const process: { argv: string[] };
const [baseUrl, email, password, access_token, user_id] = process.argv.slice(2);

function told<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

const anonymous = createClient<paths>({ baseUrl });
const signedUp = told(await anonymous.POST("/_allauth/app/v1/auth/signup", { body: { email, password } }));
const headers = { Authorization: `Bearer ${signedUp.meta.access_token}` };
const client = createClient<paths>({ baseUrl, headers });

const connected = told(await client.POST("/api/auth/instagram/", { body: { access_token, user_id } }));
const claim = { network_type: "tiktok", network_id: "maya", network_url: "https://tiktok.com/@maya", followers: 5 } as const;
const submitted = told(await client.POST("/api/action/network/approval/", { body: claim }));
const listed = told(await client.POST("/api/get/networks/", { body: { view: "full" } }));
const first = listed.networks.find((network) => network.id === connected.network_id);

const reference = { network_id: submitted.approval_id };
const state = told(await client.POST("/api/network/status/", { body: reference }));
const gone = told(await client.POST("/api/network/disconnect/", { body: reference }));
const again = await client.POST("/api/network/disconnect/", { body: reference });

console.log(
  JSON.stringify({
    connected: connected.message,
    listed: listed.networks.map((network) => network.network),
    verified: first?.verified,
    state: state.status,
    gone: gone.message,
    again: again.error?.error,
  }),
);
