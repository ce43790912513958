/** RM: record marks and streams. */
import { expect } from 'chai';
import { encodeRecord } from '../../../codec/rpc/index.ts';
import { callMessage, callRecord, eventually, mark, words } from '../daemon.ts';
import { type Case, procedure, verdictOf, type World } from './world.ts';

const MIB = 1024 * 1024;

/** The other side must end it without having said a word. */
async function refused(world: World, bytes: readonly Uint8Array[], finish = false): Promise<void> {
  const raw = await world.raw();
  raw.send(...bytes);
  if (finish) raw.socket.end();
  expect(await raw.ended(), 'the connection ends').to.not.equal(null);
  expect(raw.bytesReceived, 'bytes received').to.equal(0);
}

/** Waits until the daemon has no connection but the canary's. */
async function alone(world: World): Promise<void> {
  const one = async () => (await world.daemon.metric('connections')) === 1;
  expect(await eventually(one, 6000), 'the connection is closed').to.equal(true);
}

export const RECORD_CASES: readonly Case[] = [
  {
    id: 'RM-01',
    title: 'a fragment that declares 2 GiB',
    async run(world) {
      const before = world.daemon.memory;
      await refused(world, [mark(true, 0x7fffffff)]);
      expect(world.daemon.memory - before).to.be.lessThan(16 * MIB);
    },
  },
  {
    id: 'RM-02',
    title: '100,000 empty fragments before a call',
    run: (world) => refused(world, [Buffer.alloc(400_000), callRecord()]),
  },
  {
    id: 'RM-03',
    title: 'an empty record',
    async run(world) {
      const raw = await world.raw();
      raw.send(mark(true, 0), callRecord({ xid: 3 }));
      expect((await raw.next())?.xid, 'no reply to an invented xid').to.equal(3);
      expect(raw.replies).to.deep.equal([]);
    },
  },
  {
    id: 'RM-04',
    title: 'one-byte fragments: answered below the limit, refused above',
    async run(world) {
      const raw = await world.raw();
      raw.send(encodeRecord(callMessage({ xid: 4 }), 1));
      expect(verdictOf(await raw.next())).to.equal('SUCCESS');
      await refused(world, [encodeRecord(Buffer.alloc(5000), 1)]);
    },
  },
  {
    id: 'RM-05',
    title: 'a record without end',
    async run(world) {
      const raw = await world.raw();
      const fragment = Buffer.concat([mark(false, 65_536), Buffer.alloc(65_536)]);
      let sent = 0;
      while (raw.ending === null && sent < 64 * MIB) {
        await raw.taken(fragment);
        sent += fragment.length;
      }
      expect(await raw.ended()).to.not.equal(null);
      expect(sent).to.be.lessThan(64 * MIB);
    },
  },
  {
    id: 'RM-06',
    title: 'half a record, then a byte now and then',
    async run(world) {
      const raw = await world.raw();
      raw.send(mark(true, 200), Buffer.alloc(10));
      const start = Date.now();
      await world.canary();
      expect(await raw.ended(4000), 'closed after the deadline').to.not.equal(null);
      expect(Date.now() - start, 'not before it').to.be.greaterThan(800);
    },
  },
  {
    id: 'RM-07',
    title: 'three bytes of a record mark, then FIN',
    run: (world) => refused(world, [Buffer.from([0x80, 0, 0])], true),
  },
  {
    id: 'RM-08',
    title: 'a record of an xid alone, then a call',
    async run(world) {
      const raw = await world.raw();
      raw.send(mark(true, 4), words(0x77), callRecord({ xid: 8 }));
      const reply = await raw.next();
      if (reply !== null) expect(reply.xid).to.equal(8);
      expect(raw.replies).to.deep.equal([]);
    },
  },
  {
    id: 'RM-09',
    title: 'a call with 900 KiB behind its arguments',
    async run(world) {
      const raw = await world.raw();
      const { number } = procedure('GET_VERSION');
      raw.send(callRecord({ xid: 9, procedure: number, args: Buffer.alloc(900 * 1024, 0x41) }));
      expect(verdictOf(await raw.next())).to.equal('GARBAGE_ARGS');
      raw.send(callRecord({ xid: 10 }));
      expect(verdictOf(await raw.next())).to.equal('SUCCESS');
    },
  },
  {
    id: 'RM-10',
    title: 'NULL with 1 MiB of arguments',
    async run(world) {
      const raw = await world.raw();
      raw.send(callRecord({ xid: 11, args: Buffer.alloc(MIB) }));
      expect(verdictOf(await raw.next())).to.equal('GARBAGE_ARGS');
    },
  },
  {
    id: 'RM-11',
    title: 'what is no RPC: HTTP, a TLS hello, noise',
    async run(world) {
      await refused(world, [Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')]);
      await refused(world, [Buffer.from('16030100c8010000c40303', 'hex'), Buffer.alloc(200)]);
      const noise = Buffer.alloc(MIB);
      let state = 12345;
      for (let i = 0; i < noise.length; i++) {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0;
        noise[i] = state >>> 16;
      }
      noise[0] = 0x7f;
      await refused(world, [noise]);
      for (let i = 0; i < 20; i++) await refused(world, [Buffer.from('GET / HTTP/1.1\r\n\r\n')]);
      const said = world.daemon.log.filter(
        ({ event, reason }) => event === 'disconnected' && reason !== 'closed',
      );
      expect(said, 'lines about one address within a minute').to.have.lengthOf(1);
    },
  },
  {
    id: 'RM-12',
    title: '200 calls in one write, then FIN; then RST',
    async run(world) {
      const calls = Array.from({ length: 200 }, (_, i) =>
        callRecord({ xid: i + 1, procedure: procedure('GET_CAPABILITIES').number }),
      );
      const raw = await world.raw();
      raw.send(...calls);
      raw.socket.end();
      expect(await raw.ended()).to.equal('end');
      expect(raw.replies.map((reply) => reply.xid)).to.have.lengthOf(200);
      const rude = await world.raw();
      rude.send(...calls);
      rude.socket.resetAndDestroy();
      await alone(world);
    },
  },
  {
    id: 'RM-13',
    title: 'a client that calls and never reads',
    async run(world) {
      const raw = await world.raw();
      raw.socket.pause();
      const { number } = procedure('GET_CAPABILITIES');
      const call = callRecord({ xid: 13, procedure: number });
      const before = world.daemon.memory;
      raw.send(...Array.from({ length: 40_000 }, () => call));
      const queued = () => world.daemon.metric('queued_bytes');
      expect(await eventually(async () => (await queued()) > 262_144), 'it stops reading').to.equal(true);
      expect(await queued()).to.be.lessThan(MIB);
      await world.canary();
      await alone(world);
      expect(world.daemon.memory - before).to.be.lessThan(64 * MIB);
    },
  },
];
