/**
 * What kill-storm.ts kills: defines and undefines at random for ever, saying before and after each on standard
 * output. Arguments: state directory, seed.
 */
import { writeSync } from 'node:fs';
import { rngOf } from '../../../../codec/xdr/index.ts';
import { openDriver } from '../../../../server/drivers/open-driver.ts';
import { openStateDirectory } from '../../../../server/store/state-directory.ts';
import { domainText, uuidNumber } from '../../documents.ts';

const [directory = '', seed = '1'] = process.argv.slice(2);
const next = rngOf(Number(seed));
const rng = (): number => next() / 2 ** 32;
const state = await openStateDirectory(directory);
const driver = await openDriver('test:///default', { state });
const defined = new Set((await driver.domains()).map(({ ref }) => ref.name));
for (;;) {
  const n = Math.floor(rng() * 40);
  const name = `d${n}`;
  const memory = 1 + Math.floor(rng() * 1_000_000);
  const undefine = defined.has(name) && rng() < 0.3;
  const what = undefine ? `${name} -` : `${name} ${memory}`;
  writeSync(1, `? ${what}\n`);
  if (undefine) {
    await driver.undefineDomain(uuidNumber(n + 1));
    defined.delete(name);
  } else {
    await driver.defineDomain(domainText(name, { uuid: uuidNumber(n + 1), memory: String(memory) }));
    defined.add(name);
  }
  writeSync(1, `! ${what}\n`);
}
