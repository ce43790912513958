import * as dgram from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { linkOpener } from '../../replay/index.ts';
import { listen } from '../../transport/listen.ts';
import { parseTarget } from '../../transport/target.ts';

const hello = Uint8Array.of(1, 2, 3, 4);

describe('replay/link', () => {
  /** Sends one message and gives the echo. */
  async function echo(url: string): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      linkOpener()(parseTarget(url), {
        message(bytes) {
          resolve(new Uint8Array(bytes));
        },
        drain: () => {},
        closed: () => reject(new Error('closed')),
      }).then((link) => {
        link.send(hello);
        setTimeout(() => link.close(), 100);
      }, reject);
    });
  }

  it('carries messages over a stream', async () => {
    const listener = await listen('tcp://127.0.0.1:0', {}, (duplex) => {
      duplex.start({
        message: (bytes) => void duplex.send(new Uint8Array(bytes)),
        drain: () => {},
        end: () => duplex.close(),
        closed: () => {},
      });
    });
    try {
      expect(await echo(listener.url)).to.deep.equal(hello);
    } finally {
      await listener.close();
    }
  });

  it('carries messages as datagrams', async () => {
    const socket = dgram.createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    socket.on('message', (bytes, from) => socket.send(bytes, from.port, from.address));
    try {
      expect(await echo(`udp://127.0.0.1:${(socket.address() as AddressInfo).port}`)).to.deep.equal(hello);
    } finally {
      socket.close();
    }
  });
});
