import { expect } from 'chai';
import { parseArguments } from '../../../cli/arguments.ts';
import { LIMIT_OPTIONS, limitsFrom } from '../../../cli/serve/limits.ts';
import { connectVirt } from '../../../client/virt.ts';
import { callMessage, callRecord, RawClient } from '../../peers/daemon.ts';
import { type Running, running } from './running.ts';

describe('cli/serve/limits', () => {
  it('gives nothing that was not asked for', async () => {
    const limits = limitsFrom(await parseArguments([], { options: LIMIT_OPTIONS }));
    expect(limits).to.deep.equal({
      engine: {},
      decode: {},
      keepalive: {},
      registrations: undefined,
      udpCache: undefined,
    });
  });

  it('has a place for every option', async () => {
    const names = Object.keys(LIMIT_OPTIONS);
    const argv = names.map((name, i) => `--${name}=${i + 1}`);
    const { engine, decode, keepalive, registrations, udpCache } = limitsFrom(
      await parseArguments(argv, { options: LIMIT_OPTIONS }),
    );
    const values = [engine, decode, keepalive]
      .flatMap((part) => Object.values(part) as unknown[])
      .concat(registrations, udpCache);
    expect(values).to.have.lengthOf(names.length);
    expect(values).to.not.include(undefined);
  });

  it('takes seconds for times', async () => {
    const { engine } = limitsFrom(await parseArguments(['--max-idle=3'], { options: LIMIT_OPTIONS }));
    expect(engine).to.deep.equal({ idleMs: 3000 });
  });
});

/** The mark of a fragment. */
function mark(length: number, last: boolean): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, (last ? 0x80000000 : 0) + length);
  return bytes;
}

describe('cli/serve/limits: kept by the daemon, at, below and above', () => {
  let started: Running;
  after(() => started?.daemon.stop());

  const begin = async (...limits: string[]): Promise<number> => {
    await started?.daemon.stop();
    started = await running(limits);
    return Number(started.daemon.listening[0]?.url.split(':').at(-1));
  };

  /** What becomes of bytes sent on a connection of their own. */
  const answered = async (port: number, ...parts: Uint8Array[]): Promise<boolean> => {
    const raw = await RawClient.connect(port);
    raw.send(...parts);
    const reply = await raw.next(5000);
    raw.close();
    return reply !== null;
  };

  /** A call of the NULL procedure with so many bytes in all, in so many fragments, so many empty ones before them. */
  const record = (length: number, fragments = 1, empty = 0): Uint8Array[] => {
    const message = Buffer.concat([callMessage(), Buffer.alloc(length)]).subarray(0, length);
    const size = Math.ceil(length / fragments);
    const parts = Array.from({ length: empty }, () => mark(0, false));
    for (let at = 0; at < length; at += size) {
      const part = message.subarray(at, at + size);
      parts.push(mark(part.length, at + size >= length), part);
    }
    return parts;
  };

  it('--max-record', async () => {
    const port = await begin('--max-record', '60');
    const found = [56, 60, 61].map((length) => answered(port, ...record(length)));
    expect(await Promise.all(found)).to.deep.equal([true, true, false]);
  });

  it('--max-fragments', async () => {
    const port = await begin('--max-fragments', '4');
    const found = [2, 4, 5].map((n) => answered(port, ...record(40, n)));
    expect(await Promise.all(found)).to.deep.equal([true, true, false]);
  });

  it('--max-empty-fragments', async () => {
    const port = await begin('--max-empty-fragments', '2');
    const found = [1, 2, 3].map((n) => answered(port, ...record(40, 1, n)));
    expect(await Promise.all(found)).to.deep.equal([true, true, false]);
  });

  it('--max-connections', async () => {
    const port = await begin('--max-connections', '2');
    const open: RawClient[] = [];
    for (const expected of [true, true, false]) {
      const raw = await RawClient.connect(port);
      open.push(raw);
      raw.send(callRecord());
      expect((await raw.next(5000)) !== null).to.equal(expected);
    }
    for (const raw of open) raw.close();
  });

  it('--max-newcomers', async () => {
    const port = await begin('--max-newcomers', '2');
    const open = [await RawClient.connect(port), await RawClient.connect(port)];
    // A caller is no newcomer: it neither counts nor is ended.
    open[1]?.send(callRecord());
    expect(await open[1]?.next(5000)).to.not.equal(null);
    open.push(await RawClient.connect(port));
    expect(await started.calls('VIRT_NULL')).to.equal(1);
    expect(open[0]?.ending, 'two at the limit').to.equal(null);
    open.push(await RawClient.connect(port));
    expect(await open[0]?.ended(5000), 'the oldest of three').to.not.equal(null);
    expect(open.slice(1).map(({ ending }) => ending)).to.deep.equal([null, null, null]);
    for (const raw of open) raw.close();
  });

  it('--max-registrations', async () => {
    await begin('--max-registrations', '2');
    const client = await connectVirt(started.uri);
    const register = () =>
      client.call('VIRT_EVENT_REGISTER', { source: 0, object: new Uint8Array(0) }).then(
        () => true,
        () => false,
      );
    expect([await register(), await register(), await register()]).to.deep.equal([true, true, false]);
    await client.close();
  });

  it('--max-idle and --max-partial', async () => {
    const port = await begin('--max-idle', '1', '--max-partial', '2');
    const since = performance.now();
    const [idle, half] = [await RawClient.connect(port), await RawClient.connect(port)];
    idle.send(callRecord());
    half.send(callRecord().subarray(0, 20));
    expect(await idle.ended(8000)).to.not.equal(null);
    expect(performance.now() - since).to.be.within(950, 4000);
    expect(await half.ended(8000)).to.not.equal(null);
    idle.close();
    half.close();
  }).timeout(20_000);
});
