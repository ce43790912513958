import { expect } from 'chai';
import { parseArguments } from '../../cli/arguments.ts';
import { isCliError } from '../../cli/errors.ts';
import { INSPECT_OPTIONS } from '../../cli/inspect-options.ts';
import { type InspectSettings, inspectSettings } from '../../cli/inspect-settings.ts';

async function settings(...argv: string[]): Promise<InspectSettings> {
  return inspectSettings(await parseArguments(argv, { options: INSPECT_OPTIONS }));
}

async function refusal(...argv: string[]): Promise<string> {
  try {
    await settings(...argv);
  } catch (e) {
    if (isCliError(e)) return `${e.what}: ${e.why}`;
    throw e;
  }
  return 'accepted';
}

describe('cli/inspect-settings', () => {
  it('takes the file from -r or the first word, and the filter from -Y or the words left over', async () => {
    expect(await settings('-r', 'a')).to.include({ file: 'a', filter: '' });
    expect(await settings('a')).to.include({ file: 'a', filter: '' });
    expect(await settings('-')).to.include({ file: '-' });
    expect(await settings('-r', 'a', 'rpc', 'and', 'tcp')).to.include({ file: 'a', filter: 'rpc and tcp' });
    expect(await settings('a', 'rpc')).to.include({ file: 'a', filter: 'rpc' });
    expect(await settings('a', '-Y', 'rpc')).to.include({ file: 'a', filter: 'rpc' });
    expect(await refusal('-r', 'a', '-Y', 'rpc', 'tcp')).to.match(/^tcp: a display filter was given both/);
    expect(await refusal()).to.equal('inspect: no capture file');
  });

  it('has the defaults of tshark', async () => {
    expect(await settings('a')).to.deep.include({
      format: 'text',
      timeFormat: 'r',
      count: Number.POSITIVE_INFINITY,
      quiet: false,
      compat: false,
      statistics: [],
      preferences: {},
    });
  });

  it('wants fields for -T fields, and a format for -e', async () => {
    expect(await refusal('a', '-T', 'fields')).to.equal(
      '-T: "-Tfields" was specified, but no fields were specified with "-e".',
    );
    expect(await refusal('a', '-e', 'rpc.xid')).to.match(/^-e: "-e" was specified, but none of/);
    expect((await settings('a', '-Tjson', '-e', 'rpc.xid')).fields).to.deep.equal(['rpc.xid']);
  });

  it('says what -e and -x go with, and which layers are shown', async () => {
    expect(await refusal('a', '-Tjsonraw', '-e', 'rpc.xid')).to.match(/^-e: "-e" was specified, but none of/);
    expect(await refusal('a', '-Tpdml', '-x')).to.match(/^-x: /);
    expect(await refusal('a', '-Tek', '--no-duplicate-keys')).to.match(/^--no-duplicate-keys: /);
    const only = await settings('a', '-O', 'rpc,nfs');
    expect(only).to.include({ details: true, summary: false });
    expect(only.only).to.deep.equal(new Set(['rpc', 'nfs']));
    expect(await settings('a', '-V', '-P')).to.include({ details: true, summary: true });
    expect((await settings('a', '-Tek', '-j', 'ip tcp')).filterKeys).to.deep.equal({
      protocols: new Set(['ip', 'tcp']),
      deep: false,
    });
    expect((await settings('a', '-Tek', '-J', 'ip')).filterKeys).to.deep.include({ deep: true });
    expect(await refusal('a', '-Tek', '-J', 'ip', '-j', 'tcp')).to.equal('-j: does not go with -J');
  });

  it('allows --calls as text and ndjson', async () => {
    expect(await settings('a', '--calls', '-Tndjson')).to.include({ calls: true, format: 'ndjson' });
    expect(await refusal('a', '--calls', '-Tjson')).to.equal('--calls: prints text or ndjson, not json');
    expect(await refusal('a', '--calls', '-V')).to.match(/^--calls: shows one line/);
  });

  it('reads Decode As', async () => {
    const s = await settings(
      'a',
      '-d',
      'tcp.port==9999,rpc',
      '-d',
      'udp.port==10-12,rpc',
      '-d',
      'tcp.port==5:2,rpc',
    );
    expect([...s.tcpPorts]).to.deep.equal([9999, 5, 6]);
    expect([...s.udpPorts]).to.deep.equal([10, 11, 12]);
    for (const bad of [
      'tcp.port==x,rpc',
      'sctp.port==1,rpc',
      'tcp.port==70000,rpc',
      'tcp.port==9-5,rpc',
      'tcp.port==9,http',
    ]) {
      expect(await refusal('a', '-d', bad)).to.match(/^-d: /);
    }
  });

  it('reads preferences', async () => {
    const s = await settings(
      'a',
      '-o',
      'rpc.dissect_unknown_programs:TRUE',
      '-o',
      'rpc.max_tcp_pdu_size: 100',
      '-o',
      'ip.defragment:false',
    );
    expect(s.preferences).to.deep.equal({
      'rpc.dissect_unknown_programs': true,
      'rpc.max_tcp_pdu_size': 100,
      'ip.defragment': false,
    });
    expect((await settings('a', '-o', 'tcp.check_checksum:FALSE')).preferences).to.deep.equal({});
    const keys = ['--keylog', 'one', '-o', 'tls.keylog_file: two words', '-o', 'tls.keylog_file:'];
    expect(await settings('a', ...keys)).to.deep.include({
      preferences: {},
      keyLogFiles: ['one', 'two words'],
    });
    expect(await refusal('a', '-o', 'tcp.check_checksum:TRUE')).to.match(/only FALSE is offered/);
    expect(await refusal('a', '-o', 'rpc.nosuch:TRUE')).to.match(/unknown preference/);
    expect(await refusal('a', '-o', '__proto__:TRUE')).to.match(/unknown preference/);
    expect(await refusal('a', '-o', 'rpc.find_fragment_start')).to.match(/is not NAME:VALUE/);
    expect(await refusal('a', '-o', 'rpc.find_fragment_start:1')).to.match(/TRUE or FALSE/);
    expect(await refusal('a', '-o', 'rpc.max_tcp_pdu_size:99999999999')).to.match(/number up to/);
  });

  it('knows its heuristics and statistics', async () => {
    expect([...(await settings('a', '--disable-heuristic', 'smpp_tcp')).disabledHeuristics]).to.deep.equal([
      'smpp_tcp',
    ]);
    expect(await refusal('a', '--disable-heuristic', 'nosuch')).to.equal(
      '--disable-heuristic: no such heuristic: nosuch',
    );
    const named = (await settings('a', '-z', 'rpc,programs', '-zrpc,programs,x')).statistics;
    expect(named.map(({ statistic, args }) => [statistic.name, args])).to.deep.equal([
      ['rpc,programs', ''],
      ['rpc,programs', 'x'],
    ]);
    expect(await refusal('a', '-z', 'nosuch,tree')).to.match(/not among the statistics/);
  });
});
