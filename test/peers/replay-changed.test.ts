/** The recorded session of VIRT against the same software, and against servers that were changed in one place. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { RpcError } from '../../codec/rpc/index.ts';
import { createTestDriver } from '../../server/drivers/test/test-driver.ts';
import { Engine } from '../../server/engine/engine.ts';
import { createVirtService } from '../../server/virt/virt-service.ts';
import type { Handler } from '../../transport/peer-types.ts';
import { type Ran, run } from '../cli/fake-io.ts';
import { domainSession, eventSession, recorded } from '../cli/replay-recordings.ts';

/** What stands in the place of a handler. */
type Change = (name: string, handler: Handler) => Handler;

const asItIs: Change = (_, handler) => handler;

describe('peers: replay to a changed server', function () {
  this.timeout(20_000);
  let folder: string;
  let domain: string;
  let events: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-changed-'));
    domain = join(folder, 'domain.pcapng');
    events = join(folder, 'events.pcapng');
    await recorded(domain, ({ url }) => domainSession(url, folder));
    await recorded(events, eventSession);
  });

  after(() => rmSync(folder, { recursive: true }));

  /** What a replay says of a daemon in which `change` was made. */
  async function replayed(session: string, change: Change): Promise<Ran> {
    const driver = await createTestDriver({ uri: 'test:///default' });
    const service = createVirtService({ drivers: [driver], version: 1000n });
    const engine = new Engine();
    engine.addService({
      ...service,
      handler(name, version) {
        const handler = service.handler(name, version);
        return handler === undefined ? undefined : change(name, handler);
      },
    });
    const { url } = await engine.addListener('tcp://127.0.0.1:0', { access: 'rw' });
    const options = ['--ignore', '*.cpu_time', '--timeout', '1'];
    const ran = await run(['replay', session, '--to', url, ...options]);
    await engine.stop({ drainMs: 0 });
    await driver.close();
    return ran;
  }

  const verdicts = (ran: Ran) => /: (\d+ same.*)\n/.exec(ran.out)?.[1];
  /** The lines about calls, without those that sum up. */
  const differences = (ran: Ran) =>
    ran.out
      .slice(0, ran.out.search(/^\d+ calls sent/m))
      .trim()
      .split('\n');

  it('finds all the same where nothing was changed', async () => {
    for (const session of [domain, events]) {
      const ran = await replayed(session, asItIs);
      expect(ran.status, ran.out).to.equal(0);
      expect(verdicts(ran)).to.match(/^\d+ same, \d+ mapped, 0 changed, 0 missing, 0 extra$/);
      expect(differences(ran)).to.deep.equal(['']);
    }
  });

  it('finds one field, and nothing else', async () => {
    const ran = await replayed(domain, (name, handler) =>
      name === 'VIRT_DOMAIN_GET_DETAILS'
        ? async (args, context) => {
            const result = (await handler(args, context)) as { details: { autostart: boolean } };
            return { ...result, details: { ...result.details, autostart: !result.details.autostart } };
          }
        : handler,
    );
    expect(ran.status).to.equal(1);
    expect(verdicts(ran)).to.match(/, 1 changed, 0 missing, 0 extra$/);
    const [call, ...paths] = differences(ran);
    expect(call).to.match(/^changed {2}call \d+ \(frame \d+\) VIRT\.DOMAIN_GET_DETAILS$/);
    expect(paths).to.have.length(1);
    expect(paths[0]).to.match(/^ +result\.details\.autostart: false → true$/);
  });

  it('finds one status, and nothing else', async () => {
    const ran = await replayed(domain, (name, handler) =>
      name === 'VIRT_DOMAIN_GET_XML'
        ? () => {
            throw new RpcError('SYSTEM_ERR', 'changed');
          }
        : handler,
    );
    expect(ran.status).to.equal(1);
    expect(verdicts(ran)).to.match(/, 1 changed, 0 missing, 0 extra$/);
    const [call, ...paths] = differences(ran);
    expect(call).to.match(/^changed {2}call \d+ \(frame \d+\) VIRT\.DOMAIN_GET_XML/);
    expect(paths.map((line) => line.trim())).to.deep.equal(['verdict: "SUCCESS" → "SYSTEM_ERR"']);
  });

  it('finds one event that does not come, and nothing else', async () => {
    const ran = await replayed(events, (name, handler) =>
      name === 'VIRT_EVENT_REGISTER'
        ? (args, context) => {
            const { connection } = context;
            const silent = { ...connection, callback: () => Promise.resolve(undefined) };
            return handler(args, { ...context, connection: Object.assign(connection, silent) });
          }
        : handler,
    );
    expect(ran.status).to.equal(1);
    expect(verdicts(ran)).to.match(/, 0 changed, 1 missing, 0 extra$/);
    expect(differences(ran)).to.have.length(1);
    expect(ran.out).to.match(/^missing {2}callback 1 \(frame \d+\) VIRT_EVENTS\.DOMAIN: nothing came/);
  });
});
