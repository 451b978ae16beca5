// The audits of the npm package `graphql-http` (GraphQL over HTTP), run against a server that asks for credentials.
//
// Promise: each request is the audit's own, sent by the platform's fetch straight to the server; two headers are added,
// the access token and a fresh DPoP proof of this request, and nothing else is touched, neither way. Where no key is
// told, nothing is added: something else stands between, which does that.
// Told on stdin: {packages, url, target, token, key}; `target` is the URL under which proofs name the service.
// Tells on stdout: one entry for each audit, with the answer where the audit was not content with it.
// What fetch itself adds where an audit gives nothing: "accept: */*", and for a text "content-type: text/plain".

import { createHash, createPrivateKey, randomUUID, sign } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const told = JSON.parse(await text(process.stdin));
const { serverAudits } = createRequire(join(told.packages, 'package.json'))('graphql-http');
const key = told.key && createPrivateKey({ key: told.key, format: 'jwk' });
const { kty, crv, x } = told.key ?? {};

const inBase64 = (value) => Buffer.from(value).toString('base64url');
const ath = createHash('sha256').update(told.token ?? '').digest('base64url');

function proof(method) {
  const header = { typ: 'dpop+jwt', alg: 'Ed25519', jwk: { kty, crv, x } };
  const iat = Math.floor(Date.now() / 1000);
  const claims = { jti: randomUUID(), htm: method, htu: told.target, iat, ath };
  const content = `${inBase64(JSON.stringify(header))}.${inBase64(JSON.stringify(claims))}`;
  return `${content}.${sign(null, Buffer.from(content), key).toString('base64url')}`;
}

function fetchFn(url, init = {}) {
  if (!key) return fetch(url, init);
  const credentials = { authorization: `DPoP ${told.token}`, dpop: proof(init.method ?? 'GET') };
  return fetch(url, { ...init, headers: { ...init.headers, ...credentials } });
}

const results = await Promise.all(serverAudits({ url: told.url, fetchFn }).map((audit) => audit.fn()));
const answered = async (response) => ({
  status: response.status,
  type: response.headers.get('content-type'),
  body: response.bodyUsed ? null : await response.text(),
});
const entries = results.map(async ({ response, ...result }) =>
  response === undefined ? result : { ...result, response: await answered(response) },
);
process.stdout.write(JSON.stringify(await Promise.all(entries)));
