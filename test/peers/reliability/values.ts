/** X: arguments that lie about their lengths, break off, or are no values of their type. */
import { createSocket } from 'node:dgram';
import { expect } from 'chai';
import { decodeMessage, type RpcReply } from '../../../codec/rpc/index.ts';
import { codecOf, smallestValue, type XdrType } from '../../../codec/xdr/index.ts';
import { callMessage, eventually, words } from '../daemon.ts';
import { args, type Case, type Connection, PROCEDURES, procedure, verdictOf } from './world.ts';

/** The smallest value of a type, as bytes. */
export function emptyValue(type: XdrType): Uint8Array {
  return codecOf(type).encode(smallestValue(type));
}

async function garbage(
  connection: Connection,
  name: string,
  ...bodies: readonly Uint8Array[]
): Promise<void> {
  for (const body of bodies) {
    const verdict = verdictOf(await connection.send(name, body));
    expect(verdict, `${name} ${Buffer.from(body.subarray(0, 32)).toString('hex')}`).to.equal('GARBAGE_ARGS');
  }
}

/** A result that is the program's own error, by its code. */
async function failsWith(connection: Connection, name: string, value: unknown): Promise<number> {
  const result = await connection.call<{ status: number; error?: { code: number } }>(name, value);
  expect(result.status, name).to.equal(1);
  return result.error!.code;
}

const NO_DOMAIN = 42;
const text = (value: string, padding = 0) => {
  const bytes = Buffer.from(value, 'latin1');
  const out = Buffer.alloc(4 + Math.ceil(bytes.length / 4) * 4, padding);
  out.writeUInt32BE(bytes.length, 0);
  bytes.copy(out, 4);
  return out;
};

/** Arrays: minor range, then the count of features. */
const features = (count: number, ...rest: readonly number[]) => words(0, 1, count, ...rest);

