import { expect } from 'chai';
import { parseArguments } from '../../../cli/arguments.ts';
import { LIMIT_OPTIONS, limitsFrom } from '../../../cli/serve/limits.ts';

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
