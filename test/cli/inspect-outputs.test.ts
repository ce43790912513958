import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { countMalformed, printCalls, printStatistics } from '../../cli/inspect-outputs.ts';
import type { NamedStatistic } from '../../cli/inspect-settings.ts';
import { MemoryOutput } from '../../cli/output.ts';
import { ProgramTable } from '../../codec/programs/index.ts';
import { forEachPacket } from '../../dissector/capture/for-each-packet.ts';
import { Inspection, type InspectionOptions } from '../../dissector/inspect.ts';
import { ByteWriter } from '../../dissector/output/index.ts';
import { BodyDecoder } from '../../dissector/stats/bodies.ts';
import { type Body, CallAssembler, type CallDecoder, transactionJson } from '../../dissector/stats/calls.ts';
import { type Statistic, StatisticError } from '../../dissector/stats/statistic.ts';
import { findStatistic } from '../../dissector/stats/statistics.ts';

const RPCBIND = 'rpcbind-tcp-udp.pcap';
const captureFile = (name: string) => fileURLToPath(new URL(`../../captures/${name}`, import.meta.url));

/** What an output prints for the packets that match. */
async function printed(
  filter: string,
  add: (inspection: Inspection, out: MemoryOutput, bytes: ByteWriter) => () => void,
  { capture = RPCBIND, ...options }: InspectionOptions & { capture?: string } = {},
): Promise<string> {
  const inspection = new Inspection({ ...options, filter });
  const out = new MemoryOutput();
  const end = add(inspection, out, new ByteWriter({ write: (chunk) => out.writeBytes(chunk) }));
  await forEachPacket(captureFile(capture), (packet, read) => inspection.packet(packet, read));
  inspection.finish();
  end();
  return out.text;
}

const decoder = (body: Body): CallDecoder => ({
  programName: () => 'P',
  procedureName: () => 'F',
  authName: () => 'A',
  args: () => body,
  result: () => body,
  words: () => '',
});
const FINE: Body = { json: '1', malformed: [] };
const settings = { format: 'text', timeFormat: 'r', compat: false } as const;

describe('cli/inspect-outputs', () => {
  it('prints calls of which a frame matches, coloured on demand', async () => {
    const calls = (filter: string, body: Body, color: boolean) =>
      printed(filter, (inspection, out, bytes) =>
        printCalls(inspection, decoder(body), settings, color, out, bytes),
      );
    expect((await calls('', FINE, false)).split('\n').length).to.equal(12 + 1);
    expect(await calls('frame.number == 2', FINE, false)).to.match(
      /^ +0\.000000 .* P V\d F 0\.\d{9} SUCCESS 1 → 1\n$/,
    );
    expect(await calls('frame.number == 2', FINE, true)).to.match(/^\x1b\[32m.*\x1b\[0m\n$/);
    const broken = { json: 'null', malformed: [{ code: 'TRUNCATED', offset: 5, path: 'x' }] };
    expect(await calls('frame.number == 2', broken, true)).to.match(
      /^\x1b\[31m.*\[TRUNCATED at 5 in x\].*\x1b\[0m\n$/,
    );
  });

  it('names operations, and file handles whose names were seen', async () => {
    const table = new ProgramTable();
    await table.loadAll([100003, 100005]);
    const calls = (format: 'text' | 'ndjson') =>
      printed(
        'nfs',
        (inspection, out, bytes) => {
          const bodies = new BodyDecoder(inspection.walker.programs, table, false);
          return printCalls(inspection, bodies, { ...settings, format }, false, out, bytes);
        },
        { capture: 'nfs4-libnfs.pcap', programs: table.programs(), declared: table },
      );
    expect(await calls('text')).to.contain(
      ' SUCCESS "/share/letters/hello.txt" READ StateID: 0x887e Offset: 0 Len: 40 → READ\n',
    );
    expect(await calls('ndjson')).not.to.contain('/share');
  });

  it('prints piece by piece what it would print as text', async () => {
    const table = new ProgramTable();
    await table.loadAll();
    for (const capture of ['nfs3-libnfs.pcap', 'nfs4-libnfs.pcap', RPCBIND]) {
      const options = { capture, programs: table.programs(), declared: table };
      const bodies = (inspection: Inspection) => new BodyDecoder(inspection.walker.programs, table, true);
      const pieces = await printed(
        '',
        (inspection, out, bytes) =>
          printCalls(inspection, bodies(inspection), { ...settings, format: 'ndjson' }, false, out, bytes),
        options,
      );
      const text = await printed(
        '',
        (inspection, out) => {
          const calls = new CallAssembler({
            decoder: bodies(inspection),
            emit: (transaction) => out.write(`${transactionJson(transaction)}\n`),
          });
          inspection.addTap(
            {
              add(frame, list, matches) {
                for (let i = 0; i < list.count; i++) calls.add(frame, list.pdus[i]!, matches);
              },
            },
            true,
          );
          return () => calls.finish();
        },
        options,
      );
      expect(pieces, capture).to.equal(text);
    }
  });

  it('lets no text of a packet steer the terminal', async () => {
    const body: Body = { json: JSON.stringify('\u009b31m\u202e'), malformed: [] };
    const text = await printed('frame.number == 2', (inspection, out, bytes) =>
      printCalls(inspection, decoder(body), settings, false, out, bytes),
    );
    expect(text).not.to.match(/[\u0080-\u009f\u202e]/);
  });

  it('counts malformed transactions, not sealed ones', async () => {
    const count = async (code: string) => {
      const inspection = new Inspection();
      const counted = countMalformed(
        inspection,
        decoder({ json: 'null', malformed: [{ code, offset: 0, path: '' }] }),
      );
      await forEachPacket(captureFile(RPCBIND), (packet, read) => inspection.packet(packet, read));
      counted.end();
      return counted.count();
    };
    expect(await count('TRUNCATED')).to.equal(12);
    expect(await count('SEALED')).to.equal(0);
  });

  it('prints program statistics of all packets, whatever the filter', async () => {
    const argument = 'rpc,programs';
    const { statistic, args } = findStatistic(argument)!;
    const print = (filter: string) =>
      printed(filter, (inspection, out) =>
        printStatistics(inspection, [{ argument, statistic, args }], false, null, out),
      );
    const all = await print('');
    expect(all).to.match(/\nPortmap\(100000\) /);
    expect(await print('!rpc')).to.equal(all);
  });

  it('prints the statistic named last first, and says which one is not understood', async () => {
    const named = (name: string, more: Partial<Statistic> = {}): NamedStatistic => ({
      argument: name,
      args: 'x',
      statistic: {
        name,
        usage: name,
        descriptions: 'none',
        start: () => ({ bodies: false, add: () => undefined, text: () => name, ndjson: () => `{${name}}` }),
        ...more,
      },
    });
    const print = (ndjson: boolean, ...statistics: NamedStatistic[]) =>
      printed('', (inspection, out) => printStatistics(inspection, statistics, ndjson, null, out));
    expect(await print(false, named('a'), named('b'))).to.equal('ba');
    expect(await print(true, named('a'), named('b'))).to.equal('{b}{a}');
    const fail = async (start: Statistic['start']): Promise<string> => {
      try {
        return await print(false, named('a', { start }));
      } catch (e) {
        return (e as Error).message;
      }
    };
    expect(
      await fail(() => {
        throw new StatisticError('no number');
      }),
    ).to.equal('-z a: no number');
    expect(
      await fail((_args, context) => {
        context.test('nosuch.field');
        throw new Error('not reached');
      }),
    ).to.match(/^-z a: .*nosuch/);
  });
});
