/** U: what comes as datagrams. */
import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { expect } from 'chai';
import { decodeMessage, type RpcReply } from '../../../codec/rpc/index.ts';
import { callMessage, eventually, VIRT, words } from '../daemon.ts';
import { args, type Case, procedure, verdictOf, type World } from './world.ts';

/** A socket whose answers are kept. */
class Datagrams {
  readonly replies: RpcReply[] = [];
  readonly sizes: number[] = [];
  readonly #socket: Socket;
  readonly #port: number;
  readonly #host: string;

  constructor(port: number, host = '127.0.0.1') {
    this.#port = port;
    this.#host = host;
    this.#socket = createSocket('udp4');
    this.#socket.on('message', (bytes) => {
      this.sizes.push(bytes.length);
      const message = decodeMessage(bytes);
      if (message.type !== 'call') this.replies.push(message);
    });
  }

  send(...datagrams: readonly Uint8Array[]): void {
    for (const datagram of datagrams) this.#socket.send(datagram, this.#port, this.#host);
  }

  /** Sends one more call, of NULL, and waits for its reply: whatever came before it has been dealt with. */
  async behind(xid: number): Promise<void> {
    this.send(callMessage({ xid }));
    const found = await eventually(() => this.replies.some((reply) => reply.xid === xid));
    expect(found, 'the reply to what was sent last').to.equal(true);
  }

  close(): void {
    this.#socket.close();
  }
}

/** An address of this machine that is not loopback. */
function ownAddress(): string | null {
  const all = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? null;
}

async function over(world: World, f: (socket: Datagrams) => Promise<void>): Promise<void> {
  const socket = new Datagrams(world.daemon.port(2));
  try {
    await f(socket);
  } finally {
    socket.close();
  }
}

/** AUTH_SYS with the longest name: the longer the call, the longer its reply may be. */
const LONG_CREDENTIAL = {
  flavor: 1,
  body: Buffer.concat([words(1, 255), Buffer.alloc(256, 'x').fill(0, 255), words(0, 0, 0)]),
};

const XML = '<domain type="test"><name>twice</name><memory>1024</memory><os><type>hvm</type></os></domain>';

export const DATAGRAM_CASES: readonly Case[] = [
  {
    id: 'U-01',
    title: '1,000 CALLITs, of itself too: nothing that the daemon does for others',
    run: (world) =>
      over(world, async (socket) => {
        const inner = words(100_000, 2, 5, 16, 100_000, 2, 5, 0);
        for (let xid = 0; xid < 1000; xid++) {
          const [program, version] = xid % 2 === 0 ? [100_000, 2] : [VIRT, 1];
          const number = xid % 2 === 0 ? 5 : 0x7fff_0005;
          socket.send(callMessage({ xid, program, version, procedure: number, args: inner }));
          if (xid % 50 === 49) await eventually(() => socket.replies.length === xid + 1);
        }
        expect(socket.replies).to.have.lengthOf(1000);
        for (const reply of socket.replies) {
          expect(verdictOf(reply)).to.equal(reply.xid % 2 === 0 ? 'PROG_UNAVAIL' : 'PROC_UNAVAIL');
        }
        expect(Math.max(...socket.sizes), 'nothing comes back but the refusal').to.be.at.most(24);
      }),
  },
  {
    id: 'U-02',
    title: 'strangers draw little: no reply much larger than its call, and no more than a rate',
    run: (world) =>
      over(world, async (near) => {
        near.send(callMessage({ xid: 2, procedure: procedure('NULL').number }));
        await eventually(() => near.sizes.length > 0);
        expect(near.sizes).to.deep.equal([24]);
        // What comes from another address of this machine is a stranger, as from anywhere else.
        const address = ownAddress();
        expect(address, 'an IPv4 address beside loopback').to.not.equal(null);
        const far = new Datagrams(world.daemon.port(3), address as string);
        try {
          const [xml, null_] = [procedure('GET_CAPABILITIES').number, procedure('NULL').number];
          far.send(callMessage({ xid: 1, procedure: xml }));
          await eventually(() => far.sizes.length > 0);
          expect(far.sizes[0], 'a reply to 40 bytes').to.be.at.most(40 * 32);
          // 256 KiB at once and 64 KiB a second: of 2,000 large replies most are not sent.
          const since = Date.now();
          const received = () => world.daemon.metric('udp_datagrams_total');
          const before = await received();
          for (let sent = 1; sent <= 2000; sent++) {
            far.send(callMessage({ xid: 10 + sent, procedure: xml, credential: LONG_CREDENTIAL }));
            // No more at once than any socket's buffer takes.
            if (sent % 50 === 0) await eventually(async () => (await received()) >= before + sent);
          }
          expect(await received(), 'datagrams received').to.equal(before + 2000);
          // A call of a trusted one is answered behind them all.
          await near.behind(4);
          const drawn = far.sizes.slice(1).reduce((sum, size) => sum + size, 0);
          const allowed = 256 * 1024 + (64 * 1024 * (Date.now() - since)) / 1000;
          expect(drawn).to.be.within(128 * 1024, allowed + Math.max(...far.sizes));
          expect(await world.daemon.metric('dropped_total', 'reason="budget"')).to.be.greaterThan(0);
          near.send(callMessage({ xid: 3, procedure: null_ }));
          expect(await eventually(() => near.sizes.length === 3), 'others are served').to.equal(true);
        } finally {
          far.close();
        }
      }),
  },
  {
    id: 'U-03',
    title: 'a REPLY is never answered',
    run: (world) =>
      over(world, async (socket) => {
        socket.send(words(3, 1, 0, 0, 0, 0), words(3, 1, 1, 0, 2, 2), words(3, 1));
        await socket.behind(33);
        expect(socket.sizes, 'one reply, to the call').to.deep.equal([24]);
      }),
  },
  {
    id: 'U-04',
    title: 'datagrams too short and as long as they come',
    run: (world) =>
      over(world, async (socket) => {
        for (const length of [0, 1, 3, 4, 39]) socket.send(Buffer.alloc(length));
        socket.send(callMessage({ xid: 4, args: Buffer.alloc(65_507 - 40) }));
        await socket.behind(5);
        expect(socket.replies.map(verdictOf)).to.deep.equal(['GARBAGE_ARGS', 'SUCCESS']);
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
        await eventually(() => socket.replies.length >= 3);
        await socket.behind(6);
        const replies = socket.replies.filter((reply) => reply.xid === 5);
        expect(replies).to.have.lengthOf(3);
        const bodies = replies.map((reply) =>
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
