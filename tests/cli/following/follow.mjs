// A client that others wrote (npm's `graphql-ws`, with its own rules of coming back) follows one subscription.
//
// Promise: nothing of it is bent; it is given what software of others gives: credentials in `connectionParams`.
// Told on stdin: {packages, url, query, variables, events}. Tells on stdout: one line of JSON for each event, and ends
// after so many of them.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const told = JSON.parse(await text(process.stdin));
const found = createRequire(join(told.packages, 'package.json'));
const { createClient } = found('graphql-ws');
const client = createClient({
  url: told.url,
  webSocketImpl: found('ws'),
  connectionParams: { Authorization: 'Bearer of-its-own' },
  retryAttempts: 20,
  shouldRetry: () => true, // also while nobody listens; its default takes only closed sockets
  retryWait: () => new Promise((done) => setTimeout(done, 100)),
});

let left = told.events;
for await (const event of client.iterate({ query: told.query, variables: told.variables })) {
  process.stdout.write(`${JSON.stringify(event)}\n`);
  left -= 1;
  if (left === 0) break;
}
await client.dispose();