export const VALUE_CASES: readonly Case[] = [
  {
    id: 'X-01',
    title: 'array counts that overflow when multiplied',
    async run(world) {
      const counts = [0x40000000, 0x40000001, 0x80000000, 0xffffffff];
      await garbage(await world.connect(), 'VERSION_EXCHANGE', ...counts.map((n) => features(n, 0, 0)));
    },
  },
  {
    id: 'X-02',
    title: 'string lengths that wrap when padded',
    async run(world) {
      const connection = await world.connect();
      for (let length = 0x7ffffffc; length <= 0x80000001; length++) {
        await garbage(connection, 'DOMAIN_DEFINE', words(length, 0));
      }
      for (let length = 0xfffffffc; length <= 0xffffffff; length++) {
        await garbage(connection, 'DOMAIN_LOOKUP_BY_NAME', words(length, 0));
      }
    },
  },
  {
    id: 'X-03',
    title: 'a string of 2 GiB in 60 bytes, over TCP and UDP',
    async run(world) {
      const before = world.daemon.memory;
      await garbage(await world.connect(), 'DOMAIN_DEFINE', words(0x7fffffff, 0x41414141));
      const socket = createSocket('udp4');
      const { number } = procedure('DOMAIN_DEFINE');
      const verdicts: string[] = [];
      socket.on('message', (bytes) => verdicts.push(verdictOf(decodeMessage(bytes) as RpcReply)));
      for (let xid = 1; xid <= 200; xid++) {
        const message = callMessage({ xid, procedure: number, args: words(0x7fffffff, 0x41414141) });
        socket.send(message, world.daemon.port(2), '127.0.0.1');
        if (xid % 50 === 0) await eventually(() => verdicts.length === xid);
      }
      socket.close();
      expect(verdicts).to.deep.equal(Array(200).fill('GARBAGE_ARGS'));
      expect(world.daemon.memory - before).to.be.lessThan(32 * 1024 * 1024);
    },
  },
  {
    id: 'X-04',
    title: 'negative and huge numbers where a count or an id is meant',
    async run(world) {
      const connection = await world.connect();
      for (const id of [-1, -0x80000000, 0x7fffffff]) {
        expect(await failsWith(connection, 'DOMAIN_LOOKUP_BY_ID', { id })).to.equal(NO_DOMAIN);
      }
      const result = await connection.call('VERSION_EXCHANGE', {
        minor_low: 0xffffffff,
        minor_high: 0xffffffff,
        features: [],
      });
      expect(result.status).to.equal(1);
      expect(
        (await connection.call('VERSION_EXCHANGE', { minor_low: 1, minor_high: 0, features: [] })).status,
      ).to.equal(1);
    },
  },
  {
    id: 'X-05',
    title: 'no elements, as many as allowed, one more; a tag out of range',
    async run(world) {
      const feature = (n: number) => Array.from({ length: n }, (_, i) => `f${i}`);
      for (const n of [0, 1, 64]) {
        const connection = await world.connect();
        expect((await connection.exchange(feature(n))).status).to.equal(0);
      }
      const connection = await world.connect();
      const many = Buffer.concat([features(65), ...feature(65).map((name) => text(name))]);
      await garbage(connection, 'VERSION_EXCHANGE', many);
      expect((await connection.exchange(['same', 'same'])).status).to.equal(0);
      await garbage(connection, 'EVENT_REGISTER', words(2, 0), words(0x80000000, 0), words(0, 17));
    },
  },
  {
    id: 'X-06',
    title: 'arguments that break off at every word',
    async run(world) {
      const connection = await world.connect();
      await connection.exchange();
      for (const [name, { argument }] of PROCEDURES) {
        const whole = emptyValue(argument);
        for (let length = 0; length < whole.length; length += 4) {
          await garbage(connection, name.slice('VIRT_'.length), whole.subarray(0, length));
        }
      }
      const define = args('DOMAIN_DEFINE', { xml: '<domain type="test"><name>cut</name></domain>' });
      for (let length = 0; length < define.length; length += 4) {
        await garbage(connection, 'DOMAIN_DEFINE', define.subarray(0, length));
      }
    },
  },
  {
    id: 'X-07',
    title: 'empty names, identifiers of zeros',
    async run(world) {
      const connection = await world.connect();
      expect(await failsWith(connection, 'DOMAIN_LOOKUP_BY_NAME', { name: '' })).to.equal(NO_DOMAIN);
      const uuid = new Uint8Array(16);
      expect(await failsWith(connection, 'DOMAIN_LOOKUP_BY_UUID', { uuid })).to.equal(NO_DOMAIN);
      expect(
        (await connection.call('VERSION_EXCHANGE', { minor_low: 0, minor_high: 0, features: [] })).status,
      ).to.equal(0);
    },
  },
  {
    id: 'X-08',
    title: '100,000 links of a list as arguments of every procedure',
    async run(world) {
      const chain = Buffer.alloc(400_000);
      for (let at = 3; at < chain.length; at += 4) chain[at] = 1;
      const connection = await world.connect();
      await connection.exchange();
      for (const name of PROCEDURES.keys()) await garbage(connection, name.slice('VIRT_'.length), chain);
    },
  },
  {
    id: 'X-09',
    title: 'nesting of 10,000 levels inside a document',
    async run(world) {
      const xml = `${'<a>'.repeat(10_000)}${'</a>'.repeat(10_000)}`;
      const connection = await world.connect();
      expect(await failsWith(connection, 'DOMAIN_DEFINE', { xml })).to.equal(27);
    },
  },
  {
    id: 'X-10',
    title: 'booleans, enumerations and discriminants out of range',
    async run(world) {
      const connection = await world.connect();
      await connection.exchange();
      await garbage(connection, 'DOMAIN_SET_AUTOSTART', words(0, 0, 0, 0, 2), words(0, 0, 0, 0, 0xffffffff));
      await garbage(connection, 'EVENT_REGISTER', words(7, 0));
      await garbage(connection, 'OPEN', words(2), words(0xffffffff, 0));
    },
  },
  {
    id: 'X-11',
    title: 'padding that is not zero',
    async run(world) {
      await garbage(await world.connect(), 'DOMAIN_LOOKUP_BY_NAME', text('abc', 0x41));
    },
  },
  {
    id: 'X-12',
    title: 'names with NUL, broken UTF-8, escape sequences, paths, object keys',
    async run(world) {
      const connection = await world.connect();
      const names = [
        'a\0b',
        '\xc0\x80',
        '\xed\xa0\x80',
        '\x1b]0;x\x07',
        '%n%s'.repeat(50),
        '../../etc/passwd',
        '__proto__',
        'constructor',
        '\xe2\x80\xae',
      ];
      for (const name of names) {
        const reply = await connection.send('DOMAIN_LOOKUP_BY_NAME', text(name));
        expect(verdictOf(reply), JSON.stringify(name)).to.be.oneOf(['SUCCESS', 'GARBAGE_ARGS']);
      }
      await garbage(
        connection,
        'DOMAIN_DEFINE',
        words(0x40001, ...new Array<number>(0x10001).fill(0x41414141)),
      );
    },
  },
  {
    id: 'X-13',
    title: 'numbers at the ends of their range inside a document',
    async run(world) {
      const connection = await world.connect();
      for (const memory of [
        '9007199254740993',
        '9223372036854775808',
        '18446744073709551616',
        '-1',
        'NaN',
        '1e9',
      ]) {
        const xml = `<domain type="test"><name>big</name><memory>${memory}</memory><os><type>hvm</type></os></domain>`;
        const result = await connection.call<{ status: number; dom?: { uuid: Uint8Array } }>(
          'DOMAIN_DEFINE',
          { xml },
        );
        if (result.status === 0) await connection.call('DOMAIN_UNDEFINE', { uuid: result.dom!.uuid });
      }
    },
  },
  {
    id: 'X-14',
    title: 'negative lengths inside an array',
    async run(world) {
      const connection = await world.connect();
      await garbage(connection, 'VERSION_EXCHANGE', features(2, 0xffffffff, 0), features(1, 0x7fffffff, 0));
    },
  },
  {
    id: 'X-15',
    title: 'a count of elements that take next to nothing',
    async run(world) {
      const body = Buffer.concat([features(1_000_000), Buffer.alloc(4_000_000)]);
      await garbage(await world.connect(), 'VERSION_EXCHANGE', body);
    },
  },
  {
    id: 'X-16',
    title: 'fixed-size fields too short',
    async run(world) {
      const connection = await world.connect();
      for (const length of [15, 12, 0]) {
        await garbage(connection, 'DOMAIN_LOOKUP_BY_UUID', Buffer.alloc(length));
      }
      await garbage(connection, 'DOMAIN_LOOKUP_BY_UUID', Buffer.alloc(20));
    },
  },
];
