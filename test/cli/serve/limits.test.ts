import { expect } from 'chai';
import { parseArguments } from '../../../cli/arguments.ts';
import { LIMIT_OPTIONS, limitsFrom } from '../../../cli/serve/limits.ts';
import type { XdrType } from '../../../codec/xdr/index.ts';
import { PROCEDURES } from '../../peers/reliability/world.ts';
import { kept, type LimitName, NEEDS, SLOW, type Way } from './kept-limits.ts';

/** What in a type is bounded by no size of its own: texts, bytes, arrays, and lists (types that hold themselves). */
function undeclared(type: XdrType, within: readonly XdrType[] = []): string[] {
  if (within.includes(type)) return ['list'];
  const inner = (one: XdrType) => undeclared(one, [...within, type]);
  switch (type.kind) {
    case 'string':
    case 'opaque':
      return type.size === undefined ? [type.kind] : [];
    case 'array':
      return [...(type.size === undefined ? ['array'] : []), ...inner(type.element)];
    case 'optional':
      return inner(type.element);
    case 'struct':
      return type.fields.flatMap((field) => inner(field.type));
    case 'union':
      return [...type.arms, ...(type.default ? [type.default] : [])].flatMap((arm) => inner(arm.type));
    case 'ref':
      return inner(type.target);
    default:
      return [];
  }
}

describe('cli/serve/limits', () => {
  it('gives nothing that was not asked for', async () => {
    const limits = limitsFrom(await parseArguments([], { options: LIMIT_OPTIONS }));
    expect(limits).to.deep.equal({
      engine: {},
      decode: {},
      keepalive: {},
      registrations: undefined,
      udpCache: undefined,
    });
  });

  it('has a place for every option', async () => {
    const names = Object.keys(LIMIT_OPTIONS);
    const argv = names.map((name, i) => `--${name}=${i + 1}`);
    const { engine, decode, keepalive, registrations, udpCache } = limitsFrom(
      await parseArguments(argv, { options: LIMIT_OPTIONS }),
    );
    const values = [engine, decode, keepalive]
      .flatMap((part) => Object.values(part) as unknown[])
      .concat(registrations, udpCache);
    expect(values).to.have.lengthOf(names.length);
    expect(values).to.not.include(undefined);
  });

  it('takes seconds for times', async () => {
    const { engine } = limitsFrom(await parseArguments(['--max-idle=3'], { options: LIMIT_OPTIONS }));
    expect(engine).to.deep.equal({ idleMs: 3000 });
  });
});

describe('cli/serve/limits: kept by the daemon, at, below and above', function () {
  this.timeout(20_000);

  it('leaves no type of VIRT to the limits of what declares none', () => {
    // Where one did, --max-string, --max-opaque, --max-array or --max-list could be seen on the daemon itself.
    for (const { argument, name } of PROCEDURES.values()) {
      expect(undeclared(argument), name).to.deep.equal([]);
    }
  });

  const names = Object.keys(LIMIT_OPTIONS) as LimitName[];
  const isThere = (name: LimitName) => NEEDS[name]?.[1]() ?? true;

  const WAYS: readonly (readonly [Way, string])[] = [
    ['start', 'that it began with'],
    ['reload', 'that a reload gave it'],
  ];
  const begun = new Map<string, Promise<void>>();
  before(() => {
    for (const [way] of WAYS) {
      for (const name of SLOW.filter(isThere)) {
        const slow = kept(way)[name]();
        slow.catch(() => undefined); // its own test says it
        begun.set(`${way} ${name}`, slow);
      }
    }
  });
  after(() => Promise.allSettled(begun.values()));

  for (const [way, title] of WAYS) {
    describe(title, () => {
      for (const name of names) {
        const [needs] = NEEDS[name] ?? [];
        it(`--${name}${needs === undefined ? '' : ` (needs ${needs})`}`, async function () {
          if (!isThere(name)) this.skip();
          await (begun.get(`${way} ${name}`) ?? kept(way)[name]());
        });
      }
    });
  }
});
