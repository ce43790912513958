import { expect } from 'chai';
import { parseArguments } from '../../cli/arguments.ts';
import { MemoryOutput } from '../../cli/output.ts';
import { Daemon } from '../../cli/serve/daemon.ts';
import { jsonLog } from '../../cli/serve/log.ts';
import { SERVE_OPTIONS } from '../../cli/serve/options.ts';
import { serveSettings } from '../../cli/serve/settings.ts';
import { actions } from '../../cli/watch-act.ts';
import { ProgramTable } from '../../codec/programs/index.ts';

const VIRT = 0x20001a65;

describe('cli/watch-act', () => {
  let daemon: Daemon;
  let act: ReturnType<typeof actions>;
  let target: string;
  before(async () => {
    const args = await parseArguments(['--listen=tcp://127.0.0.1:0', '--drain=1'], {
      options: SERVE_OPTIONS,
    });
    daemon = await Daemon.start(
      serveSettings(args, {}),
      jsonLog(new MemoryOutput(), () => 'error'),
    );
    target = daemon.listening[0]!.url;
    const table = new ProgramTable();
    await table.loadAll();
    act = actions({ table, owned: false, common: [] });
  });
  after(() => daemon.stop());

  const request = (procedure: number, json: string) => ({
    program: VIRT,
    version: 1,
    procedure,
    json,
    target,
  });

  it('calls a real daemon, and gives its result as JSON', async () => {
    const { json, latencyMs } = await act.call(request(0, 'null'));
    expect(json).to.equal('null');
    expect(latencyMs).to.be.greaterThan(0);
  });

  it('says why JSON is no arguments', async () => {
    expect(await act.check(request(0, 'null'))).to.equal(null);
    expect(await act.check({ ...request(1, '{'), program: 100005, version: 3 })).to.match(/^not JSON/);
    expect(await act.check({ ...request(1, '{"a":1}'), program: 100005, version: 3 })).to.be.a('string');
    expect(await act.check({ ...request(1, '"/path"'), program: 100005, version: 3 })).to.equal(null);
  });

  it('sends nothing to other machines unless they are said to be owned', async () => {
    const away = { ...request(0, 'null'), target: 'tcp://192.0.2.1:111' };
    const error = await act.call(away).catch((e: Error) => e);
    expect((error as Error).message).to.equal(
      '192.0.2.1 is not this machine; start watch with --i-own-this-target',
    );
    expect(() => act.command(['replay', 'x', '--to', 'tcp://192.0.2.1:111'])).to.throw('is not this machine');
  });
});
