import { expect } from 'chai';
import { Client, connectClient } from '../../client/client.ts';
import { declarations } from '../../codec/programs/ypserv.declare.ts';
import { programs } from '../../codec/programs/ypserv.gen.ts';
import type { Program } from '../../codec/rpc/index.ts';
import { Engine } from '../../server/engine/engine.ts';
import { isTransportError } from '../../transport/errors.ts';
import { memoryPair } from '../../transport/memory-duplex.ts';
import { Peer } from '../../transport/peer.ts';
import { ADD, TOY, toyService } from '../transport/fixture.ts';

interface Toy {
  readonly [name: string]: { readonly args: unknown; readonly result: unknown };
  readonly TOY_ADD: { readonly args: { a: number; b: number }; readonly result: number };
}

describe('client: of one program', () => {
  it('calls by name, with types', async () => {
    const [a, b] = memoryPair();
    const client = new Client<Toy>(new Peer(a), TOY, 2);
    new Peer(b, { side: 'server', services: [toyService()] });
    const sum: number = await client.call('TOY_ADD', { a: 2, b: 3 });
    expect(sum).to.equal(5);
  });

  it('knows what the program lacks before it calls', () => {
    const [a] = memoryPair();
    expect(() => new Client(new Peer(a), TOY, 3)).to.throw(TypeError, 'TOY has no version 3');
    const client = new Client(new Peer(a), TOY, 4);
    expect(() => client.call('TOY_ECHO', null)).to.throw(TypeError, 'TOY 4 has no TOY_ECHO');
    expect(() => client.call('__proto__', null)).to.throw(TypeError);
  });

  it('takes results that repeat as an array, where that is declared', async () => {
    const [a, b] = memoryPair();
    const yp = programs[0] as Program;
    const client = new Client(new Peer(a), yp, 2, declarations);
    const more = { more: true, val: { stat: 1, val: Uint8Array.of(65), key: Uint8Array.of(66) } };
    new Peer(b, {
      side: 'server',
      services: [
        {
          program: yp,
          declarations,
          access: 'unrestricted',
          handler: (name) => (name === 'YPPROC_ALL' ? () => [more, more, { more: false }] : undefined),
        },
      ],
    });
    const all = await client.call('YPPROC_ALL', { domain: 'd', map: 'm' });
    expect(all).to.deep.equal([more, more, { more: false }]);
  });

  it('connects, serves callbacks, and ends', async () => {
    const engine = new Engine();
    engine.addService(
      toyService({
        TOY_SLOW: async (n, { connection }) =>
          `${await connection.callback(TOY.number, 2, ADD, { a: n, b: 1 })}`,
      }),
    );
    const { url } = await engine.addListener('tcp://127.0.0.1:0', { access: 'rw' });
    let close = (_: string): void => undefined;
    const ended = new Promise<string>((resolve) => (close = resolve));
    const client = await connectClient(url, TOY, 2, {
      onClose: ({ kind }) => close(kind),
      callTimeoutMs: 5000,
    });
    client.serve(toyService());
    expect(await client.call('TOY_SLOW', 4)).to.equal('5');
    client.close();
    await engine.stop();
    expect(await ended).to.equal('closed');
    const error = await connectClient(url, TOY, 2).catch((e) => e);
    expect(isTransportError(error)).to.equal(true);
  });
});
