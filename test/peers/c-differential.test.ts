import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { type IdlModule, parseIdl } from '../../codec/idl/index.ts';
import { codecOf, isXdrError, type Rng, randomValue, rngOf, type XdrType } from '../../codec/xdr/index.ts';
import { buildReencoder, compileReencoder, missingTool, reencode } from './reencode.ts';

/** Shipped files that no C program can be made of, and why. */
const NO_C: Readonly<Record<string, string>> = {
  'nis.x': 'rpcgen refuses line 411',
  'nis_callback.x': 'its C includes nis_clnt.h, which no package has',
  'rpcb_prot.x': 'its C clashes with libtirpc, which is asked instead, below',
};

const FOLDERS = ['/usr/include/rpcsvc', '/usr/include/tirpc/rpc', '/usr/include/tirpc/rpcsvc'];
const EXOTIC = join(import.meta.dirname, '../codec/idl/fixtures/exotic-rpcgen.x');
const VALUES = 60;
const MUTANTS = 60;

function shippedFiles(): string[] {
  return FOLDERS.flatMap((folder) => {
    try {
      return readdirSync(folder)
        .filter((f) => f.endsWith('.x'))
        .map((f) => join(folder, f));
    } catch {
      return [];
    }
  });
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function load(file: string): IdlModule {
  return parseIdl(readFileSync(file, 'utf8'), { file, readFile: readOrNull });
}

const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function holdsNan(value: unknown): boolean {
  if (typeof value === 'number') return Number.isNaN(value);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false;
  return Object.values(value).some(holdsNan);
}

/** Change one to three bytes. */
function mutate(bytes: Uint8Array, rng: Rng): Uint8Array {
  const out = Uint8Array.from(bytes);
  for (let n = 1 + (rng() % 3); n > 0 && out.length > 0; n--) out[rng() % out.length] = rng() & 0xff;
  return out;
}

/** Values that we encode must come back from C unchanged; what C makes of changed bytes must come back from us. */
function compare(program: string, types: ReadonlyMap<string, XdrType>): number {
  const rng = rngOf(20260101);
  const ours: [string, string][] = [];
  const changed: [string, string][] = [];
  for (const [name, type] of types) {
    const codec = codecOf(type);
    for (let i = 0; i < VALUES; i++) {
      const bytes = codec.encode(randomValue(type, rng, { plainText: true, nan: false }));
      ours.push([name, toHex(bytes)]);
      if (i < MUTANTS) changed.push([name, toHex(mutate(bytes, rng))]);
    }
  }
  const answers = reencode(program, ours);
  expect(answers.length).to.equal(ours.length);
  for (const [i, [name, hex]] of ours.entries()) {
    expect(answers[i], `${name} ${hex}`).to.deep.equal({ consumed: hex.length / 2, hex });
  }
  let accepted = 0;
  for (const [i, answer] of reencode(program, changed).entries()) {
    if (answer === null) continue;
    const [name, sent] = changed[i]!;
    const codec = codecOf(types.get(name)!, { lenientEnum: true });
    const label = `${name}: C made ${answer.hex} of ${sent}`;
    try {
      const value = codec.decode(Buffer.from(answer.hex, 'hex'));
      if (holdsNan(value)) continue;
      expect(toHex(codec.encode(value)), label).to.equal(answer.hex);
      accepted++;
    } catch (e) {
      // rpcgen inlines runs of fixed-size fields, and its inlined code copies a bool of 5 as it is.
      if (isXdrError(e) && e.code === 'BAD_BOOL') continue;
      if (isXdrError(e)) expect.fail(`${label}: ${e.code} at ${e.offset} ${e.path}: ${e.message}`);
      throw e;
    }
  }
  return accepted;
}

describe('peers: rpcgen, gcc and libtirpc', function () {
  this.timeout(60_000);
  const missing = missingTool();
  const because = missing === undefined ? '' : ` (needs ${missing})`;
  let folder: string;
  let count = 0;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-c-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const workFolder = () => mkdtempSync(join(folder, `${count++}-`));

  for (const file of [...shippedFiles(), EXOTIC]) {
    const reason = NO_C[basename(file)];
    if (reason !== undefined) {
      it.skip(`${basename(file)}: ${reason}`);
      continue;
    }
    it(`agree on every type of ${basename(file)}${because}`, function () {
      if (missing !== undefined) this.skip();
      const { types } = load(file);
      const program = buildReencoder(file, [...types.keys()], workFolder());
      expect(compare(program, types)).to.be.greaterThan(0);
    });
  }

  it(`libtirpc agrees on the types of rpcb_prot.x${because}`, function () {
    const file = '/usr/include/tirpc/rpc/rpcb_prot.x';
    if (missing !== undefined || readOrNull(file) === null) this.skip();
    const all = load(file).types;
    const names = [
      'rpcb',
      'rpcblist_ptr',
      'rpcb_entry',
      'rpcb_entry_list_ptr',
      'rpcb_stat',
      'rpcb_stat_byvers',
    ];
    const types = new Map(names.map((name) => [name, all.get(name)!]));
    const program = compileReencoder('#include <rpc/rpcb_prot.h>\n', names, workFolder());
    expect(compare(program, types)).to.be.greaterThan(0);
  });

  it(`notice a wrong description${because}`, function () {
    if (missing !== undefined) this.skip();
    const program = buildReencoder(EXOTIC, ['upto9'], workFolder());
    const wrong = parseIdl('typedef opaque upto9[9];').types;
    expect(() => compare(program, wrong)).to.throw();
  });
});
