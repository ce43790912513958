import { expect } from 'chai';
import { checkValue, expandArguments, nearest, parseArguments } from '../../cli/arguments.ts';
import type { OptionTable } from '../../cli/command.ts';
import { isCliError } from '../../cli/errors.ts';
import { INSPECT_OPTIONS, TSHARK_LACKING } from '../../cli/inspect-options.ts';

/** Words of a shell line; only plain and quoted words, which is all the table below needs. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((m) => m[1] ?? m[2] ?? m[3]!);
}

function show(line: string, table: OptionTable = INSPECT_OPTIONS): string {
  const { options, positionals } = expandArguments(words(line), table, TSHARK_LACKING);
  return [...options, ...(positionals.length > 0 ? ['|', ...positionals] : [])].join(' ');
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (e) {
    if (isCliError(e)) return `${e.status} ${e.what}: ${e.why}${e.hint === undefined ? '' : ` (${e.hint})`}`;
    throw e;
  }
  return 'accepted';
}

/** Command lines as people type them for tshark, and what each word is bound to. */
const LINES: readonly (readonly [line: string, bound: string])[] = [
  ['-r a.pcap', '--read-file=a.pcap'],
  ['-ra.pcap', '--read-file=a.pcap'],
  ['a.pcap', '| a.pcap'],
  ['-', '| -'],
  ['-r -', '--read-file=-'],
  ['-r-', '--read-file=-'],
  ['-nr a.pcap', '--no-resolve --read-file=a.pcap'],
  ['-nra.pcap', '--no-resolve --read-file=a.pcap'],
  ['-2nr a.pcap', '--two-pass --no-resolve --read-file=a.pcap'],
  ['-n -q -z rpc,programs -r a.pcap', '--no-resolve --quiet --statistics=rpc,programs --read-file=a.pcap'],
  ['-nqz rpc,programs a.pcap', '--no-resolve --quiet --statistics=rpc,programs | a.pcap'],
  ['-qzrpc,programs -r a.pcap', '--quiet --statistics=rpc,programs --read-file=a.pcap'],
  ['-r a.pcap -Y rpc', '--read-file=a.pcap --display-filter=rpc'],
  ['-r a.pcap -Yrpc', '--read-file=a.pcap --display-filter=rpc'],
  ['-Y "rpc.xid == 0x10" -r a.pcap', '--display-filter=rpc.xid == 0x10 --read-file=a.pcap'],
  ['-Y "-x == 1" a.pcap', '--display-filter=-x == 1 | a.pcap'],
  ['-Y "!rpc" -r a.pcap', '--display-filter=!rpc --read-file=a.pcap'],
  ['-r a.pcap rpc and tcp', '--read-file=a.pcap | rpc and tcp'],
  ['-r a.pcap "rpc && tcp"', '--read-file=a.pcap | rpc && tcp'],
  ['-T fields -e rpc.xid -r a.pcap', '--format=fields --field=rpc.xid --read-file=a.pcap'],
  ['-Tfields -erpc.xid a.pcap', '--format=fields --field=rpc.xid | a.pcap'],
  [
    '-nTfields -e rpc.xid -e rpc.msgtyp a.pcap',
    '--no-resolve --format=fields --field=rpc.xid --field=rpc.msgtyp | a.pcap',
  ],
  [
    '-T fields -e frame.number -E header=y -E separator=, a.pcap',
    '--format=fields --field=frame.number --fields-option=header=y --fields-option=separator=, | a.pcap',
  ],
  ['-Eheader=y a.pcap', '--fields-option=header=y | a.pcap'],
  ["-E 'separator= ' a.pcap", '--fields-option=separator=  | a.pcap'],
  ['-E separator=/t a.pcap', '--fields-option=separator=/t | a.pcap'],
  ['-c5 a.pcap', '--count=5 | a.pcap'],
  ['-c 5 -r a.pcap', '--count=5 --read-file=a.pcap'],
  ['-nc5 a.pcap', '--no-resolve --count=5 | a.pcap'],
  ['-V -r a.pcap', '--details --read-file=a.pcap'],
  ['-Vx -r a.pcap', '--details --hexdump --read-file=a.pcap'],
  ['-xVnr a.pcap', '--hexdump --details --no-resolve --read-file=a.pcap'],
  ['-t ad a.pcap', '--time-format=ad | a.pcap'],
  ['-tud a.pcap', '--time-format=ud | a.pcap'],
  ['-d tcp.port==9999,rpc a.pcap', '--decode-as=tcp.port==9999,rpc | a.pcap'],
  ['-dudp.port==9999,rpc a.pcap', '--decode-as=udp.port==9999,rpc | a.pcap'],
  ['-o rpc.dissect_unknown_programs:TRUE a.pcap', '--preference=rpc.dissect_unknown_programs:TRUE | a.pcap'],
  [
    '-orpc.find_fragment_start:TRUE -o tcp.reassemble_out_of_order:TRUE a.pcap',
    '--preference=rpc.find_fragment_start:TRUE --preference=tcp.reassemble_out_of_order:TRUE | a.pcap',
  ],
  ['--disable-heuristic smpp_tcp -r a.pcap', '--disable-heuristic=smpp_tcp --read-file=a.pcap'],
  ['--disable-heuristic=rpc_tcp a.pcap', '--disable-heuristic=rpc_tcp | a.pcap'],
  ['--read-file=a.pcap --display-filter=rpc', '--read-file=a.pcap --display-filter=rpc'],
  ['--read-file a.pcap --display-filter rpc', '--read-file=a.pcap --display-filter=rpc'],
  ['--display-filter= a.pcap', '--display-filter= | a.pcap'],
  ['-- -odd-name.pcap', '| -odd-name.pcap'],
  ['-n -- -r', '--no-resolve | -r'],
  ['-r a.pcap -- rpc', '--read-file=a.pcap | rpc'],
  ['a.pcap --calls -T ndjson', '--calls --format=ndjson | a.pcap'],
  ['--calls --tshark-compat --strict a.pcap', '--calls --tshark-compat --strict | a.pcap'],
  ['0x10', '| 0x10'],
  ['007 1e3', '| 007 1e3'],
  [
    '-2 -T fields -e rpc.reqframe -r a.pcap',
    '--two-pass --format=fields --field=rpc.reqframe --read-file=a.pcap',
  ],
  ['-e rpc.xid a.pcap', '--field=rpc.xid | a.pcap'],
];

