import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { encodeUser } from '@nats-io/jwt';
import { createUser } from '@nats-io/nkeys';
import { jwtAuthenticator } from '@nats-io/transport-node';
import { agentIssuerOf } from './agent-credentials.js';
import { SecuredNats, tryPublish, trySubscribe } from './secured-nats.fixture.js';
describe('probe', () => {
  let nats: SecuredNats;
  beforeAll(async () => { nats = await SecuredNats.start(); }, 60_000);
  afterAll(async () => { await nats.stop(); });
  it('x', async () => {
    const issuer = agentIssuerOf(nats.identity);
    const zone = newId('zone');
    const out: unknown[] = [];
    for (const [name, tags] of [['a', []], ['*', ['zone:' + zone]], ['a', ['zone:*']], ['a', ['zone:>']], ['a', ['zone:x', 'zone:' + zone]], ['a.b', ['zone:x']]] as [string, string[]][]) {
      const user = createUser();
      const jwt = await encodeUser(name, user, issuer.accountPublicKey, { tags }, { signer: issuer.scopedSigningSeed, scopedUser: true });
      try {
        const c = await nats.connectAs(jwtAuthenticator(jwt, user.getSeed()), '_INBOX.x');
        out.push([name, tags, await tryPublish(c, `klevr.v1.hb.${zone}.a`), await tryPublish(c, `klevr.v1.hb.foo.a`), await tryPublish(c, `klevr.v1.hb.${zone}.other`), await tryPublish(c, `foo`), await trySubscribe(c, 'klevr.v1.hb.*.*'), await trySubscribe(c, '>')]);
      } catch (e) { out.push([name, tags, String(e)]); }
    }
    const a = await nats.newAgent(zone); const c = await nats.connectAgent(a);
    out.push(await tryPublish(c, `$KV.primaries.x`), await tryPublish(c, `$KV.primaries.x`),await tryPublish(c, `$KV.primaries.x`));
    console.log(JSON.stringify(out, null, 1));
    expect(1).toBe(1);
  }, 60000);
});
