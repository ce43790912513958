/** U: what comes as datagrams. */
import { createSocket, type Socket } from 'node:dgram';
import { expect } from 'chai';
import { decodeMessage, type RpcReply } from '../../../codec/rpc/index.ts';
import { callMessage, delay, words } from '../daemon.ts';
import { args, type Case, procedure, verdictOf, type World } from './world.ts';

/** A socket whose answers are kept. */
class Datagrams {
  readonly replies: RpcReply[] = [];
  readonly sizes: number[] = [];
  readonly #socket: Socket;
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
    this.#socket = createSocket('udp4');
    this.#socket.on('message', (bytes) => {
      this.sizes.push(bytes.length);
      const message = decodeMessage(bytes);
      if (message.type !== 'call') this.replies.push(message);
    });
  }

  send(...datagrams: readonly Uint8Array[]): void {
    for (const datagram of datagrams) this.#socket.send(datagram, this.#port, '127.0.0.1');
  }

  close(): void {
    this.#socket.close();
  }
}

async function over(world: World, f: (socket: Datagrams) => Promise<void>): Promise<void> {
  const socket = new Datagrams(world.daemon.port(2));
  try {
    await f(socket);
  } finally {
    socket.close();
  }
}

const XML = '<domain type="test"><name>twice</name><memory>1024</memory><os><type>hvm</type></os></domain>';

export const DATAGRAM_CASES: readonly Case[] = [
  {
    id: 'U-01',
    title: 'CALLIT is nothing that the daemon does for others',
    run: (world) =>
      over(world, async (socket) => {
        for (let xid = 0; xid < 50; xid++) {
          socket.send(
            callMessage({ xid, program: 100_000, version: 2, procedure: 5, args: words(100_000, 2, 5, 0) }),
          );
        }
        await delay(200);
        for (const reply of socket.replies) expect(verdictOf(reply)).to.equal('PROG_UNAVAIL');
      }),
  },
  {
    id: 'U-02',
    title: 'no reply much larger than its call, but to this machine',
    run: (world) =>
      over(world, async (socket) => {
        socket.send(callMessage({ xid: 2, procedure: procedure('NULL').number }));
        await delay(150);
        expect(socket.sizes).to.have.lengthOf(1);
        expect(socket.sizes[0]).to.be.at.most(40);
      }),
  },
  {
    id: 'U-03',
    title: 'a REPLY is never answered',
    run: (world) =>
      over(world, async (socket) => {
        socket.send(words(3, 1, 0, 0, 0, 0), words(3, 1, 1, 0, 2, 2), words(3, 1));
        await delay(150);
        expect(socket.sizes).to.deep.equal([]);
      }),
  },
  {
    id: 'U-04',
    title: 'datagrams too short and as long as they come',
    run: (world) =>
      over(world, async (socket) => {
        for (const length of [0, 1, 3, 4, 39]) socket.send(Buffer.alloc(length));
        socket.send(callMessage({ xid: 4, args: Buffer.alloc(65_507 - 40) }));
        await delay(150);
        expect(socket.replies.map(verdictOf)).to.deep.equal(['GARBAGE_ARGS']);
      }),
  },
  {
    id: 'U-05',
    title: 'a repeated datagram is executed once and answered each time',
    run: (world) =>
      over(world, async (socket) => {
        const define = callMessage({
          xid: 5,
          procedure: procedure('DOMAIN_CREATE').number,
          args: args('DOMAIN_CREATE', { xml: XML }),
        });
        socket.send(define, define, define);
        await delay(300);
        expect(socket.replies).to.have.lengthOf(3);
        const bodies = socket.replies.map((reply) =>
          reply.type === 'accepted' ? Buffer.from(reply.body).toString('hex') : 'denied',
        );
        expect(new Set(bodies).size, 'different replies').to.equal(1);
        expect(bodies[0]!.slice(0, 8)).to.equal('00000000');
        const id = Buffer.from(bodies[0]!, 'hex').readInt32BE(4);
        const connection = await world.connect();
        await connection.call('DOMAIN_DESTROY', { id });
      }),
  },
];