const REFUSED: readonly (readonly [line: string, why: string])[] = [
  ['-p a.pcap', '2 -p: tshark has this option, oncilla does not'],
  ['-nb files:2', '2 -b: tshark has this option, oncilla does not'],
  ['-i eth0', '2 -i: tshark has this option, oncilla does not'],
  ['--export-objects http,dir', '2 --export-objects: tshark has this option, oncilla does not'],
  ['-Z', '2 -Z: unknown option'],
  ['-nZr a.pcap', '2 -Z: unknown option in -nZr'],
  ['--cals a.pcap', '2 --cals: unknown option (did you mean --calls?)'],
  ['--__proto__=1', '2 --__proto__: unknown option'],
  ['-r', '2 -r: needs a value (FILE)'],
  ['-nr', '2 -r: needs a value (FILE)'],
  ['--read-file', '2 --read-file: needs a value (FILE)'],
  ['--calls=1', '2 --calls: takes no value'],
  ['-c x', '2 -c: "x" is not a whole number'],
  ['-c 0x10', '2 -c: "0x10" is not a whole number'],
  ['-c 0', '2 -c: 0 is below 1'],
  ['-Tps', '2 -T: "ps" is not one of text, fields, json, jsonraw, ek, pdml, psml, ndjson'],
  ['-t z', '2 -t: "z" is not one of a, ad, adoy, d, dd, e, r, u, ud, udoy'],
];

describe('cli/arguments', () => {
  describe('binds command lines as getopt would', () => {
    for (const [line, bound] of LINES) {
      it(line, () => expect(show(line)).to.equal(bound));
    }
  });

  describe('refuses with a reason', () => {
    for (const [line, why] of REFUSED) {
      it(line, () => expect(refusal(() => show(line))).to.equal(why));
    }
  });

  it('gives an option that may stand alone its next word only when that is a choice', () => {
    const table: OptionTable = {
      color: { value: 'WHEN', choices: ['auto', 'always', 'never'], alone: 'always', describe: '' },
    };
    expect(show('--color a.pcap', table)).to.equal('--color=always | a.pcap');
    expect(show('--color never a.pcap', table)).to.equal('--color=never | a.pcap');
    expect(show('--color=auto a.pcap', table)).to.equal('--color=auto | a.pcap');
  });

  it('takes words as they are', async () => {
    const line = [
      '-Y',
      '-x == 1',
      '-r',
      '-',
      '-e',
      '0x10',
      '-e',
      '1e3',
      '-E',
      'separator="',
      '-e',
      'a=b\nc',
      '--',
      '007',
      '-',
      '--x=1',
    ];
    const args = await parseArguments(line, { options: INSPECT_OPTIONS });
    expect(args.text('display-filter')).to.equal('-x == 1');
    expect(args.text('read-file')).to.equal('-');
    expect(args.list('field')).to.deep.equal(['0x10', '1e3', 'a=b\nc']);
    expect(args.text('fields-option')).to.equal('separator="');
    expect(args.positionals).to.deep.equal(['007', '-', '--x=1']);
    expect(args.has('quiet')).to.equal(false);
  });

  it('lets the last value win, keeps all of a repeatable option, and puts the command line last', async () => {
    const args = await parseArguments(['-c', '7', '-e', 'b'], { options: INSPECT_OPTIONS }, async (given) => {
      expect(given).to.deep.equal(['--count=7', '--field=b']);
      return ['--count=3', '--field=a', '--quiet'];
    });
    expect(args.integer('count')).to.equal(7);
    expect(args.list('field')).to.deep.equal(['a', 'b']);
    expect(args.has('quiet')).to.equal(true);
    expect(() => args.has('nonsense')).to.throw(TypeError);
  });

  it('keeps empty values', async () => {
    const args = await parseArguments(['-Y', ''], { options: INSPECT_OPTIONS });
    expect(args.has('display-filter')).to.equal(true);
    expect(args.text('display-filter')).to.equal('');
  });

  it('checks choices and numbers, and finds a near name', () => {
    expect(refusal(() => checkValue({ value: 'N', minimum: 1, describe: '' }, '1.5', '-c'))).to.match(
      /whole number/,
    );
    expect(nearest('qiet', ['quiet', 'calls'])).to.equal('quiet');
    expect(nearest('zzzzz', ['quiet', 'calls'])).to.equal(undefined);
  });
});
